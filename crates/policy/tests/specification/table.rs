//! What a statement is written down as, and the texts that are made of it.

use ttls_policy::{Compilation, SourceText, compile};

/// A statement.
pub(crate) struct Table {
    pub(crate) statement: &'static str,
    /// Lists that statements share.
    pub(crate) rows: &'static [&'static [Row]],
    /// What an empty block lacks, in the words of the message.
    pub(crate) required: &'static [&'static str],
    /// Groups of parameters of which one may be coded.
    pub(crate) alternatives: &'static [&'static [&'static str]],
}

/// A parameter.
pub(crate) struct Row {
    pub(crate) keyword: &'static str,
    pub(crate) values: Values,
    /// As this engine has it; `-` is none.
    pub(crate) default: &'static str,
    pub(crate) many: bool,
}

/// Values that a parameter takes.
pub(crate) enum Values {
    OnOff,
    Words(&'static [&'static str]),
    Number(i64, i64),
    /// The name of an object.
    Name,
    Block,
    /// At most so many characters.
    Text(usize),
    /// These are taken, and those are not.
    Like(&'static [&'static str], &'static [&'static str]),
}

pub(crate) const fn row(keyword: &'static str, values: Values, default: &'static str) -> Row {
    Row {
        keyword,
        values,
        default,
        many: false,
    }
}

impl Row {
    pub(crate) const fn many(mut self) -> Self {
        self.many = true;
        self
    }

    /// The parameter with this value; `{}` is an empty block.
    pub(crate) fn lines(&self, value: &str) -> String {
        match value {
            "{}" => format!("{}\n{{\n}}\n", self.keyword),
            _ => format!("{} {value}\n", self.keyword),
        }
    }
}

impl Values {
    pub(crate) fn good(&self) -> Vec<String> {
        match self {
            Self::OnOff => strings(&["On", "Off", "ON", "off"]),
            Self::Words(words) => words
                .iter()
                .flat_map(|word| [(*word).to_string(), word.to_uppercase(), word.to_lowercase()])
                .collect(),
            Self::Number(low, high) => vec![low.to_string(), high.to_string()],
            Self::Name => vec!["x".to_string()],
            Self::Block => vec!["{}".to_string()],
            Self::Text(most) => vec![
                "a label with blanks".chars().take(*most).collect(),
                "x".repeat(*most),
            ],
            Self::Like(good, _) => strings(good),
        }
    }

    pub(crate) fn bad(&self) -> Vec<String> {
        match self {
            Self::OnOff => strings(&["Yes", "1", "Optional"]),
            Self::Words(_) => strings(&["Banana", "-1"]),
            Self::Number(low, high) => {
                let mut bad = vec![(low - 1).to_string(), (high + 1).to_string()];
                bad.extend(strings(&["many", "0x10", "1.5"]));
                bad
            }
            Self::Name | Self::Block => Vec::new(),
            Self::Text(most) => vec!["x".repeat(most + 1)],
            Self::Like(_, bad) => strings(bad),
        }
    }
}

impl Table {
    pub(crate) fn rows(&self) -> impl Iterator<Item = &'static Row> + use<> {
        self.rows.iter().flat_map(|list| list.iter())
    }

    /// Names of what is said about a statement with these lines.
    pub(crate) fn said_of(&self, lines: &str) -> Vec<&'static str> {
        names(&compiled(&self.text(lines)))
    }

    /// Messages about a statement with these lines.
    pub(crate) fn messages_of(&self, lines: &str) -> Vec<String> {
        let compilation = compiled(&self.text(lines));
        compilation
            .diagnostics
            .into_iter()
            .map(|found| found.message)
            .collect()
    }

    fn text(&self, lines: &str) -> String {
        format!("{} x\n{{\n{lines}}}\n", self.statement)
    }
}

pub(crate) fn compiled(text: &str) -> Compilation {
    let source = SourceText {
        name: "/policy".to_string(),
        text: text.to_string(),
    };
    compile(&[source], &mut |_| Err(std::io::ErrorKind::NotFound.into()))
}

pub(crate) fn names(compilation: &Compilation) -> Vec<&'static str> {
    compilation.diagnostics.iter().map(|found| found.name).collect()
}

/// Something of it says that the language has no such line. What this engine refuses is part of the language.
pub(crate) fn is_wrong(said: &[&str]) -> bool {
    const WRONG: [&str; 8] = [
        "unknown-keyword",
        "misplaced-keyword",
        "invalid-value",
        "missing-value",
        "invalid-address",
        "invalid-range",
        "invalid-cipher",
        "invalid-code",
    ];
    said.iter().any(|name| WRONG.contains(name))
}

fn strings(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_string()).collect()
}
