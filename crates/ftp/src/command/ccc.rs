//! CCC: back to clear (RFC 4217 section 6).

use crate::channel::Channel;
use crate::controller::Controller;
use crate::{CloseReason, Effect};

impl Controller {
    /// Accepts CCC where policy allows it, after a login, with nothing behind it.
    pub(crate) fn ccc(&mut self) {
        if !self.config.allow_ccc {
            return self.out.reply("534 CCC is refused by policy.");
        }
        if self.config.implicit.is_some() {
            return self.out.reply("534 CCC is refused where TLS is implicit.");
        }
        let Channel::Secure(lines) = &self.channel else {
            return self.out.reply("533 The control connection is not protected.");
        };
        if self.session.user.is_none() {
            return self.out.reply("503 Log in before CCC.");
        }
        if !lines.rest().is_empty() {
            let why = "Commands behind CCC under TLS are refused";
            return self.refuse_session(why, CloseReason::BytesBehindCcc);
        }
        self.out.reply("200 CCC accepted, stopping TLS.");
        self.channel = Channel::Stopping;
        self.out.push(Effect::StopTls);
    }
}
