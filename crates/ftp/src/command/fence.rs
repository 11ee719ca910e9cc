//! NOOP on the controller's own account: what the daemon says before its answer belongs to the past.
//!
//! After ABOR a daemon owes the transfer's final reply and one to ABOR, but many send one reply for both. How many
//! are still to come cannot be told by waiting: a reply that comes late would answer the next command. Daemons
//! answer in order, so the answer to a command sent behind ABOR ends the doubt.

use super::transfer::{DAEMON_NOTICE, answers_stat};
use crate::CloseReason;
use crate::codec::reply::Reply;
use crate::controller::Controller;
use crate::error::FtpError;
use crate::task::Task;

/// The one reply that every daemon gives to NOOP (RFC 959 section 5.1), and none to ABOR (section 5.4).
const NOOP_DONE: u16 = 200;

/// The transfer's final reply is here. One to ABOR may follow; the one to NOOP will.
#[derive(Debug)]
pub(crate) struct Fence {
    /// STAT was sent before ABOR and is not answered.
    stat: bool,
    /// One reply was dropped: the next one is NOOP's, whatever its code is.
    late: bool,
}

impl Controller {
    /// Lets no later command see a reply that is not its own.
    pub(crate) fn fence(&mut self, stat: bool) {
        self.out.command(b"NOOP");
        self.out.set_timer(DAEMON_NOTICE);
        self.task = Task::Fence(Fence { stat, late: false });
    }

    /// A reply of the daemon; none of them is for the client, except the answer to an earlier STAT.
    pub(crate) fn fence_reply(&mut self, reply: &Reply) {
        let Task::Fence(fence) = &mut self.task else {
            return;
        };
        if reply.is_preliminary() {
            return;
        }
        if reply.code == 421 {
            return self.daemon_leaves(reply);
        }
        if fence.stat && answers_stat(reply.code) {
            fence.stat = false;
            return self.out.pass(&reply.bytes);
        }
        // Any other code may be a daemon's refusal of ABOR just as well as one of NOOP; if it was NOOP's, nothing
        // follows, and the session ends rather than go on in doubt.
        if reply.code == NOOP_DONE || fence.late {
            self.out.clear_timer();
            self.task = Task::Idle;
        } else {
            fence.late = true;
        }
    }

    /// NOOP is not answered, or it cannot be told whether it is.
    pub(crate) fn fence_overdue(&mut self) {
        self.daemon_protocol(FtpError::Silent);
    }

    /// The daemon said 421 amid replies that are counted.
    pub(crate) fn daemon_leaves(&mut self, reply: &Reply) {
        self.out.clear_timer();
        self.out.pass(&reply.bytes);
        self.close(CloseReason::Ended);
    }
}
