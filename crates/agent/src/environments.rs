//! Environments of a generation: built before the first connection, shared by equal action sets, and taken over from the
//! generation before while action set and key ring are what they were.

mod life;

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use ttls_keyring::{Access, Fingerprint, Keyrings};
use ttls_policy::{ActionSet, KeyringAccess, KeyringRef, Policy};
use ttls_tls::{Environment, EnvironmentKey};

use crate::agent::AgentError;
use life::Life;

/// The environments of one generation.
#[derive(Debug)]
pub(crate) struct Environments {
    by_key: HashMap<EnvironmentKey, Built>,
}

#[derive(Debug, Clone)]
struct Built {
    environment: Arc<Environment>,
    ring: Option<Fingerprint>,
    life: Arc<Life>,
}

/// An environment that cannot be built.
#[derive(Debug)]
pub(crate) struct Unbuilt {
    /// The first action set that needs it.
    pub(crate) actions: Arc<ActionSet>,
    pub(crate) error: AgentError,
}

impl Environments {
    /// Opens every key ring that the policy names, so that what is missing is known before anyone connects; what is
    /// unchanged since `previous` is taken from there, with its ticket keys. Reads files: call it off the reactor.
    pub(crate) fn build(
        policy: &Policy,
        keyrings: &Keyrings,
        previous: Option<&Self>,
    ) -> Result<Self, Vec<Unbuilt>> {
        let mut by_key = HashMap::new();
        let mut errors = Vec::new();
        let mut tried = HashSet::new();
        for actions in policy.action_sets() {
            let key = EnvironmentKey::of(actions);
            if !tried.insert(key.clone()) {
                continue;
            }
            let before = previous.and_then(|previous| previous.by_key.get(&key));
            match built(actions, keyrings, before) {
                Ok(built) => {
                    by_key.insert(key, built);
                }
                Err(error) => errors.push(Unbuilt {
                    actions: actions.clone(),
                    error,
                }),
            }
        }
        if errors.is_empty() {
            Ok(Self { by_key })
        } else {
            Err(errors)
        }
    }

    /// A policy with them is installed: messages tell of those that are new.
    pub(crate) fn serve(&self, policy: &Policy) {
        let mut sets: HashMap<EnvironmentKey, Vec<&Arc<ActionSet>>> = HashMap::new();
        for actions in policy.action_sets() {
            sets.entry(EnvironmentKey::of(actions)).or_default().push(actions);
        }
        for (key, sets) in sets {
            if let Some(built) = self.by_key.get(&key) {
                built.life.serves(&sets);
            }
        }
    }

    /// All of them, in no particular order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<Environment>> {
        self.by_key.values().map(|built| &built.environment)
    }

    /// The environment of an action set of the same policy.
    pub(crate) fn get(&self, actions: &ActionSet) -> Option<&Arc<Environment>> {
        self.by_key
            .get(&EnvironmentKey::of(actions))
            .map(|built| &built.environment)
    }

    /// None is new and none is gone.
    pub(crate) fn are_those_of(&self, other: &Self) -> bool {
        self.by_key.len() == other.by_key.len()
            && self.by_key.iter().all(|(key, built)| {
                other
                    .by_key
                    .get(key)
                    .is_some_and(|same| Arc::ptr_eq(&built.environment, &same.environment))
            })
    }
}

fn built(actions: &ActionSet, keyrings: &Keyrings, before: Option<&Built>) -> Result<Built, AgentError> {
    let reference = &actions.keyring.value;
    let access = access(reference);
    // An error is told by the attempt to open the ring.
    let fingerprint = || keyrings.fingerprint(&reference.name, access.as_ref()).ok();
    let ring = fingerprint();
    if let Some(before) = before.filter(|before| before.ring == ring) {
        return Ok(before.clone());
    }
    let environment = Environment::build(actions, keyrings, SystemTime::now())?;
    if fingerprint() != ring {
        return Err(AgentError::RingMoves {
            environment: actions.environment.clone(),
            ring: reference.name.clone(),
        });
    }
    Ok(Built {
        environment: Arc::new(environment),
        ring,
        life: Arc::default(),
    })
}

/// The folders and files of the key rings that a policy names.
pub(crate) fn ring_places(policy: &Policy, keyrings: &Keyrings) -> Vec<PathBuf> {
    policy
        .action_sets()
        .map(|actions| &actions.keyring.value)
        .flat_map(|reference| keyrings.places(&reference.name, access(reference).as_ref()))
        .collect()
}

fn access(reference: &KeyringRef) -> Option<Access> {
    reference.access.as_ref().map(|access| match access {
        KeyringAccess::Password(password) => Access::Password(password.clone().into()),
        KeyringAccess::StashFile(path) => Access::StashFile(path.clone()),
    })
}
