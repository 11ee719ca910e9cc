//! Offsets in texts to positions in the protocol, which counts UTF-16 code units, and back.

use std::ops::Range;

use lsp_types::Position;

/// Where the lines of a text start.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    starts: Vec<usize>,
}

impl Lines {
    pub(crate) fn new(text: &str) -> Self {
        let behind = text.match_indices('\n').map(|(at, _)| at + 1);
        Self {
            starts: std::iter::once(0).chain(behind).collect(),
        }
    }

    /// Offsets beyond the text count as its end, those in a character as its start.
    pub(crate) fn position(&self, text: &str, offset: usize) -> Position {
        let mut offset = offset.min(text.len());
        while !text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self
            .starts
            .partition_point(|start| *start <= offset)
            .saturating_sub(1);
        let start = self.starts.get(line).copied().unwrap_or(0);
        let before = text.get(start..offset).unwrap_or_default();
        Position {
            line: number(line),
            character: number(before.encode_utf16().count()),
        }
    }

    /// Lines beyond the text count as its end, characters beyond a line as the end of the line, one in the middle of a
    /// surrogate pair as the start of its character.
    pub(crate) fn offset(&self, text: &str, position: Position) -> usize {
        let line = usize::try_from(position.line).unwrap_or(usize::MAX);
        let Some(&start) = self.starts.get(line) else {
            return text.len();
        };
        let end = self
            .starts
            .get(line.saturating_add(1))
            .copied()
            .unwrap_or(text.len());
        let content = text.get(start..end).unwrap_or_default();
        let content = content.strip_suffix('\n').unwrap_or(content);
        let content = content.strip_suffix('\r').unwrap_or(content);
        let mut left = usize::try_from(position.character).unwrap_or(usize::MAX);
        for (at, c) in content.char_indices() {
            if left < c.len_utf16() {
                return start + at;
            }
            left -= c.len_utf16();
        }
        start + content.len()
    }

    pub(crate) fn range(&self, text: &str, range: Range<usize>) -> lsp_types::Range {
        lsp_types::Range {
            start: self.position(text, range.start),
            end: self.position(text, range.end.max(range.start)),
        }
    }
}

/// Texts have less than 4 GiB: larger ones are not looked at.
fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use lsp_types::Position;

    use super::Lines;

    #[test]
    fn columns_count_utf16_code_units() {
        let text = "a\u{1F512}b\r\nc\u{E9}d";
        let lines = Lines::new(text);
        for (offset, line, character) in [
            (0, 0, 0),
            (1, 0, 1),
            (5, 0, 3),
            (6, 0, 4),
            (8, 1, 0),
            (11, 1, 2),
            (12, 1, 3),
        ] {
            let position = Position { line, character };
            assert_eq!(lines.position(text, offset), position);
            assert_eq!(lines.offset(text, position), offset);
        }
    }

    #[test]
    fn positions_outside_the_text_are_taken_to_its_nearest_place() {
        let text = "a\u{1F512}b\r\nc";
        let lines = Lines::new(text);
        for (line, character, offset) in [
            (0, 2, 1),
            (0, 99, 6),
            (1, 99, 9),
            (7, 0, 9),
            (u32::MAX, u32::MAX, 9),
        ] {
            assert_eq!(lines.offset(text, Position { line, character }), offset);
        }
    }
}
