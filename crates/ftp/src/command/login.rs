//! USER, PASS and ACCT: who is logged in.

use super::Command;
use crate::codec::reply::Reply;
use crate::controller::Controller;
use crate::task::Task;

/// Which credential the daemon is looking at.
#[derive(Debug)]
pub(crate) enum Credential {
    /// USER with this name.
    User(String),
    /// PASS or ACCT.
    Secret,
}

impl Controller {
    /// Passes USER on.
    pub(crate) fn user_name(&mut self, command: &Command) {
        let name = String::from_utf8_lossy(command.argument()).into_owned();
        self.forward(command, Task::Login(Credential::User(name)));
    }

    /// Passes PASS or ACCT on.
    pub(crate) fn secret(&mut self, command: &Command) {
        self.forward(command, Task::Login(Credential::Secret));
    }

    /// The server has answered a credential, and something must be settled with it before a client that is logged in may
    /// go on.
    pub(crate) fn login_reply(&mut self, reply: Reply) {
        if reply.is_preliminary() {
            return self.out.pass(&reply.bytes);
        }
        let logged_in = matches!(reply.code, 230 | 232);
        self.login_answered(reply.code);
        match logged_in {
            true => self.after_login(reply),
            false => self.out.pass(&reply.bytes),
        }
    }

    /// The daemon has answered a credential; its reply has passed.
    pub(crate) fn login_answered(&mut self, code: u16) {
        let Task::Login(credential) = std::mem::replace(&mut self.task, Task::Idle) else {
            return;
        };
        let logged_in = matches!(code, 230 | 232);
        match credential {
            Credential::User(name) if logged_in => self.session.user = Some(name),
            Credential::User(name) if (300..400).contains(&code) => {
                self.session.user = None;
                self.session.pending_user = Some(name);
            }
            Credential::Secret if logged_in => {
                // `or`: some daemons repeat 230 to a PASS that they did not need.
                self.session.user = self
                    .session
                    .pending_user
                    .take()
                    .or_else(|| self.session.user.take());
            }
            Credential::User(_) | Credential::Secret => {}
        }
    }
}
