//! Policy routing: packets with one of two marks stay on this host, whatever their destination.

use std::net::{Ipv4Addr, Ipv6Addr};

use nix::errno::Errno;
use rtnetlink::packet_route::AddressFamily;
use rtnetlink::packet_route::route::{RouteMessage, RouteScope, RouteType};
use rtnetlink::packet_route::rule::{RuleAction, RuleAttribute, RuleMessage};
use rtnetlink::{Error, Handle, RouteMessageBuilder, new_connection};

use super::settings::HostSettings;
use crate::error::InterceptError;

/// `lo` is the first interface of every namespace.
const LO: u32 = 1;

/// Adds the rules and routes that are not there yet, in the namespace of the calling thread.
pub(super) fn install(settings: &HostSettings, v6: bool) -> Result<(), InterceptError> {
    on_kernel("add routing rules", async |handle| {
        for route in routes(settings, v6) {
            there_already(handle.route().add(route).execute().await)?;
        }
        for rule in rules(settings, v6) {
            let mut request = handle.rule().add();
            *request.message_mut() = rule;
            there_already(request.execute().await)?;
        }
        Ok(())
    })
}

/// Takes away what [`install`] adds and leaves alone what is not there.
pub(super) fn remove(settings: &HostSettings) -> Result<(), InterceptError> {
    on_kernel("remove routing rules", async |handle| {
        for rule in rules(settings, true) {
            gone_already(handle.rule().del(rule).execute().await)?;
        }
        for route in routes(settings, true) {
            gone_already(handle.route().del(route).execute().await)?;
        }
        Ok(())
    })
}

fn rules(settings: &HostSettings, v6: bool) -> Vec<RuleMessage> {
    let families = [Some(AddressFamily::Inet), v6.then_some(AddressFamily::Inet6)];
    let marks = [settings.marks.inner(), settings.marks.diverted()];
    let rule = |family, mark| {
        let mut message = RuleMessage::default();
        message.header.family = family;
        message.header.action = RuleAction::ToTable;
        message.attributes = vec![
            RuleAttribute::FwMark(mark),
            RuleAttribute::FwMask(settings.marks.mask()),
            RuleAttribute::Priority(settings.rule_preference),
            RuleAttribute::Table(settings.routing_table),
        ];
        message
    };
    families
        .into_iter()
        .flatten()
        .flat_map(|family| marks.map(|mark| rule(family, mark)))
        .collect()
}

/// `local default dev lo`.
fn routes(settings: &HostSettings, v6: bool) -> Vec<RouteMessage> {
    let v4 = RouteMessageBuilder::<Ipv4Addr>::new()
        .destination_prefix(Ipv4Addr::UNSPECIFIED, 0)
        .output_interface(LO)
        .table_id(settings.routing_table)
        .kind(RouteType::Local)
        .scope(RouteScope::Host)
        .build();
    let v6 = v6.then(|| {
        RouteMessageBuilder::<Ipv6Addr>::new()
            .destination_prefix(Ipv6Addr::UNSPECIFIED, 0)
            .output_interface(LO)
            .table_id(settings.routing_table)
            .kind(RouteType::Local)
            .build()
    });
    std::iter::once(v4).chain(v6).collect()
}

fn on_kernel(step: &str, work: impl AsyncFnOnce(&Handle) -> Result<(), Error>) -> Result<(), InterceptError> {
    let failed = |error: &dyn std::fmt::Display| InterceptError::host(step, &error.to_string());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()
        .map_err(|error| failed(&error))?;
    runtime.block_on(async {
        let (connection, handle, _) = new_connection().map_err(|error| failed(&error))?;
        let connection = tokio::spawn(connection);
        let done = work(&handle).await.map_err(|error| failed(&error));
        connection.abort();
        done
    })
}

fn there_already(done: Result<(), Error>) -> Result<(), Error> {
    tolerate(done, &[Errno::EEXIST])
}

fn gone_already(done: Result<(), Error>) -> Result<(), Error> {
    // No IPv6 here; no such rule; no such route.
    tolerate(
        done,
        &[
            Errno::EAFNOSUPPORT,
            Errno::EOPNOTSUPP,
            Errno::ENOENT,
            Errno::ESRCH,
        ],
    )
}

fn tolerate(done: Result<(), Error>, harmless: &[Errno]) -> Result<(), Error> {
    match done {
        Err(Error::NetlinkError(message))
            if harmless.contains(&Errno::from_raw(message.raw_code().saturating_neg())) =>
        {
            Ok(())
        }
        done => done,
    }
}
