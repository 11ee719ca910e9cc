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

    /// The largest number; `None` for the empty set.
    pub(crate) fn last(&self) -> Option<u128> {
        self.0.last().map(|(_, high)| *high)
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
        let mut left = Vec::new();
        let mut cuts = other.0.iter().peekable();
        for &(low, high) in &self.0 {
            let mut next = Some(low);
            // A cut that reaches beyond this range may reach into the next one.
            while let Some((cut_low, cut_high)) = cuts.next_if(|(_, cut_high)| *cut_high <= high) {
                if let Some(start) = next.filter(|start| start < cut_low) {
                    left.push((start, cut_low - 1));
                }
                next = next.map(|start| start.max(cut_high.saturating_add(1)));
                if *cut_high == u128::MAX {
                    next = None;
                }
            }
            let end = match cuts.peek() {
                Some((cut_low, _)) if *cut_low <= high => cut_low.checked_sub(1),
                _ => Some(high),
            };
            if let (Some(start), Some(end)) = (next, end)
                && start <= end
            {
                left.push((start, end));
            }
        }
        Self(left)
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
        assert_eq!(
            set.without(&Ranges::new([(0, 0), (2, 3), (9, 41)])),
            Ranges::new([(1, 1), (4, 8), (42, u128::MAX)])
        );
        assert_eq!(set.last(), Some(u128::MAX));
        assert_eq!(Ranges::new([]).last(), None);
    }

    /// Every pair of sets of the numbers 0 to 7, at both ends of what there is.
    #[test]
    fn a_number_is_left_where_the_set_has_it_and_the_other_has_not() {
        for base in [0, u128::MAX - 7] {
            let set = |bits: u32| {
                let numbers = (0..8).filter(move |bit| bits & (1 << bit) != 0);
                Ranges::new(numbers.map(move |bit| (base + bit, base + bit)))
            };
            for one in 0..256 {
                for other in 0..256 {
                    assert_eq!(set(one).without(&set(other)), set(one & !other), "{one} {other}");
                    assert_eq!(set(one).common(&set(other)), set(one & other), "{one} {other}");
                }
            }
        }
    }
}
