//! What holds for any input.

use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use ttls_ftp::{Controller, ControllerConfig, DataResult, Effect, Event, exercise, exercise_client};

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_input_breaks_a_promise_of_the_controller(data in vec(any::<u8>(), 0..400)) {
        exercise(&data);
    }

    #[test]
    fn no_input_breaks_a_promise_of_the_controller_of_a_client(data in vec(any::<u8>(), 0..400)) {
        exercise_client(&data);
    }

    #[test]
    fn segments_do_not_matter(turns in vec(turn(), 1..40), cuts in vec(0_usize..64, 0..40)) {
        prop_assert_eq!(run(&turns, &[]), run(&turns, &cuts));
    }
}

/// What happens while everything else is silent. A daemon that answers sends one reply: what it says next may be
/// the answer to a command that it got in between.
#[derive(Debug, Clone)]
enum Turn {
    Client(String),
    Daemon(String),
    DataEnds(bool),
    Timer,
}

fn turn() -> impl Strategy<Value = Turn> {
    let client = prop::sample::select(vec![
        "NOOP",
        "PASV",
        "EPSV",
        "PORT 203,0,113,9,19,137",
        "EPRT |1|203.0.113.9|5001|",
        "RETR f",
        "STOR f",
        "LIST",
        "ABOR",
        "STAT",
        "FEAT",
        "PBSZ 0",
        "PROT P",
        "PROT C",
        "USER mary",
        "PASS x",
        "\u{7f}x",
        "",
        "CWD a b",
    ]);
    let daemon = prop::sample::select(vec![
        "200 ok",
        "150 go",
        "226 done",
        "226-a\r\n226 b",
        "426 broken",
        "550 no",
        "227 (127,0,0,1,19,137)",
        "229 (|||5001|)",
        "500 what",
        "211-x\r\n AUTH TLS\r\n UTF8\r\n211 End",
        "331 password",
        "230 in",
        "213 s",
    ]);
    prop_oneof![
        3 => vec(client, 1..6).prop_map(|lines| Turn::Client(lines.join("\r\n") + "\r\n")),
        4 => daemon.prop_map(|reply| Turn::Daemon(format!("{reply}\r\n"))),
        1 => any::<bool>().prop_map(Turn::DataEnds),
        1 => Just(Turn::Timer),
    ]
}

/// All effects, neighbouring writes joined; `cuts` are the lengths of the segments, over and over.
fn run(turns: &[Turn], cuts: &[usize]) -> Vec<Effect> {
    let (mut controller, _) = Controller::server(config());
    let mut all = Vec::new();
    let mut cuts = cuts.iter().copied().chain(std::iter::once(usize::MAX)).cycle();
    let mut last = None;
    let greeting = Turn::Daemon("220 ready\r\n".to_owned());
    for turn in std::iter::once(&greeting).chain(turns) {
        let mut effects = Vec::new();
        match turn {
            Turn::Client(text) => {
                for segment in cut(text.as_bytes(), &mut cuts) {
                    effects.extend(controller.handle(Event::Client(segment)));
                }
            }
            Turn::Daemon(text) => {
                for segment in cut(text.as_bytes(), &mut cuts) {
                    effects.extend(controller.handle(Event::Daemon(segment)));
                }
            }
            Turn::DataEnds(well) => {
                let result = if *well {
                    DataResult::Complete
                } else {
                    DataResult::Truncated
                };
                if let Some(id) = last {
                    effects.extend(controller.handle(Event::DataFinished { id, result }));
                }
            }
            Turn::Timer => effects.extend(controller.handle(Event::Timer)),
        }
        let mut at = 0;
        while at < effects.len() {
            if let Effect::Expect(id, _) = effects[at] {
                last = Some(id);
                let advertise = "198.51.100.7:6000".parse().unwrap();
                let more = controller.handle(Event::Expecting { id, advertise });
                effects.extend(more);
            }
            at += 1;
        }
        effects.into_iter().for_each(|effect| join(&mut all, effect));
    }
    all
}

/// Adds an effect; a write joins the write before it.
fn join(all: &mut Vec<Effect>, effect: Effect) {
    match (all.last_mut(), effect) {
        (Some(Effect::ToClient(written)), Effect::ToClient(more)) => written.extend(more),
        (_, effect) => all.push(effect),
    }
}

fn cut<'a>(mut bytes: &'a [u8], cuts: &mut impl Iterator<Item = usize>) -> Vec<&'a [u8]> {
    let mut segments = Vec::new();
    while !bytes.is_empty() {
        let length = cuts.next().unwrap_or(usize::MAX).clamp(1, bytes.len());
        segments.push(&bytes[..length]);
        bytes = &bytes[length..];
    }
    segments
}

fn config() -> ControllerConfig {
    ControllerConfig {
        client: "203.0.113.9:40000".parse().unwrap(),
        server: "198.51.100.7:21".parse().unwrap(),
        daemon: "127.0.0.1:2121".parse().unwrap(),
        implicit: None,
        require_auth: false,
        allow_ccc: false,
        require_data_protection: false,
        refuse_data_protection: false,
        port_reject: false,
        port_nolowports: true,
        port_noredirect: true,
        implicit_detection: Duration::from_secs(1),
        abort_wait: Duration::from_secs(2),
        data_end_wait: Duration::from_secs(30),
    }
}
