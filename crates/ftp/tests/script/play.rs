//! Plays a script against a controller.
//!
//! One step a line. Input, each followed by all effects that it must have, in order and no others:
//!
//! ```text
//! C> text         the client sends text and CRLF (\r \n \0 \xNN \\ are understood; a trailing \ leaves CRLF out)
//! D> text         the daemon sends text and CRLF
//! ! client closed | daemon closed | tls established | tls stopped | tls failed REASON | timer
//! ! expecting ID ADDRESS:PORT | expect failed ID REASON | data ID RESULT
//! ```
//!
//! Effects:
//!
//! ```text
//! C< text         written to the client; consecutive lines are one write
//! D< text         written to the daemon
//! = start tls PREAMBLE | stop tls | passive ID ADDRESS | active ID ADDRESS | converted ID CLIENT DAEMON | cancel ID
//! = open ID clear|protected up|down | abort ID | timer SECONDS | no timer | close REASON
//! ```

use std::time::Duration;

use ttls_ftp::{
    Controller, ControllerConfig, DataDirection, DataId, DataResult, Effect, Event, Expectation,
    ImplicitModel,
};

/// An IPv4 client of an IPv4 daemon; the safe defaults of the policy.
pub(crate) fn config() -> ControllerConfig {
    ControllerConfig {
        client: "203.0.113.9:40000".parse().unwrap(),
        server: "198.51.100.7:21".parse().unwrap(),
        daemon: "127.0.0.1:2121".parse().unwrap(),
        implicit: None,
        require_auth: true,
        allow_ccc: false,
        require_data_protection: true,
        refuse_data_protection: false,
        port_reject: false,
        port_nolowports: true,
        port_noredirect: true,
        implicit_detection: Duration::from_secs(1),
        abort_wait: Duration::from_secs(2),
        data_end_wait: Duration::from_secs(30),
    }
}

/// [`config`], changed.
pub(crate) fn with(change: impl FnOnce(&mut ControllerConfig)) -> ControllerConfig {
    let mut config = config();
    change(&mut config);
    config
}

/// [`config`] on the port where TLS is implicit.
pub(crate) fn implicit(model: ImplicitModel) -> ControllerConfig {
    with(|config| config.implicit = Some(model))
}

/// The greeting in clear.
pub(crate) const GREETED: &str = "
    D> 220 ready
    C< 220 ready
";

/// Greeting and AUTH TLS.
pub(crate) const SECURED: &str = "
    D> 220 ready
    C< 220 ready
    C> AUTH TLS
    C< 234 AUTH accepted, starting TLS.
    = start tls
    ! tls established
";

/// Greeting, AUTH TLS, login, PBSZ and PROT P.
pub(crate) const LOGGED_IN: &str = "
    D> 220 ready
    C< 220 ready
    C> AUTH TLS
    C< 234 AUTH accepted, starting TLS.
    = start tls
    ! tls established
    C> USER mary
    D< USER mary
    D> 331 password
    C< 331 password
    C> PASS x
    D< PASS x
    D> 230 welcome
    C< 230 welcome
    C> PBSZ 0
    C< 200 PBSZ=0
    C> PROT P
    C< 200 Data connections will be protected.
";

/// EPSV, announced as 1.
pub(crate) const EPSV: &str = "
    C> EPSV
    D< EPSV
    D> 229 Entering Extended Passive Mode (|||5001|)
    = passive 1 127.0.0.1:5001
    ! expecting 1 198.51.100.7:5001
    C< 229 Entering Extended Passive Mode (|||5001|)
";

/// RETR, its data connection open.
pub(crate) const DOWNLOADING: &str = "
    C> RETR f
    D< RETR f
    D> 150 opening
    C< 150 opening
    = open 1 protected down
";

/// Plays the scripts one after the other; panics with the script and its line where the effects differ.
pub(crate) fn play(config: ControllerConfig, scripts: &[&str]) -> Controller {
    play_with(Controller::server(config), scripts)
}

/// The same with a controller of either kind and its first effects.
pub(crate) fn play_with((mut controller, first): (Controller, Vec<Effect>), scripts: &[&str]) -> Controller {
    let script = scripts.concat();
    let mut lines = script
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .peekable();
    let mut input = "(start)";
    let mut effects = first;
    loop {
        let mut wanted = Vec::new();
        while let Some(effect) = lines.next_if(|line| line.starts_with(['=', 'C', 'D']) && !is_input(line)) {
            wanted.push(effect.to_owned());
        }
        let seen = effects.iter().flat_map(show).collect::<Vec<_>>();
        assert_eq!(seen, wanted, "effects of {input:?} in {script}");
        let Some(line) = lines.next() else {
            return controller;
        };
        input = line;
        effects = feed(&mut controller, input);
    }
}

fn is_input(line: &str) -> bool {
    line.starts_with("C>") || line.starts_with("D>")
}

fn feed(controller: &mut Controller, input: &str) -> Vec<Effect> {
    let (side, text) = input.split_at(2);
    let bytes = unescape(text.strip_prefix(' ').unwrap_or(text));
    match side {
        "C>" => controller.handle(Event::Client(&bytes)),
        "D>" => controller.handle(Event::Daemon(&bytes)),
        _ => controller.handle(event(text)),
    }
}

fn event(text: &str) -> Event<'static> {
    let id = |number: &str| DataId(number.parse().unwrap());
    match text.split_whitespace().collect::<Vec<_>>()[..] {
        ["client", "closed"] => Event::ClientClosed,
        ["daemon", "closed"] => Event::DaemonClosed,
        ["tls", "established"] => Event::TlsEstablished,
        ["tls", "stopped"] => Event::TlsStopped,
        ["tls", "failed", ref reason @ ..] => Event::TlsFailed {
            reason: reason.join(" "),
        },
        ["timer"] => Event::Timer,
        ["expecting", number, address] => Event::Expecting {
            id: id(number),
            advertise: address.parse().unwrap(),
        },
        ["expect", "failed", number, ref reason @ ..] => Event::ExpectFailed {
            id: id(number),
            reason: reason.join(" "),
        },
        ["data", number, result] => Event::DataFinished {
            id: id(number),
            result: data_result(result),
        },
        _ => panic!("no such event: {text}"),
    }
}

fn data_result(text: &str) -> DataResult {
    use DataResult::{Aborted, Complete, DaemonBroke, NotConnected, NotResumed, TlsFailed, Truncated};
    [
        Aborted,
        Complete,
        DaemonBroke,
        NotConnected,
        NotResumed,
        TlsFailed,
        Truncated,
    ]
    .into_iter()
    .find(|result| format!("{result:?}") == text)
    .unwrap_or_else(|| panic!("no such result: {text}"))
}

/// Bytes for a text of a script, CRLF added unless it ends in a backslash.
fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            bytes.extend(c.to_string().bytes());
            continue;
        }
        match chars.next() {
            Some('r') => bytes.push(b'\r'),
            Some('n') => bytes.push(b'\n'),
            Some('0') => bytes.push(0),
            Some('\\') => bytes.push(b'\\'),
            Some('x') => {
                let digits: String = chars.by_ref().take(2).collect();
                bytes.push(u8::from_str_radix(&digits, 16).unwrap());
            }
            Some(other) => panic!("no such escape: {other}"),
            None => return bytes,
        }
    }
    bytes.extend(b"\r\n");
    bytes
}

/// An effect as the lines of a script.
fn show(effect: &Effect) -> Vec<String> {
    let line = match effect {
        Effect::ToClient(bytes) => return show_lines("C<", bytes),
        Effect::ToDaemon(bytes) => return show_lines("D<", bytes),
        Effect::StartTls { preamble } => format!("= start tls {}", preamble.escape_ascii()),
        Effect::StopTls => "= stop tls".to_owned(),
        Effect::Expect(id, Expectation::Passive { daemon }) => format!("= passive {} {daemon}", id.0),
        Effect::Expect(id, Expectation::Active { client }) => format!("= active {} {client}", id.0),
        Effect::Expect(id, Expectation::Converted { client, daemon }) => {
            format!("= converted {} {client} {daemon}", id.0)
        }
        Effect::Cancel(id) => format!("= cancel {}", id.0),
        Effect::OpenData {
            id,
            protect,
            direction,
        } => {
            let level = if *protect { "protected" } else { "clear" };
            let direction = if *direction == DataDirection::Upload {
                "up"
            } else {
                "down"
            };
            format!("= open {} {level} {direction}", id.0)
        }
        Effect::AbortData(id) => format!("= abort {}", id.0),
        Effect::SetTimer(after) => format!("= timer {}", after.as_secs()),
        Effect::ClearTimer => "= no timer".to_owned(),
        Effect::Close(reason) => format!("= close {reason:?}"),
    };
    vec![line.trim_end().to_owned()]
}

fn show_lines(mark: &str, bytes: &[u8]) -> Vec<String> {
    let text = bytes
        .strip_suffix(b"\r\n")
        .unwrap_or_else(|| panic!("no CRLF: {}", bytes.escape_ascii()));
    let lines = text
        .escape_ascii()
        .to_string()
        .replace("\\'", "'")
        .replace("\\\\", "\\");
    lines
        .split("\\r\\n")
        .map(|line| format!("{mark} {line}").trim_end().to_owned())
        .collect()
}
