//! Policies with many rules: `cargo bench -p ttls-lint`.

use std::cell::Cell;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use divan::Bencher;
use jiff::Zoned;
use ttls_policy::{Compilation, Connection, Direction, SourceText, compile};

const RULES: [u32; 3] = [100, 1_000, 10_000];

fn main() {
    divan::main();
}

#[divan::bench(args = RULES)]
fn parse_and_compile(bencher: Bencher<'_, '_>, rules: u32) {
    let source = [source(rules)];
    bencher.bench_local(|| compiled(&source));
}

#[divan::bench(args = RULES)]
fn parse_compile_and_lint(bencher: Bencher<'_, '_>, rules: u32) {
    let source = source(rules);
    bencher.bench_local(|| ttls_lint::lint(source.clone(), &mut |_| Err(io::ErrorKind::NotFound.into())));
}

/// What ten thousand rules may have in common, beside the usual.
#[divan::bench(args = SHAPES)]
fn parse_compile_and_lint_10000(bencher: Bencher<'_, '_>, shape: &str) {
    let source = shaped(shape);
    bencher.bench_local(|| ttls_lint::lint(source.clone(), &mut |_| Err(io::ErrorKind::NotFound.into())));
}

const SHAPES: [&str; 6] = [
    "distinct",
    "identical",
    "overlapping",
    "nested",
    "one group",
    "address groups",
];

/// Ten thousand rules of this shape.
fn shaped(shape: &str) -> SourceText {
    let mut text = String::from(
        "TTLSGroupAction on\n{\nTTLSEnabled On\n}\nTTLSGroupAction off\n{\nTTLSEnabled Off\n}\n\
         TTLSEnvironmentAction e\n{\nHandshakeRole Server\nTTLSKeyringParms\n{\nKeyring ring\n}\n}\n",
    );
    for n in 0..10_000 {
        let net = format!("10.{}.{}.0/24", n / 250, n % 250);
        let (conditions, group) = match shape {
            "identical" => ("LocalPortRange 21".to_string(), n % 2),
            "overlapping" => (format!("LocalPortRange {}-{}", 1 + n, 20_000 + n), n % 2),
            "nested" => (
                format!("LocalPortRange {}-{}\nPriority {}", 20_001 - n, 20_001 + n, n + 1),
                n % 2,
            ),
            "one group" => ("LocalPortRange 21".to_string(), 0),
            "address groups" => (
                format!("RemoteAddrGroupRef group{n:05}\nLocalPortRange 21"),
                n % 2,
            ),
            _ => (format!("RemoteAddr {net}\nLocalPortRange 21"), n % 2),
        };
        if shape == "address groups" {
            text.push_str(&format!(
                "IpAddrGroup group{n:05}\n{{\nIpAddrSet\n{{\nPrefix {net}\n}}\nIpAddr\n{{\nAddr 192.0.2.{}\n}}\n}}\n",
                n % 250
            ));
        }
        let group = if group == 0 { "on" } else { "off" };
        text.push_str(&format!(
            "TTLSRule rule_for_partner_number_{n:05}\n{{\n{conditions}\nDirection Inbound\n\
             TTLSGroupActionRef {group}\nTTLSEnvironmentActionRef e\n}}\n"
        ));
    }
    SourceText {
        name: format!("{shape}.ttls"),
        text,
    }
}

/// Every second connection has a rule of its own, the others have none.
#[divan::bench(args = RULES, sample_size = 1000)]
fn lookup(bencher: Bencher<'_, '_>, rules: u32) {
    let policy = compiled(&[source(rules)]).policy.expect("a correct policy");
    let now = Zoned::default();
    let next = Cell::new(0_u32);
    bencher.bench_local(|| {
        // A step without a common divisor reaches all rules in an order that caches do not know.
        next.set((next.get() + 7_919) % (2 * rules));
        policy.lookup(&connection(next.get()), &now)
    });
}

fn compiled(source: &[SourceText]) -> Compilation {
    compile(source, &mut |_| Err(io::ErrorKind::NotFound.into()))
}

/// Partners with their networks, ports and actions, as a generator writes them: some 300 bytes for each.
fn source(rules: u32) -> SourceText {
    let mut text = String::from(
        "TTLSGroupAction on\n{\n  TTLSEnabled                     On\n  Trace                           6\n}\n\
         TTLSGroupAction off\n{\n  TTLSEnabled                     Off\n}\n",
    );
    for number in 0..rules {
        if number.is_multiple_of(100) {
            text.push_str(&format!(
                "TTLSEnvironmentAction               env_{number:05}\n{{\n  HandshakeRole                   Server\n  TTLSKeyringParms\n  {{\n    \
                 Keyring                       FTPD/ring{number:05}\n  }}\n}}\n"
            ));
        }
        let group = if number % 10 == 9 { "off" } else { "on" };
        let (high, low) = (number / 250, number % 250);
        text.push_str(&format!(
            "TTLSRule                          partner_{number:05}\n{{\n  RemoteAddr                      10.{high}.{low}.0/24\n  \
             LocalPortRange                  21\n  Direction                       Inbound\n  Priority                        {}\n  \
             TTLSGroupActionRef              {group}\n  TTLSEnvironmentActionRef        env_{:05}\n}}\n",
            100 + number % 7,
            number / 100 * 100
        ));
    }
    SourceText {
        name: "partners.ttls".to_string(),
        text,
    }
}

fn connection(number: u32) -> Connection<'static> {
    let partner = number / 2;
    let network = if number.is_multiple_of(2) {
        10 << 24
    } else {
        11 << 24
    };
    let peer = Ipv4Addr::from_bits(network | ((partner / 250) << 16) | ((partner % 250) << 8) | 9);
    Connection {
        direction: Direction::Inbound,
        local: ([192, 0, 2, 10], 21).into(),
        remote: SocketAddr::new(IpAddr::V4(peer), 40_000),
        user: None,
        job: None,
    }
}
