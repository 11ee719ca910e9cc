//! Plain bytes between the two sides of a relay.

use std::io::IoSlice;
use std::ops::Range;

use crate::buffers::Buffer;

/// Data up to this length are moved behind the ones before them, so that a piece of small records has few parts.
const SMALL: usize = 4096;

/// Bytes that were received together, in a borrowed buffer, not necessarily in one stretch.
#[derive(Debug)]
pub struct Piece {
    buffer: Buffer,
    parts: Vec<Range<usize>>,
}

impl Piece {
    /// The first `length` bytes of a buffer; none of them is the end of a stream.
    pub fn of(buffer: Buffer, length: usize) -> Self {
        let all = Some(0..length).filter(|all| !all.is_empty());
        Self {
            buffer,
            parts: all.into_iter().collect(),
        }
    }

    pub(crate) fn of_parts(buffer: Buffer, parts: Parts) -> Self {
        Self {
            buffer,
            parts: parts.0,
        }
    }

    /// How many bytes they are.
    pub fn len(&self) -> usize {
        self.parts.iter().map(Range::len).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// What is left behind the first `written` bytes, for a vectored write.
    pub fn slices(&self, written: usize) -> Vec<IoSlice<'_>> {
        let mut skip = written;
        let mut slices = Vec::with_capacity(self.parts.len());
        for part in &self.parts {
            let skipped = skip.min(part.len());
            skip -= skipped;
            if skipped < part.len() {
                slices.push(IoSlice::new(&self.buffer[part.start + skipped..part.end]));
            }
        }
        slices
    }
}

/// Where in a buffer the bytes of a piece are, in order.
#[derive(Debug, Default)]
pub(crate) struct Parts(Vec<Range<usize>>);

impl Parts {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes in the next bytes; what lies between the parts is of no use any more.
    pub(crate) fn add(&mut self, buffer: &mut [u8], part: Range<usize>) {
        if part.is_empty() {
            return;
        }
        match self.0.last_mut() {
            Some(last) if part.len() <= SMALL => {
                let end = last.end + part.len();
                buffer.copy_within(part, last.end);
                last.end = end;
            }
            _ => self.0.push(part),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(piece: &Piece, written: usize) -> Vec<u8> {
        piece
            .slices(written)
            .iter()
            .flat_map(|slice| slice.to_vec())
            .collect()
    }

    #[test]
    fn small_parts_are_put_together_and_large_ones_stay_where_they_are() {
        let mut buffer = Buffer::take();
        let mut expected = Vec::new();
        let mut parts = Parts::default();
        let mut start = 5;
        for (number, length) in [(1, 3), (2, SMALL), (3, SMALL + 1), (4, 0), (5, 7)] {
            buffer[start..start + length].fill(number);
            expected.resize(expected.len() + length, number);
            parts.add(&mut buffer, start..start + length);
            start += length + 22;
        }
        let piece = Piece::of_parts(buffer, parts);
        assert_eq!(piece.slices(0).len(), 2);
        assert_eq!(piece.len(), expected.len());
        for written in [0, 2, 3, 3 + SMALL, 4 + SMALL, expected.len() - 1, expected.len()] {
            assert_eq!(bytes(&piece, written), expected[written..], "behind {written}");
        }
    }
}
