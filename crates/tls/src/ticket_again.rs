//! A session ticket of a connection, sent again whenever the server wants it.
//!
//! Many clients use a TLS 1.3 ticket once and keep only the newest, so a control connection has to hand out one
//! before every data connection; the data connections of uploads cannot (see [`crate::SecondaryPurpose::Upload`]).
//! RFC 8446 section 4.6.1 lets a server send NewSessionTicket at any time after the client's Finished, but rustls
//! sends it right after the handshake only. What can be had is the last one, again: its nonce gives the client the
//! same pre-shared key, it stores it like any other new ticket, and its session scope opens it as often as it comes, to the
//! end of the control connection or of the life that the policy gives tickets.
//!
//! rustls hands every outgoing record to the suite's encrypter, and that is where this sits: the TLS 1.3 suites of the
//! primary configuration remember the ticket that goes by, and put it, as a handshake record, in the place of a
//! record whose data are the [`marker`].

use std::sync::LazyLock;

use rustls::crypto::CryptoProvider;
use rustls::crypto::cipher::{
    AeadKey, Iv, MessageDecrypter, MessageEncrypter, OutboundChunks, OutboundOpaqueMessage,
    OutboundPlainMessage, Tls13AeadAlgorithm, UnsupportedOperationError,
};
use rustls::{ConnectionTrafficSecrets, ContentType, Error, Tls13CipherSuite};

use crate::marker::{MARKER_LENGTH, marker};
use crate::tls13::{NEW_SESSION_TICKET, RECORD_LIMIT, originals, take_messages, with_algorithm, with_suites};

/// The wrapped algorithms, in the order of [`SUITES`]; rustls wants both to live as long as the process.
static ALGORITHMS: LazyLock<Vec<Algorithm>> =
    LazyLock::new(|| originals().map(|suite| Algorithm(suite.aead_alg)).collect());

static SUITES: LazyLock<Vec<Tls13CipherSuite>> = LazyLock::new(|| {
    originals()
        .zip(ALGORITHMS.iter())
        .map(|(suite, algorithm)| with_algorithm(suite, algorithm))
        .collect()
});

/// The provider with TLS 1.3 suites that can send the last ticket again, in the place of the [`marker`] written in one piece;
/// nothing else differs.
pub(crate) fn with_tickets_again(provider: CryptoProvider) -> CryptoProvider {
    with_suites(provider, &SUITES)
}

struct Algorithm(&'static dyn Tls13AeadAlgorithm);

impl Tls13AeadAlgorithm for Algorithm {
    fn encrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageEncrypter> {
        Box::new(Encrypter::new(self.0.encrypter(key, iv)))
    }

    fn decrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageDecrypter> {
        self.0.decrypter(key, iv)
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

/// Lives as long as a traffic key: what it remembers is gone after a key update.
struct Encrypter {
    inner: Box<dyn MessageEncrypter>,
    /// The last ticket message.
    ticket: Option<Vec<u8>>,
    /// The start of a handshake message that goes on in the next record.
    partial: Vec<u8>,
}

impl Encrypter {
    fn new(inner: Box<dyn MessageEncrypter>) -> Self {
        Self {
            inner,
            ticket: None,
            partial: Vec::new(),
        }
    }

    /// Looks for tickets in a handshake record: rustls packs messages together, and splits them where a record ends.
    fn remember(&mut self, payload: &OutboundChunks<'_>) {
        payload.copy_to_vec(&mut self.partial);
        take_messages(&mut self.partial, |message| {
            if message.starts_with(&[NEW_SESSION_TICKET]) {
                // A longer one, of a client with a very long certificate chain, is not sent again.
                self.ticket = (message.len() <= RECORD_LIMIT).then(|| message.to_vec());
            }
        });
    }
}

impl MessageEncrypter for Encrypter {
    fn encrypt(
        &mut self,
        message: OutboundPlainMessage<'_>,
        seq: u64,
    ) -> Result<OutboundOpaqueMessage, Error> {
        match message.typ {
            ContentType::Handshake => self.remember(&message.payload),
            ContentType::ApplicationData if is_marker(&message.payload) => {
                let (typ, payload) = match &self.ticket {
                    Some(ticket) => (ContentType::Handshake, OutboundChunks::Single(ticket)),
                    // Something has to be encrypted here: a record without data, as RFC 8446 section 5.1 allows.
                    None => (ContentType::ApplicationData, OutboundChunks::new_empty()),
                };
                let instead = OutboundPlainMessage {
                    typ,
                    version: message.version,
                    payload,
                };
                return self.inner.encrypt(instead, seq);
            }
            _ => {}
        }
        self.inner.encrypt(message, seq)
    }

    fn encrypted_payload_len(&self, payload_len: usize) -> usize {
        self.inner.encrypted_payload_len(payload_len)
    }
}

fn is_marker(payload: &OutboundChunks<'_>) -> bool {
    payload.len() == MARKER_LENGTH && payload.to_vec() == *marker()
}

#[cfg(test)]
mod tests {
    use rustls::ProtocolVersion;
    use rustls::crypto::aws_lc_rs;
    use rustls::crypto::cipher::PrefixedPayload;

    use super::*;

    /// Encrypts nothing.
    struct Clear;

    impl MessageEncrypter for Clear {
        fn encrypt(
            &mut self,
            message: OutboundPlainMessage<'_>,
            _: u64,
        ) -> Result<OutboundOpaqueMessage, Error> {
            let payload = PrefixedPayload::from(message.payload.to_vec().as_slice());
            Ok(OutboundOpaqueMessage::new(message.typ, message.version, payload))
        }

        fn encrypted_payload_len(&self, payload_len: usize) -> usize {
            payload_len
        }
    }

    fn send(encrypter: &mut Encrypter, typ: ContentType, chunks: &[&[u8]]) -> (ContentType, Vec<u8>) {
        let message = OutboundPlainMessage {
            typ,
            version: ProtocolVersion::TLSv1_2,
            payload: OutboundChunks::new(chunks),
        };
        let record = encrypter.encrypt(message, 0).expect("a record");
        (record.typ, record.payload.as_ref().to_vec())
    }

    fn message(kind: u8, body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(body.len()).expect("short").to_be_bytes();
        [&[kind], &length[1..], body].concat()
    }

    fn encrypter() -> Encrypter {
        Encrypter::new(Box::new(Clear))
    }

    const NOTHING: (ContentType, Vec<u8>) = (ContentType::ApplicationData, Vec::new());

    #[test]
    fn the_last_ticket_of_a_flight_comes_again_for_every_marker() {
        let mut encrypter = encrypter();
        let (first, last, other) = (message(4, b"first"), message(4, b"last"), message(24, &[1]));
        let flight = [first.as_slice(), &last, &other];
        let sent = send(&mut encrypter, ContentType::Handshake, &flight);
        assert_eq!(sent, (ContentType::Handshake, flight.concat()));
        for _ in 0..3 {
            let sent = send(&mut encrypter, ContentType::ApplicationData, &[marker()]);
            assert_eq!(sent, (ContentType::Handshake, last.clone()));
        }
    }

    #[test]
    fn a_ticket_that_is_split_over_records_is_put_together() {
        let mut encrypter = encrypter();
        let ticket = message(4, &[7; 300]);
        let flight = [message(4, b"first"), ticket.clone()].concat();
        for piece in flight.chunks(11) {
            send(&mut encrypter, ContentType::Handshake, &[piece]);
        }
        assert!(encrypter.partial.is_empty());
        let sent = send(&mut encrypter, ContentType::ApplicationData, &[marker()]);
        assert_eq!(sent, (ContentType::Handshake, ticket));
    }

    #[test]
    fn without_a_ticket_that_fits_the_record_is_empty() {
        let mut encrypter = encrypter();
        let (one, two) = marker().split_at(9);
        let sent = send(&mut encrypter, ContentType::ApplicationData, &[one, two]);
        assert_eq!(sent, NOTHING);
        send(&mut encrypter, ContentType::Handshake, &[&message(4, b"ticket")]);
        send(
            &mut encrypter,
            ContentType::Handshake,
            &[&message(4, &[7; RECORD_LIMIT])],
        );
        let sent = send(&mut encrypter, ContentType::ApplicationData, &[marker()]);
        assert_eq!(sent, NOTHING);
    }

    #[test]
    fn all_but_the_whole_marker_alone_passes_unchanged() {
        let mut encrypter = encrypter();
        send(&mut encrypter, ContentType::Handshake, &[&message(4, b"ticket")]);
        let longer = [&marker()[..], b"x"].concat();
        let mut almost = marker().to_vec();
        almost[31] ^= 1;
        for data in [
            b"227 Entering".as_slice(),
            &[],
            &longer,
            &almost,
            &[0; MARKER_LENGTH],
        ] {
            let sent = send(&mut encrypter, ContentType::ApplicationData, &[data]);
            assert_eq!(sent, (ContentType::ApplicationData, data.to_vec()));
        }
    }

    #[test]
    fn all_three_suites_of_tls_13_are_wrapped_and_keep_what_they_are() {
        let provider = with_tickets_again(aws_lc_rs::default_provider());
        let plain = aws_lc_rs::default_provider();
        assert_eq!(provider.cipher_suites, plain.cipher_suites);
        assert_eq!(provider.fips(), plain.fips());
        let mut wrapped = 0;
        for (suite, original) in provider.cipher_suites.iter().zip(&plain.cipher_suites) {
            let (Some(suite), Some(original)) = (suite.tls13(), original.tls13()) else {
                continue;
            };
            assert!(!std::ptr::eq(suite, original));
            assert_eq!(suite.aead_alg.key_len(), original.aead_alg.key_len());
            assert_eq!(
                suite.common.confidentiality_limit,
                original.common.confidentiality_limit
            );
            wrapped += 1;
        }
        assert_eq!(wrapped, 3);
    }
}
