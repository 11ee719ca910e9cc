//! Lines to nested blocks. Whatever is wrong with braces is reported here and repaired as well as possible, so that
//! everything else in the file is still checked.

use crate::codes;
use crate::diagnostic::Diagnostic;
use crate::fix::{Fix, Safety};
use crate::lexer::{Line, Text, Token};
use crate::schema::{self, Kind, Place, Statement};
use crate::sink::Sink;
use crate::source::Span;

/// A keyword with what follows it, and its block if it has one.
#[derive(Debug)]
pub(crate) struct Entry<'t> {
    pub(crate) keyword: Text<'t>,
    pub(crate) value: Text<'t>,
    pub(crate) body: Option<Body<'t>>,
}

/// What stands between braces.
#[derive(Debug, Default)]
pub(crate) struct Body<'t> {
    pub(crate) entries: Vec<Entry<'t>>,
    /// Its braces were not right: that something is missing in it says nothing.
    pub(crate) damaged: bool,
}

/// Builds the blocks of a file.
pub(crate) fn build<'t>(lines: &[Line<'t>], sink: &mut Sink) -> Vec<Entry<'t>> {
    let mut builder = Builder {
        sink,
        top: Vec::new(),
        stack: Vec::new(),
        pending: None,
        too_deep: 0,
    };
    for (at, line) in lines.iter().enumerate() {
        if let Some(comment) = line.glued_comment {
            builder.sink.push(
                Diagnostic::new(
                    &codes::COMMENT_IN_VALUE,
                    comment,
                    "`#` starts a comment here: the value ends before it",
                )
                .help("values cannot contain `#`; put a blank before a comment")
                .fix(Some(Fix::new(
                    Safety::Safe,
                    "put a blank before the comment",
                    comment.part(0, 0),
                    " ",
                ))),
            );
        }
        let opens_next = matches!(
            lines.get(at + 1),
            Some(Line {
                token: Token::Open { .. },
                ..
            })
        );
        match line.token {
            Token::Open { brace, rest } => builder.open(brace, rest),
            Token::Close { brace, rest } => builder.close(brace, rest),
            Token::Attribute { keyword, rest } => builder.attribute(keyword, rest, opens_next),
        }
    }
    builder.finish()
}

/// AT-TLS nests blocks three deep.
const DEEPEST: usize = 8;

struct Builder<'s, 't> {
    sink: &'s mut Sink,
    top: Vec<Entry<'t>>,
    stack: Vec<Frame<'t>>,
    /// The head of a block whose `{` is to come.
    pending: Option<Head<'t>>,
    /// Braces open beyond the deepest block.
    too_deep: usize,
}

struct Frame<'t> {
    /// `None`: a block that belongs to nothing and is dropped.
    head: Option<Head<'t>>,
    brace: Span,
    body: Body<'t>,
}

#[derive(Clone, Copy)]
struct Head<'t> {
    keyword: Text<'t>,
    value: Text<'t>,
    /// `None`: the keyword is not known.
    statement: Option<&'static Statement>,
}

/// What came where a `{` was due.
#[derive(Clone, Copy)]
enum Came<'t> {
    Keyword(Text<'t>),
    Close,
    End,
}

impl<'t> Builder<'_, 't> {
    fn attribute(&mut self, keyword: Text<'t>, rest: Text<'t>, opens_next: bool) {
        if self.too_deep > 0 {
            return;
        }
        self.missing_open(Came::Keyword(keyword));
        let statement = schema::statement(keyword.text);
        let opens = opens_next || rest.text.ends_with('{');
        if statement.is_some_and(|statement| statement.place == Place::File) && opens {
            self.close_all(keyword);
        }
        if let Some(Place::AgentLine(_)) = statement.map(|statement| statement.place) {
            return self.line(keyword, rest);
        }
        let known = statement.is_some() || !schema::statements_with(keyword.text).is_empty();
        if statement.is_some() || (!known && opens) {
            self.head(Head {
                keyword,
                value: rest,
                statement,
            });
        } else {
            self.line(keyword, rest);
        }
    }

    /// The first line of a block.
    fn head(&mut self, head: Head<'t>) {
        let Some(at) = head.value.text.find('{') else {
            self.pending = Some(head);
            return;
        };
        let brace = head.value.span.part(at, at + 1);
        let behind = &head.value.text[at + 1..];
        let head = Head {
            value: head.value.part(0, at).trim_end(),
            ..head
        };
        if behind.is_empty() {
            self.sink.push(
                Diagnostic::new(
                    &codes::BRACE_ON_KEYWORD_LINE,
                    brace,
                    "`{` on the line of its statement is an extension",
                )
                .help("z/OS takes it on a line of its own only"),
            );
            self.push(Some(head), brace);
        } else {
            self.push(Some(head), brace);
            self.not_alone(brace);
            if behind.contains('}') {
                self.end_block();
            }
        }
    }

    /// A parameter on its line.
    fn line(&mut self, keyword: Text<'t>, rest: Text<'t>) {
        let brace_ends_it = rest.text.ends_with('}') && !self.stack.is_empty() && !takes_braces(keyword.text);
        let value = if brace_ends_it {
            rest.part(0, rest.text.len() - 1).trim_end()
        } else {
            rest
        };
        self.add(Entry {
            keyword,
            value,
            body: None,
        });
        if brace_ends_it {
            self.not_alone(rest.span.part(rest.text.len() - 1, rest.text.len()));
            self.pop();
        }
    }

    fn open(&mut self, brace: Span, rest: Text<'t>) {
        if self.too_deep > 0 {
            self.too_deep += 1;
            return;
        }
        let head = self.pending.take();
        if head.is_none() {
            let before = self
                .stack
                .last()
                .map_or(&self.top, |frame| &frame.body.entries)
                .last();
            let message = match before {
                Some(entry) if entry.body.is_none() => format!("`{}` has no block", entry.keyword.text),
                _ => "this `{` belongs to no statement".to_string(),
            };
            self.sink
                .push(Diagnostic::new(&codes::UNBALANCED_BRACES, brace, message));
        }
        self.push(head, brace);
        if !rest.text.is_empty() {
            self.not_alone(brace);
            if rest.text.ends_with('}') {
                self.end_block();
            }
        }
    }

    fn close(&mut self, brace: Span, rest: Text<'t>) {
        if self.too_deep > 0 {
            self.too_deep -= 1;
            return;
        }
        self.missing_open(Came::Close);
        if self.stack.is_empty() {
            let message = "this `}` closes nothing";
            self.sink
                .push(Diagnostic::new(&codes::UNBALANCED_BRACES, brace, message));
        }
        if !rest.text.is_empty() {
            self.not_alone(brace);
        }
        self.pop();
    }

    fn finish(mut self) -> Vec<Entry<'t>> {
        self.missing_open(Came::End);
        while let Some(frame) = self.stack.last() {
            let brace = frame.brace;
            self.unclosed(brace, None);
            self.pop();
        }
        self.top
    }

    /// A head still waits for its `{`, and something else came.
    fn missing_open(&mut self, came: Came<'t>) {
        let Some(head) = self.pending.take() else {
            return;
        };
        let keyword = head.keyword.text;
        self.sink.push(
            Diagnostic::new(
                &codes::UNBALANCED_BRACES,
                head.keyword.span,
                format!("{keyword} has no `{{` on the next line"),
            )
            .help(format!(
                "a block follows {keyword}: `{{` and `}}`, each on a line of its own"
            )),
        );
        self.push(Some(head), head.keyword.span);
        if let Some(frame) = self.stack.last_mut() {
            frame.body.damaged = true;
        }
        // The block was meant to be open if its parameters or its end follow.
        let meant = match came {
            Came::Keyword(next) => head
                .statement
                .is_some_and(|statement| statement.param(next.text).is_some()),
            Came::Close => true,
            Came::End => false,
        };
        if !meant {
            self.end_block();
        }
    }

    /// A statement of the file level begins: blocks that are still open lack their `}`.
    fn close_all(&mut self, next: Text<'t>) {
        while let Some(frame) = self.stack.last() {
            let brace = frame.brace;
            self.unclosed(brace, Some(next));
            self.pop();
        }
    }

    fn unclosed(&mut self, brace: Span, next: Option<Text<'t>>) {
        let diagnostic = Diagnostic::new(&codes::UNBALANCED_BRACES, brace, "this `{` is never closed");
        self.sink.push(match next {
            Some(next) => diagnostic.also(next.span, format!("`}}` is missing before {}", next.text)),
            None => diagnostic.help("write `}` on a line of its own at the end of the block"),
        });
        if let Some(frame) = self.stack.last_mut() {
            frame.body.damaged = true;
        }
    }

    fn not_alone(&mut self, brace: Span) {
        self.sink.push(
            Diagnostic::new(&codes::BRACE_NOT_ALONE, brace, "a brace stands alone on its line")
                .help("put `{`, `}` and each parameter on lines of their own"),
        );
        if let Some(frame) = self.stack.last_mut() {
            frame.body.damaged = true;
        }
    }

    fn push(&mut self, head: Option<Head<'t>>, brace: Span) {
        if self.stack.len() < DEEPEST {
            self.stack.push(Frame {
                head,
                brace,
                body: Body::default(),
            });
            return;
        }
        self.too_deep = 1;
        let message = format!("blocks are nested more than {DEEPEST} deep");
        self.sink
            .push(Diagnostic::new(&codes::NESTING_TOO_DEEP, brace, message));
    }

    /// Ends the block that was opened last.
    fn end_block(&mut self) {
        if self.too_deep > 0 {
            self.too_deep -= 1;
        } else {
            self.pop();
        }
    }

    fn pop(&mut self) {
        let Some(Frame {
            head: Some(Head { keyword, value, .. }),
            body,
            ..
        }) = self.stack.pop()
        else {
            return;
        };
        self.add(Entry {
            keyword,
            value,
            body: Some(body),
        });
    }

    fn add(&mut self, entry: Entry<'t>) {
        match self.stack.last_mut() {
            Some(frame) => frame.body.entries.push(entry),
            None => self.top.push(entry),
        }
    }
}

/// Braces may be part of texts that run to the end of the line.
fn takes_braces(keyword: &str) -> bool {
    schema::statements_with(keyword)
        .iter()
        .filter_map(|statement| statement.param(keyword))
        .any(|param| matches!(param.kind, Kind::Text(_) | Kind::HostLabel))
}
