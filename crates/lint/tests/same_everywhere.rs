//! The same text gives the same findings in every format, over all policies that there are to try.

use std::path::{Path, PathBuf};

use serde_json::Value;
use ttls_lint::render::{Format, render};
use ttls_lint::{Options, Report, lint_with};
use ttls_policy::SourceText;

#[path = "same_everywhere/sarif.rs"]
mod sarif;

/// What all formats say about a finding: line, column, level, number.
type Said = (u64, u64, String, String);

fn policies() -> Vec<PathBuf> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folders = [
        crates.join("policy/tests/corpus"),
        crates.join("lint/tests"),
        crates.join("../policies"),
    ];
    let mut files: Vec<PathBuf> = folders
        .iter()
        .flat_map(|folder| std::fs::read_dir(folder).expect("a folder of policies"))
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "ttls"))
        .collect();
    files.sort();
    files
}

fn report(path: &Path) -> Report {
    let options = Options {
        portable: true,
        ..Options::default()
    };
    let bytes = std::fs::read(path).expect("readable");
    let source = SourceText {
        name: path.file_name().expect("a name").to_string_lossy().into_owned(),
        text: ttls_policy::decode(bytes),
    };
    lint_with(
        source,
        &mut |_| Err(std::io::ErrorKind::NotFound.into()),
        &options,
    )
}

#[test]
fn every_format_says_the_same_about_every_policy() {
    let files = policies();
    assert!(files.len() > 60, "{}", files.len());
    let mut found = 0;
    for path in files {
        let reports = [report(&path)];
        let json = from_json(&render(Format::Json, &reports));
        assert_eq!(json.len(), reports[0].diagnostics.len(), "{}", path.display());
        found += json.len();
        for (format, said) in [
            (Format::Concise, from_concise(&render(Format::Concise, &reports))),
            (Format::Human, from_human(&render(Format::Human, &reports))),
            (Format::Github, from_github(&render(Format::Github, &reports))),
            (Format::Sarif, from_sarif(&render(Format::Sarif, &reports))),
        ] {
            assert_eq!(said, json, "{format:?} {}", path.display());
        }
    }
    assert!(found > 100, "{found}");
}

#[test]
fn sarif_logs_have_the_structure_of_the_standard() {
    let reports: Vec<Report> = policies().iter().map(|path| report(path)).collect();
    let log: Value = serde_json::from_str(&render(Format::Sarif, &reports)).expect("JSON");
    sarif::check(&log);
    let fixes = log["runs"][0]["results"].as_array().expect("results");
    assert!(fixes.iter().any(|result| result["fixes"].is_array()));
}

fn from_json(text: &str) -> Vec<Said> {
    text.lines()
        .map(|line| {
            let finding: Value = serde_json::from_str(line).expect("JSON");
            let word = |field: &str| finding[field].as_str().expect("a word").to_string();
            let number = |field: &str| finding[field].as_u64().expect("a number");
            (number("line"), number("column"), word("level"), word("code"))
        })
        .collect()
}

fn from_concise(text: &str) -> Vec<Said> {
    text.lines()
        .map(|line| {
            let parts: Vec<&str> = line.splitn(4, ':').collect();
            let (level, rest) = parts[3].trim().split_once('[').expect("a level");
            let (code, _) = rest.split_once(']').expect("a number");
            (
                number(parts[1]),
                number(parts[2]),
                level.to_string(),
                code.to_string(),
            )
        })
        .collect()
}

fn from_human(text: &str) -> Vec<Said> {
    let lines: Vec<&str> = text.lines().collect();
    let mut said = Vec::new();
    for pair in lines.windows(2) {
        let (Some((level, rest)), Some((_, place))) =
            (pair[0].split_once("[TTLS"), pair[1].split_once("--> "))
        else {
            continue;
        };
        let (code, _) = rest.split_once(']').expect("a number");
        let (rest, column) = place.rsplit_once(':').expect("a column");
        let (_, line) = rest.rsplit_once(':').expect("a line");
        said.push((
            number(line),
            number(column),
            level.to_string(),
            format!("TTLS{code}"),
        ));
    }
    said
}

/// Annotations have no column where a finding goes over several lines or has no width: the place is compared then.
fn from_github(text: &str) -> Vec<Said> {
    text.lines()
        .map(|line| {
            let (command, rest) = line.trim_start_matches("::").split_once(' ').expect("a command");
            let (properties, _) = rest.split_once("::").expect("a message");
            let property = |name: &str| {
                let found = properties
                    .split(',')
                    .find_map(|property| property.strip_prefix(name));
                found.map(str::to_string)
            };
            let title = property("title=").expect("a title");
            let code = title.split(' ').next().unwrap_or_default().to_string();
            let level = command.replace("notice", "note");
            let column = property("col=").map_or(1, |column| number(&column));
            (number(&property("line=").expect("a line")), column, level, code)
        })
        .collect()
}

fn from_sarif(text: &str) -> Vec<Said> {
    let log: Value = serde_json::from_str(text).expect("JSON");
    let results = log["runs"][0]["results"].as_array().expect("results");
    results
        .iter()
        .map(|result| {
            let region = &result["locations"][0]["physicalLocation"]["region"];
            (
                region["startLine"].as_u64().expect("a line"),
                region["startColumn"].as_u64().expect("a column"),
                result["level"].as_str().expect("a level").to_string(),
                result["ruleId"].as_str().expect("a number").to_string(),
            )
        })
        .collect()
}

fn number(text: &str) -> u64 {
    text.trim().parse().expect("a number")
}
