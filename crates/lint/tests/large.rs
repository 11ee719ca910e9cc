//! Large policies are linted in a time that people wait for.

use std::time::{Duration, Instant};

use ttls_policy::SourceText;

const ACTIONS: &str = "\
TTLSGroupAction on
{
TTLSEnabled On
}
TTLSGroupAction off
{
TTLSEnabled Off
}
TTLSEnvironmentAction e
{
HandshakeRole Server
TTLSKeyringParms
{
Keyring ring
}
}
";

/// Ten thousand rules; `lines` says what number N is for.
fn policy(lines: impl Fn(u32) -> String) -> String {
    let mut text = ACTIONS.to_string();
    for number in 0..10_000 {
        let group = if number % 2 == 0 { "on" } else { "off" };
        text.push_str(&format!(
            "TTLSRule rule_for_partner_number_{number:05}\n{{\n{}\nDirection Inbound\n\
             TTLSGroupActionRef {group}\nTTLSEnvironmentActionRef e\n}}\n",
            lines(number)
        ));
    }
    text
}

#[test]
fn ten_thousand_rules_are_linted_in_bounded_time() {
    let partner = |n: u32| format!("RemoteAddr 10.{}.{}.0/24\nLocalPortRange 21", n / 250, n % 250);
    let overlapping = |n: u32| format!("LocalPortRange {}-{}", 1 + n, 20_000 + n);
    let nested = |n: u32| format!("LocalPortRange {}-{}\nPriority {}", 20_001 - n, 20_001 + n, n + 1);
    let same = |_: u32| "LocalPortRange 21".to_string();
    let apart = |n: u32| {
        format!(
            "LocalPortRange {}\nRemoteAddr 10.0.0.0-10.0.{}.255",
            1 + n,
            n % 250
        )
    };
    let policies = [
        ("partners", policy(partner)),
        ("overlapping", policy(overlapping)),
        ("nested", policy(nested)),
        ("same", policy(same)),
        ("apart", policy(apart)),
    ];
    for (name, text) in policies {
        let source = SourceText {
            name: name.to_string(),
            text,
        };
        let start = Instant::now();
        let report = ttls_lint::lint(source, &mut |_| Err(std::io::ErrorKind::NotFound.into()));
        let took = start.elapsed();
        println!("{name}: {took:?}, {} findings", report.diagnostics.len());
        assert!(report.installable, "{name}");
        // Debug builds on busy machines are slow; the bound is against quadratic growth.
        assert!(took < Duration::from_secs(60), "{name}: {took:?}");
    }
}
