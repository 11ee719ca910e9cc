//! From the connection to the client's sight of the greeting (RFC 4217 section 3 and 12.1).

use super::securing::{Securing, Step};
use super::{DataProtection, Link};
use crate::codec::reply::{Reply, ReplyReader};
use crate::controller::Controller;
use crate::session::{Protection, Session};
use crate::task::Task;
use crate::{CloseReason, Effect, ImplicitModel};

/// Longest part of a server's refusal that is quoted to the client.
const QUOTE: usize = 200;

impl Controller {
    /// First things first: whoever connected, the client speaks when the server is secured.
    pub(crate) fn begin_for_client(&mut self) {
        let Some(client) = self.duty.client() else {
            return;
        };
        let (implicit, detection, bound) = (
            client.config.implicit,
            client.config.implicit_detection,
            client.config.secure_wait,
        );
        match implicit {
            Some(ImplicitModel::Netscape) => {
                self.out.set_timer(bound);
                self.start_link(None);
            }
            Some(ImplicitModel::Auto) => {
                self.out.set_timer(detection);
                self.task = Task::Securing(Securing::at(Step::Detecting));
            }
            Some(ImplicitModel::Zos) | None => {
                self.out.set_timer(bound);
                self.task = Task::Securing(Securing::at(Step::Greeting));
            }
        }
    }

    /// One whole reply of the server in a dialogue that the client does not see.
    pub(crate) fn securing_reply(&mut self, reply: Reply) {
        let Task::Securing(securing) = &mut self.task else {
            return;
        };
        if securing.step == Step::Detecting {
            // It greets in clear.
            securing.step = Step::Greeting;
            let bound = self.duty.client().map(|client| client.config.secure_wait);
            self.out.set_timer(bound.unwrap_or_default());
        }
        if reply.is_preliminary() {
            // 120: the greeting comes later.
            return;
        }
        if reply.code == 421 {
            return self.fail_securing(&format!("the server closes: {}", quote(&reply)));
        }
        match securing.step {
            Step::Greeting => self.greeted(reply),
            Step::Host => self.host_answered(&reply),
            Step::AuthTls | Step::AuthSsl => self.auth_answered(&reply),
            Step::Pbsz => self.pbsz_answered(&reply),
            Step::Prot(level) => self.prot_answered(level, &reply),
            Step::Ccc => self.ccc_answered(reply),
            // Whatever the server thinks of NOOP, a line has passed each way.
            Step::Noop => self.settled(),
            Step::Detecting | Step::Handshake | Step::Stopping => {}
        }
    }

    /// The server's greeting, in clear or (implicit, already secured) under TLS.
    fn greeted(&mut self, reply: Reply) {
        let Some(client) = self.duty.client() else {
            return;
        };
        let secure = client.link.was_secured();
        let (implicit, required, host) = (
            client.config.implicit.is_some(),
            client.config.require_tls,
            client.config.host.clone(),
        );
        if !reply.is_success() {
            return self.fail_securing(&format!("the server refuses the session: {}", quote(&reply)));
        }
        if reply.code != 220 && !secure && (required || implicit) {
            // A login before TLS is what somebody between would say to have none.
            return self.fail_securing(&format!("the server skips TLS: {}", quote(&reply)));
        }
        if secure {
            return self.ask_pbsz(Some(reply));
        }
        if implicit {
            return self.start_link(Some(reply));
        }
        match host {
            Some(host) => self.ask(Step::Host, &format!("HOST {host}"), Some(reply)),
            None => self.ask(Step::AuthTls, "AUTH TLS", Some(reply)),
        }
    }

    fn host_answered(&mut self, reply: &Reply) {
        if reply.code == 504 {
            return self.fail_securing(&format!("the server has no such host: {}", quote(reply)));
        }
        let held = self.take_held();
        self.ask(Step::AuthTls, "AUTH TLS", held);
    }

    fn auth_answered(&mut self, reply: &Reply) {
        let Task::Securing(Securing { step, .. }) = &self.task else {
            return;
        };
        let first = *step == Step::AuthTls;
        let Some(client) = self.duty.client() else {
            return;
        };
        let (required, auth_ssl) = (client.config.require_tls, client.config.auth_ssl);
        // 334 is wrong for TLS, but some servers mean 234.
        if matches!(reply.code, 234 | 334) {
            let held = self.take_held();
            return self.start_link(held);
        }
        let said = quote(reply);
        if first && auth_ssl {
            let held = self.take_held();
            return self.ask(Step::AuthSsl, "AUTH SSL", held);
        }
        if required {
            let why = format!("the server refuses AUTH, and SECURE_FTP is REQUIRED: {said}");
            return self.fail_securing(&why);
        }
        self.settled();
    }

    fn pbsz_answered(&mut self, reply: &Reply) {
        if self.is_too_early(reply.code) {
            return self.protect_later();
        }
        // Whether PROT will do is seen at PROT.
        let held = self.take_held();
        self.ask_prot(held);
    }

    fn prot_answered(&mut self, level: Protection, reply: &Reply) {
        if reply.is_success() {
            self.session.protection = level;
            return self.protected();
        }
        if self.is_too_early(reply.code) {
            return self.protect_later();
        }
        match level {
            // RFC 4217 section 13: where TLS is implicit, so is PROT P; some servers do not let it be said.
            Protection::Private if self.config.implicit.is_some() => {
                self.session.protection = level;
                self.protected();
            }
            Protection::Private => {
                let why = format!("the server refuses PROT P: {}", quote(reply));
                self.fail_securing(&why);
            }
            Protection::Clear => self.protected(),
        }
    }

    /// A refusal that a login may change; it is believed once.
    fn is_too_early(&self, code: u16) -> bool {
        let pending = self.duty.client().is_some_and(|client| client.protection_pending);
        matches!(code, 503 | 530) && !pending && self.session.user.is_none()
    }

    fn protect_later(&mut self) {
        if let Some(client) = self.duty.client_mut() {
            client.protection_pending = true;
        }
        self.settled();
    }

    fn protected(&mut self) {
        if let Some(client) = self.duty.client_mut() {
            client.protection_pending = false;
        }
        match self.session.user.is_some() {
            true => self.clear_or_go_on(),
            false => self.settled(),
        }
    }

    /// PBSZ is about to be asked; `held` is what the client gets at the end.
    pub(crate) fn ask_pbsz(&mut self, held: Option<Reply>) {
        self.ask(Step::Pbsz, "PBSZ 0", held);
    }

    fn ask_prot(&mut self, held: Option<Reply>) {
        let private = self
            .duty
            .client()
            .is_some_and(|client| client.config.data == DataProtection::Private);
        match private {
            true => self.ask(Step::Prot(Protection::Private), "PROT P", held),
            false => self.ask(Step::Prot(Protection::Clear), "PROT C", held),
        }
    }

    pub(crate) fn ask(&mut self, step: Step, command: &str, held: Option<Reply>) {
        self.out.command(command.as_bytes());
        self.task = Task::Securing(Securing { step, held });
    }

    pub(crate) fn take_held(&mut self) -> Option<Reply> {
        match &mut self.task {
            Task::Securing(securing) => securing.held.take(),
            _ => None,
        }
    }

    /// Leaves the clear state; what the server sent behind its last reply belongs to nobody.
    fn start_link(&mut self, held: Option<Reply>) {
        if self.replies.held() > 0 {
            let why = "bytes in clear behind the server's reply to AUTH: possible injection";
            return self.fail_securing_for(why, CloseReason::BytesBehindAuth);
        }
        if let Some(client) = self.duty.client_mut() {
            client.link = Link::Starting;
        }
        self.task = Task::Securing(Securing {
            step: Step::Handshake,
            held,
        });
        self.out.push(Effect::StartTls { preamble: Vec::new() });
    }

    /// The handshake with the server succeeded.
    pub(crate) fn link_established(&mut self) {
        let Some(client) = self.duty.client_mut() else {
            return;
        };
        if !matches!(client.link, Link::Starting) {
            return;
        }
        client.link = Link::Secure;
        self.replies = ReplyReader::default();
        self.session = Session::new(Protection::Clear);
        match self.take_held() {
            Some(greeting) => self.ask_pbsz(Some(greeting)),
            None => self.task = Task::Securing(Securing::at(Step::Greeting)),
        }
    }

    /// The handshake with the server failed: `why` is for the client's user.
    pub(crate) fn tls_failed(&mut self, why: &str) {
        let why: String = why
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        self.fail_securing_for(&why, CloseReason::ServerNotSecured);
    }

    /// The dialogue is over: the client gets what it waits for.
    pub(crate) fn settled(&mut self) {
        self.out.clear_timer();
        let held = self.take_held();
        self.task = Task::Idle;
        if let Some(reply) = held {
            self.out.pass(&reply.bytes);
        }
    }

    /// The bound of a dialogue, or of its part, has passed.
    pub(crate) fn securing_overdue(&mut self) {
        let Task::Securing(securing) = &self.task else {
            return;
        };
        if securing.step == Step::Detecting {
            let bound = self.duty.client().map(|client| client.config.secure_wait);
            self.out.set_timer(bound.unwrap_or_default());
            return self.start_link(None);
        }
        self.fail_securing("the server does not answer in time");
    }

    /// Fails closed.
    pub(crate) fn fail_securing(&mut self, why: &str) {
        self.fail_securing_for(why, CloseReason::ServerNotSecured);
    }

    fn fail_securing_for(&mut self, why: &str, reason: CloseReason) {
        self.out.clear_timer();
        self.refuse_session(&format!("No secure session with the FTP server: {why}"), reason);
    }
}

/// The last line of a reply, fit for the middle of ours.
pub(crate) fn quote(reply: &Reply) -> String {
    let text = String::from_utf8_lossy(&reply.bytes);
    let last = text.lines().last().unwrap_or_default();
    last.chars()
        .filter(|c| !c.is_control())
        .take(QUOTE)
        .collect::<String>()
        .trim_end_matches('.')
        .to_owned()
}
