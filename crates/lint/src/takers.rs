//! Which rules take the connections of a region.

use ttls_policy::{Policy, Rule};

use crate::region::Region;

/// How many pieces of regions are looked at, in all and for one question.
pub(crate) struct Budget {
    left: usize,
}

/// Pieces for one question. Rules that people write need a handful, and each may have to pass by as many rules.
const PIECES: usize = 256;

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
    /// Enough for a policy with ten thousand rules, and spent in a fraction of a second.
    pub(crate) fn new() -> Self {
        Self { left: 100_000 }
    }

    /// Nothing more will be found out.
    pub(crate) fn is_spent(&self) -> bool {
        self.left == 0
    }
}

/// Looks up a connection of what is left, and cuts away all that the rule which takes it is for, until the wanted
/// rule turns up or nothing is left.
pub(crate) fn takers<'p>(
    policy: &'p Policy,
    mut left: Vec<Region>,
    wanted: &Rule,
    budget: &mut Budget,
) -> Takers<'p> {
    let mut others: Vec<&Rule> = Vec::new();
    let mut pieces = PIECES.min(budget.left);
    while let Some(region) = left.pop() {
        let taker = region.corner().and_then(|corner| policy.rule_for(&corner, None));
        let (Some(taker), Some(fewer)) = (taker, pieces.checked_sub(1)) else {
            return Takers::Unknown;
        };
        pieces = fewer;
        budget.left -= 1;
        if std::ptr::eq(taker, wanted) {
            return Takers::Wanted;
        }
        if !others.iter().any(|known| std::ptr::eq(*known, taker)) {
            others.push(taker);
        }
        left.extend(region.without(taker));
    }
    Takers::Others(others)
}
