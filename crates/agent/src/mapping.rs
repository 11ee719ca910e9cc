//! What the policy and the primary connections say of a caught connection, whoever opened it, before any byte of it leaves.

use std::sync::Arc;

use jiff::Zoned;
use ttls_policy::{ActionSet, ClearReason, Connection, Decision, Policy, RefuseReason, Rule};

use crate::identity;
use crate::outcome::{Ended, Outcome};
use crate::secondary::{self, Follows, Primary};

/// The policy's answer for a connection; another one's policy may take its place.
pub(crate) struct Mapping<'p> {
    decision: Decision,
    /// The rule that matches it.
    pub(crate) own: Option<&'p Rule>,
}

/// What is to be done with a connection.
pub(crate) enum Course {
    /// The policy of another connection holds.
    Follow(Arc<Primary>),
    Secure(Arc<ActionSet>),
    Clear,
    Refuse(Ended),
}

impl<'p> Mapping<'p> {
    /// Looks a connection up, now.
    ///
    /// # Errors
    /// Refused: whether it has to have TLS depends on its owner, who is not known.
    pub(crate) fn of(policy: &'p Policy, asked: &Connection<'_>) -> Result<Self, Ended> {
        let now = Zoned::now();
        let decision = policy.lookup(asked, &now);
        if !matches!(decision, Decision::Tls(_))
            && let Some(rule) = policy.undecided(asked, &now)
        {
            return Err(identity::undecided(rule));
        }
        let own = policy.rule_for(asked, Some(&now));
        Ok(Self { decision, own })
    }

    /// What follows from it, noted in `outcome`; `unmatched_clear`: connections that no rule covers pass in clear.
    pub(crate) fn course(self, follows: Follows, unmatched_clear: bool, outcome: &Outcome) -> Course {
        match (follows, self.decision) {
            (Follows::Primary(primary), _) => {
                outcome.follows(primary.id, primary.installed.generation());
                outcome.mapped(&primary.actions);
                Course::Follow(primary)
            }
            // Whomever it follows, it has TLS of its own.
            (_, Decision::Tls(actions)) => {
                outcome.mapped(&actions);
                Course::Secure(actions)
            }
            (Follows::Unknown, _) => Course::Refuse(secondary::unknown()),
            (Follows::Nobody, Decision::Clear(ClearReason::NotEnabled { rule, group })) => {
                outcome.not_enabled(rule, &group);
                Course::Clear
            }
            (Follows::Nobody, Decision::Refuse(RefuseReason::NoRule)) if unmatched_clear => Course::Clear,
            (Follows::Nobody, Decision::Refuse(RefuseReason::NoRule)) => Course::Refuse(Ended::Refused(
                "no rule covers it; add a rule (TTLSEnabled Off where it may stay in clear)".to_owned(),
            )),
        }
    }

    /// The policy secures it.
    pub(crate) fn has_tls(&self) -> bool {
        matches!(self.decision, Decision::Tls(_))
    }
}
