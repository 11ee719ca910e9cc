//! Whose connection it is: asked only where the policy has a rule that wants to know.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use ttls_intercept::{OwnedSocket, Owner, SocketTable, Wanted};
use ttls_policy::{Direction, Policy, Rule};

use crate::outcome::Ended;
use crate::program_side::ProgramSide;
use crate::session::InnerSide;

/// How long finding out about the owners of sockets may take; what takes longer stays unknown.
pub(crate) const LOOK: Duration = Duration::from_secs(10);

/// The owner of the application that an inbound connection is for: of whatever listens at its address.
pub(crate) async fn of_listener(side: &InnerSide, local: SocketAddr, policy: &Policy) -> Owner {
    let target = side.target(local);
    let wanted = wanted(policy, Direction::Inbound);
    let asked = OwnedSocket::Listening(target);
    find(table_inside(side, target), asked, wanted).await
}

/// The owner of a program that has opened a connection from `program` to `seen`.
pub(crate) async fn of_program(
    side: &ProgramSide,
    program: SocketAddr,
    seen: SocketAddr,
    policy: &Policy,
) -> Owner {
    let asked = OwnedSocket::Connected {
        local: program,
        remote: seen,
    };
    let wanted = wanted(policy, Direction::Outbound);
    find(table_of_program(side, program), asked, wanted).await
}

/// The sockets of the application behind an inbound connection; who owns those of another machine is not to be known.
pub(crate) async fn table_inside(side: &InnerSide, target: SocketAddr) -> io::Result<Option<SocketTable>> {
    match side {
        InnerSide::Gateway(_) => here(target.ip()),
        InnerSide::Host(side) => Ok(Some(side.host.sockets().clone())),
        InnerSide::Namespace { namespace, .. } => namespace.socket_table().await.map(Some),
    }
}

/// The sockets of a program that has opened a connection; who owns those of another machine is not to be known.
pub(crate) async fn table_of_program(
    side: &ProgramSide,
    program: SocketAddr,
) -> io::Result<Option<SocketTable>> {
    match side {
        ProgramSide::Gateway(_) => here(program.ip()),
        ProgramSide::Host(side) => Ok(Some(side.host.sockets().clone())),
        ProgramSide::Namespace { namespace, .. } => namespace.socket_table().await.map(Some),
    }
}

/// Why a connection is refused that would pass in clear if its owner, who is not known, is not the one that a rule with
/// TLS asks for.
pub(crate) fn undecided(rule: &Rule) -> Ended {
    Ended::Refused(format!(
        "rule {} asks for TLS by Userid or Jobname, and whose connection it is cannot be found out; add a rule with \
         TLS for such connections above those that let them pass in clear",
        rule.name()
    ))
}

fn wanted(policy: &Policy, direction: Direction) -> Wanted {
    Wanted {
        user: policy.asks_user(direction),
        job: policy.asks_job(direction),
    }
}

async fn find(
    table: impl Future<Output = io::Result<Option<SocketTable>>>,
    asked: OwnedSocket,
    wanted: Wanted,
) -> Owner {
    if wanted.is_nothing() {
        return Owner::default();
    }
    let look = async {
        match table.await? {
            Some(table) => io::Result::Ok(table.owner(asked, wanted).await),
            None => Ok(Owner::default()),
        }
    };
    let looked = tokio::time::timeout(LOOK, look).await;
    match looked.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())) {
        Ok(owner) => owner,
        Err(error) => {
            tracing::warn!(%error, "the owners of sockets cannot be found out");
            Owner::default()
        }
    }
}

/// The sockets of this machine, if `address` is one of its own.
fn here(address: IpAddr) -> io::Result<Option<SocketTable>> {
    is_local(address).then(SocketTable::here).transpose()
}

/// Binding is how the kernel says it; nothing is sent.
fn is_local(address: IpAddr) -> bool {
    address.is_unspecified() || std::net::UdpSocket::bind((address, 0)).is_ok()
}
