//! `TTLSGateway`.

use std::collections::HashMap;
use std::net::SocketAddr;

use crate::codes;
use crate::diagnostic::Diagnostic;
use crate::effective::{Direction, Gateway};
use crate::model::{Field, Object, Value};
use crate::resolve::Symbols;
use crate::rule::Rule;
use crate::sink::Sink;
use crate::source::Span;

/// The gateways in the order of the sources.
pub(super) fn gateways(symbols: &Symbols<'_, '_>, rules: &[Rule], sink: &mut Sink) -> Vec<Gateway> {
    let mut listening: HashMap<SocketAddr, (String, Span)> = HashMap::new();
    let mut gateways = Vec::new();
    for object in symbols.of("TTLSGateway") {
        let Some((gateway, at)) = gateway(object) else {
            continue;
        };
        if let Some((other, first)) = listening.get(&gateway.listen) {
            let message = format!(
                "TTLSGateway {} and {other} listen on the same {}",
                gateway.name, gateway.listen
            );
            sink.push(Diagnostic::new(&codes::DUPLICATE_LISTEN, at, message).also(*first, "the other one"));
        }
        // With errors elsewhere rules may be missing that would cover it.
        if !sink.has_errors() && !gateway.unmatched_clear && !rules.iter().any(|rule| covers(rule, &gateway))
        {
            let (word, place, ports) = match gateway.direction {
                Direction::Inbound => ("Inbound", gateway.listen, "LocalPortRange"),
                Direction::Outbound => ("Outbound", gateway.target, "RemotePortRange"),
            };
            let message = format!(
                "no {} rule covers {place}: all connections would be refused",
                word.to_ascii_lowercase()
            );
            let help = format!(
                "write a TTLSRule with Direction {word} and {ports} {}, or Unmatched Clear",
                place.port()
            );
            sink.push(Diagnostic::new(&codes::UNCOVERED_GATEWAY, at, message).help(help));
        }
        listening.insert(gateway.listen, (gateway.name.clone(), at));
        gateways.push(gateway);
    }
    gateways
}

fn gateway(object: &Object<'_>) -> Option<(Gateway, Span)> {
    let listen = object.field("Listen")?;
    let public_addr = object.field("PublicAddr").and_then(|field| match field.value {
        Value::Addresses(Some(range)) => Some(range.low),
        _ => None,
    });
    let gateway = Gateway {
        name: object.name?.text.to_string(),
        listen: socket(listen)?,
        target: socket(object.field("Target")?)?,
        direction: match object.field("Direction").and_then(Field::word) {
            Some("Outbound") => Direction::Outbound,
            _ => Direction::Inbound,
        },
        public_addr,
        unmatched_clear: object.field("Unmatched").and_then(Field::word) == Some("Clear"),
    };
    Some((gateway, listen.at))
}

fn socket(field: &Field<'_>) -> Option<SocketAddr> {
    match field.value {
        Value::Socket(socket) => Some(socket),
        _ => None,
    }
}

/// Some connection that is accepted there can match the rule. An outbound one has the partner at its remote end; where
/// the client is, is not known.
fn covers(rule: &Rule, gateway: &Gateway) -> bool {
    let (addresses, ports, end) = match gateway.direction {
        Direction::Inbound => (&rule.local_addrs, &rule.local_ports, gateway.listen),
        Direction::Outbound => (&rule.remote_addrs, &rule.remote_ports, gateway.target),
    };
    let family = |range: &crate::rule::AddressRange| range.low.is_ipv4() == end.is_ipv4();
    let address = addresses.is_empty()
        || addresses.iter().any(|range| {
            if end.ip().is_unspecified() {
                family(range)
            } else {
                range.contains(end.ip().to_canonical())
            }
        });
    let port = ports.is_empty() || ports.iter().any(|range| range.contains(end.port()));
    rule.direction.covers(gateway.direction) && address && port
}
