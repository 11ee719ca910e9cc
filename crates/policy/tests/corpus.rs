//! Policies in the style of the field, one for each feature of the language, with what is said about them beside each:
//! `NAME.ttls` and `NAME.expected` in `corpus/`.
//!
//! `TTLS_BLESS=1 cargo test -p ttls-policy --test corpus` writes what is said now; read the difference before it is kept.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use ttls_policy::{Compilation, Diagnostic, SourceText, Span, compile, decode};

#[test]
fn what_is_said_about_the_corpus_is_what_stands_beside_it() {
    let mut wrong = String::new();
    for path in policies() {
        let said = said(&compiled(&path));
        let expected = path.with_extension("expected");
        if std::env::var_os("TTLS_BLESS").is_some() {
            fs::write(&expected, &said).expect("writable");
        }
        let before = fs::read_to_string(&expected).unwrap_or_default();
        if before != said {
            let _ = writeln!(wrong, "{}\nexpected:\n{before}said:\n{said}", path.display());
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn nothing_is_expected_of_files_that_are_not_there() {
    let names = |extension| -> Vec<PathBuf> {
        let files = files().into_iter();
        files
            .filter(|path| path.extension().is_some_and(|e| e == extension))
            .map(|path| path.with_extension(""))
            .collect()
    };
    assert_eq!(names("expected"), names("ttls"));
    assert!(names("ttls").len() >= 60);
}

#[test]
fn the_corpus_draws_most_of_what_can_be_said() {
    let mut drawn: BTreeMap<&str, usize> = ttls_policy::codes().iter().map(|code| (code.name, 0)).collect();
    for path in policies() {
        for diagnostic in compiled(&path).diagnostics {
            *drawn.entry(diagnostic.name).or_default() += 1;
        }
    }
    let silent: Vec<&str> = drawn
        .iter()
        .filter(|(_, count)| **count == 0)
        .map(|(name, _)| *name)
        .collect();
    assert!(silent.len() * 5 < drawn.len(), "{silent:?}");
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus")
}

fn files() -> Vec<PathBuf> {
    let entries = fs::read_dir(folder()).expect("the corpus");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("a file").path()).collect();
    files.sort();
    files
}

fn policies() -> Vec<PathBuf> {
    let files = files().into_iter();
    files
        .filter(|path| path.extension().is_some_and(|extension| extension == "ttls"))
        .collect()
}

fn compiled(path: &Path) -> Compilation {
    let source = SourceText {
        // Without its folder, so that messages are the same everywhere.
        name: path.file_name().expect("a name").to_string_lossy().into_owned(),
        text: decode(fs::read(path).expect("a policy")),
    };
    let mut read = |named: &Path| {
        let bytes = fs::read(folder().join(named)).map_err(|error| std::io::Error::from(error.kind()))?;
        Ok(decode(bytes))
    };
    compile(&[source], &mut read)
}

/// A line for each diagnostic, its help below it.
fn said(compilation: &Compilation) -> String {
    let mut said = String::new();
    for diagnostic in &compilation.diagnostics {
        let Diagnostic {
            level,
            code,
            name,
            message,
            ..
        } = diagnostic;
        let place = place(diagnostic.span, compilation);
        let _ = writeln!(said, "{place} {}[{code}] {name}: {message}", level.word());
        for (span, label) in &diagnostic.secondary {
            let _ = writeln!(said, "    {} {label}", self::place(*span, compilation));
        }
        if let Some(help) = &diagnostic.help {
            let _ = writeln!(said, "    help: {help}");
        }
    }
    if compilation.policy.is_none() {
        said.push_str("not installed\n");
    }
    said
}

fn place(span: Span, compilation: &Compilation) -> String {
    let source = &compilation.sources[span.source];
    let before = &source.text[..span.start];
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    let file = if span.source == 0 { "" } else { &source.name };
    let colon = if file.is_empty() { "" } else { ":" };
    format!("{file}{colon}{line}:{column}")
}
