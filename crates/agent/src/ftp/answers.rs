//! How soon the other side of a leg answers.

use std::time::Instant;

use crate::eager;

/// So many answers in a row came at once before the next is expected at once too. A log-in has fewer: where clients log in
/// and out all the time, many of them, no processor is free to look for answers.
const OFTEN: u32 = 5;

/// The answers of one side.
#[derive(Debug, Default)]
pub(super) struct Answers {
    /// When the other side was last told something that it has not answered yet.
    told: Option<Instant>,
    /// How many of its last answers came at once.
    near: u32,
}

impl Answers {
    /// The other side was told something; whether its answer will probably come at once.
    pub(super) fn told(&mut self, now: Instant) -> bool {
        self.told = Some(now);
        self.near >= OFTEN
    }

    /// Something came.
    pub(super) fn came(&mut self, now: Instant) {
        if let Some(told) = self.told.take() {
            let near = now.duration_since(told) < eager::WAS_NEAR;
            self.near = if near { self.near.saturating_add(1) } else { 0 };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn an_answer_is_expected_at_once_where_those_of_more_than_a_log_in_were() {
        let mut now = Instant::now();
        let mut answers = Answers::default();
        // 220 and AUTH, 234 and USER, 331 and PASS, 230 and QUIT.
        for _ in 0..4 {
            assert!(!answers.told(now));
            now += eager::WAS_NEAR / 2;
            answers.came(now);
        }
        assert!(!answers.told(now), "221");
        answers.came(now);
        assert!(answers.told(now));
        now += Duration::from_secs(1);
        answers.came(now);
        assert!(!answers.told(now), "it was not");
    }

    #[test]
    fn only_the_first_piece_of_an_answer_counts() {
        let now = Instant::now();
        let mut answers = Answers::default();
        answers.told(now);
        for _ in 0..2 * OFTEN {
            answers.came(now);
        }
        assert!(!answers.told(now));
    }
}
