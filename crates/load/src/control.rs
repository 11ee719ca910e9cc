//! An FTP session (RFC 959, RFC 4217): passive transfers with EPSV only.

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, bail};
use rustls::ClientConfig;

use crate::args::Server;
use crate::secure::{Channel, config};
use crate::wire::{FEW, Wire};

/// A logged-in control connection.
#[derive(Debug)]
pub(crate) struct Control {
    lines: Lines,
    peer: SocketAddr,
    config: Option<Arc<ClientConfig>>,
}

impl Control {
    /// Connects, secures where asked, logs in, protects data connections.
    pub(crate) fn log_in(server: &Server) -> anyhow::Result<Self> {
        let mut control = Self::authenticate(server, config(server)?)?;
        if control.config.is_some() {
            control.lines.command("PBSZ 0", &[200])?;
            control.lines.command("PROT P", &[200])?;
        }
        control.lines.command("TYPE I", &[200])?;
        Ok(control)
    }

    /// Connects, secures where `config` is one, USER and PASS.
    pub(crate) fn authenticate(server: &Server, config: Option<Arc<ClientConfig>>) -> anyhow::Result<Self> {
        let mut lines = Lines::over(Channel::Clear(Wire::connect(server.server, FEW)?));
        lines.reply(&[220])?;
        if config.is_some() {
            lines.command("AUTH TLS", &[234])?;
            let wire = lines.0.into_inner().into_clear().context("a channel in clear")?;
            lines = Lines::over(Channel::over(wire, config.as_ref())?);
        }
        if lines.command(&format!("USER {}", server.user), &[331, 230])?.0 == 331 {
            lines.command(&format!("PASS {}", server.password), &[230])?;
        }
        Ok(Self {
            lines,
            peer: server.server,
            config,
        })
    }

    pub(crate) fn resumed(&self) -> bool {
        self.lines.0.get_ref().resumed()
    }

    pub(crate) fn quit(mut self) -> anyhow::Result<()> {
        self.lines.command("QUIT", &[221]).map(drop)
    }

    /// Announces a passive data connection, opens it, says `command`, and puts TLS on it. So much is read ahead.
    pub(crate) fn transfer(&mut self, command: &str, read_ahead: usize) -> anyhow::Result<Channel> {
        let (_, text) = self.lines.command("EPSV", &[229])?;
        let port = text
            .split('|')
            .nth(3)
            .and_then(|port| port.parse().ok())
            .with_context(|| format!("no port in {text:?}"))?;
        let wire = Wire::connect(SocketAddr::new(self.peer.ip(), port), read_ahead)?;
        self.lines.command(command, &[125, 150])?;
        Ok(Channel::over(wire, self.config.as_ref())?)
    }

    /// The final reply of a transfer.
    pub(crate) fn completed(&mut self) -> anyhow::Result<()> {
        self.lines.reply(&[226, 250]).map(drop)
    }
}

/// Commands and replies.
#[derive(Debug)]
struct Lines(BufReader<Channel>);

impl Lines {
    fn over(channel: Channel) -> Self {
        Self(BufReader::with_capacity(1024, channel))
    }

    fn command(&mut self, line: &str, wanted: &[u16]) -> anyhow::Result<(u16, String)> {
        let channel = self.0.get_mut();
        channel.write_all(format!("{line}\r\n").as_bytes())?;
        channel.flush()?;
        self.reply(wanted)
            .with_context(|| format!("{} was sent", line.split(' ').next().unwrap_or_default()))
    }

    fn reply(&mut self, wanted: &[u16]) -> anyhow::Result<(u16, String)> {
        let mut line = String::new();
        loop {
            line.clear();
            if self.0.read_line(&mut line)? == 0 {
                bail!("the server closed the connection");
            }
            let code = line.get(..3).and_then(|code| code.parse().ok());
            if let (Some(code), Some(" ")) = (code, line.get(3..4)) {
                if !wanted.contains(&code) {
                    bail!("the server says {line:?}");
                }
                return Ok((code, line));
            }
        }
    }
}
