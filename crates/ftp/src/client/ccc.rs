//! CCC towards the server: back to clear, for firewalls that must read PORT and 227 (RFC 4217 section 6).

use super::Link;
use super::securing::{Securing, Step};
use crate::codec::late_alert::LateAlert;
use crate::codec::reply::{Reply, ReplyReader};
use crate::controller::Controller;
use crate::task::Task;
use crate::{CloseReason, Effect};

impl Controller {
    /// Logged in: what had to wait for that, before the client hears of it.
    pub(crate) fn after_login(&mut self, reply: Reply) {
        let wait = self.duty.client().map(|client| client.config.secure_wait);
        self.out.set_timer(wait.unwrap_or_default());
        let pending = self.duty.client().is_some_and(|client| client.protection_pending);
        match pending {
            true => self.ask_pbsz(Some(reply)),
            false => {
                self.task = Task::Securing(Securing {
                    step: Step::Ccc,
                    held: Some(reply),
                });
                self.clear_or_go_on();
            }
        }
    }

    /// Sends CCC where policy wants it after login, else gives the client its reply.
    pub(crate) fn clear_or_go_on(&mut self) {
        let Some(client) = self.duty.client_mut() else {
            return;
        };
        let wanted = client.config.ccc_after_login && !client.ccc_done && matches!(client.link, Link::Secure);
        if !wanted {
            return self.settled();
        }
        client.ccc_done = true;
        let held = self.take_held();
        self.ask(Step::Ccc, "CCC", held);
    }

    /// The server has answered CCC. Its refusal costs no protection: the session goes on under TLS, and the client's
    /// reply to its own CCC is the refusal.
    pub(crate) fn ccc_answered(&mut self, reply: Reply) {
        let held = self.take_held();
        if !reply.is_success() {
            self.task = Task::Securing(Securing {
                step: Step::Ccc,
                held: held.or(Some(reply)),
            });
            return self.settled();
        }
        if self.replies.held() > 0 {
            let why = "Replies behind the one to CCC under TLS are refused";
            return self.refuse_session(why, CloseReason::BytesBehindCcc);
        }
        if let Some(client) = self.duty.client_mut() {
            client.link = Link::Stopping;
        }
        self.task = Task::Securing(Securing {
            step: Step::Stopping,
            held: held.or(Some(reply)),
        });
        self.out.push(Effect::StopTls);
    }

    /// TLS with the server has ended as agreed. A firewall that reads along takes a line for one only where it has seen
    /// the end of the line before, and would overlook a PORT or a 227 right behind TLS: NOOP goes first.
    pub(crate) fn link_cleared(&mut self) {
        let Some(client) = self.duty.client_mut() else {
            return;
        };
        if matches!(client.link, Link::Stopping) {
            client.link = Link::Cleared(LateAlert::default());
            self.replies = ReplyReader::default();
            let held = self.take_held();
            self.ask(Step::Noop, "NOOP", held);
        }
    }
}
