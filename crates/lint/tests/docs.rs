//! `docs/lint-rules.md` lists the findings as the registry has them.

use std::path::Path;

use ttls_policy::Code;

const START: &str = "<!-- findings: written by `TTLS_WRITE_DOCS=1 cargo test -p ttls-lint --test docs` -->\n";
const END: &str = "<!-- end of findings -->\n";

fn findings() -> String {
    let mut text = String::from(
        "| number | name | level | what it means | looks with |\n| --- | --- | --- | --- | --- |\n",
    );
    for rule in ttls_lint::rules() {
        let option = rule
            .option()
            .map_or(String::new(), |option| format!("`{option}`"));
        text.push_str(&format!("{} {option} |\n", row(&rule.code)));
    }
    text.push_str("\n### Findings of the compiler\n\n| number | name | level | what it means |\n| --- | --- | --- | --- |\n");
    for code in ttls_policy::codes() {
        text.push_str(&format!("{}\n", row(code)));
    }
    text.push_str("\n## The rules one by one\n");
    for rule in ttls_lint::rules() {
        text.push_str(&format!("\n### {} {}\n\n", rule.code.id, rule.code.name));
        for line in rule.page.lines() {
            let line = line.strip_prefix(' ').unwrap_or(line);
            let deeper = if line.starts_with("## ") { "##" } else { "" };
            text.push_str(&format!("{deeper}{line}\n"));
        }
    }
    text
}

fn row(code: &Code) -> String {
    format!(
        "| {} | {} | {} | {} |",
        code.id,
        code.name,
        code.level.word(),
        code.doc
    )
}

#[test]
fn the_list_of_findings_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/lint-rules.md");
    let text = std::fs::read_to_string(&path).expect("docs/lint-rules.md");
    let (before, rest) = text.split_once(START).expect("the line before the list");
    let (_, after) = rest.split_once(END).expect("the line behind the list");
    let current = format!("{before}{START}{}{END}{after}", findings());
    if std::env::var_os("TTLS_WRITE_DOCS").is_some() {
        std::fs::write(&path, &current).expect("writable");
    }
    let written = std::fs::read_to_string(&path).expect("docs/lint-rules.md");
    assert!(
        written == current,
        "docs/lint-rules.md is stale: TTLS_WRITE_DOCS=1 cargo test -p ttls-lint --test docs"
    );
}
