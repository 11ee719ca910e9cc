//! One of the agent's files: its statements.

use crate::check;
use crate::codes;
use crate::decode;
use crate::diagnostic::Diagnostic;
use crate::lexer;
use crate::schema::{self, Place, Statement, Verdict};
use crate::sink::Sink;
use crate::source::{SourceText, Span};
use crate::tree::{self, Entry};

use super::line::Line;

/// What one of the agent's files says.
#[derive(Debug, Default)]
pub(super) struct AgentText<'t> {
    /// `TcpImage` and `PEPInstance`, in order.
    pub(super) images: Vec<Line<'t>>,
    /// `TTLSConfig`; of several the last one counts, as with the others.
    pub(super) ttls: Option<Line<'t>>,
    /// `CommonTTLSConfig`.
    pub(super) common: Option<Line<'t>>,
    /// `LogLevel`.
    pub(super) log_level: Option<Line<'t>>,
    /// Statements of policies: they are not read here.
    pub(super) policy: Vec<(Span, &'static Statement)>,
}

/// The text has statements of the agent's files.
pub(super) fn is_agent_file(text: &str) -> bool {
    // Most texts are policies, and large: a look at the first word of each line spares reading them.
    let candidate = text.lines().any(|line| {
        let word = line.trim_start_matches(['\u{FEFF}', ' ', '\t']);
        let end = word
            .find(|c: char| lexer::is_blank(c) || c == '{')
            .unwrap_or(word.len());
        (7..=32).contains(&end) && is_agent_keyword(&word[..end])
    });
    let agent = |entry: &Entry<'_>| is_agent_keyword(entry.keyword.text);
    candidate
        && tree::build(&lexer::policy_lines(0, text), &mut Sink::default())
            .iter()
            .any(agent)
}

fn is_agent_keyword(word: &str) -> bool {
    schema::statement(word).is_some_and(|s| matches!(s.place, Place::AgentLine(_) | Place::AgentBlock(_)))
}

/// Reads one of the agent's files.
pub(super) fn read<'t>(number: usize, source: &'t SourceText, sink: &mut Sink) -> AgentText<'t> {
    let mut found = AgentText::default();
    if !decode::is_text(number, source, sink) {
        return found;
    }
    let lines = lexer::policy_lines(number, &source.text);
    decode::check(&lines, sink);
    for entry in tree::build(&lines, sink) {
        let Some(statement) = schema::statement(entry.keyword.text) else {
            check::unknown_statement(entry.keyword, sink);
            continue;
        };
        match statement.place {
            Place::AgentLine(verdict) => found.line(statement, verdict, &entry, sink),
            Place::AgentBlock(verdict) => idle(statement, verdict, &entry, sink),
            Place::File | Place::FileOrInline | Place::FtpData => {
                found.policy.push((entry.keyword.span, statement));
            }
        }
    }
    found
}

impl<'t> AgentText<'t> {
    fn line(&mut self, statement: &Statement, verdict: Verdict, entry: &Entry<'t>, sink: &mut Sink) {
        let utf_8 = ["UTF-8", "UTF8"]
            .iter()
            .any(|name| entry.value.text.eq_ignore_ascii_case(name));
        if !utf_8 {
            idle(statement, verdict, entry, sink);
        }
        let Some(line) = Line::read(statement, entry.keyword, entry.value, sink) else {
            return;
        };
        let slot = match statement.keyword {
            "TcpImage" | "PEPInstance" => return self.images.push(line),
            "TTLSConfig" => &mut self.ttls,
            "CommonTTLSConfig" => &mut self.common,
            "LogLevel" => &mut self.log_level,
            _ => return,
        };
        let now = line.keyword;
        if let Some(earlier) = slot.replace(line) {
            let message = format!("{} is coded again; the last one counts", statement.keyword);
            let again = Diagnostic::new(&codes::REPEATED_PARAMETER, now, message);
            sink.push(again.also(earlier.keyword, "coded before here"));
        }
    }
}

/// Says that a statement does nothing here.
fn idle(statement: &Statement, verdict: Verdict, entry: &Entry<'_>, sink: &mut Sink) {
    if let Verdict::NoEffect(why) | Verdict::Refused(why) = verdict {
        let message = format!("{} is not supported: {why}", statement.keyword);
        sink.push(Diagnostic::new(
            &codes::UNSUPPORTED_STATEMENT,
            entry.keyword.span,
            message,
        ));
    }
}
