//! Why a handshake failed.

use std::io;
use std::time::Duration;

use rustls::{AlertDescription, CertificateError, OtherError, PeerIncompatible};
use thiserror::Error;

use crate::peer_rules::WeakKey;
use crate::record_io::ClearText;

/// Why there is no TLS on a connection.
#[derive(Debug, Error)]
pub enum HandshakeError {
    /// The start interval of `HandshakeTimeout` passed without a ClientHello.
    #[error("no ClientHello within {} s (HandshakeTimeout)", limit.as_secs())]
    NoClientHello {
        /// The interval.
        limit: Duration,
    },
    /// The start interval of `HandshakeTimeout` passed without an answer to our ClientHello.
    #[error("no answer to the ClientHello within {} s (HandshakeTimeout)", limit.as_secs())]
    NoServerHello {
        /// The interval.
        limit: Duration,
    },
    /// The completion interval passed.
    #[error("the handshake was not complete within {} s (ten times HandshakeTimeout)", limit.as_secs())]
    NotCompleted {
        /// The interval.
        limit: Duration,
    },
    /// The peer sent something that is not TLS.
    #[error("clear text arrived where TLS was expected")]
    NotTls,
    /// The peer closed the connection.
    #[error("the peer closed the connection during the handshake")]
    Closed,
    /// `ServerHandshakeSNI Required` and the client named no server.
    #[error("the client names no server and ServerHandshakeSNI is Required")]
    ServerNameMissing,
    /// `ServerHandshakeSNIMatch Required` and the client named another server.
    #[error("the client names the server {name}, which ServerHandshakeSNIList does not have")]
    ServerNameUnknown {
        /// The name that the client sent.
        name: String,
    },
    /// A certificate is required of the client and it sent none.
    #[error("the client sent no certificate and ClientAuthType is Required")]
    NoClientCertificate,
    /// The client's ALPN list has nothing for this service (somebody may be redirecting a browser here).
    #[error("the client offers only application protocols (ALPN) of other services")]
    OtherApplication,
    /// `SECURE_SESSION_REUSE REQUIRED` and the data connection did not resume its control connection's session.
    #[error("the TLS session of the control connection was not resumed (SECURE_SESSION_REUSE REQUIRED)")]
    NotResumed,
    /// Control and data connection came with different client certificates.
    #[error("the client certificate differs from that of the control connection")]
    OtherClientCertificate,
    /// Control and data connection came with different server certificates.
    #[error("the server certificate differs from that of the control connection and no session was resumed")]
    OtherServerCertificate,
    /// The server's certificate is that of another host.
    #[error("the server's certificate is not for {expected}; it is for {presented}")]
    OtherServerName {
        /// What `HostReferenceIdDNS`, `HostReferenceIdCN` or `SECURE_HOSTNAME` ask for.
        expected: String,
        /// The names in the certificate.
        presented: String,
    },
    /// A key in the peer's chain is smaller than `PeerMinRsaKeySize` or `PeerMinECCKeySize`.
    #[error("{reason}")]
    WeakKey {
        /// Which key, how large, and the least.
        reason: String,
    },
    /// An environment was asked for the TLS role that it does not have.
    #[error("HandshakeRole of the environment is the other one")]
    OtherRole,
    /// Any other refusal, ours or the peer's, in the TLS engine's words.
    #[error("TLS: {0}")]
    Tls(rustls::Error),
    /// The connection broke.
    #[error("connection: {0}")]
    Io(io::Error),
}

impl HandshakeError {
    /// The return code of AT-TLS (below 5000: of System SSL; 5900 and up: of ttls).
    pub fn return_code(&self) -> u32 {
        match self {
            Self::NoClientHello { .. } | Self::NoServerHello { .. } => 5004,
            Self::NotCompleted { .. } => 5005,
            Self::NotTls => 5003,
            Self::Closed => 420,
            Self::NoClientCertificate => 5001,
            Self::ServerNameMissing | Self::ServerNameUnknown { .. } => 5901,
            Self::NotResumed => 5902,
            Self::OtherClientCertificate => 5903,
            Self::OtherApplication => 5904,
            Self::OtherServerCertificate => 5905,
            Self::OtherServerName { .. } => 5906,
            Self::OtherRole => 5907,
            Self::WeakKey { .. } => 5908,
            Self::Tls(error) => engine_code(error),
            Self::Io(_) => 406,
        }
    }
}

impl From<rustls::Error> for HandshakeError {
    fn from(error: rustls::Error) -> Self {
        match error {
            rustls::Error::InvalidMessage(rustls::InvalidMessage::InvalidContentType) => Self::NotTls,
            rustls::Error::NoCertificatesPresented => Self::NoClientCertificate,
            rustls::Error::NoApplicationProtocol => Self::OtherApplication,
            rustls::Error::InvalidCertificate(CertificateError::NotValidForNameContext {
                expected,
                presented,
            }) => Self::OtherServerName {
                expected: expected.to_str().into_owned(),
                presented: presented.join(", "),
            },
            rustls::Error::InvalidCertificate(CertificateError::NotValidForName) => Self::OtherServerName {
                expected: "the name that the policy demands".to_owned(),
                presented: "another one".to_owned(),
            },
            rustls::Error::InvalidCertificate(CertificateError::Other(OtherError(other)))
                if other.is::<WeakKey>() =>
            {
                Self::WeakKey {
                    reason: other.to_string(),
                }
            }
            error => Self::Tls(error),
        }
    }
}

impl From<io::Error> for HandshakeError {
    fn from(error: io::Error) -> Self {
        if let Some(inner) = error.get_ref() {
            if inner.is::<ClearText>() {
                return Self::NotTls;
            }
            if let Some(error) = inner.downcast_ref::<rustls::Error>() {
                return Self::from(error.clone());
            }
        }
        if error.kind() == io::ErrorKind::UnexpectedEof {
            return Self::Closed;
        }
        Self::Io(error)
    }
}

fn engine_code(error: &rustls::Error) -> u32 {
    match error {
        rustls::Error::PeerIncompatible(
            PeerIncompatible::NoCipherSuitesInCommon
            | PeerIncompatible::NoKxGroupsInCommon
            | PeerIncompatible::NoSignatureSchemesInCommon
            | PeerIncompatible::Tls12NotOfferedOrEnabled
            | PeerIncompatible::Tls12NotOffered
            | PeerIncompatible::SupportedVersionsExtensionRequired,
        ) => 402,
        rustls::Error::InvalidCertificate(CertificateError::Revoked) => 431,
        rustls::Error::InvalidCertificate(
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. },
        ) => 401,
        rustls::Error::InvalidCertificate(_) => 8,
        rustls::Error::AlertReceived(alert) => alert_code(*alert),
        _ => 410,
    }
}

/// What the peer's alert says about our part.
fn alert_code(alert: AlertDescription) -> u32 {
    match alert {
        AlertDescription::HandshakeFailure
        | AlertDescription::ProtocolVersion
        | AlertDescription::InsufficientSecurity => 402,
        AlertDescription::CertificateExpired => 401,
        AlertDescription::CertificateRevoked => 431,
        AlertDescription::CertificateRequired | AlertDescription::NoCertificate => 403,
        AlertDescription::UnknownCA => 435,
        AlertDescription::BadCertificate
        | AlertDescription::UnsupportedCertificate
        | AlertDescription::CertificateUnknown => 8,
        _ => 410,
    }
}
