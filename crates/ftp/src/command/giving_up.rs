//! ABOR on the controller's own account: an upload broke off on the client's side.
//!
//! A reset of its data connection does not tell every daemon that the file is incomplete: some read it as the end
//! of the file. ABOR does, where the daemon listens during a transfer; the others see the reset a moment later.

use super::transfer::{DAEMON_NOTICE, failure};
use crate::DataResult;
use crate::codec::reply::Reply;
use crate::controller::Controller;
use crate::error::FtpError;
use crate::task::Task;

/// The daemon owes the transfer's final reply and the one to ABOR; the client gets one, ours.
#[derive(Debug)]
pub(crate) struct GivingUp {
    result: DataResult,
}

impl Controller {
    /// Tells the daemon that the upload under way is not complete.
    pub(crate) fn give_up(&mut self, result: DataResult) {
        self.out.command(b"ABOR");
        self.out.set_timer(DAEMON_NOTICE);
        self.task = Task::GivingUp(GivingUp { result });
    }

    /// The daemon's first reply. The fence is sent only now: a daemon that reads commands during a transfer may throw
    /// away what it finds behind ABOR.
    pub(crate) fn giving_up_reply(&mut self, reply: &Reply) {
        let Task::GivingUp(giving_up) = &self.task else {
            return;
        };
        if reply.is_preliminary() {
            return;
        }
        self.out.reply(failure(giving_up.result));
        match reply.code {
            421 => self.daemon_leaves(reply),
            _ => self.fence(false),
        }
    }

    /// The FTP server does not answer at all.
    pub(crate) fn giving_up_overdue(&mut self) {
        let Task::GivingUp(giving_up) = &self.task else {
            return;
        };
        self.out.reply(failure(giving_up.result));
        self.daemon_protocol(FtpError::Silent);
    }
}
