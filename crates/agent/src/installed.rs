//! One generation: a compiled policy with everything that it needs, and the slot that holds the current one.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::time::SystemTime;

use arc_swap::ArcSwap;
use ttls_policy::{ActionSet, Policy, SourceText};
use ttls_tls::Environment;

use crate::entrances::Entrances;
use crate::environments::Environments;
use crate::session::InnerSide;

/// A policy with its environments built and its entrances open. Immutable; a connection takes it once, at its lookup, and keeps it to its end.
#[derive(Debug)]
pub struct Installed {
    generation: u64,
    since: SystemTime,
    policy: Policy,
    sources: Vec<SourceText>,
    environments: Environments,
    places: BTreeSet<PathBuf>,
    /// Those of the first generation are opened after it was compiled, and before anything is served.
    entrances: OnceLock<Entrances>,
}

/// A generation that has been replaced and still has connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stale {
    /// Its number.
    pub generation: u64,
    /// When it was installed.
    pub since: SystemTime,
    /// Primary connections that were mapped with it and have not ended.
    pub connections: usize,
}

/// The current generation, exchanged in one step, and those that connections still hold.
#[derive(Debug)]
pub(crate) struct Generations {
    current: ArcSwap<Installed>,
    replaced: Mutex<Vec<Weak<Installed>>>,
}

impl Installed {
    pub(crate) fn new(
        generation: u64,
        policy: Policy,
        sources: Vec<SourceText>,
        environments: Environments,
        places: BTreeSet<PathBuf>,
        entrances: Option<Entrances>,
    ) -> Self {
        Self {
            generation,
            since: SystemTime::now(),
            policy,
            sources,
            environments,
            places,
            entrances: entrances.map(OnceLock::from).unwrap_or_default(),
        }
    }

    /// Its number: 1 at the start of the agent, one more with each policy that is installed.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// When it was installed.
    pub fn since(&self) -> SystemTime {
        self.since
    }

    /// The policy.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The texts that it was compiled from, included ones last. There may be passwords in them.
    pub fn sources(&self) -> &[SourceText] {
        &self.sources
    }

    /// The environments, each once, in no particular order.
    pub fn environments(&self) -> impl Iterator<Item = &Arc<Environment>> {
        self.environments.iter()
    }

    /// Every file and folder whose change may change the policy or its environments.
    pub fn places(&self) -> &BTreeSet<PathBuf> {
        &self.places
    }

    pub(crate) fn built(&self) -> &Environments {
        &self.environments
    }

    /// Where connections to a listening address lead; `None` where this generation does not listen there.
    pub(crate) fn side(&self, address: SocketAddr) -> Option<InnerSide> {
        self.entrances.get().and_then(|entrances| entrances.side(address))
    }

    /// Has the entrances of the first generation, once.
    pub(crate) fn enter(&self, entrances: Entrances) {
        // Once: the agent gives its requests to one reloader only.
        let _ = self.entrances.set(entrances);
    }

    /// The environment of an action set of this generation's policy.
    pub(crate) fn environment(&self, actions: &ActionSet) -> Option<Arc<Environment>> {
        self.environments.get(actions).cloned()
    }
}

impl Generations {
    pub(crate) fn new(first: Installed) -> Self {
        Self {
            current: ArcSwap::from_pointee(first),
            replaced: Mutex::new(Vec::new()),
        }
    }

    /// The generation that connections are mapped with from now on.
    pub(crate) fn current(&self) -> Arc<Installed> {
        self.current.load_full()
    }

    /// Exchanges the current generation; what is returned is the one before. Connections that hold it keep it.
    pub(crate) fn install(&self, next: Installed) -> Arc<Installed> {
        let before = self.current.swap(Arc::new(next));
        let mut replaced = self.replaced.lock().unwrap_or_else(PoisonError::into_inner);
        replaced.retain(|old| old.strong_count() > 0);
        replaced.push(Arc::downgrade(&before));
        before
    }

    /// One that was replaced and that connections still hold.
    pub(crate) fn replaced(&self, generation: u64) -> Option<Arc<Installed>> {
        let replaced = self.replaced.lock().unwrap_or_else(PoisonError::into_inner);
        replaced
            .iter()
            .filter_map(Weak::upgrade)
            .find(|installed| installed.generation == generation)
    }

    /// Those that only connections hold, oldest first.
    pub(crate) fn stale(&self) -> Vec<Stale> {
        let replaced = self.replaced.lock().unwrap_or_else(PoisonError::into_inner);
        replaced
            .iter()
            .filter_map(Weak::upgrade)
            .map(|installed| Stale {
                generation: installed.generation,
                since: installed.since,
                // Without the one that looks.
                connections: Arc::strong_count(&installed) - 1,
            })
            .filter(|stale| stale.connections > 0)
            .collect()
    }
}
