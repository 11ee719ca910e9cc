//! `ttls lint`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use ttls_keyring::Keyrings;
use ttls_lint::render::{Format, render};
use ttls_lint::{Fixed, Options, Report, RingOptions};
use ttls_policy::{Level, Safety, decode};

use crate::args::{Deny, Lint, LintFormat};
use crate::files::{self, Input};
use crate::output;

/// Seconds.
const DAY: u64 = 24 * 60 * 60;

pub(crate) fn lint(args: &Lint) -> anyhow::Result<ExitCode> {
    let options = options(args)?;
    let mut reports = Vec::new();
    let mut unusable = false;
    for input in files::inputs(&args.files) {
        match input.and_then(|input| look(args, &options, input)) {
            Ok(report) => reports.push(report),
            Err(error) => {
                eprintln!("ttls: {error:#}");
                unusable = true;
            }
        }
    }
    let findings = render(format(args.format), &reports);
    if args.fix && args.files.iter().any(|path| files::is_stdin(path)) {
        // Standard output has the fixed text.
        eprint!("{findings}");
    } else if !args.diff {
        output::print(&findings)?;
    }
    reports.iter().for_each(summary);
    let found = reports.iter().flat_map(|report| &report.diagnostics);
    let denied = found
        .into_iter()
        .any(|diagnostic| counts(diagnostic.level, args.deny));
    Ok(ExitCode::from(match (unusable, denied) {
        (true, _) => crate::EXIT_UNUSABLE,
        (false, denied) => u8::from(denied),
    }))
}

fn options(args: &Lint) -> anyhow::Result<Options> {
    let keyrings = match &args.keyrings {
        None => None,
        Some(said) => {
            let said = said
                .clone()
                .or_else(|| std::env::var_os("TTLS_KEYRINGS").map(PathBuf::from));
            Some(RingOptions {
                keyrings: Keyrings::new(crate::policy::keyrings(said)?),
                now: SystemTime::now(),
                expiry: Duration::from_secs(u64::from(args.expiry_days) * DAY),
            })
        }
    };
    Ok(Options {
        portable: args.portable,
        keyrings,
    })
}

/// What there is to say about an input, after its fixes where they are made.
fn look(args: &Lint, options: &Options, input: Input) -> anyhow::Result<Report> {
    let mut read = |included: &std::path::Path| std::fs::read(included).map(decode);
    if !args.fix && !args.diff {
        return Ok(ttls_lint::lint_with(input.source, &mut read, options));
    }
    if args.diff || input.path.is_none() {
        input.writable()?;
    }
    let most = if args.unsafe_fixes {
        Safety::Unsafe
    } else {
        Safety::Safe
    };
    let fixed = ttls_lint::fix(input.source.clone(), &mut read, options, most);
    if args.diff {
        output::print(&files::diff(&input.source, &fixed.text))?;
        tell(&input.source.name, "would fix", &fixed);
        return Ok(ttls_lint::lint_with(input.source, &mut read, options));
    }
    match &input.path {
        None => output::print(&fixed.text)?,
        Some(path) if fixed.text != input.source.text => {
            files::replace(path, &input.source.text, &fixed.text)?;
        }
        Some(_) => {}
    }
    tell(&input.source.name, "fixed", &fixed);
    Ok(fixed.report)
}

fn tell(name: &str, done: &str, fixed: &Fixed) {
    let what: Vec<String> = fixed
        .applied
        .iter()
        .map(|(finding, count)| format!("{finding} ({count})"))
        .collect();
    if !what.is_empty() {
        eprintln!("{name}: {done} {}", what.join(", "));
    }
}

fn summary(report: &Report) {
    let name = report.sources.first().map_or("", |source| source.name.as_str());
    match (report.installable, report.diagnostics.len()) {
        (true, 0) => eprintln!("{name}: no findings"),
        (true, count) => eprintln!("{name}: {count} finding(s), would be installed"),
        (false, count) => eprintln!("{name}: {count} finding(s), would not be installed"),
    }
}

fn format(said: LintFormat) -> Format {
    match said {
        LintFormat::Human => Format::Human,
        LintFormat::Concise => Format::Concise,
        LintFormat::Json => Format::Json,
        LintFormat::Sarif => Format::Sarif,
        LintFormat::Github => Format::Github,
    }
}

fn counts(level: Level, deny: Deny) -> bool {
    match deny {
        Deny::Error => level == Level::Error,
        Deny::Warning => matches!(level, Level::Error | Level::Warning),
        Deny::Note => true,
    }
}
