//! Which rules take the connections of a region.

use std::collections::HashSet;

use ttls_policy::{Policy, Rule};

use crate::region::Region;

/// How many pieces of regions are looked at in all.
pub(crate) struct Budget {
    left: usize,
}

/// Enough for ten thousand rules, and for some questions with thousands of pieces; spent in a fraction of a second.
const PIECES: usize = 200_000;

/// The part of what is left that one question may take: those that come after it need theirs.
const SHARE: usize = 8;

/// Pieces for one question at the end. Rules that people write need a handful.
const LEAST: usize = 256;

/// Who takes the connections of regions.
pub(crate) enum Takers<'p> {
    /// The rule in question takes one at least.
    Wanted,
    /// Only these take some.
    Others(Vec<&'p Rule>),
    /// It would take too long to find out.
    Unknown,
}

impl Budget {
    /// For all questions about a policy.
    pub(crate) fn new() -> Self {
        Self { left: PIECES }
    }

    /// Nothing more will be found out.
    pub(crate) fn is_spent(&self) -> bool {
        self.left == 0
    }
}

/// Looks up a connection of what is left, and cuts away all that the rule which takes it is for, until the wanted
/// rule turns up or nothing is left.
///
/// A rule that takes anything mostly takes what is at one end: where its conditions reach beyond those of the rules
/// before it, or behind the exceptions from it. So both ends are looked at before anything is cut.
pub(crate) fn takers<'p>(
    policy: &'p Policy,
    mut left: Vec<Region>,
    wanted: &Rule,
    budget: &mut Budget,
) -> Takers<'p> {
    let mut others: Vec<&Rule> = Vec::new();
    let mut known: HashSet<*const Rule> = HashSet::new();
    let mut pieces = (budget.left / SHARE).max(LEAST).min(budget.left);
    while let Some(region) = left.pop() {
        let taker = region.lowest().and_then(|lowest| policy.rule_for(&lowest, None));
        let (Some(taker), Some(fewer)) = (taker, pieces.checked_sub(1)) else {
            return Takers::Unknown;
        };
        pieces = fewer;
        budget.left -= 1;
        let highest = || {
            region
                .highest()
                .and_then(|highest| policy.rule_for(&highest, None))
        };
        if std::ptr::eq(taker, wanted) || highest().is_some_and(|taker| std::ptr::eq(taker, wanted)) {
            return Takers::Wanted;
        }
        if known.insert(taker) {
            others.push(taker);
        }
        region.without(taker, &mut left);
    }
    Takers::Others(others)
}
