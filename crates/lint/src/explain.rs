//! Explanations: of findings, and of the words of the language.

mod compiler;
mod keyword;

use ttls_policy::{Code, codes, nearest, schema};

use crate::rules::rules;

/// The page of what has this number (`TTLS301`), this name (`shadowed-rule`) or this keyword (`SecondaryMap`), in any
/// case.
///
/// # Errors
/// Nothing is called so; the error names what is called similarly, if anything is.
pub fn explain(word: &str) -> Result<String, Option<String>> {
    let is = |code: &Code| code.id.eq_ignore_ascii_case(word) || code.name.eq_ignore_ascii_case(word);
    if let Some(rule) = rules().iter().find(|rule| is(&rule.code)) {
        return Ok(format!("{}\n{}", title(&rule.code), page(rule.page)));
    }
    if let Some(code) = codes().iter().find(|code| is(code)) {
        let page = compiler::page(code.name).unwrap_or_default();
        return Ok(format!("{}\n{}\n\n{page}\n", title(code), code.doc));
    }
    keyword::explain(word).ok_or_else(|| similar(word))
}

fn title(code: &Code) -> String {
    format!("{} {} ({})\n", code.id, code.name, code.level.word())
}

/// Without the blank that comments have before their text.
fn page(text: &str) -> String {
    text.lines()
        .map(|line| format!("{}\n", line.strip_prefix(' ').unwrap_or(line)))
        .collect()
}

fn similar(word: &str) -> Option<String> {
    let mut known: Vec<&str> = rules().iter().map(|rule| rule.code.name).collect();
    known.extend(codes().iter().map(|code| code.name));
    for statement in schema::statements().iter().copied().chain([schema::ftp_data()]) {
        known.push(statement.keyword);
        known.extend(statement.params().map(|param| param.keyword));
    }
    nearest(word, known).map(str::to_string)
}

#[cfg(test)]
mod tests {
    use super::explain;
    use crate::rules::rules;

    #[test]
    fn rules_are_explained_by_number_and_name_in_any_case() {
        for rule in rules() {
            let by_name = explain(rule.code.name).expect("known");
            assert_eq!(explain(&rule.code.id.to_lowercase()), Ok(by_name.clone()));
            assert!(by_name.contains("\nWhy it matters\n") || by_name.contains("## Why it matters\n"));
            assert!(by_name.contains(rule.code.doc), "{by_name}");
        }
    }

    #[test]
    fn findings_of_the_compiler_are_explained_too() {
        let page = explain("ttls007").expect("a page");
        let title =
            "TTLS007 undefined-reference (error)\n\nA reference names an object that is not defined.\n\n";
        assert!(page.starts_with(title), "{page}");
        assert!(page.contains("\nInstead: "), "{page}");
    }

    #[test]
    fn keywords_are_explained_from_the_schema() {
        let page = explain("secondarymap").expect("known");
        for part in [
            "SecondaryMap in TTLSGroupAdvancedParms",
            "On | Off",
            "SecondaryMap in TTLSConnectionAdvancedParms",
        ] {
            assert!(page.contains(part), "{part}: {page}");
        }
        let page = explain("TTLSGateway").expect("known");
        for part in ["extension", "Listen", "required"] {
            assert!(page.contains(part), "{part}: {page}");
        }
        let page = explain("SSLv3").expect("known");
        assert!(page.contains("refused"), "{page}");
    }

    #[test]
    fn what_is_not_known_gets_the_nearest_word() {
        assert_eq!(explain("SecundaryMap"), Err(Some("SecondaryMap".to_string())));
        assert_eq!(explain("zzzzzzzzzz"), Err(None));
    }
}
