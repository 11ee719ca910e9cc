//! AUTH (RFC 4217 section 4).

use super::Command;
use crate::CloseReason;
use crate::channel::Channel;
use crate::codec::tls_record::looks_like_client_hello;
use crate::controller::Controller;
use crate::session::Protection;

impl Controller {
    /// Accepts AUTH once, before any command whose effect lasts, with nothing but a ClientHello behind it.
    pub(crate) fn auth(&mut self, command: &Command) {
        if self.config.implicit.is_some() {
            return self
                .out
                .reply("503 TLS is implicit on this port, AUTH is not needed.");
        }
        let Channel::Clear(lines) = &self.channel else {
            let cleared = matches!(self.channel, Channel::Cleared(..));
            return self.out.reply(match cleared {
                true => "534 AUTH is not accepted after CCC.",
                false => "503 The control connection is already secure.",
            });
        };
        let level = match command.argument().to_ascii_uppercase().as_slice() {
            b"" => return self.out.reply("501 AUTH needs a mechanism: TLS."),
            b"TLS" | b"TLS-C" => Protection::Clear,
            b"SSL" | b"TLS-P" if self.config.refuse_data_protection => Protection::Clear,
            b"SSL" | b"TLS-P" => Protection::Private,
            _ => return self.out.reply("504 Unknown mechanism: use AUTH TLS."),
        };
        if let Some(word) = &self.session.in_clear {
            return self
                .out
                .reply(&format!("534 AUTH is not accepted after {word}: connect again."));
        }
        let preamble = lines.rest().to_vec();
        if !preamble.is_empty() && !looks_like_client_hello(&preamble) {
            let why = "Commands behind AUTH in clear are refused: possible injection";
            return self.refuse_session(why, CloseReason::BytesBehindAuth);
        }
        self.out.reply("234 AUTH accepted, starting TLS.");
        self.start_tls(preamble, level);
    }
}
