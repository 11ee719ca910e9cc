//! ABOR during a transfer: two replies, or one (RFC 959 section 4.1.3).

use super::transfer::answers_stat;
use crate::codec::reply::Reply;
use crate::controller::Controller;
use crate::error::FtpError;
use crate::task::Task;

/// Our own final reply to a transfer that the client aborted.
const ABORTED: &str = "426 Transfer aborted.";

/// An aborted transfer: the daemon owes the transfer's final reply and the one to ABOR.
#[derive(Debug)]
pub(crate) struct Aborting {
    /// The data connection was given up, so that no success can be reported.
    gave_up: bool,
    /// STAT was sent before and is not answered.
    stat: bool,
    /// The first of the two replies is here.
    first: bool,
    /// A success that was passed on as failure: the daemon's one answer to both, unless another comes.
    only: Option<Reply>,
}

impl Aborting {
    /// ABOR was just sent.
    pub(crate) fn new(gave_up: bool, stat: bool) -> Self {
        Self {
            gave_up,
            stat,
            first: false,
            only: None,
        }
    }
}

impl Controller {
    /// A reply of the daemon after ABOR.
    pub(crate) fn abort_reply(&mut self, reply: Reply) {
        let wait = self.config.abort_wait;
        let Task::Aborting(aborting) = &mut self.task else {
            return;
        };
        if reply.is_preliminary() {
            return self.out.pass(&reply.bytes);
        }
        if reply.code == 421 {
            return self.daemon_leaves(&reply);
        }
        if aborting.stat && answers_stat(reply.code) {
            aborting.stat = false;
            return self.out.pass(&reply.bytes);
        }
        if aborting.first {
            self.out.clear_timer();
            self.out.pass(&reply.bytes);
            self.task = Task::Idle;
            return;
        }
        aborting.first = true;
        if aborting.gave_up && reply.is_success() {
            self.out.reply(ABORTED);
            aborting.only = Some(reply);
        } else {
            self.out.pass(&reply.bytes);
        }
        self.out.set_timer(wait);
    }

    /// The daemon did not answer at all, or no second reply came: the daemon is one that sends a single one, or a slow
    /// one, whose reply must not answer the next command.
    pub(crate) fn abort_overdue(&mut self) {
        let Task::Aborting(aborting) = &mut self.task else {
            return;
        };
        if !aborting.first {
            self.out.reply(ABORTED);
            return self.daemon_protocol(FtpError::Silent);
        }
        let stat = aborting.stat;
        if let Some(reply) = aborting.only.take() {
            self.out.pass(&reply.bytes);
        }
        self.fence(stat);
    }
}
