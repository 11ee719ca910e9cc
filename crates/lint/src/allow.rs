//! `# ttls: allow(NAME, ...) reason`: findings that somebody has decided to live with.

use std::collections::BTreeMap;
use std::ops::Range;

use ttls_policy::{
    CodedStatement, CodedValue, Compilation, Diagnostic, Edit, Fix, Level, Safety, SourceText, Span, codes,
};

use crate::layout::Layout;
use crate::options::Options;
use crate::rule::LintRule;
use crate::rules::{UNKNOWN_ALLOW, UNUSED_ALLOW, rules};

/// One name of an allow comment.
struct Allow<'s> {
    name: &'s str,
    /// Where it stands.
    at: Span,
    /// Findings that start here are allowed.
    range: Range<usize>,
}

/// Takes away what is allowed, and adds what there is to say about the comments. A comment behind something is for
/// its line; on a line of its own it is for the statement or parameter that follows, with its block.
pub(crate) fn apply(
    compilation: &Compilation,
    mut diagnostics: Vec<Diagnostic>,
    options: &Options,
) -> Vec<Diagnostic> {
    let mut remarks = Vec::new();
    let sources = compilation.sources.iter().take(compilation.files).enumerate();
    for allow in sources.flat_map(|(number, source)| allows(number, source, &compilation.statements)) {
        if !can_be_allowed(allow.name) {
            let message = format!(
                "`{}` is not the name of a finding that can be allowed",
                allow.name
            );
            let names = names().collect::<Vec<_>>();
            let near = ttls_policy::nearest(allow.name, names);
            let help = match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => "write the name of a warning or note; errors cannot be allowed".to_string(),
            };
            let fix = near.map(|near| Fix::new(Safety::Safe, format!("write `{near}`"), allow.at, near));
            remarks.push(remark(&UNKNOWN_ALLOW, allow.at, message, help, fix));
            continue;
        }
        let before = diagnostics.len();
        diagnostics.retain(|diagnostic| !allow.covers(diagnostic));
        // Rules that were not asked to look found nothing; with errors, rules that need the effective policy did not look.
        let looked = rules()
            .iter()
            .all(|rule| rule.code.name != allow.name || rule.is_on(options));
        if diagnostics.len() == before && looked && compilation.policy.is_some() {
            let message = format!("there is no {} to allow here", allow.name);
            remarks.push(remark(
                &UNUSED_ALLOW,
                allow.at,
                message,
                "remove the comment".to_string(),
                without(&compilation.sources, allow.at),
            ));
        }
    }
    diagnostics.extend(remarks);
    diagnostics
}

impl Allow<'_> {
    fn covers(&self, diagnostic: &Diagnostic) -> bool {
        diagnostic.name == self.name
            && diagnostic.level != Level::Error
            && diagnostic.span.source == self.at.source
            && self.range.contains(&diagnostic.span.start)
    }
}

/// Names of all findings that are no errors.
fn names() -> impl Iterator<Item = &'static str> {
    let compiler = codes().iter().copied().filter(|code| code.level != Level::Error);
    compiler
        .chain(rules().iter().map(|rule| &rule.code))
        .map(|code| code.name)
}

fn can_be_allowed(name: &str) -> bool {
    names().any(|known| known == name)
}

fn remark(
    rule: &'static LintRule,
    span: Span,
    message: String,
    help: String,
    fix: Option<Fix>,
) -> Diagnostic {
    Diagnostic {
        level: rule.code.level,
        code: rule.code.id,
        name: rule.code.name,
        message,
        span,
        secondary: Vec::new(),
        help: Some(help),
        fix,
    }
}

/// Taking out a name, and the comment where it is the only one.
fn without(sources: &[SourceText], name: Span) -> Option<Fix> {
    let layout = Layout::of(sources, name)?;
    let line = layout.line(name.start);
    let before = layout.text(layout.span(line.start..name.start));
    let behind = layout.text(layout.span(name.end..line.end));
    let more = behind.trim_start().strip_prefix(',').map(str::trim_start);
    let span = if let Some(more) = more {
        layout.span(name.start..line.end - more.len())
    } else if let Some(first) = before.trim_end().strip_suffix(',') {
        layout.span(line.start + first.len()..name.end)
    } else {
        let code = before.split('#').next().unwrap_or_default().trim_end();
        // A line that only has the comment goes as a whole.
        let newline = if code.is_empty() {
            0
        } else {
            behind.len() - behind.trim_end().len()
        };
        layout.span(line.start + code.len()..line.end - newline)
    };
    Some(Fix {
        message: "remove it".to_string(),
        safety: Safety::Safe,
        edits: vec![Edit {
            span,
            replacement: String::new(),
        }],
    })
}

/// All allow comments of a source.
fn allows<'s>(number: usize, source: &'s SourceText, statements: &[CodedStatement]) -> Vec<Allow<'s>> {
    let mut allows = Vec::new();
    let ends = block_ends(number, statements);
    // Names of comments on lines of their own, until the line comes that they are for.
    let mut waiting: Vec<(&str, Span)> = Vec::new();
    let mut start = 0;
    for line in source.text.split_inclusive('\n') {
        let end = start + line.len();
        let code = line.split('#').next().unwrap_or_default();
        let names = line
            .get(code.len()..)
            .map(|comment| names_in(comment, number, start + code.len()));
        let named = names.into_iter().flatten();
        if code.trim().is_empty() {
            waiting.extend(named);
        } else {
            let here = named.map(|(name, at)| Allow {
                name,
                at,
                range: start..end,
            });
            allows.extend(here);
            let block_end = ends.range(start..end).map(|(_, end)| *end).max();
            let range = start..block_end.map_or(end, |block_end| block_end.max(end));
            let before = waiting.drain(..);
            allows.extend(before.map(|(name, at)| Allow {
                name,
                at,
                range: range.clone(),
            }));
        }
        start = end;
    }
    allows.extend(waiting.into_iter().map(|(name, at)| Allow {
        name,
        at,
        range: start..start,
    }));
    allows
}

/// The names in a comment of a source that starts at this offset.
fn names_in(comment: &str, source: usize, offset: usize) -> Vec<(&str, Span)> {
    let text = comment.trim_start_matches('#').trim_start();
    let Some(text) = text.strip_prefix("ttls:").map(str::trim_start) else {
        return Vec::new();
    };
    let Some((list, _)) = text.strip_prefix("allow(").and_then(|text| text.split_once(')')) else {
        return Vec::new();
    };
    // All parts end where the comment ends or point into it.
    let place = |part: &str| offset + (part.as_ptr().addr() - comment.as_ptr().addr());
    list.split(',')
        .map(str::trim)
        .map(|name| {
            let start = place(name);
            let at = Span {
                source,
                start,
                end: start + name.len(),
            };
            (name, at)
        })
        .collect()
}

/// Where the blocks of a source end, by the place of their keyword.
fn block_ends(source: usize, statements: &[CodedStatement]) -> BTreeMap<usize, usize> {
    let mut ends = BTreeMap::new();
    for statement in statements
        .iter()
        .filter(|statement| statement.keyword.source == source)
    {
        note_end(statement, &mut ends);
    }
    ends
}

/// Notes and returns where the last parameter of a block ends.
fn note_end(block: &CodedStatement, ends: &mut BTreeMap<usize, usize>) -> usize {
    let mut end = block.keyword.end;
    for coded in &block.params {
        end = end.max(match &coded.value {
            CodedValue::Block(inner) => note_end(inner, ends),
            _ => coded.at.end,
        });
    }
    ends.insert(block.keyword.start, end);
    end
}

#[cfg(test)]
mod tests {
    use crate::testing::{fires, policy, report, silent};

    fn traced(above: &str, behind: &str) -> String {
        let group = format!("TTLSEnabled On\n{above}Trace 255 {behind}");
        policy("LocalPortRange 21\nDirection Inbound").replace("TTLSEnabled On", &group)
    }

    #[test]
    fn a_comment_allows_on_its_line_above_it_and_for_a_whole_block() {
        let comment = "# ttls: allow(payload-trace) only for today";
        silent("payload-trace", &traced("", comment));
        silent("payload-trace", &traced(&format!("{comment}\n# more\n\n"), ""));
        let block = traced("", "").replace("TTLSGroupAction g", &format!("{comment}\nTTLSGroupAction g"));
        silent("payload-trace", &block);
        for text in [block, traced("", comment)] {
            assert_eq!(report(&text).diagnostics, []);
        }
    }

    #[test]
    fn it_allows_nothing_else_and_nowhere_else() {
        let elsewhere = traced("", "").replace(
            "TTLSGroupActionRef g",
            "TTLSGroupActionRef g # ttls: allow(payload-trace)",
        );
        fires("payload-trace", &elsewhere, "Trace 255", "Trace 255 ");
        fires(
            "unused-allow",
            &elsewhere,
            "no payload-trace",
            "TTLSGroupActionRef g # ttls: allow(payload-trace)",
        );
    }

    #[test]
    fn several_names_are_allowed_at_once_and_each_must_be_known() {
        let text = traced(
            "",
            "# ttls: allow(payload-trace, weak-ciphers, undefined-reference) x",
        );
        silent("payload-trace", &text);
        let unknown = crate::testing::found("unknown-allow", &text);
        assert_eq!(unknown.len(), 2, "{unknown:?}");
    }

    #[test]
    fn errors_cannot_be_allowed() {
        let text =
            policy("LocalPortRange 99999 # ttls: allow(invalid-value, invalid-range)\nDirection Inbound");
        assert!(!report(&text).installable);
        assert!(
            report(&text)
                .diagnostics
                .iter()
                .any(|d| d.level == ttls_policy::Level::Error)
        );
    }
}
