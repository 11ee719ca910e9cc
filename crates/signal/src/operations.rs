//! What a request asks for: the bits of `TTLSi_Req_Type`.

use std::ops::BitOr;

/// A set of operations; the empty set is [`Operations::QUERY_ONLY`].
///
/// The names are those of `TTLSi_Req_Type`; IBM documents no numbers but the 0 of `TTLS_QUERY_ONLY`, so the others
/// are ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Operations(u32);

impl Operations {
    /// `TTLS_QUERY_ONLY`: answer, change nothing.
    pub const QUERY_ONLY: Self = Self(0);
    /// `TTLS_RETURN_CERTIFICATE`: answer with the partner's certificate too.
    pub const RETURN_CERTIFICATE: Self = Self(0x0001);
    /// `TTLS_INIT_CONNECTION`: start TLS.
    pub const INIT: Self = Self(0x0002);
    /// `TTLS_RESET_SESSION`: nobody can resume the session any more.
    pub const RESET_SESSION: Self = Self(0x0004);
    /// `TTLS_RESET_CIPHER`: new keys for both directions.
    pub const RESET_CIPHER: Self = Self(0x0008);
    /// `TTLS_STOP_CONNECTION`: end TLS, go on in clear.
    pub const STOP: Self = Self(0x0010);
    /// `TTLS_ALLOW_HSTIMEOUT`: with INIT, keep the connection in clear where the peer does not start TLS in time.
    pub const ALLOW_HSTIMEOUT: Self = Self(0x0020);
    /// `TTLS_RESET_WRITE_CIPHER`: a new key for what is sent.
    pub const RESET_WRITE_CIPHER: Self = Self(0x0040);
    /// `TTLS_SEND_SESSION_TICKET`: give the client one more ticket.
    pub const SEND_SESSION_TICKET: Self = Self(0x0080);

    /// What changes the connection and therefore needs `ApplicationControlled On`.
    pub const CONTROL: Self = Self(
        Self::INIT.0
            | Self::RESET_SESSION.0
            | Self::RESET_CIPHER.0
            | Self::STOP.0
            | Self::RESET_WRITE_CIPHER.0
            | Self::SEND_SESSION_TICKET.0,
    );

    const ALL: u32 = Self::CONTROL.0 | Self::RETURN_CERTIFICATE.0 | Self::ALLOW_HSTIMEOUT.0;

    /// From the number of a message; none where it has unknown bits.
    pub fn from_bits(bits: u32) -> Option<Self> {
        (bits & !Self::ALL == 0).then_some(Self(bits))
    }

    /// The number of a message.
    pub fn bits(self) -> u32 {
        self.0
    }

    /// Whether all of `other` are asked for.
    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether any of `other` is asked for.
    pub fn has_any(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

impl BitOr for Operations {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}
