//! The nearest spelling of a misspelt word.

/// Longer words are not compared: nothing in the language is nearly as long.
const LONGEST: usize = 64;

/// The candidate nearest to `word` without regard to case, if it is near enough to be meant.
pub fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    near(word, candidates)
        .into_iter()
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Like [`nearest`], where no other candidate is as near: a word to put in its place unseen. Words of three
/// characters and less are near to too much.
pub(crate) fn plainly_meant<'c>(
    word: &str,
    candidates: impl IntoIterator<Item = &'c str>,
) -> Option<&'c str> {
    let mut near = near(word, candidates);
    near.sort_by_key(|(distance, _)| *distance);
    near.dedup_by_key(|(_, candidate)| candidate.to_ascii_lowercase());
    match near.as_slice() {
        _ if word.chars().count() <= 3 => None,
        [(_, only)] => Some(only),
        [(nearest, meant), (next, _), ..] if nearest < next => Some(meant),
        _ => None,
    }
}

/// The candidates that are near enough, with how far they are.
fn near<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Vec<(usize, &'c str)> {
    if word.len() > LONGEST {
        return Vec::new();
    }
    let word: Vec<char> = word.to_lowercase().chars().collect();
    let allowed = (word.len() / 4).clamp(1, 4);
    candidates
        .into_iter()
        .filter(|candidate| candidate.len().abs_diff(word.len()) <= allowed + 3 && candidate.len() <= LONGEST)
        .map(|candidate| {
            let distance = if is_same_but_for_marks(&word, candidate) {
                0
            } else {
                distance(&word, candidate)
            };
            (distance, candidate)
        })
        .filter(|(distance, _)| *distance <= allowed)
        .collect()
}

/// `TLSv13` is nearer to `TLSv1.3` than to `TLSv1`.
fn is_same_but_for_marks(word: &[char], candidate: &str) -> bool {
    let letters = word.iter().copied().filter(|c| c.is_alphanumeric());
    letters.eq(candidate
        .chars()
        .filter(|c| c.is_alphanumeric())
        .map(|c| c.to_ascii_lowercase()))
}

/// Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours.
fn distance(word: &[char], candidate: &str) -> usize {
    let candidate: Vec<char> = candidate.to_lowercase().chars().collect();
    let width = candidate.len() + 1;
    let mut before_last = vec![0; width];
    let mut last: Vec<usize> = (0..width).collect();
    for (i, a) in word.iter().enumerate() {
        let mut row = vec![i + 1; width];
        for (j, b) in candidate.iter().enumerate() {
            let mut best = (last[j] + usize::from(a != b))
                .min(last[j + 1] + 1)
                .min(row[j] + 1);
            if i > 0 && j > 0 && *a == candidate[j - 1] && word[i - 1] == *b {
                best = best.min(before_last[j - 1] + 1);
            }
            row[j + 1] = best;
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[candidate.len()]
}

#[cfg(test)]
mod tests {
    use super::{nearest, plainly_meant};

    #[test]
    fn a_slip_of_the_fingers_finds_its_word() {
        assert_eq!(nearest("Directoin", ["Direction", "Priority"]), Some("Direction"));
        assert_eq!(nearest("TTLRule", ["TTLSRule", "TTLSGateway"]), Some("TTLSRule"));
        assert_eq!(
            nearest("TLSKeyRingParms", ["TTLSKeyringParms", "TTLSCipherParms"]),
            Some("TTLSKeyringParms")
        );
        assert_eq!(
            nearest("TLSV1.1", ["TLSv1", "TLSv1.1", "TLSv1.2"]),
            Some("TLSv1.1")
        );
        assert_eq!(nearest("TLSv13", ["TLSv1", "TLSv1.3", "SSLv3"]), Some("TLSv1.3"));
    }

    #[test]
    fn what_could_be_two_words_is_plainly_none_of_them() {
        assert_eq!(nearest("Of", ["On", "Off"]), Some("On"));
        assert_eq!(plainly_meant("Of", ["On", "Off"]), None);
        assert_eq!(plainly_meant("TLSv1.9", ["TLSv1.1", "TLSv1.2"]), None);
        assert_eq!(plainly_meant("Inbuond", ["Inbound", "Outbound"]), Some("Inbound"));
    }

    #[test]
    fn something_else_finds_nothing() {
        assert_eq!(nearest("Banana", ["Direction", "Priority"]), None);
        assert_eq!(nearest(&"x".repeat(10_000), ["Direction"]), None);
        assert_eq!(nearest("", ["Direction"]), None);
    }
}
