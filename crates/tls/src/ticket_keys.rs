//! The keys that session tickets are encrypted with.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use zeroize::Zeroizing;

/// How long tickets are encrypted with one key, unless the policy says so.
const UNCODED: Duration = Duration::from_secs(6 * 60 * 60);

/// Keys kept for the tickets that they encrypted.
const MOST_KEYS: usize = 4096;

/// Length of a key's name, in bytes.
const NAME_LENGTH: usize = 16;

/// Length of a key, in bytes.
const KEY_LENGTH: usize = 32;

/// Length of the time in front of a plaintext, in bytes.
const TIME_LENGTH: usize = 8;

/// The system gave no random numbers, or the engine no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NoKey;

/// One key. A ticket is its name, a nonce, and the encrypted time and content with their tag.
pub(crate) struct TicketKey {
    name: [u8; NAME_LENGTH],
    key: RandomizedNonceKey,
    made: Instant,
}

/// What was in a ticket.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Opened {
    /// Since it was made.
    pub(crate) age: Duration,
    pub(crate) content: Vec<u8>,
}

/// The keys of an environment: new ones come as time goes by, old ones stay while tickets of theirs are good.
pub(crate) struct TicketKeys {
    /// Times in tickets count from here.
    start: Instant,
    /// How long one key encrypts.
    refresh: Duration,
    /// How long it opens after that.
    kept: Duration,
    /// Newest last.
    keys: Mutex<VecDeque<Arc<TicketKey>>>,
}

impl TicketKeys {
    /// With a first key. `life` is that of tickets.
    pub(crate) fn new(now: Instant, refresh: Option<Duration>, life: Duration) -> Result<Self, NoKey> {
        Ok(Self {
            start: now,
            refresh: refresh.unwrap_or(UNCODED),
            kept: life,
            keys: Mutex::new(VecDeque::from([Arc::new(TicketKey::new(now)?)])),
        })
    }

    /// The ticket, and the key that opens it.
    pub(crate) fn seal(&self, now: Instant, content: &[u8]) -> Option<(Vec<u8>, Arc<TicketKey>)> {
        let key = self.current(now)?;
        let since = u64::try_from(now.saturating_duration_since(self.start).as_millis()).ok()?;
        let ticket = key.seal(&[&since.to_be_bytes()[..], content].concat())?;
        Some((ticket, key))
    }

    /// `None` where no key opens it: neither those of the environment nor the `others`.
    pub(crate) fn open(&self, now: Instant, ticket: &[u8], others: &[Arc<TicketKey>]) -> Option<Opened> {
        let (name, _) = ticket.split_first_chunk::<NAME_LENGTH>()?;
        let named = |key: &&Arc<TicketKey>| key.name == *name;
        let mine = self.lock().iter().rev().find(named).cloned();
        let key = mine.or_else(|| others.iter().find(named).cloned())?;
        let mut content = key.open(ticket)?;
        let since = Duration::from_millis(u64::from_be_bytes(*content.first_chunk()?));
        content.drain(..TIME_LENGTH);
        Some(Opened {
            age: now.saturating_duration_since(self.start).saturating_sub(since),
            content,
        })
    }

    fn current(&self, now: Instant) -> Option<Arc<TicketKey>> {
        let mut keys = self.lock();
        let newest = keys.back()?;
        if now.saturating_duration_since(newest.made) >= self.refresh {
            let fresh = TicketKey::new(now).ok()?;
            keys.push_back(Arc::new(fresh));
            // A key has encrypted until the next one was made.
            while keys.len() > MOST_KEYS
                || keys
                    .get(1)
                    .is_some_and(|next| now.saturating_duration_since(next.made) > self.kept)
            {
                keys.pop_front();
            }
        }
        keys.back().cloned()
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Arc<TicketKey>>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TicketKey {
    fn new(now: Instant) -> Result<Self, NoKey> {
        let (mut name, mut bytes) = ([0; NAME_LENGTH], Zeroizing::new([0; KEY_LENGTH]));
        aws_lc_rs::rand::fill(&mut name).map_err(|_| NoKey)?;
        aws_lc_rs::rand::fill(bytes.as_mut_slice()).map_err(|_| NoKey)?;
        let key = RandomizedNonceKey::new(&AES_256_GCM, bytes.as_slice()).map_err(|_| NoKey)?;
        Ok(Self { name, key, made: now })
    }

    fn seal(&self, plain: &[u8]) -> Option<Vec<u8>> {
        let mut sealed = plain.to_vec();
        let nonce = self
            .key
            .seal_in_place_append_tag(Aad::from(&self.name), &mut sealed)
            .ok()?;
        Some([&self.name[..], nonce.as_ref(), &sealed].concat())
    }

    fn open(&self, ticket: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = ticket.get(NAME_LENGTH..)?.split_first_chunk::<NONCE_LEN>()?;
        let mut sealed = sealed.to_vec();
        let plain = self
            .key
            .open_in_place(Nonce::from(nonce), Aad::from(&self.name), &mut sealed)
            .ok()?;
        let length = plain.len();
        sealed.truncate(length);
        Some(sealed)
    }
}

impl fmt::Debug for TicketKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TicketKeys")
            .field("refresh", &self.refresh)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn keys_change_and_open_what_they_encrypted_until_its_life_is_over() {
        let start = Instant::now();
        let keys = TicketKeys::new(start, Some(MINUTE), MINUTE * 3).expect("keys");
        let (ticket, first) = keys.seal(start, b"session").expect("sealed");
        let (_, same) = keys.seal(start + MINUTE / 2, b"").expect("sealed");
        assert!(Arc::ptr_eq(&first, &same));
        let mut at = start;
        for minute in 1..=3 {
            at = start + MINUTE * minute;
            let (_, key) = keys.seal(at, b"").expect("sealed");
            assert!(!Arc::ptr_eq(&first, &key));
            let opened = keys.open(at, &ticket, &[]).expect("opened");
            assert_eq!(
                (opened.age, &opened.content[..]),
                (MINUTE * minute, &b"session"[..])
            );
        }
        // Its key encrypted until minute 1.
        at += MINUTE * 2;
        keys.seal(at, b"").expect("sealed");
        assert_eq!(keys.open(at, &ticket, &[]), None);
        // Whoever has kept the key opens it still.
        let opened = keys.open(at, &ticket, &[first]).expect("opened");
        assert_eq!(opened.age, MINUTE * 5);
    }

    #[test]
    fn a_ticket_that_was_touched_or_cut_does_not_open() {
        let now = Instant::now();
        let keys = TicketKeys::new(now, None, MINUTE).expect("keys");
        let (ticket, _) = keys.seal(now, b"session").expect("sealed");
        assert!(keys.open(now, &ticket, &[]).is_some());
        for at in 0..ticket.len() {
            let mut touched = ticket.clone();
            touched[at] ^= 1;
            assert_eq!(keys.open(now, &touched, &[]), None, "byte {at}");
            assert_eq!(keys.open(now, &ticket[..at], &[]), None, "{at} bytes");
        }
        let others = TicketKeys::new(now, None, MINUTE).expect("keys");
        assert_eq!(others.open(now, &ticket, &[]), None);
    }

    #[test]
    fn the_content_cannot_be_read_off_the_ticket() {
        let now = Instant::now();
        let keys = TicketKeys::new(now, None, MINUTE).expect("keys");
        let (one, _) = keys.seal(now, b"session session").expect("sealed");
        let (two, _) = keys.seal(now, b"session session").expect("sealed");
        assert!(!one.windows(7).any(|bytes| bytes == b"session"));
        assert_ne!(one[NAME_LENGTH..], two[NAME_LENGTH..]);
    }
}
