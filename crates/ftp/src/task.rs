//! What the daemon's next reply answers.

use crate::client::Securing;
use crate::codec::reply::{Reply, ReplyLine};
use crate::command::abort::Aborting;
use crate::command::active::Active;
use crate::command::fence::Fence;
use crate::command::giving_up::GivingUp;
use crate::command::login::Credential;
use crate::command::passive::Passive;
use crate::command::transfer::Transfer;
use crate::session::Protection;

/// The one command (or greeting) that is under way. The next line of the client waits until it is idle again.
#[derive(Debug)]
pub(crate) enum Task {
    /// The daemon has not greeted yet.
    Greeting,
    /// Nothing is under way.
    Idle,
    /// A command whose replies pass unseen.
    Forwarded,
    /// USER, PASS, ACCT.
    Login(Credential),
    /// FEAT.
    Features,
    /// PASV, EPSV.
    Passive(Passive),
    /// PORT, EPRT.
    Active(Active),
    /// A command with a data connection.
    Transfer(Transfer),
    /// ABOR during a transfer.
    Aborting(Aborting),
    /// ABOR on our own account.
    GivingUp(GivingUp),
    /// NOOP on our own account, behind ABOR.
    Fence(Fence),
    /// QUIT.
    Quitting,
    /// On a client's behalf: what is settled with the server while the client waits.
    Securing(Securing),
    /// On a client's behalf: PROT of the client itself.
    Protecting(Protection),
}

impl Task {
    /// The daemon's bytes wait until the agent has reported, so that replies keep their order.
    pub(crate) fn holds_daemon(&self) -> bool {
        match self {
            Task::Passive(passive) => passive.awaits_agent(),
            Task::Active(active) => active.awaits_agent(),
            Task::Transfer(transfer) => transfer.awaits_data_end(),
            _ => false,
        }
    }
}

/// Adds a line to a reply that is collected; a reply when it is complete.
pub(crate) fn collect(parts: &mut Vec<u8>, line: &ReplyLine) -> Option<Reply> {
    if line.first {
        parts.clear();
    }
    parts.extend_from_slice(&line.bytes);
    line.last.then(|| Reply {
        code: line.code,
        bytes: std::mem::take(parts),
    })
}
