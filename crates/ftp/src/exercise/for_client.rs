//! Any bytes as a session on a client's behalf: random replies, segments, pipelined commands and injections.

use std::time::Duration;

use super::{BOUND, CLIENT, DAEMON, RESULTS, Tls, check_is_one_line};
use crate::codec::reply::ReplyReader;
use crate::{ClientConfig, Controller, DataId, DataProtection, Effect, Event, ImplicitModel};

/// What servers say to AUTH, PBSZ, PROT and a login beyond the replies of [`DAEMON`].
const SERVER: [&str; 8] = [
    "234 go",
    "334 go",
    "232 in without TLS",
    "503 early",
    "530 log in first",
    "534 policy",
    "220-many\r\n220 lines",
    "220-",
];
/// What the client of a good session says.
const GOOD: [&str; 6] = ["USER #u", "PASS #p", "CWD #", "EPSV", "STOR #f", "CCC"];
/// A reply that somebody between may put behind another; it starts nothing itself.
const INJECTED: &str = "331 injected";

/// Plays `data` as configuration and events of one session on a client's behalf.
///
/// # Panics
/// The controller broke a promise: under `SECURE_FTP REQUIRED` a byte of the client's, or a data connection, before TLS
/// or after it without leave; TLS started or stopped with a reply behind the one that agreed to it; a reply that came in
/// clear shown under TLS; unprotected data against policy; an effect after `Close`; a command that is not one clean
/// line; idleness inside a reply, or unbounded memory.
pub fn exercise_client(data: &[u8]) {
    let mut input = data.iter().copied();
    let (Some(bits), Some(more)) = (input.next(), input.next()) else {
        return;
    };
    let config = config(bits, more);
    let (controller, effects) = Controller::client(config.clone());
    let mut play = Play {
        controller,
        config,
        lines: GOOD.iter(),
        asked: Vec::new(),
        last: Vec::new(),
        auth: false,
        tls: Tls::Before,
        closed: false,
        said: ReplyReader::default(),
    };
    play.check(effects);
    let good = input.next().unwrap_or_default() % 20;
    (0..good).for_each(|_| play.good_turn());
    while let Some(kind) = input.next() {
        play.step(kind, &mut input);
    }
}

fn config(bits: u8, more: u8) -> ClientConfig {
    let bit = |n: u8| bits & (1 << n) != 0;
    let address = |text: &str| text.parse().expect("it is an address");
    ClientConfig {
        client: address("10.0.0.9:40000"),
        server: address("198.51.100.7:21"),
        daemon: address(if bit(0) {
            "[2001:db8::7]:21"
        } else {
            "198.51.100.7:21"
        }),
        implicit: match more & 7 {
            1 => Some(ImplicitModel::Zos),
            2 => Some(ImplicitModel::Netscape),
            3 => Some(ImplicitModel::Auto),
            _ => None,
        },
        require_tls: !bit(1),
        auth_ssl: bit(2),
        host: bit(3).then(|| "ftp.example".to_owned()),
        data: match more >> 3 & 3 {
            0 => DataProtection::Never,
            1 => DataProtection::Clear,
            _ => DataProtection::Private,
        },
        allow_ccc: bit(4),
        ccc_after_login: bit(4) && bit(5),
        epsv4: bit(6),
        ignore_passive_address: bit(7),
        firewall_friendly: more & 32 != 0,
        secure_wait: Duration::from_secs(30),
        implicit_detection: Duration::from_secs(1),
        abort_wait: Duration::from_secs(2),
        data_end_wait: Duration::from_secs(30),
    }
}

/// An agent that does what it is told, and watches.
struct Play {
    controller: Controller,
    config: ClientConfig,
    /// What the client of a good session says next.
    lines: std::slice::Iter<'static, &'static str>,
    asked: Vec<DataId>,
    /// The server's last command.
    last: Vec<u8>,
    /// AUTH or HOST was sent: what comes in clear from now on is for nobody.
    auth: bool,
    tls: Tls,
    closed: bool,
    /// What the client reads.
    said: ReplyReader,
}

impl Play {
    /// As sessions go: random turns alone hardly come as far as a transfer.
    fn good_turn(&mut self) {
        if matches!(self.tls, Tls::Starting | Tls::Stopping) {
            let effects = self.changed(true);
            self.check(effects);
        } else if !self.asked.is_empty() {
            self.expecting(usize::MAX);
        } else if !self.controller.is_idle() {
            self.server(self.usual(), false);
        } else if let Some(line) = self.lines.next() {
            self.client(format!("{line}\r\n").as_bytes());
        }
    }

    fn step(&mut self, kind: u8, input: &mut impl Iterator<Item = u8>) {
        let choice = usize::from(kind >> 3);
        if matches!(self.tls, Tls::Starting | Tls::Stopping) {
            // The agent reads nothing meanwhile.
            let effects = self.changed(kind != 0);
            return self.check(effects);
        }
        match kind & 7 {
            0 => {
                let line = format!("{}\r\n", CLIENT[choice % CLIENT.len()]);
                self.client(line.as_bytes());
            }
            1 => {
                let pair = [CLIENT[choice % CLIENT.len()], CLIENT[choice * 7 % CLIENT.len()]];
                self.client(format!("{}\r\n{}\r\n", pair[0], pair[1]).as_bytes());
            }
            2 => {
                let bytes = unmarked(input.take(choice));
                self.client(&bytes);
            }
            3 => self.server(SERVER[choice % SERVER.len()], choice % 3 == 0),
            4 => self.server(DAEMON[choice % DAEMON.len()], choice % 3 == 0),
            // What servers say most of the time.
            5 => self.server(self.usual(), choice % 3 == 0),
            6 => match choice {
                0 => {
                    let bytes = unmarked(input.take(8));
                    let effects = self.controller.handle(Event::Daemon(&bytes));
                    self.check(effects);
                }
                1..6 => self.inject(self.usual()),
                6..9 => self.inject(SERVER[choice % SERVER.len()]),
                _ => self.expecting(choice),
            },
            _ => self.happening(choice),
        }
    }

    /// The reply that lets the session go on.
    fn usual(&self) -> &'static str {
        match self.last.get(..4).unwrap_or_default() {
            b"" => "220 ready",
            b"AUTH" => "234 go",
            b"USER" => "331 password",
            b"PASS" => "230 in",
            b"PASV" => "227 (198,51,100,7,19,137)",
            b"EPSV" => "229 (|||5001|)",
            b"RETR" | b"STOR" | b"LIST" => "150 go",
            b"FEAT" => "211-Features\r\n AUTH TLS\r\n211 End",
            _ => "200 ok",
        }
    }

    fn client(&mut self, bytes: &[u8]) {
        if self.controller.wants_client() {
            let effects = self.controller.handle(Event::Client(bytes));
            self.check(effects);
        }
    }

    /// Whole, or byte by byte. Marked where it must not be seen under TLS.
    fn server(&mut self, reply: &str, torn: bool) {
        let mark = if self.auth && self.tls == Tls::Before {
            "%"
        } else {
            ""
        };
        let text = format!("{reply}{mark}\r\n");
        let length = if torn { 1 } else { text.len() };
        for part in text.as_bytes().chunks(length) {
            // A change begins with the last byte only.
            let effects = self.controller.handle(Event::Daemon(part));
            self.check(effects);
        }
    }

    /// A reply and what somebody put behind it, in one segment.
    fn inject(&mut self, reply: &str) {
        let text = format!("{reply}\r\n{INJECTED}\r\n");
        let effects = self.controller.handle(Event::Daemon(text.as_bytes()));
        let change = effects
            .iter()
            .find(|effect| matches!(effect, Effect::StartTls { .. } | Effect::StopTls));
        assert!(change.is_none(), "{change:?} with bytes behind {reply}");
        self.check(effects);
    }

    fn changed(&mut self, well: bool) -> Vec<Effect> {
        let (next, event) = match self.tls {
            Tls::Stopping => (Tls::Stopped, Event::TlsStopped),
            _ if well => (Tls::Up, Event::TlsEstablished),
            _ => {
                let reason = "no\r\ntrust".to_owned();
                (Tls::Before, Event::TlsFailed { reason })
            }
        };
        self.tls = next;
        self.controller.handle(event)
    }

    fn expecting(&mut self, choice: usize) {
        let Some(id) = self.asked.pop() else { return };
        let event = match choice {
            9 => Event::ExpectFailed {
                id,
                reason: "no\r\nport".to_owned(),
            },
            _ => Event::Expecting {
                id,
                advertise: "198.51.100.7:6000".parse().expect("it is an address"),
            },
        };
        let effects = self.controller.handle(event);
        self.check(effects);
    }

    fn happening(&mut self, choice: usize) {
        let event = match choice {
            0 => Event::ClientClosed,
            1 => Event::DaemonClosed,
            2..8 => Event::Timer,
            _ => Event::DataFinished {
                id: DataId(choice as u64 % 4),
                result: RESULTS[choice % RESULTS.len()],
            },
        };
        let effects = self.controller.handle(event);
        self.check(effects);
    }

    fn check(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            assert!(!self.closed, "{effect:?} after Close");
            match effect {
                Effect::ToDaemon(line) => self.check_command(&line),
                Effect::ToClient(bytes) => self.check_reply(&bytes),
                Effect::StartTls { preamble } => {
                    assert!(
                        self.tls == Tls::Before && preamble.is_empty(),
                        "TLS cannot start here"
                    );
                    self.tls = Tls::Starting;
                }
                Effect::StopTls => {
                    assert!(
                        self.config.allow_ccc && self.tls == Tls::Up,
                        "TLS must not stop here"
                    );
                    self.tls = Tls::Stopping;
                }
                Effect::Expect(id, _) => self.asked.push(id),
                Effect::OpenData { protect, .. } => self.check_protection(protect),
                Effect::Close(_) => self.closed = true,
                _ => {}
            }
        }
        assert!(
            !self.controller.is_idle() || !self.said.is_inside_reply(),
            "idle inside a reply"
        );
        let held = self.controller.buffered();
        assert!(held < BOUND, "{held} bytes held");
    }

    fn check_reply(&mut self, bytes: &[u8]) {
        assert!(bytes.ends_with(b"\n"), "half a line: {}", bytes.escape_ascii());
        assert!(
            self.tls != Tls::Up || !bytes.contains(&b'%'),
            "came in clear: {}",
            bytes.escape_ascii()
        );
        self.said.push(bytes);
        while let Ok(Some(_)) = self.said.next() {}
    }

    fn check_command(&mut self, line: &[u8]) {
        let text = check_is_one_line(line);
        let changing = matches!(self.tls, Tls::Starting | Tls::Stopping);
        assert!(!changing, "said during a change: {}", line.escape_ascii());
        let about_tls = matches!(text, b"AUTH TLS" | b"AUTH SSL" | b"HOST ftp.example");
        assert!(
            about_tls || self.tls != Tls::Before || !self.config.require_tls,
            "before TLS: {}",
            line.escape_ascii()
        );
        self.auth |= about_tls;
        self.last = text.to_vec();
    }

    fn check_protection(&self, protect: bool) {
        let required = self.config.require_tls && self.tls == Tls::Before;
        assert!(!required, "a data connection before TLS");
        match self.config.data {
            DataProtection::Private => assert!(protect, "data in clear against policy"),
            DataProtection::Never => assert!(!protect, "data protected against policy"),
            DataProtection::Clear => {}
        }
    }
}

/// Random bytes without the mark.
fn unmarked(bytes: impl Iterator<Item = u8>) -> Vec<u8> {
    bytes.map(|byte| if byte == b'%' { b'x' } else { byte }).collect()
}
