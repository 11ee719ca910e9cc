//! Any bytes as a session, for fuzzers and property tests.

mod for_client;

use std::time::Duration;

use crate::codec::reply::ReplyReader;
use crate::{Controller, ControllerConfig, DataId, DataResult, Effect, Event, ImplicitModel};

pub use for_client::exercise_client;

/// Lines that reach further into the controller than random bytes do.
const CLIENT: [&str; 24] = [
    "AUTH TLS",
    "AUTH SSL",
    "PBSZ 0",
    "PROT P",
    "PROT C",
    "CCC",
    "USER #u",
    "PASS #p",
    "FEAT",
    "PASV",
    "EPSV",
    "EPSV ALL",
    "PORT 203,0,113,9,19,137",
    "EPRT |1|203.0.113.9|5001|",
    "RETR #f",
    "STOR #f",
    "LIST",
    "ABOR",
    "STAT",
    "QUIT",
    "NOOP",
    "\u{16}\u{3}\u{1}",
    "#",
    "CWD #",
];
const DAEMON: [&str; 20] = [
    "220 ready",
    "230 in",
    "331 password",
    "200 ok",
    "150 go",
    "226 done",
    "226-done",
    "426 broken",
    "425 no",
    "550 no",
    "227 (127,0,0,1,19,137)",
    "229 (|||5001|)",
    "500 what",
    "211-Features",
    " AUTH TLS",
    "211 End",
    "421 bye",
    "221 bye",
    "120 wait",
    "?",
];
const RESULTS: [DataResult; 7] = [
    DataResult::Complete,
    DataResult::TlsFailed,
    DataResult::NotResumed,
    DataResult::Truncated,
    DataResult::Aborted,
    DataResult::DaemonBroke,
    DataResult::NotConnected,
];
/// More than a controller may ever hold, one chunk included.
const BOUND: usize = 256 * 1024;

/// Plays `data` as configuration and events of one session.
///
/// # Panics
/// The controller broke a promise: an effect after `Close`, a command to the daemon that is not one clean line,
/// bytes received in clear in a command under TLS, idleness inside a reply, or unbounded memory.
pub fn exercise(data: &[u8]) {
    let mut input = data.iter().copied();
    let Some(bits) = input.next() else { return };
    let (controller, effects) = Controller::server(config(bits));
    let mut play = Play {
        controller,
        asked: Vec::new(),
        tls: Tls::Before,
        closed: false,
        said: ReplyReader::default(),
    };
    play.check(effects);
    while let Some(kind) = input.next() {
        play.step(kind, &mut input);
    }
}

fn config(bits: u8) -> ControllerConfig {
    let bit = |n: u8| bits & (1 << n) != 0;
    ControllerConfig {
        client: if bit(0) {
            "[2001:db8::9]:40000"
        } else {
            "203.0.113.9:40000"
        }
        .parse()
        .expect("it is an address"),
        server: "198.51.100.7:21".parse().expect("it is an address"),
        daemon: if bit(1) { "[::1]:2121" } else { "127.0.0.1:2121" }
            .parse()
            .expect("it is an address"),
        implicit: match bits >> 2 & 3 {
            1 => Some(ImplicitModel::Zos),
            2 => Some(ImplicitModel::Netscape),
            3 => Some(ImplicitModel::Auto),
            _ => None,
        },
        require_auth: bit(4),
        allow_ccc: bit(5),
        require_data_protection: bit(6),
        refuse_data_protection: false,
        port_reject: false,
        port_nolowports: bit(7),
        port_noredirect: bit(7),
        implicit_detection: Duration::from_secs(1),
        abort_wait: Duration::from_secs(2),
        data_end_wait: Duration::from_secs(30),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Tls {
    Before,
    Starting,
    Up,
    Stopping,
    Stopped,
}

/// An agent that does what it is told, and watches.
struct Play {
    controller: Controller,
    asked: Vec<DataId>,
    tls: Tls,
    closed: bool,
    /// What the client reads.
    said: ReplyReader,
}

impl Play {
    fn step(&mut self, kind: u8, input: &mut impl Iterator<Item = u8>) {
        let choice = usize::from(kind >> 3);
        let effects = match kind & 7 {
            0 | 1 => {
                let line = format!("{}\r\n", CLIENT[choice % CLIENT.len()]);
                self.client(line.as_bytes())
            }
            2 => {
                let bytes: Vec<u8> = input.take(choice).collect();
                self.client(&bytes)
            }
            3 | 4 => {
                let line = format!("{}\r\n", DAEMON[choice % DAEMON.len()]);
                self.controller.handle(Event::Daemon(line.as_bytes()))
            }
            // Raw bytes of a daemon end most sessions; few of them do.
            5 if choice > 1 => self.agent(),
            5 => {
                let bytes: Vec<u8> = input.take(8).collect();
                self.controller.handle(Event::Daemon(&bytes))
            }
            6 => self.agent(),
            _ => self.happening(choice),
        };
        self.check(effects);
    }

    /// Marks are only in bytes that come in clear before TLS.
    fn client(&mut self, bytes: &[u8]) -> Vec<Effect> {
        if !self.controller.wants_client() {
            return Vec::new();
        }
        if self.tls == Tls::Before {
            return self.controller.handle(Event::Client(bytes));
        }
        let unmarked: Vec<u8> = bytes
            .iter()
            .map(|&byte| if byte == b'#' { b'x' } else { byte })
            .collect();
        self.controller.handle(Event::Client(&unmarked))
    }

    /// Reports what the agent was told to do.
    fn agent(&mut self) -> Vec<Effect> {
        match self.tls {
            Tls::Starting => {
                self.tls = Tls::Up;
                self.controller.handle(Event::TlsEstablished)
            }
            Tls::Stopping => {
                self.tls = Tls::Stopped;
                self.controller.handle(Event::TlsStopped)
            }
            _ => match self.asked.pop() {
                Some(id) => {
                    let advertise = "198.51.100.7:6000".parse().expect("it is an address");
                    self.controller.handle(Event::Expecting { id, advertise })
                }
                None => Vec::new(),
            },
        }
    }

    fn happening(&mut self, choice: usize) -> Vec<Effect> {
        let event = match choice {
            0 => Event::ClientClosed,
            1 => Event::DaemonClosed,
            2 => match self.asked.pop() {
                Some(id) => Event::ExpectFailed {
                    id,
                    reason: "no\r\nport".to_owned(),
                },
                None => Event::Timer,
            },
            3..12 => Event::Timer,
            _ => {
                let id = DataId(choice as u64 % 4);
                Event::DataFinished {
                    id,
                    result: RESULTS[choice % RESULTS.len()],
                }
            }
        };
        self.controller.handle(event)
    }

    fn check(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            assert!(!self.closed, "{effect:?} after Close");
            match effect {
                Effect::ToDaemon(line) => self.check_command(&line),
                Effect::ToClient(bytes) => {
                    assert!(bytes.ends_with(b"\n"), "half a line: {}", bytes.escape_ascii());
                    assert!(
                        !matches!(self.tls, Tls::Starting | Tls::Stopping),
                        "written during a transition"
                    );
                    self.said.push(&bytes);
                    while let Ok(Some(_)) = self.said.next() {}
                }
                Effect::StartTls { .. } => self.tls = Tls::Starting,
                Effect::StopTls => self.tls = Tls::Stopping,
                Effect::Expect(id, _) => self.asked.push(id),
                Effect::Close(_) => self.closed = true,
                _ => {}
            }
        }
        assert!(
            !self.controller.is_idle() || !self.said.is_inside_reply(),
            "idle inside a reply"
        );
        assert!(
            self.controller.buffered() < BOUND,
            "{} bytes held",
            self.controller.buffered()
        );
    }

    fn check_command(&self, line: &[u8]) {
        let text = check_is_one_line(line);
        let marked = text.contains(&b'#');
        assert!(
            !marked || self.tls == Tls::Before,
            "from before TLS: {}",
            line.escape_ascii()
        );
    }
}

/// A command to the daemon without its line end.
fn check_is_one_line(line: &[u8]) -> &[u8] {
    let text = line.strip_suffix(b"\r\n").expect("commands end with CRLF");
    let clean = !text.iter().any(|&byte| byte < b' ' && byte != b'\t');
    assert!(clean && !text.is_empty(), "not one line: {}", line.escape_ascii());
    text
}
