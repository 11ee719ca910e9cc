//! One data connection of a client that knows no TLS: TLS is on the server's side, in the client role whoever
//! connected (RFC 4217 section 7).

use std::net::SocketAddr;

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use ttls_ftp::{DataDirection, DataId, DataResult};
use ttls_intercept::link;
use ttls_policy::Direction;
use ttls_tls::{ClientScope, HandshakeError, SecondaryStream};

use crate::data_connection::{Begun, Carrier, End, Facts, Legs, Orders, accept_from, give_up, in_time};
use crate::expectations::Awaited;
use crate::outcome::{Ended, Outcome};
use crate::program_side::ProgramSide;
use crate::relay::{CompleteWhen, OuterStream};

/// Where the two legs come from.
pub(crate) enum Route {
    /// The program's connection is caught; then we connect to the server.
    Caught { awaited: Awaited, server: SocketAddr },
    /// The program connects to a listener of ours (gateway); then we connect to the server.
    Listener {
        listener: TcpListener,
        server: SocketAddr,
    },
    /// The server connects to us; then we connect to the program.
    Active {
        listener: TcpListener,
        program: SocketAddr,
    },
    /// Both listen (`FWFRIENDLY`).
    Converted { server: SocketAddr, program: SocketAddr },
}

/// What all data connections of one control connection share.
#[derive(Clone)]
pub(crate) struct ClientSecondaries {
    pub(crate) facts: Facts,
    pub(crate) side: ProgramSide,
    pub(crate) scope: ClientScope,
    /// The program's end of the control connection.
    pub(crate) program: SocketAddr,
    /// The server's end as the program sees it.
    pub(crate) seen: SocketAddr,
    /// The server's end.
    pub(crate) server: SocketAddr,
    /// Our outer end of the control connection.
    pub(crate) local: SocketAddr,
}

impl Carrier for ClientSecondaries {
    type Route = Route;

    fn facts(&self) -> &Facts {
        &self.facts
    }

    fn begun(&self, route: &Route) -> Begun {
        Begun {
            interceptor: self.side.name(),
            direction: match route {
                Route::Active { .. } => Direction::Inbound,
                Route::Caught { .. } | Route::Listener { .. } | Route::Converted { .. } => {
                    Direction::Outbound
                }
            },
            peer: self.server,
            local: self.program,
        }
    }

    async fn connect(&self, route: Route, outcome: &Outcome) -> Result<Legs, End> {
        let bound = self.facts.limits.data_arrival;
        Ok(match route {
            Route::Caught { mut awaited, server } => {
                outcome.outer(server, self.program);
                let inner = in_time(bound, awaited.arrival()).await?.ok_or_else(|| {
                    let ended = Ended::NoApplication("its expectation was lost".to_owned());
                    End::Failed(DataResult::NotConnected, ended)
                })?;
                let outer = self.dial_server(server).await?;
                Legs { inner, outer }
            }
            Route::Listener { listener, server } => {
                outcome.outer(server, self.program);
                let (inner, _) = in_time(bound, accept_from(&listener, Some(self.program.ip()))).await?;
                ttls_intercept::reset(&inner);
                let outer = self.dial_server(server).await?;
                Legs { inner, outer }
            }
            Route::Active { listener, program } => {
                let (outer, peer) = in_time(bound, accept_from(&listener, Some(self.server.ip()))).await?;
                ttls_intercept::reset(&outer);
                outcome.outer(peer, self.program);
                // To the program it comes from where its control connection goes to.
                let from = SocketAddr::new(self.seen.ip(), peer.port());
                let inner = self.reach_program(from, program).await?;
                Legs { inner, outer }
            }
            Route::Converted { server, program } => {
                outcome.outer(server, self.program);
                let outer = self.dial_server(server).await?;
                let from = SocketAddr::new(self.seen.ip(), server.port());
                let inner = self.reach_program(from, program).await?;
                Legs { inner, outer }
            }
        })
    }

    async fn secure(
        &self,
        outer: TcpStream,
        _direction: DataDirection,
    ) -> Result<SecondaryStream, HandshakeError> {
        self.scope.connect_secondary(outer).await
    }

    async fn not_carried(
        &self,
        _id: DataId,
        _inner: TcpStream,
        _direction: DataDirection,
        result: DataResult,
        ended: Ended,
    ) -> End {
        End::Failed(result, ended)
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
            DataDirection::Upload => CompleteWhen::Stored,
            DataDirection::Download => CompleteWhen::Fetched,
        };
        let limits = &self.facts.limits;
        let ended = orders
            .relay(&mut inner, &mut outer, complete_when, limits.relay_idle)
            .await;
        let result = match &ended {
            Ended::Complete => DataResult::Complete,
            Ended::Truncated => DataResult::Truncated,
            Ended::ApplicationBroke(_) => DataResult::Aborted,
            Ended::Broken(_) => DataResult::DaemonBroke,
            _ => DataResult::Aborted,
        };
        match (result, direction) {
            (DataResult::Complete, direction) => {
                ttls_intercept::end_in_order(&inner);
                ttls_intercept::end_in_order(outer.tcp());
                drop(inner);
                if direction == DataDirection::Download {
                    // Our close_notify; a server that does not want it has sent everything all the same.
                    let _ = tokio::time::timeout(limits.linger, outer.shutdown()).await;
                }
                self.facts.tell_before_all_else(id, result).await;
                self.facts.linger(&mut outer).await;
                End::Delivered(ended)
            }
            (DataResult::Aborted, DataDirection::Upload) => {
                // Some servers take a reset for the end of the file: ABOR on the control connection goes first.
                self.facts.tell(id, result).await;
                tokio::spawn(give_up(outer, self.facts.watch.clone()));
                End::Delivered(ended)
            }
            _ => End::Failed(result, ended),
        }
    }
}

impl ClientSecondaries {
    /// The same, with the name that the program logged in with, for the log.
    pub(crate) fn of_user(&self, user: &str) -> Self {
        Self {
            facts: self.facts.of_user(user),
            ..self.clone()
        }
    }

    /// From the address of the control connection: servers check that (RFC 2577 section 3).
    async fn dial_server(&self, server: SocketAddr) -> Result<TcpStream, End> {
        let from = link::with_port(self.local, 0);
        // The reply that told it has no place for an interface.
        let server = link::beside(server, self.server);
        let dialled = self.side.dial_from(from, server, self.facts.limits.connect).await;
        dialled.map_err(|error| {
            let ended = Ended::NoPeer(format!("{server}: {error}"));
            End::Failed(DataResult::NotConnected, ended)
        })
    }

    async fn reach_program(&self, from: SocketAddr, program: SocketAddr) -> Result<TcpStream, End> {
        // EPRT has no place for an interface.
        let program = link::beside(program, self.program);
        self.side
            .connect(from, program, self.facts.limits.connect)
            .await
            .map_err(|error| {
                let ended = Ended::NoApplication(format!("{program}: {error}"));
                End::Failed(DataResult::NotConnected, ended)
            })
    }
}
