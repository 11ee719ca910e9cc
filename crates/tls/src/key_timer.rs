//! `ResetCipherTimer`: new traffic keys after a time.

use std::time::{Duration, Instant};

use rustls::ProtocolVersion;
use tokio_rustls::TlsStream;

/// When the keys of a connection are renewed next.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KeyTimer(Option<Running>);

#[derive(Debug, Clone, Copy)]
struct Running {
    every: Duration,
    due: Instant,
}

impl KeyTimer {
    /// Starts at the end of a handshake. `None` is never.
    pub(crate) fn start(every: Option<Duration>) -> Self {
        Self(every.map(|every| Running {
            every,
            due: Instant::now() + every,
        }))
    }

    /// To be called before a write: where the time has come, the keys change with it, and the answer is true.
    ///
    /// # Errors
    /// That of a TLS session that has failed.
    pub(crate) fn before_write<IO>(&mut self, tls: &mut TlsStream<IO>) -> Result<bool, rustls::Error> {
        let Some(running) = &mut self.0 else {
            return Ok(false);
        };
        let now = Instant::now();
        if now < running.due {
            return Ok(false);
        }
        running.due = now + running.every;
        refresh(tls)?;
        Ok(true)
    }
}

/// Renews the keys of both directions; below TLS 1.3 that does not exist.
pub(crate) fn refresh<IO>(tls: &mut TlsStream<IO>) -> Result<(), rustls::Error> {
    if tls.get_ref().1.protocol_version() != Some(ProtocolVersion::TLSv1_3) {
        return Ok(());
    }
    match tls {
        TlsStream::Server(tls) => tls.get_mut().1.refresh_traffic_keys(),
        TlsStream::Client(tls) => tls.get_mut().1.refresh_traffic_keys(),
    }
}
