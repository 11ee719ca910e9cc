//! Connections in clear or under TLS, by the command line's wish.

use std::io::{self, Read, Write};
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::aws_lc_rs;
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::{
    CipherSuite, ClientConfig, ClientConnection, DigitallySignedStruct, HandshakeKind, SignatureScheme,
    StreamOwned,
};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use crate::args::{Aes, Server, Version};
use crate::wire::Wire;

/// Plaintext that rustls takes before its records are written: many records per system call.
const BATCH: usize = 256 * 1024;

/// One side of a connection, in clear or under TLS.
#[derive(Debug)]
pub(crate) enum Channel {
    Clear(Wire),
    Secure(Box<StreamOwned<ClientConnection, Wire>>),
}

impl Channel {
    /// Puts TLS on a connection, where `config` is one.
    pub(crate) fn over(mut wire: Wire, config: Option<&Arc<ClientConfig>>) -> io::Result<Self> {
        let Some(config) = config else {
            return Ok(Self::Clear(wire));
        };
        let name = ServerName::try_from("localhost").map_err(io::Error::other)?;
        let mut tls = ClientConnection::new(config.clone(), name).map_err(io::Error::other)?;
        tls.set_buffer_limit(Some(BATCH));
        while tls.is_handshaking() {
            tls.complete_io(&mut wire)?;
        }
        Ok(Self::Secure(Box::new(StreamOwned::new(tls, wire))))
    }

    /// The connection below a channel in clear.
    pub(crate) fn into_clear(self) -> Option<Wire> {
        match self {
            Self::Clear(wire) => Some(wire),
            Self::Secure(_) => None,
        }
    }

    pub(crate) fn resumed(&self) -> bool {
        match self {
            Self::Clear(_) => false,
            Self::Secure(stream) => stream.conn.handshake_kind() == Some(HandshakeKind::Resumed),
        }
    }

    /// Ends a connection that was read to its end, as vsftpd waits for with its own TLS before it says 226; whether its
    /// session was resumed.
    pub(crate) fn leave(mut self) -> bool {
        // A server that does not wait for it has closed already.
        let _ = self.end_writing();
        self.resumed()
    }

    /// close_notify where there is TLS, and the end of the write side.
    pub(crate) fn end_writing(&mut self) -> io::Result<()> {
        match self {
            Self::Clear(wire) => wire.end_writing(),
            Self::Secure(stream) => {
                stream.conn.send_close_notify();
                stream.flush()?;
                stream.sock.end_writing()
            }
        }
    }
}

impl Read for Channel {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Clear(wire) => wire.read(buffer),
            Self::Secure(stream) => stream.read(buffer),
        }
    }
}

impl Write for Channel {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Clear(wire) => wire.write(bytes),
            Self::Secure(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Clear(wire) => wire.flush(),
            Self::Secure(stream) => stream.flush(),
        }
    }
}

/// The TLS configuration that the command line asks for; `None` is clear.
pub(crate) fn config(server: &Server) -> anyhow::Result<Option<Arc<ClientConfig>>> {
    let Some(version) = server.tls else {
        return Ok(None);
    };
    let mut provider = aws_lc_rs::default_provider();
    provider.cipher_suites.retain(|suite| {
        let wanted: &[CipherSuite] = match server.aes {
            Aes::Aes128 => &[
                CipherSuite::TLS13_AES_128_GCM_SHA256,
                CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
                CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
            ],
            Aes::Aes256 => &[
                CipherSuite::TLS13_AES_256_GCM_SHA384,
                CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
                CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
            ],
        };
        wanted.contains(&suite.suite())
    });
    // vsftpd's own TLS has this one only: the handshakes compared are the same work.
    provider.kx_groups = vec![aws_lc_rs::kx_group::SECP256R1];
    let algorithms = provider.signature_verification_algorithms;
    let version = match version {
        Version::Tls12 => &rustls::version::TLS12,
        Version::Tls13 => &rustls::version::TLS13,
    };
    let mut config = ClientConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(&[version])?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AnyCertificate { algorithms }))
        .with_no_client_auth();
    if server.no_resumption {
        config.resumption = Resumption::disabled();
    }
    Ok(Some(Arc::new(config)))
}

/// Takes every certificate: who measures has nothing to protect.
#[derive(Debug)]
struct AnyCertificate {
    algorithms: WebPkiSupportedAlgorithms,
}

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
