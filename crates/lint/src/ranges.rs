//! Sets of numbers as ranges.

/// A set of numbers: ranges that are sorted, apart from each other and not empty; both ends are included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ranges(Vec<(u128, u128)>);

impl Ranges {
    /// The union of ranges.
    pub(crate) fn new(ranges: impl IntoIterator<Item = (u128, u128)>) -> Self {
        let mut ranges: Vec<(u128, u128)> = ranges.into_iter().filter(|(low, high)| low <= high).collect();
        ranges.sort_unstable();
        let mut union: Vec<(u128, u128)> = Vec::with_capacity(ranges.len());
        for (low, high) in ranges {
            match union.last_mut() {
                Some((_, end)) if low <= end.saturating_add(1) => *end = high.max(*end),
                _ => union.push((low, high)),
            }
        }
        Self(union)
    }

    /// The smallest number; `None` for the empty set.
    pub(crate) fn first(&self) -> Option<u128> {
        self.0.first().map(|(low, _)| *low)
    }

    /// Numbers of both sets.
    pub(crate) fn common(&self, other: &Self) -> Self {
        let mut common = Vec::new();
        let (mut mine, mut others) = (self.0.iter().peekable(), other.0.iter().peekable());
        while let (Some((a, b)), Some((c, d))) = (mine.peek(), others.peek()) {
            if a.max(c) <= b.min(d) {
                common.push((*a.max(c), *b.min(d)));
            }
            if b < d {
                mine.next();
            } else {
                others.next();
            }
        }
        Self(common)
    }

    /// Numbers of this set that are not in the other.
    pub(crate) fn without(&self, other: &Self) -> Self {
        self.common(&other.complement())
    }

    fn complement(&self) -> Self {
        let mut gaps = Vec::with_capacity(self.0.len() + 1);
        let mut next = Some(0);
        for (low, high) in &self.0 {
            if let Some(start) = next.filter(|start| start < low) {
                gaps.push((start, low - 1));
            }
            next = high.checked_add(1);
        }
        gaps.extend(next.map(|start| (start, u128::MAX)));
        Self(gaps)
    }
}

#[cfg(test)]
mod tests {
    use super::Ranges;

    #[test]
    fn neighbours_and_overlaps_become_one_range() {
        assert_eq!(
            Ranges::new([(5, 9), (1, 2), (3, 4), (8, 20)]),
            Ranges::new([(1, 20)])
        );
        assert_eq!(Ranges::new([(5, 4)]).first(), None);
    }

    #[test]
    fn sets_are_cut_at_their_ends() {
        let set = Ranges::new([(0, 10), (20, 30), (40, u128::MAX)]);
        assert_eq!(
            set.common(&Ranges::new([(10, 20)])),
            Ranges::new([(10, 10), (20, 20)])
        );
        assert_eq!(
            set.without(&Ranges::new([(5, 25), (50, u128::MAX)])),
            Ranges::new([(0, 4), (26, 30), (40, 49)])
        );
        assert_eq!(set.without(&set).first(), None);
        assert_eq!(set.without(&Ranges::new([])), set);
    }
}
