//! The open listeners of an agent. One that a new generation still has keeps its socket and its backlog.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::accept::accept;
use crate::agent::{Agent, AgentError, listen_hint};
use crate::drain::WeakWatch;
use crate::entrances::{Entrance, Entrances};
use crate::installed::Installed;

pub(crate) struct Listeners {
    open: HashMap<SocketAddr, Open>,
    watch: WeakWatch,
}

struct Open {
    what: String,
    /// Says with which generation the connections are served that have come in before the end.
    close: watch::Sender<Option<Arc<Installed>>>,
}

/// The entrances of a generation that is not installed yet, with every new listener open.
pub(crate) struct Prepared {
    entrances: Entrances,
    new: Vec<(Entrance, TcpListener)>,
}

impl Listeners {
    pub(crate) fn new(watch: WeakWatch) -> Self {
        Self {
            open: HashMap::new(),
            watch,
        }
    }

    /// Opens what is not open yet. Nothing is served and nothing is closed before [`Self::commit`].
    pub(crate) fn prepare(&self, agent: &Agent, asked: Vec<Entrance>) -> Result<Prepared, Vec<AgentError>> {
        let mut sides = Vec::new();
        let mut new = Vec::new();
        let mut errors = Vec::new();
        for entrance in asked {
            let address = entrance.address;
            if self.open.contains_key(&address) {
                sides.push((address, entrance.side));
                continue;
            }
            let listener = match agent.succession.inherited(address) {
                Some(inherited) => ttls_intercept::listen::adopt(inherited),
                None => ttls_intercept::listen::bind(address),
            };
            match listener {
                Ok(listener) => {
                    sides.push((address, entrance.side.clone()));
                    new.push((entrance, listener));
                }
                Err(error) if entrance.optional => {
                    tracing::info!(%address, %error, "published on IPv4 only");
                }
                Err(error) => errors.push(AgentError::Listen {
                    what: entrance.what,
                    address,
                    hint: listen_hint(&error),
                    error,
                }),
            }
        }
        if errors.is_empty() {
            let entrances = sides.into_iter().collect();
            Ok(Prepared { entrances, new })
        } else {
            Err(errors)
        }
    }

    /// Serves the new listeners and closes those that the installed generation does not have. To be called directly
    /// after it was installed; `before` is the one that it replaced.
    pub(crate) fn commit(
        &mut self,
        agent: &Arc<Agent>,
        new: Vec<(Entrance, TcpListener)>,
        before: &Arc<Installed>,
    ) {
        let installed = agent.installed();
        self.open.retain(|address, open| {
            let stays = installed.side(*address).is_some();
            if !stays {
                tracing::info!(what = open.what, listen = %address, "closed");
                open.close.send_replace(Some(before.clone()));
            }
            stays
        });
        for (entrance, listener) in new {
            let Some(watch) = self.watch.upgrade() else {
                return;
            };
            let address = entrance.address;
            tracing::info!(what = entrance.what, listen = %address, application = %entrance.side, "open");
            let listener = Arc::new(listener);
            agent.succession.listens(&listener);
            let (close, closing) = watch::channel(None);
            tokio::spawn(accept(agent.clone(), listener, address, closing, watch));
            self.open.insert(
                address,
                Open {
                    what: entrance.what,
                    close,
                },
            );
        }
    }
}

impl Prepared {
    /// The entrances for the generation, and what [`Listeners::commit`] takes.
    pub(crate) fn into_parts(self) -> (Entrances, Vec<(Entrance, TcpListener)>) {
        (self.entrances, self.new)
    }
}
