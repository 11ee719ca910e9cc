//! Command lines: which word, and who handles it.

pub(crate) mod abort;
pub(crate) mod active;
mod auth;
mod ccc;
mod features;
pub(crate) mod fence;
pub(crate) mod giving_up;
pub(crate) mod login;
pub(crate) mod passive;
mod protection;
mod refused;
pub(crate) mod transfer;

use crate::channel::Channel;
use crate::controller::Controller;
use crate::task::Task;
use crate::{CloseReason, DataDirection};

/// Commands refused before AUTH until the session ends: enough for any client that tries, few for one that guesses.
const MAX_STRIKES: u32 = 20;

/// One command line, its word recognised.
#[derive(Debug)]
pub(crate) struct Command {
    /// The line as it is forwarded: no leading blanks, no Telnet commands, no line end.
    pub(crate) line: Vec<u8>,
    word: usize,
}

/// What a command word means to this controller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    /// AUTH (RFC 4217).
    Auth,
    /// ADAT: TLS exchanges no such data.
    Adat,
    /// PBSZ.
    Pbsz,
    /// PROT.
    Prot,
    /// CCC.
    Ccc,
    /// Known, but not offered: it would go round the protection or cannot work under TLS.
    Refused,
    /// FEAT (RFC 2389).
    Feat,
    /// USER.
    User,
    /// PASS, ACCT.
    Secret,
    /// PASV, and the spelling P@SW of clients behind some firewalls.
    Pasv,
    /// EPSV (RFC 2428).
    Epsv,
    /// PORT.
    Port,
    /// EPRT (RFC 2428).
    Eprt,
    /// A command with a data connection.
    Transfer(DataDirection),
    /// ABOR.
    Abor,
    /// STAT.
    Stat,
    /// QUIT.
    Quit,
    /// Harmless before AUTH.
    Harmless,
    /// The method of an HTTP request.
    Http,
    /// Bytes that no command line may have.
    Malformed,
    /// Anything else: the daemon's business.
    Other,
}

impl Command {
    /// Recognises the word. Leading blanks go, so that no daemon sees a word that this crate did not.
    pub(crate) fn parse(line: &[u8]) -> Self {
        let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
        let start = line.iter().position(|byte| !is_blank(byte)).unwrap_or(line.len());
        let line = line[start..].to_vec();
        let word = line.iter().position(is_blank).unwrap_or(line.len());
        Self { line, word }
    }

    /// Control characters, and anything but printable ASCII in the word: some daemons take VT, FF or a byte of their
    /// locale as blank, and would read another word than this crate does.
    fn is_malformed(&self) -> bool {
        let (word, rest) = self.line.split_at(self.word);
        !word.iter().all(u8::is_ascii_graphic) || rest.iter().any(|&byte| byte < b' ' && byte != b'\t')
    }

    /// The word's meaning.
    pub(crate) fn verb(&self) -> Verb {
        if self.is_malformed() {
            return Verb::Malformed;
        }
        match self.line[..self.word].to_ascii_uppercase().as_slice() {
            b"AUTH" => Verb::Auth,
            b"ADAT" => Verb::Adat,
            b"PBSZ" => Verb::Pbsz,
            b"PROT" => Verb::Prot,
            b"CCC" => Verb::Ccc,
            b"MIC" | b"CONF" | b"ENC" | b"SSCN" | b"CPSV" | b"LPRT" | b"LPSV" | b"SPSV" | b"REIN" => {
                Verb::Refused
            }
            b"FEAT" => Verb::Feat,
            b"USER" => Verb::User,
            b"PASS" | b"ACCT" => Verb::Secret,
            b"PASV" | b"P@SW" => Verb::Pasv,
            b"EPSV" => Verb::Epsv,
            b"PORT" => Verb::Port,
            b"EPRT" => Verb::Eprt,
            b"STOR" | b"APPE" | b"STOU" => Verb::Transfer(DataDirection::Upload),
            b"RETR" | b"LIST" | b"NLST" | b"MLSD" => Verb::Transfer(DataDirection::Download),
            b"ABOR" => Verb::Abor,
            b"STAT" => Verb::Stat,
            b"QUIT" => Verb::Quit,
            b"HOST" | b"NOOP" | b"HELP" | b"SYST" | b"CLNT" | b"OPTS" => Verb::Harmless,
            b"GET" | b"POST" | b"PUT" | b"HEAD" | b"OPTIONS" | b"CONNECT" | b"DELETE" => Verb::Http,
            _ => Verb::Other,
        }
    }

    /// OPTS may change how the daemon answers. Clients send `OPTS UTF8` early, and its effect is none that matters.
    fn is_option_other_than_utf8(&self) -> bool {
        let option = self.argument().to_ascii_uppercase();
        let option = option.split(u8::is_ascii_whitespace).next();
        self.word() == "OPTS" && !matches!(option, Some(b"UTF8" | b"UTF-8"))
    }

    /// The word in capitals, for replies.
    pub(crate) fn word(&self) -> String {
        String::from_utf8_lossy(&self.line[..self.word]).to_ascii_uppercase()
    }

    /// What follows the word, without blanks around it.
    pub(crate) fn argument(&self) -> &[u8] {
        self.line[self.word..].trim_ascii()
    }
}

impl Controller {
    /// Handles one command line, whose turn has come.
    pub(crate) fn command_line(&mut self, line: &[u8]) {
        let command = Command::parse(line);
        if command.line.is_empty() {
            return self.out.reply("500 No command given.");
        }
        if matches!(self.task, Task::Transfer(_)) {
            return self.command_during_transfer(&command);
        }
        match command.verb() {
            Verb::Malformed => self
                .out
                .reply("501 Control characters are not allowed in commands."),
            Verb::Http => self.refuse_session("This is an FTP server", CloseReason::HttpRequest),
            verb @ (Verb::Auth | Verb::Adat | Verb::Pbsz | Verb::Prot | Verb::Ccc)
                if self.duty.client().is_some() =>
            {
                self.own_command(&command, verb);
            }
            Verb::Auth => self.auth(&command),
            Verb::Adat => self.out.reply("503 AUTH TLS needs no ADAT."),
            Verb::Pbsz => self.pbsz(&command),
            Verb::Prot => self.prot(&command),
            Verb::Ccc => self.ccc(),
            Verb::Refused => self.refused(&command),
            verb if !self.is_permitted(verb) => self.refuse_in_clear(),
            verb => {
                self.note_in_clear(&command, verb);
                self.carry_out(&command, verb);
            }
        }
    }

    /// Handles a command that is the daemon's business, or concerns it.
    fn carry_out(&mut self, command: &Command, verb: Verb) {
        match verb {
            Verb::Feat => self.features(command),
            Verb::User => self.user_name(command),
            Verb::Secret => self.secret(command),
            Verb::Pasv => self.pasv(command),
            Verb::Epsv => self.epsv(command),
            Verb::Port => self.port(command),
            Verb::Eprt => self.eprt(command),
            Verb::Transfer(direction) => self.transfer(command, direction),
            Verb::Quit => self.forward(command, Task::Quitting),
            _ => self.forward(command, Task::Forwarded),
        }
    }

    /// Sends the line to the daemon as it is; `task` takes the replies.
    pub(crate) fn forward(&mut self, command: &Command, task: Task) {
        self.out.command(&command.line);
        self.task = task;
    }

    /// What a stranger put before AUTH must not have effect behind it.
    fn note_in_clear(&mut self, command: &Command, verb: Verb) {
        let lasts = match verb {
            Verb::Feat | Verb::Quit => false,
            Verb::Harmless => command.is_option_other_than_utf8(),
            _ => true,
        };
        if lasts && matches!(self.channel, Channel::Clear(_)) && self.session.in_clear.is_none() {
            self.session.in_clear = Some(command.word());
        }
    }

    fn refuse_in_clear(&mut self) {
        self.strikes += 1;
        if self.strikes > MAX_STRIKES {
            return self.refuse_session("Too many commands before AUTH", CloseReason::TooManyRefusals);
        }
        self.out.reply("530 Log in with TLS first: send AUTH TLS.");
    }

    /// `SECURE_FTP REQUIRED`: before AUTH only what tells and risks nothing.
    fn is_permitted(&self, verb: Verb) -> bool {
        let clear = matches!(self.channel, Channel::Clear(_));
        !(clear && self.config.require_auth) || matches!(verb, Verb::Feat | Verb::Harmless | Verb::Quit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_in_any_case_and_behind_blanks() {
        for line in ["pasv", " PASV", "\tPaSv\t", "P@SW"] {
            assert_eq!(Command::parse(line.as_bytes()).verb(), Verb::Pasv, "{line:?}");
        }
        let command = Command::parse(b"\tPort\t1,2,3,4,5,6 ");
        assert_eq!(
            (command.verb(), command.argument()),
            (Verb::Port, &b"1,2,3,4,5,6"[..])
        );
    }
}
