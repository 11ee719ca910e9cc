//! The rules in force, and every change of them. Everything here blocks and belongs on the worker's thread.

use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::announced::{Announced, Way};
use super::plan::Plan;
use super::settings::HostSettings;
use super::{routing, ruleset};
use crate::error::InterceptError;
use crate::nft;

/// How often the rules are put back in a row before it is called a failure; the next change starts anew.
const REPAIRS: usize = 5;

/// What is on the host.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) settings: HostSettings,
    v6: bool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    announced: Announced,
    standing: Option<Standing>,
}

/// What must be in force.
#[derive(Debug)]
struct Standing {
    plan: Plan,
    /// As `nft` lists it.
    listing: String,
}

impl Rules {
    pub(super) fn new(settings: HostSettings, v6: bool) -> Self {
        Self {
            settings,
            v6,
            state: Mutex::default(),
        }
    }

    /// Puts the rules for a plan in the place of whatever has the table's name.
    pub(super) fn install(&self, plan: Plan) -> Result<(), InterceptError> {
        let failed = |reason: String| InterceptError::host("load its nftables rules", &reason);
        routing::install(&self.settings, self.v6)?;
        let mut state = self.state();
        let script = ruleset::replace(&self.settings, &plan, &state.announced);
        let listing = self.load_whole(&script).map_err(failed)?;
        state.standing = Some(Standing { plan, listing });
        Ok(())
    }

    /// Loads a script, and tells how all of it is listed: as two loads in a row have left it. What another program takes
    /// away between a load and the look at it would never be missed otherwise.
    fn load_whole(&self, script: &str) -> Result<String, String> {
        let mut before = Err("nothing was loaded".to_owned());
        for _ in 0..=REPAIRS {
            nft::load(script)?;
            let listing = nft::list(&self.settings.table);
            if listing.is_ok() && listing == before {
                return listing;
            }
            before = listing;
        }
        before.and_then(|_| Err("other programs keep changing them; stop those for the start".to_owned()))
    }

    /// Takes everything off the host.
    pub(super) fn remove(&self) -> Result<(), InterceptError> {
        self.state().standing = None;
        let removed = nft::load(&ruleset::remove(&self.settings))
            .map_err(|reason| InterceptError::host("remove its nftables table", &reason));
        removed.and(routing::remove(&self.settings))
    }

    /// Puts back what another program has taken away, until it is all there: that program may not have finished. What
    /// is all is known from the installation; a listing taken now could lack something again.
    pub(super) fn mend(&self) {
        let state = self.state();
        let Some(standing) = &state.standing else {
            return;
        };
        let table = &self.settings.table;
        let mut failure = "other programs keep changing them".to_owned();
        for _ in 0..REPAIRS {
            if nft::list(table).as_deref() == Ok(standing.listing.as_str()) {
                return;
            }
            tracing::error!(table, "another program has changed the rules: they are put back");
            let script = ruleset::replace(&self.settings, &standing.plan, &state.announced);
            let repaired = routing::install(&self.settings, self.v6)
                .map_err(|error| error.to_string())
                .and_then(|()| nft::load(&script));
            if let Err(reason) = repaired {
                failure = reason;
            }
        }
        if nft::list(table).as_deref() != Ok(standing.listing.as_str()) {
            tracing::error!(table, failure, "CONNECTIONS MAY PASS IN CLEAR");
        }
    }

    /// Would a peer's connection to this address be caught, whoever listens there? A rule for all ports does not count:
    /// another port would not help.
    pub(super) fn catch(&self, address: SocketAddr) -> bool {
        let state = self.state();
        let planned = state
            .standing
            .as_ref()
            .is_some_and(|standing| standing.plan.covers(address.port()));
        planned || state.announced.holds(Way::Inbound, address)
    }

    /// Has the rules lead an announced connection to the agent.
    pub(super) fn announce(&self, way: Way, address: SocketAddr) -> Result<(), String> {
        let mut state = self.state();
        if !state
            .announced
            .add(way, address)
            .map_err(|full| full.to_string())?
        {
            return Ok(());
        }
        nft::load(&state.announced.script(&self.settings.table, way, address))
    }

    /// Lets an announcement run out.
    pub(super) fn release(&self, way: Way, address: SocketAddr) {
        let mut state = self.state();
        if state.announced.release(way, address)
            && let Err(error) = nft::load(&state.announced.script(&self.settings.table, way, address))
        {
            // It stays for ever then, which is closed; or the table is gone already.
            tracing::debug!(%address, error, "announced connection stays in the rules");
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // The state is consistent between any two statements, so a panic elsewhere does not spoil it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
