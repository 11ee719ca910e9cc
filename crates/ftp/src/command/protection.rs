//! PBSZ and PROT (RFC 4217 sections 8 and 9).

use super::Command;
use crate::channel::Channel;
use crate::controller::Controller;
use crate::session::Protection;

impl Controller {
    /// The only buffer size of TLS is 0.
    pub(crate) fn pbsz(&mut self, command: &Command) {
        if !self.may_set_protection(command) {
            return;
        }
        let size = std::str::from_utf8(command.argument())
            .ok()
            .and_then(|size| size.parse::<u32>().ok());
        let Some(_) = size else {
            return self.out.reply("501 PBSZ needs a number: PBSZ 0.");
        };
        self.session.pbsz = true;
        self.out.reply("200 PBSZ=0");
    }

    /// Sets the level for the transfers that follow; whether it suffices is checked there.
    pub(crate) fn prot(&mut self, command: &Command) {
        if !self.may_set_protection(command) {
            return;
        }
        if !self.session.pbsz {
            return self.out.reply("503 Send PBSZ 0 before PROT.");
        }
        match command.argument().to_ascii_uppercase().as_slice() {
            b"C" => self.set_protection(Protection::Clear),
            b"P" if self.config.refuse_data_protection => self.out.reply("534 PROT P is refused by policy."),
            b"P" => self.set_protection(Protection::Private),
            b"S" | b"E" => self.out.reply("536 TLS has no such level: use PROT P or PROT C."),
            b"" => self.out.reply("501 PROT needs a level: PROT P."),
            _ => self.out.reply("504 Unknown level: use PROT P or PROT C."),
        }
    }

    fn set_protection(&mut self, level: Protection) {
        self.session.protection = level;
        self.out.reply(match level {
            Protection::Clear => "200 Data connections will be in clear.",
            Protection::Private => "200 Data connections will be protected.",
        });
    }

    fn may_set_protection(&mut self, command: &Command) -> bool {
        let why = match self.channel {
            Channel::Secure(_) => return true,
            Channel::Cleared(..) => "is not accepted after CCC",
            _ => "needs a secure control connection: send AUTH TLS first",
        };
        self.out.reply(&format!("503 {} {why}.", command.word()));
        false
    }
}
