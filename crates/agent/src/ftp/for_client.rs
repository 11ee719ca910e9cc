//! A control connection on a client's behalf: the server is secured, the program knows nothing of it.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use ttls_ftp::{Controller, DataId, Expectation};
use ttls_intercept::PortChoice;
use ttls_intercept::host::Way;
use ttls_policy::{ActionSet, FtpParms};
use ttls_tls::ClientScope;

use super::leg::Leg;
use super::{DataConnection, Role, Session, config};
use crate::agent::Agent;
use crate::client_data::{ClientSecondaries, Route};
use crate::data_connection::{self, Facts};
use crate::drain::Watch;
use crate::expectations::ControlledSession;
use crate::outcome::{Ended, Outcome};
use crate::program_side::{Outbound, ProgramSide};

/// What a session on a client's behalf has of its own.
pub(super) struct ForClient {
    secondaries: Arc<ClientSecondaries>,
    pub(super) scope: ClientScope,
    /// Keeps the program from reaching announced data ports by other ways (`run`).
    controlled: Option<ControlledSession>,
    /// `PASSIVEDATAPORTS`: here the ports on which we listen for the server in active mode.
    listen_ports: Option<(u16, u16)>,
}

/// Serves a control connection that a program opened and whose rule has `TTLSFtpParms`.
pub(crate) async fn serve(
    agent: &Arc<Agent>,
    connection: Outbound,
    actions: &Arc<ActionSet>,
    parms: &FtpParms,
    scope: ClientScope,
    watch: Watch,
    outcome: &mut Outcome,
) -> Ended {
    let limits = agent.settings.limits.clone();
    let Outbound {
        inner,
        program,
        seen,
        server,
        side,
    } = connection;
    ttls_intercept::end_in_order(&inner);
    // A socket that refuses is dead, which the first read will tell.
    let _ = ttls_intercept::socket::tune_control(&inner);
    outcome.inner(&inner);
    let mut client = Leg::new(inner);
    let connected = side.dial(program, server, limits.connect).await;
    let addresses = connected.and_then(|stream| Ok((stream.local_addr()?, stream)));
    let (local, stream) = match addresses {
        Ok(connected) => connected,
        Err(error) => {
            let why = format!("{server}: {error}");
            let text = format!("421 The FTP server cannot be reached: {why}. Closing.\r\n");
            // It is about to be closed in any case.
            let _ = client.write(text.as_bytes(), limits.write).await;
            client.close(limits.linger).await;
            return Ended::NoPeer(why);
        }
    };
    // Transfers can take hours while the control connection is silent (RFC 1123 section 4.1.3.2).
    let _ = ttls_intercept::socket::tune_control(&stream);
    let daemon = Leg::new(stream);
    let (news, news_received) = mpsc::channel(16);
    let settings = config::for_client(parms, program, seen, server, &limits);
    let (controller, effects) = Controller::client(settings);
    let controlled = match &side {
        ProgramSide::Namespace { expectations, .. } => Some(expectations.announcements()),
        ProgramSide::Host(side) => Some(side.expectations.announcements()),
        ProgramSide::Gateway(_) => None,
    };
    let role = ForClient {
        secondaries: Arc::new(ClientSecondaries {
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
            scope: scope.clone(),
            program,
            seen,
            server,
            local,
        }),
        scope,
        controlled,
        listen_ports: parms.passive_data_ports,
    };
    let session = Session {
        controller,
        client,
        daemon,
        timer: None,
        data: HashMap::new(),
        ended: Vec::new(),
        news: news_received,
        role: Role::Client(role),
        secure_by: None,
        limits,
        broken: None,
        not_secured: None,
    };
    session.run(effects, watch, outcome).await
}

impl ForClient {
    /// Makes an expectation stand; the answer is the address to tell the other side.
    pub(super) async fn expect(
        &mut self,
        id: DataId,
        expectation: &Expectation,
        user: Option<&str>,
    ) -> std::io::Result<(DataConnection, SocketAddr)> {
        if let Some(user) = user.filter(|_| self.secondaries.facts.user.is_none()) {
            self.secondaries = Arc::new(self.secondaries.of_user(user));
        }
        let (route, advertise) = self.route(expectation).await?;
        let (commands, received) = mpsc::channel(4);
        let (ready, reached) = oneshot::channel();
        // A program that listens gives up when the connection is not there at the server's 150.
        let listens = !matches!(expectation, Expectation::Passive { .. });
        tokio::spawn(data_connection::serve(
            self.secondaries.clone(),
            id,
            route,
            listens.then_some(ready),
            received,
        ));
        let connection = DataConnection {
            commands,
            open: false,
            ready: listens.then_some(reached),
            told: None,
        };
        Ok((connection, advertise))
    }

    async fn route(&mut self, expectation: &Expectation) -> std::io::Result<(Route, SocketAddr)> {
        let common = &self.secondaries;
        match *expectation {
            Expectation::Passive { daemon: server } => match &mut self.controlled {
                Some(session) => {
                    let announced = SocketAddr::new(common.seen.ip(), server.port());
                    let mut awaited = session.expect(announced).map_err(std::io::Error::other)?;
                    match &common.side {
                        ProgramSide::Host(side) => {
                            awaited.announced_by(side.host.announce(Way::Outbound, announced).await?);
                        }
                        ProgramSide::Namespace { namespace, .. } => {
                            awaited.apart_from(common.program.ip(), namespace).await;
                        }
                        ProgramSide::Gateway(_) => {}
                    }
                    Ok((Route::Caught { awaited, server }, announced))
                }
                None => {
                    let listener = ttls_intercept::bind_in(common.seen, PortChoice::Prefer(server.port()))?;
                    let announced = listener.local_addr()?;
                    Ok((Route::Listener { listener, server }, announced))
                }
            },
            Expectation::Active { client: program } => {
                let ports = match self.listen_ports {
                    Some((low, high)) => PortChoice::Within {
                        low,
                        high,
                        prefer: low,
                    },
                    None => PortChoice::Prefer(0),
                };
                let listener = common.side.listen(common.local, ports).await?;
                let port = listener.local_addr()?.port();
                let announced = common.side.public_addr().unwrap_or(common.local.ip());
                Ok((
                    Route::Active { listener, program },
                    SocketAddr::new(announced, port),
                ))
            }
            Expectation::Converted {
                client: program,
                daemon: server,
            } => Ok((Route::Converted { server, program }, program)),
        }
    }
}
