//! Formatting keeps the meaning, and formatting again changes nothing.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use proptest::prelude::*;
use ttls_policy::{CodedStatement, CodedValue, Compilation, SourceText, compile, format, schema};

#[test]
fn every_policy_of_the_corpus_keeps_its_meaning() {
    let mut formatted = 0;
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus")).expect("the corpus")
    {
        let path = entry.expect("a file").path();
        if path.extension().is_some_and(|extension| extension == "ttls") {
            let text = ttls_policy::decode(fs::read(&path).expect("readable"));
            formatted += usize::from(check(&text));
        }
    }
    assert!(formatted >= 60, "{formatted}");
}

#[test]
fn ready_policies_are_formatted() {
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies")).expect("policies")
    {
        let path = entry.expect("a file").path();
        let text = fs::read_to_string(&path).expect("readable");
        let source = source(&text);
        assert_eq!(
            format(&source).expect("sound braces"),
            text,
            "{}: ttls fmt",
            path.display()
        );
    }
}

#[test]
fn keywords_values_columns_blank_lines_and_braces_become_canonical() {
    let text = "\u{FEFF}# head\r\n\r\n\r\nttlsrule a {\r\nLOCALPORTRANGE 21 # why\r\n   direction   INBOUND#glued\r\n\r\n}\r\n\
                TTLSGroupAction\tg\n{\n\n  # inner\n  ttlsenabled on\n\tUnknown  Keyword Kept\n}\n\n\n";
    let expected = "\
# head

TTLSRule                          a
{
  LocalPortRange                  21       # why
  Direction                       Inbound  #glued
}

TTLSGroupAction                   g
{
  # inner
  TTLSEnabled                     On
  Unknown                         Keyword Kept
}
";
    assert_eq!(format(&source(text)).expect("sound braces"), expected);
}

#[test]
fn a_long_keyword_moves_the_values_of_its_statement_only() {
    let text = "TTLSEnvironmentAction e\n{\nTTLSEnvironmentAdvancedParms\n{\nServerHandshakeSNIMatchRequiredXXXXXX On\nSecondaryMap On\n}\n}\n\
                TTLSGroupAction g\n{\nTTLSEnabled On\n}\n";
    let expected = "\
TTLSEnvironmentAction                     e
{
  TTLSEnvironmentAdvancedParms
  {
    ServerHandshakeSNIMatchRequiredXXXXXX On
    SecondaryMap                          On
  }
}

TTLSGroupAction                   g
{
  TTLSEnabled                     On
}
";
    assert_eq!(format(&source(text)).expect("sound braces"), expected);
}

#[test]
fn where_blocks_are_not_certain_nothing_is_formatted() {
    for text in [
        "TTLSRule a\n{\n",
        "TTLSRule a\n{ Direction Inbound }\n",
        "}\n",
        "TTLSRule a\nDirection Inbound\n",
    ] {
        let findings = format(&source(text)).expect_err(text);
        assert!(!findings.is_empty());
    }
}

#[test]
fn what_is_text_is_text_still_when_its_blanks_are_gone() {
    let comment = format!("# A\u{1}abcdefgh\u{2} gateway{}", " ".repeat(40));
    for text in [
        &comment[..],
        "\u{FEFF}# abcdefghijk\u{1}",
        "# abcdefgh\u{1}\r\n\r\n\r\n",
    ] {
        if let Ok(formatted) = format(&source(text)) {
            assert_eq!(format(&source(&formatted)).as_ref(), Ok(&formatted), "{text:?}");
        }
    }
}

#[test]
fn a_byte_order_mark_stands_at_the_beginning_or_nowhere() {
    assert_eq!(format(&source("\u{FEFF}# x\n")).as_deref(), Ok("# x\n"));
    for text in [
        "\u{C}\u{FEFF}!",
        "\u{FEFF}\u{FEFF}!",
        "TTLSRule a\u{FEFF}\n{\n}\n",
    ] {
        let findings = format(&source(text)).expect_err("an invisible character");
        assert_eq!(findings[0].name, "not-text", "{text:?}");
    }
    let comment = "# 0123456789\u{FEFF}\n";
    assert_eq!(format(&source(comment)).as_deref(), Ok(comment));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_texts_keep_their_meaning(text in "(?s).{0,200}") {
        check(&text);
    }

    #[test]
    fn random_blocks_keep_their_meaning(blocks in prop::collection::vec(block(), 0..6)) {
        check(&blocks.concat());
    }
}

/// A block whose braces are right, with lines of the language and others in it.
fn block() -> impl Strategy<Value = String> {
    let keywords: Vec<String> = schema::statements()
        .iter()
        .flat_map(|statement| {
            std::iter::once(statement.keyword.to_string())
                .chain(statement.params().map(|param| param.keyword.to_string()))
        })
        .collect();
    let word = prop::sample::select(keywords);
    let value = prop::sample::select(vec![
        "",
        "on",
        "OFF",
        "a b  c",
        "21",
        "All",
        "x{y}",
        "1-2",
        "Any#glued",
        "e # comment",
    ]);
    let blank = prop::sample::select(vec!["", " ", "\t", "\n", "  \r"]);
    let line = (word.clone(), blank.clone(), value, any::<bool>()).prop_map(|(word, blank, value, upper)| {
        let word = if upper { word.to_uppercase() } else { word };
        std::format!("{blank}{word}{} {value}\n", if blank == "\t" { "\t" } else { "" })
    });
    let brace = prop::sample::select(vec!["\n{\n", " {\n", "\n{ # c\n"]);
    (word, brace, prop::collection::vec(line, 0..6), blank).prop_map(|(head, brace, lines, blank)| {
        std::format!("{head} name{brace}{}{blank}}}\n", lines.concat())
    })
}

/// Whether it could be formatted; if so, it says the same.
fn check(text: &str) -> bool {
    let Ok(formatted) = format(&source(text)) else {
        return false;
    };
    let again = format(&source(&formatted)).expect("what was formatted has sound braces");
    assert_eq!(again, formatted, "formatted twice: {text:?}");
    assert_eq!(
        meaning(&formatted),
        meaning(text),
        "{text:?} became {formatted:?}"
    );
    true
}

fn source(text: &str) -> SourceText {
    SourceText {
        name: "p".to_string(),
        text: text.to_string(),
    }
}

/// What was coded, and what is said about it, without places and spelling.
fn meaning(text: &str) -> String {
    let compilation = compile(&[source(text)], &mut |_| Err(std::io::ErrorKind::NotFound.into()));
    let mut meaning = String::new();
    for statement in &compilation.statements {
        describe(statement, &compilation, &mut meaning);
    }
    let mut said: Vec<String> = compilation
        .diagnostics
        .iter()
        // What formatting mends.
        .filter(|found| !["brace-on-keyword-line", "comment-in-value"].contains(&found.name))
        .map(|found| std::format!("{} {}\n", found.name, found.message.to_lowercase()))
        .collect();
    said.sort();
    meaning + &said.concat()
}

fn describe(statement: &CodedStatement, compilation: &Compilation, meaning: &mut String) {
    let _ = writeln!(meaning, "{} {:?}", statement.statement.keyword, statement.name);
    for param in &statement.params {
        let _ = write!(meaning, "{} ", param.param.keyword);
        match &param.value {
            CodedValue::Block(block) => describe(block, compilation, meaning),
            CodedValue::Other => {
                let text = &compilation.sources[param.at.source].text[param.at.start..param.at.end];
                let _ = writeln!(meaning, "{text}");
            }
            value => {
                let _ = writeln!(meaning, "{value:?}");
            }
        }
    }
}
