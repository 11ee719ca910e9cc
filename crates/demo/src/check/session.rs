//! An FTPS session as a client has it (RFC 4217): small, strict, and telling what was negotiated.

use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use anyhow::{Context, Result, bail, ensure};
use rustls::ClientConfig;
use rustls_pki_types::ServerName;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::control::Control;
use super::negotiated::Negotiated;

/// The name that the server's certificate must hold.
const NAME: &str = "localhost";
/// Bound of a listing, in bytes.
const LISTING: usize = 1 << 20;

/// When TLS starts on the control connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// After AUTH TLS.
    Explicit,
    /// At once.
    Implicit,
}

/// How the server is asked for a data port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Passive {
    /// `EPSV` (RFC 2428).
    Epsv,
    /// `PASV` (RFC 959).
    Pasv,
}

/// A session whose control connection is protected.
pub(super) struct Session {
    control: Control<TlsStream<TcpStream>>,
    negotiated: Negotiated,
    peer: IpAddr,
    passive: Passive,
    tls: Tls,
}

impl Session {
    /// Connects and starts TLS. `trust` must be used for this session only: what it remembers is what may be resumed.
    ///
    /// # Errors
    /// When connecting, AUTH or the handshake fails, or the certificate is not what it should be.
    pub(super) async fn open(
        address: SocketAddr,
        mode: Mode,
        passive: Passive,
        trust: Arc<ClientConfig>,
    ) -> Result<Self> {
        let tls = Tls {
            connector: TlsConnector::from(trust),
            name: ServerName::try_from(NAME)?,
        };
        let tcp = TcpStream::connect(address)
            .await
            .with_context(|| format!("cannot connect to {address}"))?;
        let mut control = match mode {
            Mode::Explicit => Control::new(tls.start(ask_for_tls(tcp).await?).await?),
            Mode::Implicit => Control::new(tls.start(tcp).await?),
        };
        if mode == Mode::Implicit {
            let greeting = control.reply().await?;
            ensure!(greeting.code() == 220, "the greeting is \"{greeting}\"");
        }
        let negotiated = Negotiated::of(control.stream().get_ref().1)?;
        Ok(Self {
            control,
            negotiated,
            peer: address.ip(),
            passive,
            tls,
        })
    }

    /// What protects the control connection.
    pub(super) fn negotiated(&self) -> &Negotiated {
        &self.negotiated
    }

    /// Asks for protected data connections, logs in, and chooses image type.
    ///
    /// # Errors
    /// When one of it is refused.
    pub(super) async fn login(&mut self, user: &str, password: &str) -> Result<()> {
        self.control.expect("PBSZ 0", 2).await?;
        self.control.expect("PROT P", 2).await?;
        self.control.expect(&format!("USER {user}"), 3).await?;
        self.control.expect(&format!("PASS {password}"), 2).await?;
        self.control.expect("TYPE I", 2).await?;
        Ok(())
    }

    /// `LIST`.
    ///
    /// # Errors
    /// When the transfer fails or is cut short.
    pub(super) async fn list(&mut self) -> Result<(String, Negotiated)> {
        let (bytes, negotiated) = self.receive("LIST", LISTING).await?;
        Ok((String::from_utf8_lossy(&bytes).into_owned(), negotiated))
    }

    /// `RETR`, of at most `limit` bytes.
    ///
    /// # Errors
    /// When the transfer fails or is cut short.
    pub(super) async fn retrieve(&mut self, name: &str, limit: usize) -> Result<(Vec<u8>, Negotiated)> {
        self.receive(&format!("RETR {name}"), limit).await
    }

    /// `STOR`.
    ///
    /// # Errors
    /// When the transfer fails.
    pub(super) async fn store(&mut self, name: &str, content: &[u8]) -> Result<Negotiated> {
        let (mut data, negotiated) = self.data(&format!("STOR {name}")).await?;
        data.write_all(content).await.context("cannot send the file")?;
        // close_notify and the end of our direction, then the server's end, which a server that was only listening may
        // make without a close_notify: nothing of it can be missing. Its reply says whether all of ours arrived.
        data.shutdown().await.context("cannot end the upload")?;
        match data.read(&mut [0]).await {
            Ok(0) => {}
            Ok(_) => bail!("the server sent data on an upload"),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => {}
            Err(error) => return Err(error).context("the upload's data connection did not end well"),
        }
        self.finished("STOR").await?;
        Ok(negotiated)
    }

    /// `DELE`.
    ///
    /// # Errors
    /// When it is refused.
    pub(super) async fn delete(&mut self, name: &str) -> Result<()> {
        self.control.expect(&format!("DELE {name}"), 2).await.map(drop)
    }

    /// `QUIT`.
    ///
    /// # Errors
    /// When it is refused.
    pub(super) async fn quit(mut self) -> Result<()> {
        self.control.expect("QUIT", 2).await.map(drop)
    }

    async fn receive(&mut self, command: &str, limit: usize) -> Result<(Vec<u8>, Negotiated)> {
        let (mut data, negotiated) = self.data(command).await?;
        let mut bytes = Vec::new();
        // The stream gives an error where TCP ends without close_notify: a truncated file is never taken for a whole one.
        let mut bounded = (&mut data).take(limit as u64 + 1);
        bounded
            .read_to_end(&mut bytes)
            .await
            .context("the download was cut short")?;
        ensure!(bytes.len() <= limit, "more than {limit} bytes came");
        // The server has ended its direction already and need not wait for the end of ours.
        let _late = data.shutdown().await;
        self.finished(command).await?;
        Ok((bytes, negotiated))
    }

    /// Opens a data connection for a transfer command and starts TLS on it.
    async fn data(&mut self, command: &str) -> Result<(TlsStream<TcpStream>, Negotiated)> {
        let address = self.passive_address().await?;
        let tcp = TcpStream::connect(address);
        let tcp = tcp
            .await
            .with_context(|| format!("cannot make the data connection to {address}"))?;
        self.control.expect(command, 1).await?;
        let data = self.tls.start(tcp).await.context("on the data connection")?;
        let negotiated = Negotiated::of(data.get_ref().1)?;
        Ok((data, negotiated))
    }

    async fn passive_address(&mut self) -> Result<SocketAddr> {
        match self.passive {
            Passive::Epsv => {
                let reply = self.control.expect("EPSV", 2).await?;
                let Some(port) = reply.extended_port() else {
                    bail!("EPSV is answered \"{reply}\", without a port");
                };
                Ok((self.peer, port).into())
            }
            Passive::Pasv => {
                let reply = self.control.expect("PASV", 2).await?;
                let Some(address) = reply.passive_address() else {
                    bail!("PASV is answered \"{reply}\", without an address");
                };
                ensure!(
                    self.peer == IpAddr::from(*address.ip()),
                    "PASV points elsewhere: \"{reply}\""
                );
                Ok(address.into())
            }
        }
    }

    async fn finished(&mut self, command: &str) -> Result<()> {
        let reply = self.control.reply().await?;
        ensure!(reply.class() == 2, "{command} ended with \"{reply}\"");
        Ok(())
    }
}

/// AUTH TLS in clear; the stream comes back with nothing unread.
async fn ask_for_tls(tcp: TcpStream) -> Result<TcpStream> {
    let mut control = Control::new(tcp);
    let greeting = control.reply().await?;
    ensure!(greeting.code() == 220, "the greeting is \"{greeting}\"");
    let reply = control.command("AUTH TLS").await?;
    ensure!(reply.code() == 234, "AUTH TLS is answered \"{reply}\"");
    control.into_stream()
}

/// Starts TLS, always with the same configuration and name: that is what makes data connections resume.
struct Tls {
    connector: TlsConnector,
    name: ServerName<'static>,
}

impl Tls {
    async fn start(&self, tcp: TcpStream) -> Result<TlsStream<TcpStream>> {
        self.connector
            .connect(self.name.clone(), tcp)
            .await
            .context("the TLS handshake failed")
    }
}

#[cfg(test)]
mod tests;
