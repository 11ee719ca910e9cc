//! `docs/policy-reference.md` is written from the schema.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

use ttls_policy::schema::{self, Kind, Param, Place, Repeat, Scope, Statement, Verdict};

const HEAD: &str = "\
# Reference of the policy language

<!-- written by `TTLS_WRITE_DOCS=1 cargo test -p ttls-policy --test docs` -->

Every statement and parameter that ttls reads, as its own table has them. `ttls explain KEYWORD` shows the same for one of
them; [policy.md](policy.md) says how policies are made of them.

Effect: **effective** does what the language says. **no effect** is accepted, and why nothing comes of it stands beside it.
**refused** is an error, and so is a value that is said to be refused. **extension**: z/OS does not know it. Inherited values
come from the next wider action that codes the parameter; where none does, the default holds.

";

fn reference() -> String {
    let mut text = HEAD.to_string();
    matrix(&mut text);
    text.push_str("## Statements\n");
    for statement in schema::statements().iter().copied().chain([schema::ftp_data()]) {
        section(statement, &mut text);
    }
    text.push_str("\n## The agent's own files\n\nA main file (pagent.conf) names image files, and these name policies.\n");
    for statement in schema::agent_statements() {
        section(statement, &mut text);
    }
    text
}

/// All keywords in the order of the alphabet.
fn matrix(text: &mut String) {
    text.push_str(
        "## Keyword matrix\n\nG, E, C: in group, environment and connection actions and their blocks; `x` valid, `?` perhaps not \
         known to z/OS there.\n\n| keyword | statement | G | E | C | effect |\n| --- | --- | --- | --- | --- | --- |\n",
    );
    let mut rows: BTreeMap<String, Row> = BTreeMap::new();
    for statement in schema::statements() {
        for param in statement.params() {
            let row = rows.entry(param.keyword.to_ascii_lowercase()).or_default();
            row.keyword = param.keyword;
            row.statements.push(statement.keyword);
            row.verdicts.insert(verdict(statement, param));
            for (at, scope) in [Scope::Group, Scope::Environment, Scope::Connection]
                .into_iter()
                .enumerate()
            {
                row.marks[at] = row.marks[at].max(mark(statement, param, scope));
            }
        }
    }
    for row in rows.values() {
        let verdicts: Vec<&str> = row.verdicts.iter().map(String::as_str).collect();
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} |",
            row.keyword,
            row.statements.join(", "),
            row.marks.join(" | "),
            verdicts.join("; ")
        );
    }
    text.push('\n');
}

/// A keyword with all statements that have it.
#[derive(Default)]
struct Row {
    keyword: &'static str,
    statements: Vec<&'static str>,
    marks: [&'static str; 3],
    verdicts: BTreeSet<String>,
}

fn mark(statement: &Statement, param: &Param, scope: Scope) -> &'static str {
    if statement.scope.is_none() && param.scopes.len() < 3 {
        // A block that actions of several scopes share.
        match (param.valid_in(Some(scope)), param.doubtful_in(Some(scope))) {
            (true, _) => "x",
            (false, true) => "?",
            (false, false) => "",
        }
    } else if statement.scope != Some(scope) {
        ""
    } else if param.doubtful_in(statement.scope) {
        "?"
    } else {
        "x"
    }
}

fn section(statement: &Statement, text: &mut String) {
    let _ = write!(
        text,
        "\n### {}\n\n{} {}",
        statement.keyword,
        statement.doc,
        place(statement)
    );
    if statement.extension {
        text.push_str(" An extension of ttls.");
    }
    text.push('\n');
    if statement.params().next().is_none() {
        return;
    }
    text.push_str("\n| parameter | value | default | coded | inherited from | effect | meaning |\n| --- | --- | --- | --- | --- | --- | --- |\n");
    for param in statement.params() {
        let wider = statement.inherits(param);
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} |",
            param.keyword,
            cell(&param.kind.describe()),
            param.default.unwrap_or_default(),
            coded(param),
            wider.map_or("", Scope::describe),
            effect(statement, param),
            cell(param.doc)
        );
    }
}

fn place(statement: &Statement) -> String {
    let place = match statement.place {
        Place::File => "At file level, with a name.",
        Place::FileOrInline => "At file level with a name, or inside blocks that take it.",
        Place::FtpData => "Not a statement of policies: `FtpDataFile` names such a file.",
        Place::AgentLine(verdict) => {
            return format!(
                "On one line; the parameters follow in this order, without keywords.{}",
                idle(verdict)
            );
        }
        Place::AgentBlock(verdict) => return format!("A block that is not looked into.{}", idle(verdict)),
    };
    place.to_string()
}

fn idle(verdict: Verdict) -> String {
    match verdict {
        Verdict::Effective => String::new(),
        Verdict::NoEffect(why) | Verdict::Refused(why) => format!(" Not supported: {why}."),
    }
}

fn coded(param: &Param) -> String {
    let required = if param.required { ", required" } else { "" };
    let often = match param.repeat {
        Repeat::Once => "once",
        Repeat::Exclusive => "one of its kind",
        Repeat::List => "repeatable",
    };
    format!("{often}{required}")
}

/// The verdict in a word.
fn verdict(statement: &Statement, param: &Param) -> String {
    let mut words = vec![match param.verdict {
        Verdict::Effective => "effective",
        Verdict::NoEffect(_) => "no effect",
        Verdict::Refused(_) => "refused",
    }];
    let differ = |wanted: fn(&Verdict) -> bool| choices(param).iter().any(|choice| wanted(&choice.verdict));
    if param.verdict == Verdict::Effective {
        if differ(|verdict| matches!(verdict, Verdict::NoEffect(_))) {
            words.push("some values have no effect");
        }
        if differ(|verdict| matches!(verdict, Verdict::Refused(_))) {
            words.push("some values refused");
        }
    }
    if param.extension || statement.extension {
        words.push("extension");
    }
    words.join("; ")
}

/// The verdict with its reasons.
fn effect(statement: &Statement, param: &Param) -> String {
    let mut words = vec![match param.verdict {
        Verdict::Effective => "effective".to_string(),
        Verdict::NoEffect(why) => format!("**no effect**: {why}"),
        Verdict::Refused(why) => format!("**refused**: {why}"),
    }];
    for choice in choices(param) {
        match choice.verdict {
            Verdict::Effective => {}
            Verdict::NoEffect(why) => words.push(format!("{} has no effect: {why}", choice.word)),
            Verdict::Refused(why) => words.push(format!("{} is refused: {why}", choice.word)),
        }
    }
    if param.extension || statement.extension {
        words.push("extension".to_string());
    }
    cell(&words.join("; "))
}

fn choices(param: &Param) -> &'static [schema::Choice] {
    match param.kind {
        Kind::Choice(choices) => choices,
        _ => &[],
    }
}

/// Bars would end the cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

#[test]
fn the_reference_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/policy-reference.md");
    let current = reference();
    if std::env::var_os("TTLS_WRITE_DOCS").is_some() {
        std::fs::write(&path, &current).expect("writable");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == current,
        "docs/policy-reference.md is stale: TTLS_WRITE_DOCS=1 cargo test -p ttls-policy --test docs"
    );
}
