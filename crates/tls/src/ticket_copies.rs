//! A ticket of a server, taken in again whenever data connections need one more.
//!
//! rustls gives each TLS 1.3 ticket out once, and its session values can neither be copied nor made by others. Servers
//! send two tickets or so, some none on data connections, and demand that every data connection resumes the session
//! of its control connection. What can be had is one more value of the same ticket, from rustls itself: it makes one
//! of every NewSessionTicket that comes in, and from the same nonce derives the same pre-shared key.
//!
//! So this sits in the decrypters of control connections. They show what comes in to [`ClientSessions`], which keeps
//! the last ticket message. When values run short, [`crate::record_io::RecordIo`] slips a record between two of the
//! server's: the [`marker`], which never leaves the process, and the message. The decrypter takes the marker off and
//! hands the message on as one that came again; the true records keep their sequence numbers.

use std::cell::RefCell;
use std::sync::{Arc, LazyLock, Weak};

use rustls::crypto::CryptoProvider;
use rustls::crypto::cipher::{
    AeadKey, InboundOpaqueMessage, InboundPlainMessage, Iv, MessageDecrypter, MessageEncrypter,
    Tls13AeadAlgorithm, UnsupportedOperationError,
};
use rustls::{ConnectionTrafficSecrets, ContentType, Error, ProtocolVersion, Tls13CipherSuite};

use crate::client_sessions::ClientSessions;
use crate::marker::{MARKER_LENGTH, marker};
use crate::tls13::{originals, with_algorithm, with_suites};

/// The wrapped algorithms, in the order of [`SUITES`]; rustls wants both to live as long as the process.
static ALGORITHMS: LazyLock<Vec<Algorithm>> =
    LazyLock::new(|| originals().map(|suite| Algorithm(suite.aead_alg)).collect());

static SUITES: LazyLock<Vec<Tls13CipherSuite>> = LazyLock::new(|| {
    originals()
        .zip(ALGORITHMS.iter())
        .map(|(suite, algorithm)| with_algorithm(suite, algorithm))
        .collect()
});

thread_local! {
    /// Whose bytes rustls is given. It makes the decrypters of a connection while it works on bytes that were just read
    /// for that connection, in the same call: so this tells a new decrypter whose it is.
    static READING: RefCell<Weak<ClientSessions>> = const { RefCell::new(Weak::new()) };
}

/// Says whose bytes were just read and go to rustls next.
pub(crate) fn reading(sessions: &Arc<ClientSessions>) {
    READING.set(Arc::downgrade(sessions));
}

/// The provider with TLS 1.3 suites that can take in a ticket again; nothing else differs.
pub(crate) fn with_ticket_copies(provider: CryptoProvider) -> CryptoProvider {
    with_suites(provider, &SUITES)
}

struct Algorithm(&'static dyn Tls13AeadAlgorithm);

impl Tls13AeadAlgorithm for Algorithm {
    fn encrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageEncrypter> {
        self.0.encrypter(key, iv)
    }

    fn decrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageDecrypter> {
        Box::new(Decrypter {
            inner: self.0.decrypter(key, iv),
            sessions: READING.with_borrow(Weak::clone),
            ours: 0,
        })
    }

    fn key_len(&self) -> usize {
        self.0.key_len()
    }

    fn extract_keys(
        &self,
        key: AeadKey,
        iv: Iv,
    ) -> Result<ConnectionTrafficSecrets, UnsupportedOperationError> {
        self.0.extract_keys(key, iv)
    }

    fn fips(&self) -> bool {
        self.0.fips()
    }
}

/// Lives as long as a traffic key.
struct Decrypter {
    inner: Box<dyn MessageDecrypter>,
    sessions: Weak<ClientSessions>,
    /// Records of ours so far: rustls numbers them among the server's.
    ours: u64,
}

impl MessageDecrypter for Decrypter {
    fn decrypt<'a>(
        &mut self,
        mut message: InboundOpaqueMessage<'a>,
        seq: u64,
    ) -> Result<InboundPlainMessage<'a>, Error> {
        let sessions = self.sessions.upgrade();
        if message.payload.starts_with(marker()) {
            self.ours += 1;
            if let Some(sessions) = sessions {
                sessions.copy_comes();
            }
            message.typ = ContentType::Handshake;
            message.version = ProtocolVersion::TLSv1_3;
            let end = message.payload.len();
            return Ok(message.into_plain_message_range(MARKER_LENGTH..end));
        }
        // Every record of ours was counted by rustls too.
        let plain = self.inner.decrypt(message, seq.saturating_sub(self.ours))?;
        if let (ContentType::Handshake, Some(sessions)) = (plain.typ, sessions) {
            sessions.heard(plain.payload);
        }
        Ok(plain)
    }
}
