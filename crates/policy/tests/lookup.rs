//! Lookup against a slow evaluator that shares no code with it, on random policies.
//!
//! `TTLS_LOOKUP_POLICIES=100000 cargo test --release -p ttls-policy --test lookup` looks at more of them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use proptest::prelude::*;
use ttls_policy::{Connection, Decision, Direction, Policy, SourceText, compile};

proptest! {
    #![proptest_config(ProptestConfig { cases: policies(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn lookup_agrees_with_trying_every_rule(
        rules in prop::collection::vec(rule(), 0..24),
        questions in prop::collection::vec(question(), 1..40),
    ) {
        let policy = policy(&rules);
        for question in &questions {
            let expected = slow(&rules, question);
            let found = match policy.lookup(&question.connection(), &question.at()) {
                Decision::Tls(actions) => Some((actions.rule.clone(), true)),
                Decision::Clear(ttls_policy::ClearReason::NotEnabled { rule, .. }) => Some((rule, false)),
                Decision::Refuse(_) => None,
            };
            prop_assert_eq!(found, expected, "{:?}\n{}", question, text(&rules));
        }
    }
}

fn policies() -> u32 {
    let asked = std::env::var("TTLS_LOOKUP_POLICIES").ok();
    asked.map_or(512, |number| number.parse().expect("a number"))
}

/// A rule in words that the evaluator understands. Values come from small ranges, so that they meet often.
#[derive(Debug, Clone)]
struct RandomRule {
    priority: u32,
    direction: &'static str,
    enabled: bool,
    local: Option<Addresses>,
    /// One is coded in the rule, several as a group.
    remote: Vec<Addresses>,
    local_port: Option<(u16, u16)>,
    remote_ports: Vec<(u16, u16)>,
    user: Option<&'static str>,
    job: Option<&'static str>,
    times: Vec<Hours>,
}

/// On these days of the week (Sunday is 0) from one hour to another, midnight between them where the first is larger.
#[derive(Debug, Clone, Copy)]
struct Hours {
    days: [bool; 7],
    from: u8,
    to: u8,
}

/// Addresses end in these numbers; v4 is 10.0.0.n, v6 is 2001:db8::n.
#[derive(Debug, Clone, Copy)]
enum Addresses {
    Range { v4: bool, low: u8, high: u8 },
    Prefix { v4: bool, base: u8, bits: u8 },
}

#[derive(Debug, Clone)]
struct Question {
    inbound: bool,
    v4: bool,
    mapped: bool,
    local: (u8, u16),
    remote: (u8, u16),
    user: Option<&'static str>,
    job: Option<&'static str>,
    weekday: u8,
    hour: u8,
}

fn hours() -> impl Strategy<Value = Hours> {
    let days = prop::array::uniform7(prop::bool::weighted(0.7));
    (days, 0..24u8, 1..24u8).prop_map(|(days, from, length)| Hours {
        days,
        from,
        to: (from + length) % 24,
    })
}

fn addresses() -> impl Strategy<Value = Addresses> {
    prop_oneof![
        (any::<bool>(), 1..8u8, 0..4u8).prop_map(|(v4, low, more)| Addresses::Range {
            v4,
            low,
            high: low + more
        }),
        (any::<bool>(), 0..8u8, 0..4u8).prop_map(|(v4, base, bits)| Addresses::Prefix { v4, base, bits }),
    ]
}

fn ports() -> impl Strategy<Value = (u16, u16)> {
    (1..6u16, 0..3u16).prop_map(|(low, more)| (low, low + more))
}

prop_compose! {
    fn rule()(
        priority in 1..4u32,
        direction in prop::sample::select(vec!["Inbound", "Outbound", "Both"]),
        enabled in prop::bool::weighted(0.8),
        local in prop::option::of(addresses()),
        remote in prop::collection::vec(addresses(), 0..4),
        local_port in prop::option::weighted(0.8, ports()),
        remote_ports in prop::collection::vec(ports(), 0..3),
        user in prop::option::weighted(0.2, prop::sample::select(vec!["ftp", "FT*", "*", "root"])),
        job in prop::option::weighted(0.2, prop::sample::select(vec!["vsftpd", "vs*", "inetd"])),
        times in prop_oneof![3 => Just(Vec::new()), 1 => prop::collection::vec(hours(), 1..3)],
    ) -> RandomRule {
        RandomRule { priority, direction, enabled, local, remote, local_port, remote_ports, user, job, times }
    }
}

prop_compose! {
    fn question()(
        inbound in any::<bool>(),
        v4 in any::<bool>(),
        mapped in any::<bool>(),
        local in (1..9u8, 1..8u16),
        remote in (1..9u8, 1..8u16),
        user in prop::option::of(prop::sample::select(vec!["ftp", "root", "FTPD"])),
        job in prop::option::of(prop::sample::select(vec!["vsftpd", "VS", "inetd"])),
        weekday in 0..7u8,
        hour in 0..24u8,
    ) -> Question {
        Question { inbound, v4, mapped, local, remote, user, job, weekday, hour }
    }
}

impl Question {
    /// The first of March 2026 is a Sunday.
    fn at(&self) -> jiff::Zoned {
        let day = i8::try_from(self.weekday).expect("small") + 1;
        let hour = i8::try_from(self.hour).expect("small");
        let shown = jiff::civil::date(2026, 3, day).at(hour, 30, 0, 0);
        shown.to_zoned(jiff::tz::TimeZone::UTC).expect("a time")
    }

    fn connection(&self) -> Connection<'static> {
        let socket = |(host, port): (u8, u16)| {
            let address: IpAddr = match (self.v4, self.mapped) {
                (true, false) => Ipv4Addr::new(10, 0, 0, host).into(),
                (true, true) => Ipv4Addr::new(10, 0, 0, host).to_ipv6_mapped().into(),
                (false, _) => Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, host.into()).into(),
            };
            SocketAddr::new(address, port)
        };
        Connection {
            direction: if self.inbound {
                Direction::Inbound
            } else {
                Direction::Outbound
            },
            local: socket(self.local),
            remote: socket(self.remote),
            user: self.user,
            job: self.job,
        }
    }
}

impl Addresses {
    fn has(self, v4: bool, host: u8) -> bool {
        match self {
            Self::Range {
                v4: family,
                low,
                high,
            } => family == v4 && low <= host && host <= high,
            Self::Prefix {
                v4: family,
                base,
                bits,
            } => family == v4 && base >> bits == host >> bits,
        }
    }

    fn text(self) -> String {
        let address = |v4: bool, host: u8| {
            if v4 {
                format!("10.0.0.{host}")
            } else {
                format!("2001:db8::{host:x}")
            }
        };
        match self {
            Self::Range { v4, low, high } if low == high => address(v4, low),
            Self::Range { v4, low, high } => format!("{}-{}", address(v4, low), address(v4, high)),
            Self::Prefix { v4, base, bits } => {
                format!("{}/{}", address(v4, base), if v4 { 32 } else { 128 } - bits)
            }
        }
    }

    /// As a member of a group.
    fn member(self) -> String {
        let text = self.text();
        match self {
            Self::Range { low, high, .. } if low == high => format!("IpAddr\n{{\nAddr {text}\n}}\n"),
            Self::Range { .. } => format!("IpAddrSet\n{{\nRange {text}\n}}\n"),
            Self::Prefix { .. } => format!("IpAddrSet\n{{\nPrefix {text}\n}}\n"),
        }
    }
}

impl Hours {
    fn has(self, question: &Question) -> bool {
        let hour = question.hour;
        let in_day = if self.from < self.to {
            self.from <= hour && hour < self.to
        } else {
            self.from <= hour || hour < self.to
        };
        in_day && self.days[usize::from(question.weekday)]
    }

    fn text(self) -> String {
        let days = self.days.map(|on| if on { '1' } else { '0' });
        let days: String = days.iter().collect();
        let (from, to) = (self.from, self.to);
        format!("IpTimeCondition\n{{\nDayOfWeekMask {days}\nTimeOfDayRange {from:02}:00-{to:02}:00\n}}\n")
    }
}

fn slow(rules: &[RandomRule], question: &Question) -> Option<(String, bool)> {
    let holds = |rule: &RandomRule| {
        let direction = rule.direction == "Both" || (rule.direction == "Inbound") == question.inbound;
        let named = |pattern: Option<&str>, name: Option<&str>| match (pattern, name) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(pattern), Some(name)) => {
                let (pattern, name) = (pattern.to_lowercase(), name.to_lowercase());
                pattern
                    .strip_suffix('*')
                    .map_or(name == pattern, |start| name.starts_with(start))
            }
        };
        direction
            && rule
                .local
                .is_none_or(|addresses| addresses.has(question.v4, question.local.0))
            && (rule.remote.is_empty()
                || rule
                    .remote
                    .iter()
                    .any(|addresses| addresses.has(question.v4, question.remote.0)))
            && rule
                .local_port
                .is_none_or(|(low, high)| low <= question.local.1 && question.local.1 <= high)
            && (rule.remote_ports.is_empty()
                || rule
                    .remote_ports
                    .iter()
                    .any(|(low, high)| *low <= question.remote.1 && question.remote.1 <= *high))
            && named(rule.user, question.user)
            && named(rule.job, question.job)
            && (rule.times.is_empty() || rule.times.iter().any(|time| time.has(question)))
    };
    let mut best: Option<(u32, String, bool)> = None;
    for (number, rule) in rules.iter().enumerate().filter(|(_, rule)| holds(rule)) {
        let name = name(number);
        let better = best.as_ref().is_none_or(|(priority, other, _)| {
            rule.priority > *priority || (rule.priority == *priority && name < *other)
        });
        if better {
            best = Some((rule.priority, name, rule.enabled));
        }
    }
    best.map(|(_, name, enabled)| (name, enabled))
}

/// Names whose order is not the order of the rules.
fn name(number: usize) -> String {
    format!("r{}", (number * 7) % 64)
}

fn text(rules: &[RandomRule]) -> String {
    let mut text = String::from(
        "TTLSGroupAction on\n{\nTTLSEnabled On\n}\nTTLSGroupAction off\n{\nTTLSEnabled Off\n}\n\
         TTLSEnvironmentAction e\n{\nHandshakeRole Server\nTTLSKeyringParms\n{\nKeyring r\n}\n}\n",
    );
    for (number, rule) in rules.iter().enumerate() {
        let group = if rule.enabled { "on" } else { "off" };
        text += &format!(
            "TTLSRule {}\n{{\nDirection {}\nPriority {}\nTTLSGroupActionRef {group}\nTTLSEnvironmentActionRef e\n",
            name(number),
            rule.direction,
            rule.priority
        );
        text += &rule.local.map_or("LocalAddr All\n".to_string(), |a| {
            format!("LocalAddr {}\n", a.text())
        });
        text += &match rule.remote.as_slice() {
            [] => String::new(),
            [one] => format!("RemoteAddr {}\n", one.text()),
            _ => format!("RemoteAddrGroupRef a{number}\n"),
        };
        for time in &rule.times {
            text += &time.text();
        }
        text += &rule.local_port.map_or(String::new(), |(low, high)| {
            format!("LocalPortRange {low} {high}\n")
        });
        text += &rule.user.map_or(String::new(), |user| format!("Userid {user}\n"));
        text += &rule.job.map_or(String::new(), |job| format!("Jobname {job}\n"));
        if rule.remote_ports.is_empty() {
            text += "}\n";
        } else {
            text += &format!("RemotePortGroupRef g{number}\n}}\nPortGroup g{number}\n{{\n");
            for (low, high) in &rule.remote_ports {
                text += &format!("PortRange\n{{\nPort {low}-{high}\n}}\n");
            }
            text += "}\n";
        }
        if rule.remote.len() > 1 {
            text += &format!("IpAddrGroup a{number}\n{{\n");
            for member in &rule.remote {
                text += &member.member();
            }
            text += "}\n";
        }
    }
    text
}

fn policy(rules: &[RandomRule]) -> Policy {
    let source = SourceText {
        name: "random".to_string(),
        text: text(rules),
    };
    let compilation = compile(&[source], &mut |_| unreachable!("nothing is included"));
    let said: Vec<&str> = compilation
        .diagnostics
        .iter()
        .map(|d| d.message.as_str())
        .collect();
    compilation.policy.unwrap_or_else(|| panic!("{said:?}"))
}
