//! The client's end of the channel.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::Path;

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::socket::{
    AddressFamily, ControlMessage, MsgFlags, SockFlag, SockType, UnixAddr, connect, recv, sendmsg, socket,
};

use crate::answer::Answer;
use crate::error::SignalError;
use crate::frame::LONGEST;
use crate::operations::Operations;
use crate::path::path;
use crate::request::Request;

/// A connection to the agent. Use one per thread; a program that changes its root folder opens it before.
#[derive(Debug)]
pub struct Channel {
    socket: OwnedFd,
    last: u32,
    /// Results that came while an answer was waited for; the agent bounds how many there can be.
    held: VecDeque<Answer>,
}

impl Channel {
    /// Connects to the agent whose socket `TTLS_CONTROL` names, else to the one at [`crate::DEFAULT_PATH`].
    ///
    /// # Errors
    /// [`SignalError::NoAgent`].
    pub fn open() -> Result<Self, SignalError> {
        Self::open_at(&path())
    }

    /// Connects to the agent whose socket is at `path`.
    ///
    /// # Errors
    /// [`SignalError::NoAgent`].
    pub fn open_at(path: &Path) -> Result<Self, SignalError> {
        let connected = || -> nix::Result<OwnedFd> {
            let socket = socket(
                AddressFamily::Unix,
                SockType::SeqPacket,
                SockFlag::SOCK_CLOEXEC,
                None,
            )?;
            connect(socket.as_raw_fd(), &UnixAddr::new(path)?)?;
            Ok(socket)
        };
        match connected() {
            Ok(socket) => Ok(Self::from(socket)),
            Err(error) => Err(SignalError::NoAgent {
                path: path.to_owned(),
                error: error.into(),
            }),
        }
    }

    /// Asks about `connection` and waits for the answer, even where `connection` does not block. While TLS starts or
    /// stops that takes as long as the policy allows.
    ///
    /// # Errors
    /// [`SignalError::Refused`] with the agent's answer; the channel breaks.
    pub fn ask(&mut self, connection: impl AsFd, request: &Request) -> Result<Answer, SignalError> {
        let mut request = request.clone();
        request.options.non_blocking = false;
        let id = self.send(connection.as_fd(), &request)?;
        self.answer_to(id)
    }

    /// Asks about `connection` without waiting for the end of INIT and STOP: such an answer has `more` set, and
    /// [`Channel::result`] gets the result when the channel becomes readable.
    ///
    /// # Errors
    /// [`SignalError::Refused`] with the agent's answer; the channel breaks.
    pub fn begin(&mut self, connection: impl AsFd, request: &Request) -> Result<Answer, SignalError> {
        let mut request = request.clone();
        request.options.non_blocking = true;
        let id = self.send(connection.as_fd(), &request)?;
        self.answer_to(id)
    }

    /// As the ioctl does: waits where the socket itself blocks, and not where it has `O_NONBLOCK`.
    ///
    /// # Errors
    /// See [`Channel::ask`] and [`Channel::begin`].
    pub fn control(&mut self, connection: impl AsFd, request: &Request) -> Result<Answer, SignalError> {
        let flags = fcntl(connection.as_fd(), FcntlArg::F_GETFL).map_err(io::Error::from)?;
        if OFlag::from_bits_truncate(flags).contains(OFlag::O_NONBLOCK) {
            self.begin(connection, request)
        } else {
            self.ask(connection, request)
        }
    }

    /// The fields of an answer to [`Operations::QUERY_ONLY`].
    ///
    /// # Errors
    /// See [`Channel::ask`].
    pub fn query(&mut self, connection: impl AsFd) -> Result<Answer, SignalError> {
        self.ask(connection, &Request::new(Operations::QUERY_ONLY))
    }

    /// Waits for the next result of an operation that was begun, of any connection; its `id` tells which.
    ///
    /// # Errors
    /// The channel breaks. A failed operation is an answer with an `errno`.
    pub fn result(&mut self) -> Result<Answer, SignalError> {
        match self.held.pop_front() {
            Some(answer) => Ok(answer),
            None => self.receive(),
        }
    }

    /// Whether [`Channel::result`] has something without reading the channel.
    pub fn holds_result(&self) -> bool {
        !self.held.is_empty()
    }

    fn answer_to(&mut self, id: u32) -> Result<Answer, SignalError> {
        loop {
            let answer = self.receive()?;
            if answer.id != id && answer.id != 0 {
                self.held.push_back(answer);
            } else if answer.errno == 0 || answer.more {
                return Ok(answer);
            } else {
                return Err(SignalError::Refused(Box::new(answer)));
            }
        }
    }

    fn receive(&mut self) -> Result<Answer, SignalError> {
        let mut packet = vec![0; LONGEST];
        let length = loop {
            match recv(self.socket.as_raw_fd(), &mut packet, MsgFlags::empty()) {
                Err(Errno::EINTR) => {}
                Ok(0) => return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
                received => break received.map_err(io::Error::from)?,
            }
        };
        Ok(Answer::decode(&packet[..length])?)
    }

    fn send(&mut self, connection: BorrowedFd<'_>, request: &Request) -> Result<u32, SignalError> {
        let id = if request.id == 0 {
            // 0 stands for requests that could not be read.
            self.last = self.last.wrapping_add(1).max(1);
            self.last
        } else {
            request.id
        };
        let packet = Request {
            id,
            ..request.clone()
        }
        .encode();
        let rights = [connection.as_raw_fd()];
        let beside = [ControlMessage::ScmRights(&rights)];
        loop {
            let sent = sendmsg::<()>(
                self.socket.as_raw_fd(),
                &[IoSlice::new(&packet)],
                &beside,
                MsgFlags::MSG_NOSIGNAL,
                None,
            );
            match sent {
                Err(Errno::EINTR) => {}
                Ok(_) => return Ok(id),
                Err(error) => return Err(io::Error::from(error).into()),
            }
        }
    }
}

/// A channel that is connected already.
impl From<OwnedFd> for Channel {
    fn from(socket: OwnedFd) -> Self {
        Self {
            socket,
            last: 0,
            held: VecDeque::new(),
        }
    }
}

/// The descriptor to wait on for results.
impl AsFd for Channel {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

impl From<Channel> for OwnedFd {
    fn from(channel: Channel) -> Self {
        channel.socket
    }
}
