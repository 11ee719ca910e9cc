//! The client against a server that knows TLS by itself, so that it is known to tell the truth before it judges ttls.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use libunftp::ServerBuilder;
use libunftp::options::TlsFlags;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ProtocolVersion;
use tempfile::TempDir;
use unftp_sbe_fs::Filesystem;

use super::*;
use crate::check::trust;
use crate::ports;

/// A server with a certificate for localhost, and the authority to trust.
struct Server {
    address: SocketAddr,
    authority: PathBuf,
    folder: TempDir,
}

impl Server {
    async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a test machine has a temporary folder");
        let [address] = ports::free().expect("a test machine has a free port");
        let (certificate, key) = (folder.path().join("server.pem"), folder.path().join("server.key"));
        let authority = folder.path().join("ca.pem");

        let mut params = CertificateParams::new([]).expect("no names are valid names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().expect("keys can be made"));
        let issuer = issuer.expect("an authority can sign itself");
        let server_key = KeyPair::generate().expect("keys can be made");
        let params = CertificateParams::new([NAME.to_owned()]).expect("localhost is a valid name");
        let signed = params
            .signed_by(&server_key, &issuer)
            .expect("the authority can sign");
        fs::write(&authority, issuer.pem()).expect("the folder can be written");
        fs::write(&certificate, signed.pem()).expect("the folder can be written");
        fs::write(&key, server_key.serialize_pem()).expect("the folder can be written");

        let files = folder.path().join("files");
        fs::create_dir(&files).expect("the folder can be written");
        fs::write(files.join("there.txt"), "hello").expect("the folder can be written");
        let server = ServerBuilder::new(Box::new(move || {
            Filesystem::new(&files).expect("the folder was just made")
        }))
        .ftps(certificate, key)
        .ftps_tls_flags(TlsFlags::V1_2 | TlsFlags::V1_3 | TlsFlags::RESUMPTION_TICKETS)
        .build()
        .expect("the certificate fits the key");
        tokio::spawn(server.listen(address.to_string()));
        while TcpStream::connect(address).await.is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Self {
            address,
            authority,
            folder,
        }
    }

    async fn session(&self, passive: Passive, protocol: ProtocolVersion) -> Result<Session> {
        let trust = trust::config(&self.authority, protocol)?;
        let mut session = Session::open(self.address, Mode::Explicit, passive, trust).await?;
        session.login("anonymous", "x@example.com").await?;
        Ok(session)
    }
}

async fn whole_session(passive: Passive, protocol: ProtocolVersion) {
    let server = Server::start().await;
    let mut session = server
        .session(passive, protocol)
        .await
        .expect("the server is as it should be");
    assert_eq!(session.negotiated().protocol, protocol);
    assert!(!session.negotiated().resumed, "there was nothing to resume");

    let content: Vec<u8> = (0..100_000u32).flat_map(u32::to_le_bytes).collect();
    let stored = session
        .store("new.bin", &content)
        .await
        .expect("it can be stored");
    assert!(stored.resumed);
    assert_eq!(
        fs::read(server.folder.path().join("files/new.bin")).expect("it is there"),
        content
    );
    let (back, read) = session
        .retrieve("new.bin", content.len())
        .await
        .expect("it can be read");
    assert!(read.resumed);
    assert_eq!(back, content);
    let (listing, listed) = session.list().await.expect("it can be listed");
    assert!(listed.resumed);
    assert!(listing.contains("there.txt"), "{listing}");
    session.delete("new.bin").await.expect("it can be removed");
    session.quit().await.expect("it can be left");
}

#[tokio::test]
async fn a_tls_1_3_session_resumes_on_every_data_connection() {
    whole_session(Passive::Epsv, ProtocolVersion::TLSv1_3).await;
}

#[tokio::test]
async fn a_tls_1_2_session_resumes_on_every_data_connection() {
    whole_session(Passive::Pasv, ProtocolVersion::TLSv1_2).await;
}

#[tokio::test]
async fn the_certificate_of_another_authority_is_refused() {
    let (server, other) = (Server::start().await, Server::start().await);
    let trust = trust::config(&other.authority, ProtocolVersion::TLSv1_3).expect("it is a certificate");
    let opened = Session::open(server.address, Mode::Explicit, Passive::Epsv, trust).await;
    let error = opened.err().expect("the certificate is not trusted");
    assert!(format!("{error:#}").contains("certificate"), "{error:#}");
}

#[tokio::test]
async fn more_bytes_than_expected_are_an_error() {
    let server = Server::start().await;
    let mut session = server
        .session(Passive::Epsv, ProtocolVersion::TLSv1_3)
        .await
        .expect("the server is as it should be");
    assert!(session.retrieve("there.txt", 4).await.is_err());
}
