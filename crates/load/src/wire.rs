//! A socket that is read in large pieces.

use std::ffi::OsString;
use std::io::{self, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use nix::sys::socket::{setsockopt, sockopt};
use socket2::{Domain, Socket, Type};

/// Read-ahead of a connection that moves no file.
pub(crate) const FEW: usize = 4096;

/// No measured wait is as long.
const BOUND: Duration = Duration::from_secs(60);

/// Congestion control without timers of its own. One that paces (BBR, where it is the system's) would have an upload
/// measure when its client's timers let it send.
const UNPACED: &str = "reno";

/// A TCP connection with read-ahead.
#[derive(Debug)]
pub(crate) struct Wire(BufReader<TcpStream>);

impl Wire {
    /// rustls asks for 4 KiB at a time; the system is asked for `read_ahead`.
    pub(crate) fn connect(address: SocketAddr, read_ahead: usize) -> io::Result<Self> {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
        // Before it is connected: what has been paced once stays so.
        setsockopt(&socket, sockopt::TcpCongestion, &OsString::from(UNPACED))?;
        socket.connect(&address.into())?;
        let socket = TcpStream::from(socket);
        socket.set_nodelay(true)?;
        socket.set_read_timeout(Some(BOUND))?;
        socket.set_write_timeout(Some(BOUND))?;
        Ok(Self(BufReader::with_capacity(read_ahead, socket)))
    }

    pub(crate) fn end_writing(&self) -> io::Result<()> {
        self.0.get_ref().shutdown(Shutdown::Write)
    }
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.get_mut().write(bytes)
    }

    fn write_vectored(&mut self, bytes: &[io::IoSlice<'_>]) -> io::Result<usize> {
        self.0.get_mut().write_vectored(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
