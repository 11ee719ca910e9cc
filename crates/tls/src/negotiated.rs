//! What a handshake agreed on.

use std::fmt;

use rustls::client::verify_server_name;
use rustls::server::ParsedCertificate;
use rustls::{CipherSuite, ClientConnection, CommonState, HandshakeKind, ProtocolVersion, ServerConnection};
use rustls_pki_types::{CertificateDer, DnsName, ServerName};
use ttls_keyring::CertificateFacts;

/// Whether a certificate is one of a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostCheck {
    /// It is.
    Matches,
    /// The peer sent none.
    NoCertificate,
    /// It is another's.
    NoMatch,
    /// What was asked for is neither a DNS name nor an IP address.
    NameUnusable,
    /// It is none that this engine can read.
    CertificateUnreadable,
}

/// What a handshake agreed on; shown in logs as `TLSv1.3 TLS_AES_256_GCM_SHA384 (1302) X25519MLKEM768 full`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Negotiated {
    /// `TLSv1.2` or `TLSv1.3`.
    pub protocol: &'static str,
    /// IANA name of the cipher suite.
    pub suite: String,
    /// IANA number of the cipher suite.
    pub suite_number: u16,
    /// Name of the key exchange group; none in a resumed TLS 1.2 session.
    pub group: Option<String>,
    /// IANA number of that group.
    pub group_number: Option<u16>,
    /// Whether an earlier session was resumed.
    pub resumed: bool,
    /// The application protocol (ALPN), where one was agreed on.
    pub alpn: Option<String>,
    /// The server name that the client sent.
    pub sni: Option<String>,
    /// Subject of the client's certificate, seen by the server.
    pub client_subject: Option<String>,
    /// Subject of the server's certificate, seen by the client.
    pub server_subject: Option<String>,
    /// The peer's certificate (DER), where it sent one.
    pub peer_certificate: Option<CertificateDer<'static>>,
}

impl Negotiated {
    /// Reads a connection in a server role whose handshake is complete.
    pub(crate) fn of_server(connection: &ServerConnection) -> Self {
        Self {
            sni: connection.server_name().map(str::to_owned),
            client_subject: peer_subject(connection),
            ..Self::of(connection)
        }
    }

    /// Reads a connection in the client role whose handshake is complete, and which sent this name.
    pub(crate) fn of_client(connection: &ClientConnection, sent: Option<&DnsName<'_>>) -> Self {
        Self {
            sni: sent.map(|name| name.as_ref().to_owned()),
            server_subject: peer_subject(connection),
            ..Self::of(connection)
        }
    }

    fn of(connection: &CommonState) -> Self {
        let suite = connection
            .negotiated_cipher_suite()
            .map_or(CipherSuite::TLS_NULL_WITH_NULL_NULL, |suite| suite.suite());
        Self {
            protocol: match connection.protocol_version() {
                Some(ProtocolVersion::TLSv1_3) => "TLSv1.3",
                // The only other version that this engine has.
                _ => "TLSv1.2",
            },
            suite: iana_name(suite),
            suite_number: suite.into(),
            group: connection
                .negotiated_key_exchange_group()
                .map(|group| format!("{:?}", group.name())),
            group_number: connection
                .negotiated_key_exchange_group()
                .map(|group| group.name().into()),
            resumed: connection.handshake_kind() == Some(HandshakeKind::Resumed),
            alpn: connection
                .alpn_protocol()
                .map(|name| String::from_utf8_lossy(name).into_owned()),
            sni: None,
            client_subject: None,
            server_subject: None,
            peer_certificate: connection.peer_certificates().and_then(<[_]>::first).cloned(),
        }
    }

    /// Number of the protocol version: 0x0303 is TLS 1.2.
    pub fn protocol_number(&self) -> u16 {
        match self.protocol {
            "TLSv1.3" => ProtocolVersion::TLSv1_3,
            _ => ProtocolVersion::TLSv1_2,
        }
        .into()
    }

    /// Whether the peer's certificate is one of `host`, a DNS name or an IP address.
    pub fn is_of_host(&self, host: &str) -> HostCheck {
        let Some(certificate) = &self.peer_certificate else {
            return HostCheck::NoCertificate;
        };
        let Ok(name) = ServerName::try_from(host) else {
            return HostCheck::NameUnusable;
        };
        let Ok(parsed) = ParsedCertificate::try_from(certificate) else {
            return HostCheck::CertificateUnreadable;
        };
        match verify_server_name(&parsed, &name) {
            Ok(()) => HostCheck::Matches,
            Err(_) => HostCheck::NoMatch,
        }
    }
}

fn peer_subject(connection: &CommonState) -> Option<String> {
    let certificate = connection.peer_certificates()?.first()?;
    Some(match CertificateFacts::read(certificate) {
        Ok(facts) => facts.subject,
        Err(_) => "unreadable".to_owned(),
    })
}

impl fmt::Display for Negotiated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ({:04X})", self.protocol, self.suite, self.suite_number)?;
        if let Some(group) = &self.group {
            write!(f, " {group}")?;
        }
        f.write_str(if self.resumed { " resumed" } else { " full" })?;
        if let Some(alpn) = &self.alpn {
            write!(f, " alpn={}", alpn.escape_debug())?;
        }
        if let Some(sni) = &self.sni {
            write!(f, " sni={sni}")?;
        }
        if let Some(subject) = &self.client_subject {
            write!(f, " client=\"{}\"", subject.escape_debug())?;
        }
        if let Some(subject) = &self.server_subject {
            write!(f, " server=\"{}\"", subject.escape_debug())?;
        }
        Ok(())
    }
}

/// rustls names TLS 1.3 suites `TLS13_...`; the registry does not.
fn iana_name(suite: CipherSuite) -> String {
    let name = format!("{suite:?}");
    match name.strip_prefix("TLS13_") {
        Some(rest) => format!("TLS_{rest}"),
        None => name,
    }
}
