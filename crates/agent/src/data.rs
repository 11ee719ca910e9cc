//! One data connection of a daemon's session: TLS is on the client's side, in the server role whoever connected.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use ttls_ftp::{DataDirection, DataId, DataResult};
use ttls_intercept::link;
use ttls_policy::Direction;
use ttls_tls::{HandshakeError, SecondaryPurpose, SecondaryStream, SessionScope};

use crate::data_connection::{
    Begun, Carrier, End, Facts, Legs, Orders, accept_from, give_up, in_time, what_came_first,
};
use crate::expectations::Awaited;
use crate::host::AwaitedPeer;
use crate::outcome::{Ended, Outcome};
use crate::relay::{CompleteWhen, OuterStream};
use crate::session::InnerSide;

/// How long a client's data connection waits for the next command before the daemon is connected to all the same.
const TOLD_BY: Duration = Duration::from_millis(100);

/// Where the first leg of a data connection comes from.
pub(crate) enum Arrival {
    /// The client connects to us; then we connect to the daemon.
    Passive {
        listener: TcpListener,
        /// Where that listens.
        local: SocketAddr,
        daemon: SocketAddr,
        told: Told,
    },
    /// The client's connection to the daemon is caught (host); then we connect to the daemon.
    PassiveCaught {
        awaited: AwaitedPeer,
        daemon: SocketAddr,
        told: Told,
    },
    /// The daemon connects to a listener of ours (gateway); then we connect to the client.
    ActiveListener {
        listener: TcpListener,
        daemon: SocketAddr,
        client: SocketAddr,
    },
    /// The program's connection is caught; then we connect to the client.
    ActiveCaught { awaited: Awaited, client: SocketAddr },
}

/// That the daemon was sent another command since it said where it listens.
///
/// A daemon that has been told to begin has work to do until it needs the data connection, so that one is made meanwhile
/// instead of before. Whatever the command is, a client may have connected behind it, and daemons reckon with that.
#[derive(Debug)]
pub(crate) struct Told(oneshot::Receiver<()>);

impl Told {
    /// With what tells it.
    pub(crate) fn channel() -> (oneshot::Sender<()>, Self) {
        let (tell, told) = oneshot::channel();
        (tell, Self(told))
    }

    /// Not for long: what a daemon needs is for it to know.
    async fn wait(self) {
        let told = async {
            if self.0.await.is_err() {
                // The session has let go of the connection, which ends it by other means.
                std::future::pending::<()>().await;
            }
        };
        let _ = tokio::time::timeout(TOLD_BY, told).await;
    }
}

/// What all data connections of one control connection share.
#[derive(Clone)]
pub(crate) struct Secondaries {
    pub(crate) facts: Facts,
    pub(crate) side: InnerSide,
    pub(crate) scope: SessionScope,
    /// The client's end of the control connection.
    pub(crate) client: SocketAddr,
    /// Our outer end of the control connection.
    pub(crate) local: SocketAddr,
}

impl Carrier for Secondaries {
    type Route = Arrival;

    fn facts(&self) -> &Facts {
        &self.facts
    }

    fn begun(&self, arrival: &Arrival) -> Begun {
        Begun {
            interceptor: self.side.name(),
            direction: match arrival {
                Arrival::Passive { .. } | Arrival::PassiveCaught { .. } => Direction::Inbound,
                Arrival::ActiveListener { .. } | Arrival::ActiveCaught { .. } => Direction::Outbound,
            },
            peer: self.client,
            local: self.local,
        }
    }

    async fn connect(&self, arrival: Arrival, outcome: &Outcome) -> Result<Legs, End> {
        let bound = self.facts.limits.data_arrival;
        let (inner, outer) = match arrival {
            Arrival::Passive {
                listener,
                local,
                daemon,
                told,
            } => {
                outcome.outer(self.client, local);
                let (outer, peer) = in_time(bound, accept_from(&listener, self.only_peer())).await?;
                outcome.outer(peer, local);
                let inner = self.dial_daemon(peer, daemon, &outer, told).await?;
                (inner, outer)
            }
            Arrival::PassiveCaught {
                mut awaited,
                daemon,
                told,
            } => {
                outcome.outer(self.client, daemon);
                let (outer, peer) = in_time(bound, awaited.arrival()).await?.ok_or_else(|| {
                    let ended = Ended::NoPeer("its expectation was lost".to_owned());
                    End::Failed(DataResult::NotConnected, ended)
                })?;
                outcome.outer(peer, daemon);
                let inner = self.dial_daemon(peer, daemon, &outer, told).await?;
                (inner, outer)
            }
            Arrival::ActiveListener {
                listener,
                daemon,
                client,
            } => {
                outcome.outer(client, self.local);
                let (inner, _) = in_time(bound, accept_from(&listener, Some(daemon.ip()))).await?;
                ttls_intercept::reset(&inner);
                let outer = self.dial_client(client).await?;
                (inner, outer)
            }
            Arrival::ActiveCaught { mut awaited, client } => {
                outcome.outer(client, self.local);
                let inner = in_time(bound, awaited.arrival()).await?.ok_or_else(|| {
                    let ended = Ended::NoApplication("its expectation was lost".to_owned());
                    End::Failed(DataResult::NotConnected, ended)
                })?;
                let outer = self.dial_client(client).await?;
                (inner, outer)
            }
        };
        Ok(Legs { inner, outer })
    }

    async fn secure(
        &self,
        outer: TcpStream,
        direction: DataDirection,
    ) -> Result<SecondaryStream, HandshakeError> {
        let purpose = match direction {
            DataDirection::Upload => SecondaryPurpose::Upload,
            DataDirection::Download => SecondaryPurpose::Download,
        };
        self.scope.accept_secondary(outer, purpose).await
    }

    /// The daemon of an upload is told on the control connection first, because some take a reset for the end of the
    /// file.
    async fn not_carried(
        &self,
        id: DataId,
        inner: TcpStream,
        direction: DataDirection,
        result: DataResult,
        ended: Ended,
    ) -> End {
        if direction == DataDirection::Download || result == DataResult::DaemonBroke {
            return End::Failed(result, ended);
        }
        self.facts.tell(id, result).await;
        tokio::spawn(give_up(inner, self.facts.watch.clone()));
        End::Delivered(ended)
    }

    async fn carry<O: OuterStream + 'static>(
        &self,
        id: DataId,
        mut inner: TcpStream,
        mut outer: O,
        direction: DataDirection,
        mut orders: Orders<'_>,
    ) -> End {
        let complete_when = match direction {
            DataDirection::Upload => CompleteWhen::Received,
            DataDirection::Download => CompleteWhen::Sent,
        };
        let idle = self.facts.limits.relay_idle;
        let ended = orders.relay(&mut inner, &mut outer, complete_when, idle).await;
        let result = match &ended {
            Ended::Complete => DataResult::Complete,
            Ended::Truncated => DataResult::Truncated,
            Ended::ApplicationBroke(_) => DataResult::DaemonBroke,
            _ => DataResult::Aborted,
        };
        if result != DataResult::Complete {
            return self.not_carried(id, inner, direction, result, ended).await;
        }
        ttls_intercept::end_in_order(&inner);
        ttls_intercept::end_in_order(outer.tcp());
        // The reply must not wait for the client's last segment, so the news goes first.
        self.facts.tell_before_all_else(id, result).await;
        if complete_when == CompleteWhen::Received {
            let bound = self.facts.limits.linger;
            // A client that does not want it has sent everything all the same.
            let _ = tokio::time::timeout(bound, outer.shutdown()).await;
            orders.final_reply(bound).await;
        }
        drop(inner);
        what_came_first().await;
        self.facts.linger(&mut outer).await;
        drop(outer);
        what_came_first().await;
        // The next file is near.
        ttls_intercept::prepare_listener(self.local);
        End::Delivered(ended)
    }
}

impl Secondaries {
    /// The same, with the name that the client logged in with, for the log.
    pub(crate) fn of_user(&self, user: &str) -> Self {
        Self {
            facts: self.facts.of_user(user),
            ..self.clone()
        }
    }

    /// The only address that passive data connections are taken from; `None` is any (`PASSIVEDATACONN`).
    pub(crate) fn only_peer(&self) -> Option<IpAddr> {
        let ftp = self.facts.actions.ftp.as_ref();
        let checked = ftp.is_none_or(|ftp| ftp.value.passive_noredirect);
        checked.then_some(self.client.ip())
    }

    async fn dial_daemon(
        &self,
        peer: SocketAddr,
        daemon: SocketAddr,
        outer: &TcpStream,
        told: Told,
    ) -> Result<TcpStream, End> {
        let bound = self.facts.limits.connect;
        let dialled = self.side.connect_data(peer, daemon, bound, told.wait()).await;
        dialled.map_err(|error| {
            ttls_intercept::reset(outer);
            let ended = Ended::NoApplication(format!("data port {daemon}: {error}"));
            End::Failed(DataResult::NotConnected, ended)
        })
    }

    /// RFC 959 section 3.2: data connections come from the port below the control port, where that is permitted.
    async fn dial_client(&self, client: SocketAddr) -> Result<TcpStream, End> {
        let wanted = if self.local.port() == 21 { 20 } else { 0 };
        let from = link::with_port(self.local, wanted);
        // EPRT has no place for an interface.
        let client = link::beside(client, self.client);
        let dial = self.side.connect_outside(from, client);
        let dialled = tokio::time::timeout(self.facts.limits.connect, dial)
            .await
            .unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into()));
        dialled.map_err(|error| {
            End::Failed(
                DataResult::NotConnected,
                Ended::NoPeer(format!("{client}: {error}")),
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_daemon_is_connected_to_at_its_next_command_or_soon() {
        let start = tokio::time::Instant::now();
        let (tell, told) = Told::channel();
        tell.send(()).unwrap();
        told.wait().await;
        assert_eq!(start.elapsed(), Duration::ZERO);
        let (_not_told, told) = Told::channel();
        told.wait().await;
        assert!((TOLD_BY..2 * TOLD_BY).contains(&start.elapsed()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_session_that_lets_go_begins_nothing() {
        let (tell, told) = Told::channel();
        drop(tell);
        assert!(tokio::time::timeout(TOLD_BY / 2, told.wait()).await.is_err());
    }
}
