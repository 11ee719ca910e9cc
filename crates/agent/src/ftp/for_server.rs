//! A control connection on a daemon's behalf: the client's side is secured when the client asks.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use ttls_ftp::{Controller, DataId, Expectation};
use ttls_intercept::PortChoice;
use ttls_intercept::host::Way;
use ttls_policy::{ActionSet, FtpParms, SecureFtp};
use ttls_tls::SessionScope;

use super::leg::Leg;
use super::{DataConnection, Role, Session, config};
use crate::agent::Agent;
use crate::data::{Arrival, Secondaries, Told};
use crate::data_connection::{self, Facts};
use crate::drain::Watch;
use crate::expectations::ControlledSession;
use crate::outcome::{Ended, Outcome};
use crate::session::{Inbound, InnerSide};

/// What a session on a daemon's behalf has of its own.
pub(super) struct ForServer {
    pub(super) secondaries: Arc<Secondaries>,
    passive_ports: Option<(u16, u16)>,
    /// Keeps the program from reaching this session's client by other ways than announced ones.
    controlled: Option<ControlledSession>,
    daemon_local: SocketAddr,
    daemon_peer: SocketAddr,
}

/// Serves a control connection whose rule has `TTLSFtpParms`.
pub(crate) async fn serve(
    agent: &Arc<Agent>,
    interception: Inbound,
    actions: &Arc<ActionSet>,
    parms: &FtpParms,
    scope: SessionScope,
    watch: Watch,
    outcome: &mut Outcome,
) -> Ended {
    let limits = agent.settings.limits.clone();
    let Inbound {
        outer,
        peer,
        local,
        side,
    } = interception;
    let target = side.target(local);
    let daemon = match side.connect(peer, target, limits.connect).await {
        Ok(daemon) => daemon,
        Err(error) => {
            ttls_intercept::reset(&outer);
            return Ended::NoApplication(format!("{target}: {error}"));
        }
    };
    outcome.inner(&daemon);
    for control in [&outer, &daemon] {
        // Transfers can take hours while the control connection is silent (RFC 1123 section 4.1.3.2).
        // A socket that refuses is dead, which the first read will tell.
        let _ = ttls_intercept::socket::tune_control(control);
    }
    let (daemon_local, daemon_peer) = match (daemon.local_addr(), daemon.peer_addr()) {
        (Ok(local), Ok(peer)) => (local, peer),
        (Err(error), _) | (_, Err(error)) => {
            ttls_intercept::reset(&outer);
            return Ended::NoApplication(format!("{target}: {error}"));
        }
    };
    let (news, news_received) = mpsc::channel(16);
    let (controller, effects) = Controller::server(config::of(parms, peer, local, target, &limits));
    let controlled = match &side {
        InnerSide::Namespace { expectations, .. } => match expectations.session(peer) {
            Ok(session) => Some(session),
            Err(error) => {
                ttls_intercept::reset(&outer);
                return Ended::Refused(error.to_string());
            }
        },
        InnerSide::Host(side) => match side.expectations.session_by_port(peer) {
            Ok(session) => Some(session),
            Err(error) => {
                ttls_intercept::reset(&outer);
                return Ended::Refused(error.to_string());
            }
        },
        InnerSide::Gateway(_) => None,
    };
    let secondaries = Secondaries {
        facts: Facts {
            actions: actions.clone(),
            limits: limits.clone(),
            user: None,
            news,
            watch: watch.clone(),
            lingering: agent.lingering.clone(),
            table: agent.table.clone(),
            primary: outcome.connection().id,
        },
        side,
        scope,
        client: peer,
        local,
    };
    let session = Session {
        controller,
        client: Leg::new(outer),
        daemon: Leg::new(daemon),
        timer: None,
        data: HashMap::new(),
        ended: Vec::new(),
        news: news_received,
        role: Role::Server(ForServer {
            secondaries: Arc::new(secondaries),
            passive_ports: parms.passive_data_ports,
            controlled,
            daemon_local,
            daemon_peer,
        }),
        secure_by: (parms.secure_ftp == SecureFtp::Required).then(|| Instant::now() + limits.secure),
        limits,
        broken: None,
        not_secured: None,
    };
    session.run(effects, watch, outcome).await
}

impl ForServer {
    /// Makes an expectation stand; the answer is the address to tell the other side.
    pub(super) async fn expect(
        &mut self,
        id: DataId,
        expectation: &Expectation,
        user: Option<&str>,
    ) -> std::io::Result<(DataConnection, SocketAddr)> {
        let (tell, told) = Told::channel();
        let (arrival, advertise) = match *expectation {
            Expectation::Passive { daemon } => self.passive(daemon, told).await?,
            Expectation::Active { client } => self.active(client).await?,
            Expectation::Converted { .. } => return Err(std::io::ErrorKind::Unsupported.into()),
        };
        let (commands, received) = mpsc::channel(4);
        let (ready, reached) = oneshot::channel();
        let active = matches!(expectation, Expectation::Active { .. });
        if let Some(user) = user.filter(|_| self.secondaries.facts.user.is_none()) {
            self.secondaries = Arc::new(self.secondaries.of_user(user));
        }
        tokio::spawn(data_connection::serve(
            self.secondaries.clone(),
            id,
            arrival,
            active.then_some(ready),
            received,
        ));
        let connection = DataConnection {
            commands,
            open: false,
            ready: active.then_some(reached),
            told: Some(tell),
        };
        Ok((connection, advertise))
    }

    /// The daemon's own port number where it is free, so that its reply stays as it is.
    async fn passive(&self, daemon: SocketAddr, told: Told) -> std::io::Result<(Arrival, SocketAddr)> {
        let ip = self.secondaries.local.ip();
        if let InnerSide::Host(side) = &self.secondaries.side {
            // Clients connect to the daemon's own port there, and are caught.
            let address = SocketAddr::new(ip, daemon.port());
            let awaited = side.expect(address, self.secondaries.only_peer()).await?;
            let arrival = Arrival::PassiveCaught {
                awaited,
                daemon: address,
                told,
            };
            return Ok((arrival, address));
        }
        let ports = match self.passive_ports {
            Some((low, high)) => PortChoice::Within {
                low,
                high,
                prefer: daemon.port(),
            },
            None => PortChoice::Prefer(daemon.port()),
        };
        let listener = ttls_intercept::bind_in(self.secondaries.local, ports)?;
        let local = listener.local_addr()?;
        let announced = self.secondaries.side.public_addr().unwrap_or(ip);
        let arrival = Arrival::Passive {
            listener,
            local,
            daemon,
            told,
        };
        Ok((arrival, SocketAddr::new(announced, local.port())))
    }

    async fn active(&mut self, client: SocketAddr) -> std::io::Result<(Arrival, SocketAddr)> {
        match &mut self.controlled {
            Some(session) => {
                let mut awaited = session.expect(client).map_err(std::io::Error::other)?;
                match &self.secondaries.side {
                    InnerSide::Host(side) => {
                        awaited.announced_by(side.host.announce(Way::Outbound, client).await?);
                    }
                    InnerSide::Namespace { namespace, .. } => {
                        awaited.apart_from(self.daemon_peer.ip(), namespace).await;
                    }
                    InnerSide::Gateway(_) => {}
                }
                Ok((Arrival::ActiveCaught { awaited, client }, client))
            }
            None => {
                let listener = ttls_intercept::bind_in(self.daemon_local, PortChoice::Prefer(0))?;
                let advertise = listener.local_addr()?;
                let daemon = self.daemon_peer;
                Ok((
                    Arrival::ActiveListener {
                        listener,
                        daemon,
                        client,
                    },
                    advertise,
                ))
            }
        }
    }
}
