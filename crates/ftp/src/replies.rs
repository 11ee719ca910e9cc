//! The daemon's replies, and whom they concern.

use crate::CloseReason;
use crate::client::Client;
use crate::codec::reply::{MAX_HELD, ReplyLine};
use crate::controller::Controller;
use crate::error::FtpError;
use crate::task::{Task, collect};

impl Controller {
    /// One line of the daemon, whose turn has come.
    pub(crate) fn reply_line(&mut self, line: &ReplyLine) {
        if self.overdue > 0 && line.code != 421 {
            self.overdue -= u32::from(line.answers());
            return;
        }
        match &self.task {
            Task::Greeting => self.greeting_line(line),
            Task::Features => self.features_line(line),
            Task::Securing(_) => self.collect_line(line),
            Task::Login(_) if self.duty.client().is_some_and(Client::waits_for_login) => {
                self.collect_line(line);
            }
            Task::Passive(_) | Task::Active(_) | Task::Aborting(_) | Task::GivingUp(_) | Task::Fence(_) => {
                self.collect_line(line);
            }
            Task::Transfer(transfer) if !transfer.passes(line) => self.collect_line(line),
            _ => {
                self.out.pass(&line.bytes);
                if line.answers() {
                    self.answered(line.code);
                }
            }
        }
    }

    /// The final reply to a command whose replies pass has passed.
    fn answered(&mut self, code: u16) {
        match &mut self.task {
            Task::Forwarded => self.task = Task::Idle,
            Task::Login(_) => self.login_answered(code),
            Task::Protecting(_) => self.protecting_answered(code),
            Task::Transfer(transfer) => transfer.stat_answered(),
            // An answer to a STAT that was sent before QUIT is not yet the goodbye.
            Task::Quitting if !(211..=213).contains(&code) => self.close(CloseReason::Ended),
            _ => {}
        }
    }

    fn collect_line(&mut self, line: &ReplyLine) {
        let Some(reply) = collect(&mut self.collected, line) else {
            if self.collected.len() > MAX_HELD {
                self.daemon_protocol(FtpError::ReplyTooLong);
            }
            return;
        };
        match &self.task {
            Task::Passive(_) => self.passive_reply(reply),
            Task::Active(_) => self.active_reply(&reply),
            Task::Transfer(_) => self.transfer_reply(reply),
            Task::Aborting(_) => self.abort_reply(reply),
            Task::GivingUp(_) => self.giving_up_reply(&reply),
            Task::Fence(_) => self.fence_reply(&reply),
            Task::Securing(_) => self.securing_reply(reply),
            Task::Login(_) => self.login_reply(reply),
            _ => {}
        }
    }

    fn greeting_line(&mut self, line: &ReplyLine) {
        let logged_in = (200..300).contains(&line.code) && line.code != 220;
        let unprotected = self.config.implicit.is_some() || self.config.require_auth;
        if logged_in && unprotected && !self.is_secure() {
            return self.refuse_session(
                "The FTP server logs in without asking",
                CloseReason::DaemonProtocol,
            );
        }
        self.out.pass(&line.bytes);
        if !line.answers() {
            return;
        }
        match line.code {
            200..300 => self.task = Task::Idle,
            _ => self.close(CloseReason::Ended),
        }
    }
}
