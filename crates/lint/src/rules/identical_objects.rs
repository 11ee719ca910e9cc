//! `identical-objects`.

use std::collections::HashMap;

use ttls_policy::CodedStatement;
use ttls_policy::schema::Place;

use crate::layout::code;
use crate::model::Model;
use crate::rule::{Findings, lint_rule};

lint_rule! {
    /// Two objects of one type say the same under different names.
    ///
    /// Addresses, ports and parameter blocks are compared; rules and actions may well be alike.
    ///
    /// ## Why it matters
    ///
    /// A change of one of them leaves the other as it was, and half of the policy does what it did before.
    ///
    /// ## Example
    ///
    /// ```text
    /// IpAddrSet partners               IpAddrSet customers
    /// {                                {
    ///   Prefix 203.0.113.0/24            Prefix 203.0.113.0/24
    /// }                                }
    /// ```
    ///
    /// ## Instead
    ///
    /// Keep one of them and refer to it twice. Where they are alike by chance:
    /// `# ttls: allow(identical-objects) they will differ next month`.
    IDENTICAL_OBJECTS = Note "TTLS315" "identical-objects" by check
}

fn check(model: &Model<'_>, findings: &mut Findings) {
    let mut first: HashMap<(&str, String), &CodedStatement> = HashMap::new();
    for statement in model.statements() {
        let keyword = statement.statement.keyword;
        if statement.statement.place == Place::File {
            continue;
        }
        let Some(content) = content(model, statement) else {
            continue;
        };
        if let Some(other) = first.get(&(keyword, content.clone())) {
            let message = format!("{} says the same as {}", statement.title(), other.title());
            let secondary = vec![(other.keyword, "the other one".to_string())];
            findings.push(
                statement.keyword,
                message,
                "keep one of them and refer to it",
                secondary,
            );
        } else {
            first.insert((keyword, content), statement);
        }
    }
}

/// What stands between the braces, whatever its layout and comments; `None` for nothing.
fn content(model: &Model<'_>, statement: &CodedStatement) -> Option<String> {
    let layout = model.layout(statement.keyword)?;
    let block = layout.text(layout.span(layout.block(statement.keyword)?));
    let lines: Vec<String> = block
        .lines()
        .skip(1)
        .map(|line| code(line).split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|line| !line.is_empty())
        .collect();
    (lines.len() > 2).then(|| lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use crate::testing::{fires, policy, silent};

    const NAME: &str = "identical-objects";

    fn two_groups(second: &str) -> String {
        policy("LocalPortGroupRef a\nRemotePortGroupRef b\nDirection Inbound")
            + "PortGroup a\n{\nPortRange\n{\nPort 21\n}\n}\n"
            + &format!("PortGroup b\n{{\n PortRange # x\n {{\n  Port   {second}\n }}\n}}\n")
    }

    #[test]
    fn objects_that_say_the_same_are_reported_whatever_their_layout() {
        fires(
            NAME,
            &two_groups("21"),
            "PortGroup b says the same as PortGroup a",
            "PortGroup b",
        );
    }

    #[test]
    fn objects_that_differ_are_not() {
        silent(NAME, &two_groups("22"));
    }
}
