//! `lookups RULES LOOKUPS`: how long one lookup takes among so many rules, in nanoseconds. For `tests/bench`.

use std::hint::black_box;
use std::net::SocketAddr;
use std::time::Instant;

use jiff::Zoned;
use ttls_policy::{Connection, Decision, Direction, SourceText, compile};

fn main() {
    let numbers: Vec<usize> = std::env::args()
        .skip(1)
        .filter_map(|word| word.parse().ok())
        .collect();
    let &[rules, lookups] = numbers.as_slice() else {
        panic!("lookups RULES LOOKUPS");
    };
    let compilation = compile(
        &[policy(rules)],
        &mut |_| Err(std::io::ErrorKind::NotFound.into()),
    );
    let policy = compilation.policy.expect("a correct policy");
    // A step without a common divisor reaches all rules in an order that caches do not know.
    let peers: Vec<_> = (0..lookups).map(|index| peer(index * 7919 % rules)).collect();
    let now = Zoned::default();
    let start = Instant::now();
    let found = peers.iter().filter(|&&remote| {
        let asked = Connection {
            direction: Direction::Inbound,
            local: SocketAddr::from(([192, 0, 2, 1], 21)),
            remote,
            user: None,
            job: None,
        };
        matches!(black_box(policy.lookup(&asked, &now)), Decision::Tls(_))
    });
    assert_eq!(found.count(), lookups);
    println!("{:.1}", start.elapsed().as_secs_f64() * 1e9 / lookups as f64);
}

/// A client of the rule with this number.
fn peer(rule: usize) -> SocketAddr {
    let octet = |number: usize| u8::try_from(number).expect("below 250");
    SocketAddr::from(([10, octet(rule / 250), octet(rule % 250), 1], 40_000))
}

fn policy(rules: usize) -> SourceText {
    let mut text = String::from(
        "TTLSGroupAction g\n{\nTTLSEnabled On\n}\nTTLSEnvironmentAction e\n{\nHandshakeRole Server\n\
         TTLSKeyringParms\n{\nKeyring ring\n}\n}\n",
    );
    for rule in 0..rules {
        text += &format!(
            "TTLSRule r{rule}\n{{\nLocalPortRange 21\nRemoteAddr 10.{}.{}.0/24\nDirection Inbound\n\
             TTLSGroupActionRef g\nTTLSEnvironmentActionRef e\n}}\n",
            rule / 250,
            rule % 250
        );
    }
    SourceText {
        name: "lookups".to_owned(),
        text,
    }
}
