//! The client's bytes, and the ways between clear and TLS.

use crate::channel::Channel;
use crate::client::Link;
use crate::codec::late_alert::LateAlert;
use crate::codec::line::{LineReader, QUEUE_LIMIT};
use crate::codec::tls_record::looks_like_client_hello;
use crate::controller::Controller;
use crate::session::{Protection, Session};
use crate::{CloseReason, Effect};

impl Controller {
    /// Gives bytes of the client to who reads them in this state.
    pub(crate) fn client_bytes(&mut self, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        match &mut self.channel {
            Channel::Clear(lines) | Channel::Secure(lines) => lines.push(bytes),
            Channel::Cleared(alert, lines) => match alert.filter(bytes) {
                Ok(text) => lines.push(text),
                Err(_) => return self.close(CloseReason::BytesBehindCcc),
            },
            Channel::Detecting | Channel::AwaitingHello => return self.first_bytes(bytes),
            // Nobody reads the client in these states; bytes that come nevertheless belong to neither side of the
            // transition.
            Channel::Starting(_) => return self.close(CloseReason::BytesBehindAuth),
            Channel::Stopping => return self.close(CloseReason::BytesBehindCcc),
            Channel::Closed => return,
        }
        if self
            .channel
            .lines()
            .is_some_and(|lines| lines.held() > QUEUE_LIMIT)
        {
            self.refuse_session("Too many commands at once", CloseReason::LineTooLong);
        }
    }

    /// Implicit TLS: the client spoke before TLS was started.
    fn first_bytes(&mut self, bytes: &[u8]) {
        if !looks_like_client_hello(bytes) {
            return self.refuse_session("TLS is implicit on this port", CloseReason::NotTls);
        }
        self.out.clear_timer();
        self.start_implicit(bytes.to_vec());
    }

    pub(crate) fn start_implicit(&mut self, preamble: Vec<u8>) {
        let level = if self.config.refuse_data_protection {
            Protection::Clear
        } else {
            Protection::Private
        };
        self.start_tls(preamble, level);
    }

    /// Leaves the clear state for good; its reader dies here.
    pub(crate) fn start_tls(&mut self, preamble: Vec<u8>, level: Protection) {
        self.channel = Channel::Starting(level);
        self.out.push(Effect::StartTls { preamble });
    }

    /// Gives bytes of the daemon to their reader.
    pub(crate) fn daemon_bytes(&mut self, bytes: &[u8]) {
        let Some(client) = self.duty.client_mut() else {
            return self.replies.push(bytes);
        };
        match &mut client.link {
            Link::Clear | Link::Secure => self.replies.push(bytes),
            Link::Cleared(alert) => match alert.filter(bytes) {
                Ok(text) => self.replies.push(text),
                Err(_) => self.close(CloseReason::BytesBehindCcc),
            },
            // Nobody reads the server in these states; see `client_bytes`.
            Link::Starting => self.close(CloseReason::BytesBehindAuth),
            Link::Stopping => self.close(CloseReason::BytesBehindCcc),
        }
    }

    pub(crate) fn tls_established(&mut self) {
        if self.duty.client().is_some() {
            return self.link_established();
        }
        if let Channel::Starting(level) = self.channel {
            self.channel = Channel::Secure(LineReader::default());
            self.session = Session::new(level);
            self.session.pbsz |= self.config.implicit.is_some();
        }
    }

    pub(crate) fn tls_stopped(&mut self) {
        if self.duty.client().is_some() {
            return self.link_cleared();
        }
        if matches!(self.channel, Channel::Stopping) {
            self.channel = Channel::Cleared(LateAlert::default(), LineReader::default());
        }
    }
}
