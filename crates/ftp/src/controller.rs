//! The controller: events in, effects out.

use std::net::SocketAddr;

use crate::channel::Channel;
use crate::client::{Client, ClientConfig, Duty, Link};
use crate::codec::line::LineReader;
use crate::codec::reply::{MAX_HELD, ReplyReader};
use crate::error::FtpError;
use crate::outbox::Outbox;
use crate::session::{Leg, Protection, Session};
use crate::task::Task;
use crate::{CloseReason, ControllerConfig, DataId, Effect, Event, ImplicitModel};

/// Speaks RFC 4217 with one side on behalf of the other, which knows no TLS.
///
/// Commands are interpreted one at a time: the next line waits for the final reply to the one before, except ABOR,
/// and STAT and QUIT once a transfer runs. So replies keep their order however much a client pipelines.
#[derive(Debug)]
pub struct Controller {
    pub(crate) config: ControllerConfig,
    pub(crate) duty: Duty,
    pub(crate) channel: Channel,
    pub(crate) session: Session,
    pub(crate) task: Task,
    /// The expectation that the next transfer uses.
    pub(crate) expected: Option<Leg>,
    pub(crate) out: Outbox,
    /// Final replies to drop: transfers that were answered before the daemon did.
    pub(crate) overdue: u32,
    /// Commands refused before AUTH.
    pub(crate) strikes: u32,
    /// Reads the daemon.
    pub(crate) replies: ReplyReader,
    /// Lines of a reply that is looked at as a whole.
    pub(crate) collected: Vec<u8>,
    last_id: u64,
    client_closed: bool,
    daemon_closed: bool,
}

impl Controller {
    /// On a daemon's behalf: a controller for a connection that was just made, and what to do first.
    pub fn server(config: ControllerConfig) -> (Self, Vec<Effect>) {
        let mut controller = Self::new(config, Duty::Server);
        match controller.config.implicit {
            None => {}
            Some(ImplicitModel::Netscape) => controller.start_implicit(Vec::new()),
            Some(ImplicitModel::Zos) => controller.channel = Channel::AwaitingHello,
            Some(ImplicitModel::Auto) => {
                controller.channel = Channel::Detecting;
                controller.out.set_timer(controller.config.implicit_detection);
            }
        }
        let effects = controller.out.take();
        (controller, effects)
    }

    /// On a client's behalf: a controller for a connection to the server that was just made, and what to do first.
    pub fn client(config: ClientConfig) -> (Self, Vec<Effect>) {
        let mut controller = Self::new(config.common(), Duty::Client(Box::new(Client::new(config))));
        controller.begin_for_client();
        let effects = controller.out.take();
        (controller, effects)
    }

    fn new(config: ControllerConfig, duty: Duty) -> Self {
        Self {
            duty,
            channel: Channel::Clear(LineReader::default()),
            session: Session::new(Protection::Clear),
            task: Task::Greeting,
            expected: None,
            out: Outbox::default(),
            overdue: 0,
            strikes: 0,
            replies: ReplyReader::default(),
            collected: Vec::new(),
            last_id: 0,
            client_closed: false,
            daemon_closed: false,
            config,
        }
    }

    /// Takes one event in and says what to do, in order. After `Close` nothing follows.
    pub fn handle(&mut self, event: Event<'_>) -> Vec<Effect> {
        match event {
            _ if matches!(self.channel, Channel::Closed) => {}
            Event::Client(bytes) => self.client_bytes(bytes),
            Event::Daemon(bytes) => self.daemon_bytes(bytes),
            Event::ClientClosed => self.client_closed(),
            Event::DaemonClosed => self.daemon_closed = true,
            Event::TlsEstablished => self.tls_established(),
            Event::TlsFailed { reason } => self.tls_failed(&reason),
            Event::TlsStopped => self.tls_stopped(),
            Event::Expecting { id, advertise } => self.expecting(id, advertise),
            Event::ExpectFailed { id, reason } => self.expect_failed(id, &reason),
            Event::DataFinished { id, result } => self.data_finished(id, result),
            Event::Timer => self.timer(),
        }
        self.advance();
        self.out.take()
    }

    /// False: do not read from the client now, its bytes would wait here.
    pub fn wants_client(&self) -> bool {
        self.channel.wants_bytes() && !self.client_closed
    }

    /// TLS is up on the control connection.
    pub fn is_secure(&self) -> bool {
        match self.duty.client() {
            None => self.channel.is_secure(),
            Some(client) => matches!(client.link, Link::Secure),
        }
    }

    /// No command is under way and no reply half written: a 421 of the agent's own may be sent now, and cuts nothing.
    pub fn is_idle(&self) -> bool {
        matches!(self.task, Task::Idle)
            && !matches!(self.channel, Channel::Closed)
            && !self.is_changing()
            && !self.channel.has_line()
            && !self.replies.is_inside_reply()
    }

    /// The user that the daemon has logged in.
    pub fn user(&self) -> Option<&str> {
        self.session.user.as_deref()
    }

    /// Bytes held at present: lines and replies whose turn has not come. Bounded whatever either side sends, as long
    /// as [`Self::wants_client`] is honoured.
    pub fn buffered(&self) -> usize {
        self.channel.buffered() + self.replies.held() + self.collected.len()
    }

    /// Interprets what is there: replies first, then command lines, as far as their turn has come.
    fn advance(&mut self) {
        loop {
            if !self.holds_daemon() {
                match self.replies.next() {
                    Ok(Some(line)) => {
                        self.reply_line(&line);
                        continue;
                    }
                    Ok(None) => {}
                    Err(error) => return self.daemon_protocol(error),
                }
                if self.daemon_closed {
                    return self.daemon_ended();
                }
            }
            match self.next_line() {
                Ok(Some(line)) => self.command_line(&line),
                Ok(None) => break,
                Err(error) => return self.refuse_session(&error.to_string(), CloseReason::LineTooLong),
            }
        }
        if self.replies.held() > MAX_HELD {
            return self.daemon_protocol(FtpError::ReplyTooLong);
        }
        if self.client_closed && matches!(self.task, Task::Idle) && !self.is_changing() {
            self.close(CloseReason::Ended);
        }
    }

    /// Neither side's bytes are interpreted until the agent reports.
    fn is_changing(&self) -> bool {
        self.channel.is_changing() || self.duty.client().is_some_and(|client| client.link.is_changing())
    }

    fn holds_daemon(&self) -> bool {
        matches!(self.channel, Channel::Closed) || self.is_changing() || self.task.holds_daemon()
    }

    /// The next command line, if it may be handled now.
    fn next_line(&mut self) -> Result<Option<Vec<u8>>, FtpError> {
        let during = match &self.task {
            Task::Idle if !self.replies.is_inside_reply() => None,
            Task::Transfer(transfer) => Some(transfer),
            _ => return Ok(None),
        };
        let Some(lines) = self.channel.lines() else {
            return Ok(None);
        };
        if lines.is_client_hello() && matches!(self.channel, Channel::Clear(_)) {
            let why = match self.duty {
                Duty::Server => "TLS is not implicit on this port: send AUTH TLS",
                Duty::Client(_) => "TLS is done by policy here: connect without it",
            };
            self.refuse_session(why, CloseReason::UnexpectedTls);
            return Ok(None);
        }
        let Some(lines) = self.channel.lines() else {
            return Ok(None);
        };
        let Some(line) = lines.peek()? else {
            return Ok(None);
        };
        if during.is_some_and(|transfer| !transfer.takes(line)) {
            return Ok(None);
        }
        Ok(lines.take())
    }

    fn client_closed(&mut self) {
        self.client_closed = true;
        let unfinished = self.is_changing()
            || matches!(self.channel, Channel::AwaitingHello)
            || matches!(
                self.task,
                Task::Transfer(_)
                    | Task::Aborting(_)
                    | Task::GivingUp(_)
                    | Task::Fence(_)
                    | Task::Securing(_)
            );
        if unfinished {
            self.close(CloseReason::Ended);
        }
    }

    /// All that the daemon said was passed on, and it will say no more.
    fn daemon_ended(&mut self) {
        if matches!(self.task, Task::Securing(_)) {
            return self.fail_securing("the server closed the connection");
        }
        if !matches!(self.task, Task::Idle | Task::Quitting) {
            self.out.reply("421 The FTP server closed the connection.");
        }
        self.close(CloseReason::Ended);
    }

    fn expecting(&mut self, id: DataId, advertise: SocketAddr) {
        match &self.task {
            Task::Passive(passive) if passive.awaited() == Some(id) => self.passive_expecting(advertise),
            Task::Active(active) if active.awaited() == Some(id) => self.active_expecting(advertise),
            _ => {}
        }
    }

    fn expect_failed(&mut self, id: DataId, reason: &str) {
        let awaited = match &self.task {
            Task::Passive(passive) => passive.awaited(),
            Task::Active(active) => active.awaited(),
            _ => None,
        };
        if awaited == Some(id) {
            self.task = Task::Idle;
            let reason = reason.replace(|c: char| c.is_control(), " ");
            self.out
                .reply(&format!("425 Cannot prepare a data connection: {reason}."));
        }
    }

    fn timer(&mut self) {
        if !self.out.timer_fired() {
            return;
        }
        match (&self.channel, &self.task) {
            (Channel::Detecting, _) => self.channel = Channel::AwaitingHello,
            (_, Task::Transfer(_)) => self.transfer_overdue(),
            (_, Task::Aborting(_)) => self.abort_overdue(),
            (_, Task::GivingUp(_)) => self.giving_up_overdue(),
            (_, Task::Fence(_)) => self.fence_overdue(),
            (_, Task::Securing(_)) => self.securing_overdue(),
            _ => {}
        }
    }

    /// A number for the next expectation.
    pub(crate) fn next_id(&mut self) -> DataId {
        self.last_id += 1;
        DataId(self.last_id)
    }

    /// Gives up the expectation that no transfer used.
    pub(crate) fn cancel_expected(&mut self) {
        if let Some(Leg::Waiting(id) | Leg::Open(id)) = self.expected.take() {
            self.out.push(Effect::Cancel(id));
        }
    }

    pub(crate) fn daemon_protocol(&mut self, error: FtpError) {
        self.refuse_session(&error.to_string(), CloseReason::DaemonProtocol);
    }

    /// Says why, and closes.
    pub(crate) fn refuse_session(&mut self, why: &str, reason: CloseReason) {
        if !matches!(
            self.channel,
            Channel::Starting(_) | Channel::Stopping | Channel::Closed
        ) {
            self.out.reply(&format!("421 {why}. Closing."));
        }
        self.close(reason);
    }

    /// Ends the session; nothing follows.
    pub(crate) fn close(&mut self, reason: CloseReason) {
        if !matches!(self.channel, Channel::Closed) {
            self.channel = Channel::Closed;
            self.out.push(Effect::Close(reason));
        }
    }
}
