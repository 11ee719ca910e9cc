//! Statements and parameters, from the schema.

use ttls_policy::schema::{self, Kind, Param, Place, Repeat, Statement, Verdict};

/// What the schema says about a keyword; `None` where it has none.
pub(super) fn explain(word: &str) -> Option<String> {
    if let Some(statement) = schema::statement(word) {
        return Some(statement_page(statement));
    }
    let statements = schema::statements().iter().copied().chain([schema::ftp_data()]);
    let pages: Vec<String> = statements
        .filter_map(|statement| Some(param_page(statement, statement.param(word)?)))
        .collect();
    (!pages.is_empty()).then(|| pages.join("\n"))
}

fn statement_page(statement: &Statement) -> String {
    let place = match statement.place {
        Place::File => "At file level, with a name.",
        Place::FileOrInline => "At file level with a name, or inside the blocks that take it.",
        Place::FtpData => "The content of an FTP.DATA file.",
        Place::AgentLine(_) => {
            "In the agent's own files, on one line: its parameters follow in this order, without keywords."
        }
        Place::AgentBlock(_) => "In the agent's own files, with a block. It is not supported.",
    };
    let extension = if statement.extension {
        "An extension of ttls: z/OS does not know it.\n"
    } else {
        ""
    };
    let mut page = format!(
        "{}\n\n{}\n{place}\n{extension}\nParameters:\n",
        statement.keyword, statement.doc
    );
    for param in statement.params() {
        let required = if param.required { " (required)" } else { "" };
        page.push_str(&format!("  {:<34} {}{required}\n", param.keyword, param.doc));
    }
    page
}

fn param_page(statement: &Statement, param: &Param) -> String {
    let mut page = format!("{} in {}\n\n{}\n", param.keyword, statement.keyword, param.doc);
    let mut line = |label: &str, text: &str| page.push_str(&format!("  {label:<9} {text}\n"));
    line("value", &param.kind.describe());
    if let Some(default) = param.default {
        line("default", default);
    }
    if param.required {
        line("required", "yes, or another parameter that stands for the same");
    }
    match param.repeat {
        Repeat::Once => {}
        Repeat::Exclusive => line("repeat", &format!("once; only one that says the {}", param.slot)),
        Repeat::List => line("repeat", "any number of times, in order"),
    }
    if let Some(wider) = statement.inherits(param) {
        line("inherits", &format!("from the {}", wider.describe()));
    }
    if param.doubtful_in(statement.scope) {
        line("portable", "AT-TLS may not know it here");
    }
    if param.extension || statement.extension {
        line("portable", "no: an extension of ttls");
    }
    match param.verdict {
        Verdict::Effective => line("effect", "as the language says"),
        Verdict::NoEffect(why) => line("effect", &format!("none: {why}")),
        Verdict::Refused(why) => line("effect", &format!("refused: {why}")),
    }
    for choice in choices(param.kind) {
        match choice.verdict {
            Verdict::Effective => {}
            Verdict::NoEffect(why) => line(choice.word, &format!("no effect: {why}")),
            Verdict::Refused(why) => line(choice.word, &format!("refused: {why}")),
        }
    }
    page
}

fn choices(kind: Kind) -> &'static [schema::Choice] {
    match kind {
        Kind::Choice(choices) => choices,
        _ => &[],
    }
}
