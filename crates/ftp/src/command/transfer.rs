//! Commands with a data connection: RETR, STOR, APPE, STOU, LIST, NLST, MLSD.

use std::time::Duration;

use super::abort::Aborting;
use super::{Command, Verb};
use crate::client::Duty;
use crate::codec::reply::{Reply, ReplyLine};
use crate::controller::Controller;
use crate::session::{Leg, Protection};
use crate::task::Task;
use crate::{CloseReason, DataDirection, DataId, DataResult, Effect};

/// How long a daemon may take to notice that its data connection failed, before its reply is not waited for.
pub(crate) const DAEMON_NOTICE: Duration = Duration::from_secs(30);

/// How long a server's final refusal waits for the end of a data connection that may never have been made; and how long
/// a daemon whose data connection was not made may take to say so itself. One that waits for it until a bound of its own
/// (vsftpd a minute) would keep the client without a reply for as long.
const NEVER_MADE: Duration = Duration::from_secs(5);

/// A transfer under way.
#[derive(Debug)]
pub(crate) struct Transfer {
    direction: DataDirection,
    /// None: no expectation stood. The daemon will try the default data port, where the agent expects nobody, so it
    /// answers 425; nothing is relayed.
    leg: Option<Leg>,
    /// The daemon has sent 1xx.
    started: bool,
    /// The daemon's final reply, held back until the data connection has ended.
    held: Option<Reply>,
    /// STAT was sent meanwhile and is not answered.
    stat: bool,
    /// QUIT was sent meanwhile.
    quit: bool,
}

impl Transfer {
    /// The final reply is here, the end of the data connection is not.
    pub(crate) fn awaits_data_end(&self) -> bool {
        self.held.is_some()
    }

    /// This line of the client may be handled now.
    pub(crate) fn takes(&self, line: &[u8]) -> bool {
        if self.quit {
            return false;
        }
        match Command::parse(line).verb() {
            Verb::Abor => true,
            Verb::Stat => self.started && !self.stat,
            Verb::Quit => self.started,
            _ => false,
        }
    }

    /// The upload failed where the daemon may not see it: what it got so far looks like a whole file. Before its 1xx
    /// it has got nothing; where STAT or QUIT is under way, the replies behind ABOR could not be told apart.
    fn is_unnoticed(&self, result: DataResult) -> bool {
        let by_client = match result {
            DataResult::Complete | DataResult::DaemonBroke => false,
            DataResult::TlsFailed
            | DataResult::NotResumed
            | DataResult::Truncated
            | DataResult::Aborted
            | DataResult::NotConnected => true,
        };
        by_client && self.direction == DataDirection::Upload && self.started && !self.stat && !self.quit
    }

    /// How long the daemon may take to notice how its data connection ended.
    fn notice(&self, result: DataResult) -> Duration {
        match result {
            DataResult::NotConnected if !self.started => NEVER_MADE,
            _ => DAEMON_NOTICE,
        }
    }

    /// The line belongs to the answer to STAT, and passes at once.
    pub(crate) fn passes(&self, line: &ReplyLine) -> bool {
        self.stat && answers_stat(line.code)
    }

    /// STAT is answered.
    pub(crate) fn stat_answered(&mut self) {
        self.stat = false;
    }
}

/// Codes with which daemons answer STAT and not a transfer (RFC 959 section 5.4).
pub(crate) fn answers_stat(code: u16) -> bool {
    matches!(code, 211..=213 | 500..=504)
}

impl Controller {
    /// Checks the level of protection and passes the command on.
    pub(crate) fn transfer(&mut self, command: &Command, direction: DataDirection) {
        if self.config.require_data_protection && self.session.protection == Protection::Clear {
            self.cancel_expected();
            return self.out.reply(match self.duty {
                Duty::Server => "522 Data connections must be protected: send PROT P.",
                Duty::Client(_) => {
                    "522 Data connections must be protected, and the server does not: see SECURE_DATACONN."
                }
            });
        }
        let leg = self.expected.take();
        if let Some(Leg::Ended(result)) = leg {
            // The daemon would wait for a connection that nobody makes any more.
            return self.out.reply(failure(result));
        }
        let transfer = Transfer {
            direction,
            leg,
            started: false,
            held: None,
            stat: false,
            quit: false,
        };
        self.forward(command, Task::Transfer(transfer));
    }

    /// ABOR, STAT or QUIT while a transfer is under way; [`Transfer::takes`] has let nothing else in.
    pub(crate) fn command_during_transfer(&mut self, command: &Command) {
        let Task::Transfer(transfer) = &mut self.task else {
            return;
        };
        match command.verb() {
            Verb::Stat => transfer.stat = true,
            Verb::Quit => transfer.quit = true,
            _ => return self.abort(),
        }
        self.out.command(&command.line);
    }

    /// The daemon has answered, finally or not.
    pub(crate) fn transfer_reply(&mut self, reply: Reply) {
        let protect = self.session.protection == Protection::Private;
        let Task::Transfer(transfer) = &mut self.task else {
            return;
        };
        if reply.is_preliminary() {
            self.out.pass(&reply.bytes);
            transfer.started = true;
        }
        match transfer.leg {
            Some(Leg::Waiting(id)) if reply.is_preliminary() || reply.is_success() => {
                let direction = transfer.direction;
                self.out.push(Effect::OpenData {
                    id,
                    protect,
                    direction,
                });
                transfer.leg = Some(Leg::Open(id));
            }
            Some(Leg::Waiting(id)) => {
                self.out.push(Effect::Cancel(id));
                transfer.leg = None;
            }
            _ => {}
        }
        let ended = match transfer.leg {
            Some(Leg::Ended(result)) => Some(result),
            _ => None,
        };
        if reply.is_preliminary() {
            if let Some(result) = ended.filter(|&result| transfer.is_unnoticed(result)) {
                self.give_up(result);
            }
        } else if matches!(transfer.leg, Some(Leg::Open(_))) {
            // A server that could not connect has nothing to end.
            let bound = match self.duty {
                Duty::Client(_) if !reply.is_success() => NEVER_MADE.min(self.config.data_end_wait),
                _ => self.config.data_end_wait,
            };
            transfer.held = Some(reply);
            self.out.set_timer(bound);
        } else {
            // Without a data connection the daemon's word is all there is.
            self.finish_transfer(ended.unwrap_or(DataResult::Complete), &reply);
        }
    }

    /// The agent says how a data connection ended.
    pub(crate) fn data_finished(&mut self, id: DataId, result: DataResult) {
        let is_it = |leg: Option<Leg>| leg == Some(Leg::Waiting(id)) || leg == Some(Leg::Open(id));
        if is_it(self.expected) {
            // It ended before its transfer began: nobody came in time, or it broke.
            self.expected = Some(Leg::Ended(result));
            return;
        }
        let Task::Transfer(transfer) = &mut self.task else {
            return;
        };
        if !is_it(transfer.leg) {
            return;
        }
        transfer.leg = Some(Leg::Ended(result));
        let unnoticed = transfer.is_unnoticed(result);
        match transfer.held.take() {
            Some(reply) => self.finish_transfer(result, &reply),
            None if result == DataResult::Complete => {}
            None if unnoticed => self.give_up(result),
            // The daemon will notice and say so in its own words, which are dropped; but not for ever.
            None => self.out.set_timer(transfer.notice(result)),
        }
    }

    /// The wait for the data connection's end, or for the daemon after a failure, is over.
    pub(crate) fn transfer_overdue(&mut self) {
        let Task::Transfer(transfer) = &mut self.task else {
            return;
        };
        match (transfer.held.take(), transfer.leg) {
            (Some(reply), Some(Leg::Open(id))) => {
                self.out.push(Effect::AbortData(id));
                self.finish_transfer(DataResult::Aborted, &reply);
            }
            (None, Some(Leg::Ended(result))) => {
                self.overdue += 1;
                self.out.reply(failure(result));
                self.leave_transfer();
            }
            _ => {}
        }
    }

    /// Both sides have ended: the daemon's reply, or ours where the daemon cannot know.
    fn finish_transfer(&mut self, result: DataResult, reply: &Reply) {
        self.out.clear_timer();
        let ours = match result {
            DataResult::Complete => false,
            DataResult::TlsFailed | DataResult::NotResumed | DataResult::Truncated => true,
            DataResult::Aborted | DataResult::DaemonBroke | DataResult::NotConnected => reply.is_success(),
        };
        let goodbye = matches!(reply.code, 221 | 421);
        if ours {
            self.out.reply(failure(result));
        }
        if !ours || goodbye {
            self.out.pass(&reply.bytes);
        }
        let quit = matches!(&self.task, Task::Transfer(transfer) if transfer.quit);
        self.leave_transfer();
        if quit && goodbye {
            self.close(CloseReason::Ended);
        }
    }

    /// What was sent during the transfer is still to be answered.
    fn leave_transfer(&mut self) {
        self.out.clear_timer();
        let Task::Transfer(transfer) = std::mem::replace(&mut self.task, Task::Idle) else {
            return;
        };
        self.task = match (transfer.quit, transfer.stat) {
            (true, _) => Task::Quitting,
            (false, true) => Task::Forwarded,
            (false, false) => Task::Idle,
        };
    }

    /// Gives the data connection up, in favour of the two replies that ABOR has.
    fn abort(&mut self) {
        let Task::Transfer(transfer) = std::mem::replace(&mut self.task, Task::Idle) else {
            return;
        };
        self.out.clear_timer();
        let gave_up = match transfer.leg {
            Some(Leg::Waiting(id)) => {
                self.out.push(Effect::Cancel(id));
                true
            }
            Some(Leg::Open(id)) => {
                self.out.push(Effect::AbortData(id));
                true
            }
            Some(Leg::Ended(result)) => result != DataResult::Complete,
            None => false,
        };
        self.out.command(b"ABOR");
        self.task = Task::Aborting(Aborting::new(gave_up, transfer.stat));
        match transfer.held {
            Some(reply) => self.abort_reply(reply),
            None => self.out.set_timer(DAEMON_NOTICE),
        }
    }
}

/// Our own final reply to a transfer whose data connection failed.
pub(crate) fn failure(result: DataResult) -> &'static str {
    match result {
        DataResult::TlsFailed => "522 TLS negotiation failed on the data connection.",
        DataResult::NotResumed => {
            "522 Data connection must resume the TLS session of the control connection (session reuse required)."
        }
        DataResult::Truncated => {
            "426 Data connection ended without TLS close_notify; the file may be truncated."
        }
        DataResult::NotConnected => "425 The data connection was not made.",
        DataResult::Complete | DataResult::Aborted | DataResult::DaemonBroke => {
            "426 Data connection broken; transfer aborted."
        }
    }
}
