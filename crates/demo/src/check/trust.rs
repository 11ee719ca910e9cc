//! What the checking client trusts and offers.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use rustls::client::Resumption;
use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs::{self, kx_group};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, ProtocolVersion, RootCertStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

/// Sessions that are remembered for resumption: there is one server.
const SESSIONS: usize = 8;

/// A client that trusts this authority alone, speaks this protocol alone, and remembers the sessions of one FTP
/// session: another session starts with a new configuration, so that only its own sessions can be resumed.
///
/// # Errors
/// When the authority cannot be read.
pub(super) fn config(authority: &Path, protocol: ProtocolVersion) -> Result<Arc<ClientConfig>> {
    let shown = authority.display();
    let mut roots = RootCertStore::empty();
    let certificate = CertificateDer::from_pem_file(authority)
        .with_context(|| format!("cannot read the certificate {shown}"))?;
    roots
        .add(certificate)
        .with_context(|| format!("{shown} cannot be trusted as an authority"))?;

    let versions = if protocol == ProtocolVersion::TLSv1_2 {
        [&TLS12]
    } else {
        [&TLS13]
    };
    let mut config = ClientConfig::builder_with_provider(Arc::new(provider()))
        .with_protocol_versions(&versions)
        .context("the TLS library does not know this protocol")?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.resumption = Resumption::in_memory_sessions(SESSIONS);
    Ok(Arc::new(config))
}

/// The library's defaults, with the post-quantum hybrid offered first.
fn provider() -> CryptoProvider {
    CryptoProvider {
        kx_groups: vec![
            kx_group::X25519MLKEM768,
            kx_group::X25519,
            kx_group::SECP256R1,
            kx_group::SECP384R1,
        ],
        ..aws_lc_rs::default_provider()
    }
}
