//! Commands about TLS that the client sends itself: answered here, because TLS is not the client's business.

use super::securing::Step;
use super::{DataProtection, Link};
use crate::command::{Command, Verb};
use crate::controller::Controller;
use crate::session::Protection;
use crate::task::Task;

impl Controller {
    /// AUTH, ADAT, PBSZ, PROT and CCC of the client.
    pub(crate) fn own_command(&mut self, command: &Command, verb: Verb) {
        let Some(client) = self.duty.client() else {
            return;
        };
        let secure = matches!(client.link, Link::Secure);
        match verb {
            Verb::Auth => self.out.reply(match client.link.was_secured() {
                true => "503 The connection to the server is secured already: go on without AUTH.",
                false => "534 TLS is done by policy: go on without AUTH.",
            }),
            Verb::Adat => self.out.reply("503 AUTH TLS needs no ADAT."),
            Verb::Pbsz if secure => self.out.reply("200 PBSZ=0"),
            Verb::Prot if secure => self.own_prot(command),
            Verb::Ccc if secure => self.own_ccc(),
            _ => {
                let word = command.word();
                self.out.reply(&format!(
                    "503 {word}: the connection to the server is not secured."
                ));
            }
        }
    }

    /// The level is the policy's, unless it leaves the choice.
    fn own_prot(&mut self, command: &Command) {
        let data = self.duty.client().map(|client| client.config.data);
        let level = match command.argument().to_ascii_uppercase().as_slice() {
            b"C" => Protection::Clear,
            b"P" => Protection::Private,
            b"S" | b"E" => return self.out.reply("536 TLS has no such level: use PROT P or PROT C."),
            _ => return self.out.reply("504 Unknown level: use PROT P or PROT C."),
        };
        if level == self.session.protection {
            return self.out.reply("200 Data connections are so already.");
        }
        match data {
            Some(DataProtection::Clear) => self.forward(command, Task::Protecting(level)),
            _ => self
                .out
                .reply("534 The protection of data connections is set by policy (SECURE_DATACONN)."),
        }
    }

    fn own_ccc(&mut self) {
        if !self.config.allow_ccc {
            return self.out.reply("534 CCC is refused by policy.");
        }
        if self.config.implicit.is_some() {
            return self.out.reply("534 CCC is refused where TLS is implicit.");
        }
        if self.session.user.is_none() {
            return self.out.reply("503 Log in before CCC.");
        }
        let bound = self.duty.client().map(|client| client.config.secure_wait);
        self.out.set_timer(bound.unwrap_or_default());
        self.ask(Step::Ccc, "CCC", None);
    }

    /// The server has answered the client's PROT; its reply has passed.
    pub(crate) fn protecting_answered(&mut self, code: u16) {
        if let Task::Protecting(level) = self.task
            && (200..300).contains(&code)
        {
            self.session.protection = level;
        }
        self.task = Task::Idle;
    }
}
