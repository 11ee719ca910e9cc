//! What a handshake agreed on, as the TLS library tells it.

use std::fmt;

use anyhow::{Context, Result};
use rustls::crypto::SupportedKxGroup;
use rustls::{CipherSuite, ClientConnection, HandshakeKind, NamedGroup, ProtocolVersion};

/// The parameters of one TLS connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Negotiated {
    /// Protocol version.
    pub(crate) protocol: ProtocolVersion,
    /// Cipher suite.
    pub(crate) suite: CipherSuite,
    /// Key exchange group; a TLS 1.2 connection that resumes has none.
    pub(crate) group: Option<NamedGroup>,
    /// The session of an earlier connection was resumed.
    pub(crate) resumed: bool,
}

impl Negotiated {
    /// Reads the parameters of a connection whose handshake is done.
    ///
    /// # Errors
    /// When it is not done.
    pub(crate) fn of(connection: &ClientConnection) -> Result<Self> {
        let suite = connection
            .negotiated_cipher_suite()
            .context("no suite is agreed on yet")?;
        let kind = connection.handshake_kind().context("the handshake is not done")?;
        Ok(Self {
            protocol: connection
                .protocol_version()
                .context("no protocol is agreed on yet")?,
            suite: suite.suite(),
            group: connection
                .negotiated_key_exchange_group()
                .map(SupportedKxGroup::name),
            resumed: kind == HandshakeKind::Resumed,
        })
    }
}

impl fmt::Display for Negotiated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let protocol = match self.protocol {
            ProtocolVersion::TLSv1_2 => "TLSv1.2",
            ProtocolVersion::TLSv1_3 => "TLSv1.3",
            _ => "another protocol",
        };
        // IANA names; the library writes TLS13_ where the registry has TLS_.
        let suite = format!("{:?}", self.suite).replace("TLS13_", "TLS_");
        write!(f, "{protocol} {suite}")?;
        if let Some(group) = self.group {
            write!(f, " {group:?}")?;
        }
        f.write_str(if self.resumed {
            ", session resumed"
        } else {
            ", full handshake"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_those_of_the_registry() {
        let negotiated = Negotiated {
            protocol: ProtocolVersion::TLSv1_3,
            suite: CipherSuite::TLS13_AES_128_GCM_SHA256,
            group: Some(NamedGroup::X25519MLKEM768),
            resumed: true,
        };
        assert_eq!(
            negotiated.to_string(),
            "TLSv1.3 TLS_AES_128_GCM_SHA256 X25519MLKEM768, session resumed"
        );
    }
}
