use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;

use tokio::net::{TcpListener, TcpStream};

use crate::listen::accept_waiting;

/// The connections that the program opens.
#[derive(Debug)]
pub struct Caught {
    v4: TcpListener,
    v6: Option<TcpListener>,
}

/// A connection that the program has opened and that leads to the agent instead.
#[derive(Debug)]
pub struct CaughtConnection {
    /// The inner side: the program is at its other end and believes to talk to `destination`.
    pub stream: TcpStream,
    /// The program's own end, inside.
    pub program: SocketAddr,
    /// Where the program wants to go (for TPROXY: the accepted socket's own address).
    pub destination: SocketAddr,
}

impl Caught {
    pub(crate) fn new(v4: OwnedFd, v6: Option<OwnedFd>) -> io::Result<Self> {
        let listener = |fd: OwnedFd| TcpListener::from_std(fd.into());
        Ok(Self {
            v4: listener(v4)?,
            v6: v6.map(listener).transpose()?,
        })
    }

    /// The next connection. Cancel safe.
    ///
    /// # Errors
    /// What `accept` says: one connection that is gone again, or want of file descriptors or memory. Neither ends
    /// the stream; after the latter pause before the next call.
    pub async fn next(&mut self) -> io::Result<CaughtConnection> {
        let (stream, program) = match &self.v6 {
            None => self.v4.accept().await?,
            Some(v6) => tokio::select! {
                accepted = self.v4.accept() => accepted?,
                accepted = v6.accept() => accepted?,
            },
        };
        CaughtConnection::new(stream, program)
    }

    /// A connection that waits already.
    ///
    /// # Errors
    /// `WouldBlock` where none waits; else what `accept` says.
    pub fn waiting(&self) -> io::Result<CaughtConnection> {
        let v4 = accept_waiting(&self.v4);
        let (stream, program) = match (&self.v6, v4) {
            (Some(v6), Err(_)) => accept_waiting(v6)?,
            (_, v4) => v4?,
        };
        CaughtConnection::new(stream, program)
    }
}

impl CaughtConnection {
    fn new(stream: TcpStream, program: SocketAddr) -> io::Result<Self> {
        Ok(Self {
            destination: stream.local_addr()?,
            stream,
            program,
        })
    }
}
