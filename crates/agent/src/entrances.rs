//! Where connections come in, as a policy and the kind of the agent have it.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use ttls_intercept::Namespace;
use ttls_policy::Policy;

use crate::agent::AgentError;
use crate::expectations::Expectations;
use crate::publish::Publish;
use crate::session::InnerSide;

/// An address to listen on and where it leads.
pub(crate) struct Entrance {
    pub(crate) address: SocketAddr,
    pub(crate) side: InnerSide,
    /// The object of the policy or command line, for messages.
    pub(crate) what: String,
    /// Goes without: the IPv6 half of a port published on every address.
    pub(crate) optional: bool,
}

/// The entrances of one generation, by listening address.
#[derive(Clone, Default)]
pub(crate) struct Entrances(HashMap<SocketAddr, InnerSide>);

/// What decides where an agent listens.
pub(crate) enum Front {
    /// `TTLSGateway` statements.
    Gateways,
    /// Published ports of a program in a private network namespace.
    Published {
        /// As the command line has them; empty means the ports of the policy's inbound rules.
        publish: Vec<Publish>,
        namespace: Namespace,
        expectations: Arc<Expectations>,
    },
}

impl Front {
    /// The entrances that a policy asks for.
    pub(crate) fn entrances(&self, policy: &Policy) -> Result<Vec<Entrance>, AgentError> {
        match self {
            Self::Gateways => gateways(policy),
            Self::Published {
                publish,
                namespace,
                expectations,
            } => {
                let asked = if publish.is_empty() {
                    default_publish(policy)
                } else {
                    publish.clone()
                };
                Ok(asked
                    .iter()
                    .flat_map(|port| {
                        let side = InnerSide::Namespace {
                            namespace: namespace.clone(),
                            port: port.inner,
                            expectations: expectations.clone(),
                        };
                        port.entrances(&side)
                    })
                    .collect())
            }
        }
    }
}

impl Entrances {
    /// Where connections to a listening address lead; `None` where this generation does not listen there.
    pub(crate) fn side(&self, address: SocketAddr) -> Option<InnerSide> {
        self.0.get(&address).cloned()
    }
}

impl FromIterator<(SocketAddr, InnerSide)> for Entrances {
    fn from_iter<I: IntoIterator<Item = (SocketAddr, InnerSide)>>(entrances: I) -> Self {
        Self(entrances.into_iter().collect())
    }
}

impl fmt::Debug for Entrances {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

fn gateways(policy: &Policy) -> Result<Vec<Entrance>, AgentError> {
    if policy.gateways().is_empty() && policy.intercepts().is_empty() {
        return Err(AgentError::NothingToDo(
            "the policy has no TTLSGateway or TTLSIntercept statement, so there is nothing to do; add one, or start the \
             program through `ttls run`"
                .to_owned(),
        ));
    }
    Ok(policy
        .gateways()
        .iter()
        .map(|gateway| Entrance {
            address: gateway.listen,
            side: InnerSide::Gateway(Arc::new(gateway.clone())),
            what: format!("TTLSGateway {}", gateway.name),
            optional: false,
        })
        .collect())
}

/// The ports of the policy's inbound rules. The port on which TLS is implicit leads to the program's other port,
/// because a daemon that knows no TLS listens on one control port only.
fn default_publish(policy: &Policy) -> Vec<Publish> {
    let implicit: BTreeSet<u16> = policy
        .action_sets()
        .filter_map(|actions| actions.ftp.as_ref())
        .filter_map(|ftp| ftp.value.tls_port)
        .collect();
    let ports = policy.inbound_ports();
    let explicit = ports.iter().copied().find(|port| !implicit.contains(port));
    ports
        .iter()
        .map(|&outer| {
            let inner = if implicit.contains(&outer) {
                explicit.unwrap_or(outer)
            } else {
                outer
            };
            Publish {
                address: None,
                outer,
                inner,
            }
        })
        .collect()
}
