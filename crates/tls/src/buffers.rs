//! Buffers for bulk data, lent while bytes are on their way.
//!
//! A connection that waits holds none, so memory grows with what moves and not with what is open. The first that
//! move at the same time get large ones, which save system calls; the others small ones, which bound the whole.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, PoisonError};

/// Length of a large buffer, in bytes: sixteen full TLS records.
pub(crate) const LARGE: usize = 256 * 1024;

/// Length of a small buffer, in bytes: two full TLS records.
const SMALL: usize = 32 * 1024;

/// Large buffers in use at the same time.
const LARGE_AT_ONCE: usize = 64;

/// Small buffers kept for the next borrower.
const SMALL_KEPT: usize = 64;

/// Large buffers kept for the next borrower.
const LARGE_KEPT: usize = 16;

static POOL: Mutex<Pool> = Mutex::new(Pool {
    lent: 0,
    large: Vec::new(),
    small: Vec::new(),
});

struct Pool {
    /// Large buffers in use.
    lent: usize,
    large: Vec<Box<[u8]>>,
    small: Vec<Box<[u8]>>,
}

/// A buffer that goes back when it is dropped. Its content at first is whatever the last borrower of this process
/// left: never show more of it than was written.
pub struct Buffer(Box<[u8]>);

impl Buffer {
    /// Borrows one, of 256 KiB or 32 KiB.
    pub fn take() -> Self {
        let mut pool = POOL.lock().unwrap_or_else(PoisonError::into_inner);
        let large = pool.lent < LARGE_AT_ONCE;
        let kept = if large {
            pool.lent += 1;
            pool.large.pop()
        } else {
            pool.small.pop()
        };
        drop(pool);
        let length = if large { LARGE } else { SMALL };
        Self(kept.unwrap_or_else(|| vec![0; length].into_boxed_slice()))
    }

    /// The same, or one of exactly `length` where that is too short: for what a large one has left over.
    pub(crate) fn holding(length: usize) -> Self {
        let buffer = Self::take();
        if length <= buffer.len() {
            buffer
        } else {
            Self(vec![0; length].into_boxed_slice())
        }
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let buffer = std::mem::take(&mut self.0);
        let mut pool = POOL.lock().unwrap_or_else(PoisonError::into_inner);
        if buffer.len() == LARGE {
            pool.lent -= 1;
            if pool.large.len() < LARGE_KEPT {
                pool.large.push(buffer);
            }
        } else if buffer.len() == SMALL && pool.small.len() < SMALL_KEPT {
            pool.small.push(buffer);
        }
    }
}

impl Deref for Buffer {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

impl fmt::Debug for Buffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Buffer({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_at_once_get_small_ones_and_large_ones_come_back() {
        let taken: Vec<_> = (0..LARGE_AT_ONCE + 3).map(|_| Buffer::take()).collect();
        assert_eq!(
            taken.iter().filter(|buffer| buffer.len() == LARGE).count(),
            LARGE_AT_ONCE
        );
        assert_eq!(taken.iter().filter(|buffer| buffer.len() == SMALL).count(), 3);
        assert_eq!(Buffer::holding(SMALL).len(), SMALL);
        assert_eq!(Buffer::holding(SMALL + 1).len(), SMALL + 1);
        drop(taken);
        assert_eq!(Buffer::take().len(), LARGE);
        assert_eq!(Buffer::holding(SMALL + 1).len(), LARGE);
    }
}
