//! The run interceptor against the kernel, as root and as an ordinary user.
//!
//! Every scenario runs in a process of its own, in an outer network namespace of its own (made with
//! `unshare`), so that the machine's network is neither seen nor touched. Where no namespace can be made the
//! tests fail and say why.

mod connections;
mod kit;
mod names;
mod processes;

use std::env;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use nix::unistd::geteuid;
use ttls_intercept::HELPER_ARGUMENT;

use kit::{As, Scenario};

/// First argument: run one scenario here and now.
const SCENARIO: &str = "__scenario";

/// First argument: be the agent that a scenario kills.
const VICTIM: &str = "__victim";

/// First argument: exit with 42 if the terminal delivers signals.
const TERMINAL: &str = "__terminal";

fn main() -> ExitCode {
    let mut arguments = env::args_os().skip(1);
    let first = arguments.next().unwrap_or_default();
    if first == HELPER_ARGUMENT {
        return ttls_intercept::helper_main(env::args_os());
    }
    if first == VICTIM {
        return kit::block_on(processes::victim());
    }
    if first == TERMINAL {
        return ExitCode::from(if ttls_intercept::terminal_delivers_signals() {
            42
        } else {
            1
        });
    }
    let scenarios: Vec<Scenario> = [
        connections::scenarios(),
        names::scenarios(),
        processes::scenarios(),
    ]
    .into_iter()
    .flatten()
    .collect();
    if first == SCENARIO {
        let name = arguments.next().unwrap_or_default();
        let Some(scenario) = scenarios.into_iter().find(|scenario| name == scenario.name) else {
            eprintln!("no such scenario: {}", name.display());
            return ExitCode::FAILURE;
        };
        return kit::block_on((scenario.run)());
    }
    let root = geteuid().is_root();
    let trials = scenarios
        .into_iter()
        .flat_map(|scenario| {
            [
                trial(&scenario, As::Root, "as root").with_ignored_flag(!root),
                trial(&scenario, As::OrdinaryUser, "as an ordinary user"),
            ]
        })
        .collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn trial(scenario: &Scenario, user: As, suffix: &str) -> Trial {
    let name = scenario.name;
    Trial::test(format!("{name} {suffix}"), move || {
        kit::run_scenario(name, user).map_err(Failed::from)
    })
}
