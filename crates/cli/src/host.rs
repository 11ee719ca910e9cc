//! `ttls host`.

use std::fmt::Write;
use std::process::ExitCode;

use anyhow::bail;
use ttls_agent::{HostRules, host_rules};
use ttls_intercept::host::{Announced, ruleset};

use crate::args::Host;
use crate::{output, policy};

pub(crate) fn host(command: &Host) -> anyhow::Result<ExitCode> {
    let Host::Show { policy: path } = command;
    let rules = host_rules(&policy::effective(path)?);
    if rules.is_empty() {
        bail!(
            "{}: the policy has no TTLSIntercept statement, so nothing is put on the host",
            path.display()
        );
    }
    let texts: Vec<String> = rules.iter().map(show).collect();
    output::print(&texts.join("\n"))?;
    Ok(ExitCode::SUCCESS)
}

/// What is put on the host as a script for `nft -f`, the routing as comments, and how to take it away by hand.
fn show(rules: &HostRules) -> String {
    let settings = &rules.settings;
    let (table, routes, marks) = (&settings.table, settings.routing_table, settings.marks);
    let place = match &settings.namespace {
        Some(path) => format!("in the network namespace {}", path.display()),
        None => "in the network namespace of the agent".to_owned(),
    };
    let selectors = [marks.inner(), marks.diverted()]
        .map(|mark| format!("fwmark {mark:#x}/{:#x} lookup {routes}", marks.mask()));
    let mut text = format!("# TTLSIntercept {}, {place}\n\n", rules.name);
    text += &ruleset::table(settings, &rules.plan, &Announced::default());
    text += "\n# Routing: packets with these marks stay on this host.\n";
    for family in ["-4", "-6"] {
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "# ip {family} route add local default dev lo table {routes}"
        );
        for selector in &selectors {
            let preference = settings.rule_preference;
            let _ = writeln!(text, "# ip {family} rule add {selector} pref {preference}");
        }
    }
    text += "\n# To remove it by hand, with no agent running:\n";
    let _ = writeln!(text, "# nft delete table inet {table}");
    for family in ["-4", "-6"] {
        for selector in &selectors {
            let _ = writeln!(text, "# ip {family} rule del {selector}");
        }
        let _ = writeln!(
            text,
            "# ip {family} route del local default dev lo table {routes}"
        );
    }
    text
}
