//! Records of bulk connections, opened where the socket put them.
//!
//! rustls copies every incoming byte three times: into its own buffer, a quarter of a record at a time, from there into a
//! vector per record, and from that to whoever reads. For a bulk connection that is a third of all the work. So these
//! connections open their records themselves, in the buffer that the system call has filled, by the very decrypter that
//! rustls would use.
//!
//! rustls stays the only one who knows the protocol. The suites of bulk configurations wrap its decrypters; one that is
//! asked to open a record for a stream moves into that stream's [`Opening`], with its sequence number. From then on the
//! stream opens records of application data and delivers them. Whatever else a record turns out to be (an alert, a
//! handshake message, empty, not authentic), rustls is given it as it came; the wrapper, asked to open it, hands on what
//! was found in it. So are the records behind it until one has data: rustls refuses data within a handshake message, and
//! counts empty records and key updates from data to data. A key update makes a new decrypter, which starts again at the
//! beginning.

use std::cell::RefCell;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use rustls::crypto::cipher::{InboundOpaqueMessage, InboundPlainMessage, MessageDecrypter};
use rustls::{ContentType, Error, ProtocolVersion};

thread_local! {
    /// The stream on whose behalf rustls works just now, in a call that is on the stack; see [`Opening::during`].
    static CURRENT: RefCell<Weak<Opening>> = const { RefCell::new(Weak::new()) };
}

/// The keys that a bulk connection opens records with.
#[derive(Default)]
pub(crate) struct Opening(Mutex<State>);

#[derive(Default)]
struct State {
    keys: Option<Keys>,
    /// What was found in the record that rustls is given next.
    found: Option<Result<Found, Error>>,
    /// The last record that rustls was given had data, so that more of them tell it nothing.
    flowing: bool,
}

struct Keys {
    decrypter: Box<dyn MessageDecrypter>,
    /// Records opened so far: the number of the next one.
    sequence: u64,
}

/// A record that was opened, in terms of its body.
struct Found {
    typ: ContentType,
    version: ProtocolVersion,
    plain: Range<usize>,
}

impl Opening {
    /// Whether records can be opened here; otherwise the next one is for rustls.
    pub(crate) fn is_ready(&self) -> bool {
        let state = self.state();
        state.keys.is_some() && state.flowing
    }

    /// Opens the body of a record of outer type `application_data`, in place; where in it the data are. `None`: it has
    /// none, or is not authentic, and must be given to rustls next, header and all, before anything behind it.
    ///
    /// Only while [`Self::is_ready`].
    pub(crate) fn open(&self, body: &mut [u8]) -> Option<Range<usize>> {
        let mut state = self.state();
        let keys = state.keys.as_mut()?;
        let message = InboundOpaqueMessage::new(ContentType::ApplicationData, ProtocolVersion::TLSv1_2, body);
        match keys.open(message) {
            Ok(found) if is_data(found.typ, found.plain.len()) => Some(found.plain),
            found => {
                if found.is_err() {
                    // Nothing behind it is opened.
                    state.keys = None;
                }
                state.found = Some(found);
                state.flowing = false;
                None
            }
        }
    }

    /// Runs `work` of rustls for the stream of this, so that its decrypter finds the way here.
    pub(crate) fn during<T>(self: &Arc<Self>, work: impl FnOnce() -> T) -> T {
        /// Nobody's, however `work` ends.
        struct Reset;
        impl Drop for Reset {
            fn drop(&mut self) {
                CURRENT.set(Weak::new());
            }
        }
        CURRENT.set(Arc::downgrade(self));
        let _reset = Reset;
        work()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // One who panics in here leaves no half-made state: each change is one assignment.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Keys {
    fn open(&mut self, message: InboundOpaqueMessage<'_>) -> Result<Found, Error> {
        let start = message.payload.as_ptr().addr();
        let plain = self.decrypter.decrypt(message, self.sequence)?;
        self.sequence += 1;
        // In place: what comes back is a part of what was given.
        let from = plain.payload.as_ptr().addr() - start;
        Ok(Found {
            typ: plain.typ,
            version: plain.version,
            plain: from..from + plain.payload.len(),
        })
    }
}

/// A decrypter of rustls that moves into the [`Opening`] of the stream that first has a record opened by it.
pub(crate) struct Decrypter(Place);

enum Place {
    /// Still where rustls has put it.
    Here(Box<dyn MessageDecrypter>),
    /// With the stream.
    There(Arc<Opening>),
    /// Between the two; never seen.
    Moving,
}

impl Decrypter {
    pub(crate) fn new(inner: Box<dyn MessageDecrypter>) -> Self {
        Self(Place::Here(inner))
    }
}

impl MessageDecrypter for Decrypter {
    fn decrypt<'a>(
        &mut self,
        mut message: InboundOpaqueMessage<'a>,
        sequence: u64,
    ) -> Result<InboundPlainMessage<'a>, Error> {
        if let (Place::Here(_), Some(opening)) = (&self.0, CURRENT.with_borrow(Weak::upgrade)) {
            if let Place::Here(decrypter) = std::mem::replace(&mut self.0, Place::Moving) {
                opening.state().keys = Some(Keys { decrypter, sequence });
            }
            self.0 = Place::There(opening);
        }
        let opening = match &mut self.0 {
            Place::Here(decrypter) => return decrypter.decrypt(message, sequence),
            Place::There(opening) => opening,
            Place::Moving => return Err(Error::DecryptError),
        };
        let mut state = opening.state();
        if let Some(found) = state.found.take() {
            let found = found?;
            message.typ = found.typ;
            message.version = found.version;
            return Ok(message.into_plain_message_range(found.plain));
        }
        let Some(keys) = &mut state.keys else {
            return Err(Error::DecryptError);
        };
        let opened = keys.decrypter.decrypt(message, keys.sequence);
        match &opened {
            Ok(plain) => {
                keys.sequence += 1;
                state.flowing = is_data(plain.typ, plain.payload.len());
            }
            // Nothing behind it is opened.
            Err(_) => state.keys = None,
        }
        opened
    }
}

impl Drop for Decrypter {
    /// New keys, or the end: the stream has none until the next record.
    fn drop(&mut self) {
        if let Place::There(opening) = &self.0 {
            *opening.state() = State::default();
        }
    }
}

/// Whether a record brings what the reader of a stream waits for.
fn is_data(typ: ContentType, length: usize) -> bool {
    typ == ContentType::ApplicationData && length > 0
}

impl fmt::Debug for Opening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opening").finish_non_exhaustive()
    }
}
