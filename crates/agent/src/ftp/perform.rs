//! What the controller of an FTP session decides, done in its order.

use std::collections::VecDeque;
use std::net::SocketAddr;

use tokio::time::Instant;
use ttls_ftp::{CloseReason, DataId, Effect, Event, Expectation};

use super::leg::Leg;
use super::{Role, Session};
use crate::data_connection::{Command, Opening};
use crate::outcome::{Ended, Outcome};

impl Session {
    /// Performs effects in order; what they bring about is performed behind them.
    pub(super) async fn perform(&mut self, effects: Vec<Effect>, outcome: &mut Outcome) -> Result<(), Ended> {
        let mut effects = VecDeque::from(effects);
        while let Some(effect) = effects.pop_front() {
            if let (Effect::ToClient(_), Some(Effect::OpenData { id, .. })) = (&effect, effects.front()) {
                self.client_reached(*id).await;
            }
            let more = match effect {
                Effect::ToClient(bytes) => {
                    if let Role::Server(_) = self.role {
                        outcome.moved().sent.pass(&bytes);
                    }
                    self.client
                        .write(&bytes, self.limits.write)
                        .await
                        .map_err(|error| Ended::Broken(format!("writing to the client: {error}")))?;
                    self.ended.clear();
                    Vec::new()
                }
                Effect::ToDaemon(bytes) => {
                    if let Role::Client(_) = self.role {
                        outcome.moved().sent.pass(&bytes);
                    }
                    self.daemon
                        .write(&bytes, self.limits.write)
                        .await
                        .map_err(|error| Ended::Broken(format!("writing to the daemon: {error}")))?;
                    for data in self.data.values_mut() {
                        if let Some(told) = data.told.take() {
                            // It may have ended.
                            let _ = told.send(());
                        }
                    }
                    Vec::new()
                }
                Effect::StartTls { preamble } => {
                    outcome.handshake();
                    let event = self.start_tls(preamble, outcome).await?;
                    if let Some(negotiated) = self.outer().negotiated() {
                        outcome.secured(negotiated);
                    }
                    self.controller.handle(event)
                }
                Effect::StopTls => {
                    let bound = self.limits.linger;
                    let leg = match self.role {
                        Role::Server(_) => &mut self.client,
                        Role::Client(_) => &mut self.daemon,
                    };
                    leg.stop_tls(bound)
                        .await
                        .map_err(|error| Ended::Broken(format!("stopping TLS: {error}")))?;
                    outcome.stopped_tls();
                    self.controller.handle(Event::TlsStopped)
                }
                Effect::Expect(id, expectation) => match self.expect(id, &expectation).await {
                    Ok(advertise) => {
                        self.client
                            .send_ticket(self.limits.write)
                            .await
                            .map_err(|error| Ended::Broken(format!("writing to the client: {error}")))?;
                        self.controller.handle(Event::Expecting { id, advertise })
                    }
                    Err(error) => {
                        tracing::warn!(conn = %outcome.connection().id, %error, "no data connection possible");
                        self.controller.handle(Event::ExpectFailed {
                            id,
                            reason: error.to_string(),
                        })
                    }
                },
                Effect::Cancel(id) => {
                    if let Some(data) = self.data.remove(&id) {
                        // An ended task needs no command.
                        let _ = data.commands.send(Command::Cancel).await;
                    }
                    Vec::new()
                }
                Effect::OpenData {
                    id,
                    protect,
                    direction,
                } => {
                    if let Some(data) = self.data.get_mut(&id) {
                        data.open = true;
                        let _ = data
                            .commands
                            .send(Command::Open(Opening { protect, direction }))
                            .await;
                    }
                    Vec::new()
                }
                Effect::AbortData(id) => {
                    if let Some(data) = self.data.get(&id) {
                        let _ = data.commands.send(Command::Abort).await;
                    }
                    Vec::new()
                }
                Effect::SetTimer(duration) => {
                    self.timer = Some(Instant::now() + duration);
                    Vec::new()
                }
                Effect::ClearTimer => {
                    self.timer = None;
                    Vec::new()
                }
                Effect::Close(CloseReason::Ended) => return Err(Ended::Complete),
                Effect::Close(reason) => {
                    return Err(self.not_secured.take().unwrap_or(Ended::Violation(reason)));
                }
            };
            effects.extend(more);
        }
        Ok(())
    }

    /// The leg that is on the network.
    fn outer(&self) -> &Leg {
        match self.role {
            Role::Server(_) => &self.client,
            Role::Client(_) => &self.daemon,
        }
    }

    /// Secures the outer leg. A client that cannot read its reply is gone; a program can be told.
    async fn start_tls(&mut self, preamble: Vec<u8>, outcome: &Outcome) -> Result<Event<'static>, Ended> {
        match &self.role {
            Role::Server(role) => self
                .client
                .start_tls(&role.secondaries.scope, preamble)
                .await
                .map(|()| Event::TlsEstablished)
                .map_err(|error| outcome.handshake_failed(&error)),
            Role::Client(role) => match self.daemon.connect_tls(&role.scope).await {
                Ok(()) => Ok(Event::TlsEstablished),
                Err(error) => {
                    self.not_secured = Some(outcome.handshake_failed(&error));
                    Ok(Event::TlsFailed {
                        reason: error.to_string(),
                    })
                }
            },
        }
    }

    /// A daemon says 150 in active mode when it has reached the client; here that is when ours has, because clients
    /// give up on a data connection that is not there then.
    async fn client_reached(&mut self, id: DataId) {
        if let Some(ready) = self.data.get_mut(&id).and_then(|data| data.ready.take()) {
            // Where it fails, the final reply will say so.
            let _ = tokio::time::timeout(self.limits.connect, ready).await;
        }
    }

    /// Makes an expectation stand; the answer is the address to tell the other side.
    async fn expect(&mut self, id: DataId, expectation: &Expectation) -> std::io::Result<SocketAddr> {
        let user = self.controller.user();
        let (connection, advertise) = match &mut self.role {
            Role::Server(role) => role.expect(id, expectation, user).await?,
            Role::Client(role) => role.expect(id, expectation, user).await?,
        };
        self.data.insert(id, connection);
        Ok(advertise)
    }
}
