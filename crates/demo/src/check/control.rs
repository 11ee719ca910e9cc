//! A control connection as seen by a client: commands out, replies in.

use anyhow::{Context, Result, anyhow, bail, ensure};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};

use super::reply::{Collector, Reply};

/// Bound of one reply line, in bytes.
const LINE: u64 = 4096;
/// Bound of the lines of one reply.
const LINES: usize = 200;

/// Commands and replies over `S`.
pub(super) struct Control<S> {
    stream: BufReader<S>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Control<S> {
    /// Takes a connected stream; nothing is read yet.
    pub(super) fn new(stream: S) -> Self {
        Self {
            stream: BufReader::new(stream),
        }
    }

    /// Reads the next reply.
    ///
    /// # Errors
    /// When the connection ends or what comes is no reply.
    pub(super) async fn reply(&mut self) -> Result<Reply> {
        let mut collector = Collector::default();
        for _ in 0..LINES {
            let mut line = Vec::new();
            let read = (&mut self.stream).take(LINE).read_until(b'\n', &mut line).await;
            read.context("cannot read a reply")?;
            ensure!(
                line.ends_with(b"\n"),
                "the connection ended, or a reply has no end"
            );
            let line = String::from_utf8_lossy(&line);
            let taken = collector.take(line.trim_end());
            if let Some(reply) = taken.map_err(|line| anyhow!("\"{line}\" is no FTP reply"))? {
                return Ok(reply);
            }
        }
        bail!("a reply has more than {LINES} lines")
    }

    /// Sends a command and reads its reply.
    ///
    /// # Errors
    /// When sending or reading fails; the message names the command without its argument, which may be a password.
    pub(super) async fn command(&mut self, command: &str) -> Result<Reply> {
        let verb = verb(command);
        let line = format!("{command}\r\n");
        self.stream
            .write_all(line.as_bytes())
            .await
            .with_context(|| format!("cannot send {verb}"))?;
        self.stream
            .flush()
            .await
            .with_context(|| format!("cannot send {verb}"))?;
        self.reply().await.with_context(|| format!("no reply to {verb}"))
    }

    /// Sends a command whose reply must be of this class (first digit).
    ///
    /// # Errors
    /// As for [`Control::command`], and when the reply is of another class.
    pub(super) async fn expect(&mut self, command: &str, class: u16) -> Result<Reply> {
        let reply = self.command(command).await?;
        ensure!(
            reply.class() == class,
            "{} is answered \"{reply}\"",
            verb(command)
        );
        Ok(reply)
    }

    /// The stream, to start TLS on it.
    ///
    /// # Errors
    /// When something was received after the last reply: it would have been sent in clear and read as if protected.
    pub(super) fn into_stream(self) -> Result<S> {
        let left = self.stream.buffer().len();
        ensure!(
            left == 0,
            "{left} bytes came in clear after the reply that starts TLS"
        );
        Ok(self.stream.into_inner())
    }

    /// The stream, to look at.
    pub(super) fn stream(&self) -> &S {
        self.stream.get_ref()
    }
}

fn verb(command: &str) -> &str {
    command.split(' ').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::duplex;

    #[tokio::test]
    async fn bytes_behind_the_reply_that_starts_tls_are_refused() {
        let (mut server, client) = duplex(256);
        server
            .write_all(b"234 go\r\n200 injected\r\n")
            .await
            .expect("the pipe has room");
        let mut control = Control::new(client);
        assert_eq!(control.reply().await.expect("it is there").code(), 234);
        assert!(control.into_stream().is_err());
    }

    #[tokio::test]
    async fn a_reply_that_never_ends_is_bounded() {
        let (mut server, client) = duplex(64 * 1024);
        server
            .write_all(&vec![b'2'; 8192])
            .await
            .expect("the pipe has room");
        assert!(Control::new(client).reply().await.is_err());
    }

    #[tokio::test]
    async fn a_password_does_not_show_in_an_error() {
        let (mut server, client) = duplex(256);
        server.write_all(b"530 no\r\n").await.expect("the pipe has room");
        let error = Control::new(client)
            .expect("PASS s3cret", 2)
            .await
            .expect_err("it was refused");
        assert_eq!(format!("{error:#}"), "PASS is answered \"530 no\"");
    }
}
