//! What stands where in a text, errors or not: for editors, which look at texts that are being written.

use std::ops::Range;

use crate::lexer::{self, Text, Token};
use crate::schema::{self, Kind, Param, Place, Statement};

/// Lines with keywords, in order.
#[derive(Debug, Default)]
pub struct Outline {
    /// One for each line that has a keyword.
    pub items: Vec<Item>,
}

/// A line that has a keyword. Ranges are bytes of the text.
#[derive(Debug, Clone)]
pub struct Item {
    /// Place of the keyword.
    pub keyword: Range<usize>,
    /// Place of what follows it, without blanks around and without braces; empty where nothing does.
    pub value: Range<usize>,
    /// The block, by its item, that it stands in; `None` is the file.
    pub parent: Option<usize>,
    /// The parameter that it is in its block.
    pub param: Option<&'static Param>,
    /// The statement that it is.
    pub statement: Option<&'static Statement>,
    /// From behind its `{` to its `}`, or to where the block ends without one.
    pub body: Option<Range<usize>>,
}

/// Blocks deeper than this are not told apart.
const DEEPEST: usize = 16;

/// Finds the keywords and blocks of a policy text, whatever is wrong with it.
pub fn outline(text: &str) -> Outline {
    let mut reader = Reader::default();
    for line in lexer::policy_lines(0, text) {
        match line.token {
            Token::Open { brace, .. } => reader.open(brace.end),
            Token::Close { brace, .. } => reader.close(brace.start),
            Token::Attribute { keyword, rest } => reader.attribute(keyword, rest),
        }
    }
    while !reader.stack.is_empty() {
        reader.close(text.len());
    }
    reader.outline
}

impl Outline {
    /// The line whose keyword or value this offset touches.
    pub fn at(&self, offset: usize) -> Option<&Item> {
        let behind = self.items.partition_point(|item| item.keyword.start <= offset);
        let item = self.items.get(behind.checked_sub(1)?)?;
        (offset <= item.keyword.end || (item.value.start..=item.value.end).contains(&offset)).then_some(item)
    }

    /// The block that this offset stands in, innermost; `None` is the file.
    pub fn block_at(&self, offset: usize) -> Option<&Item> {
        let behind = self.items.partition_point(|item| item.keyword.start < offset);
        let before = &self.items[..behind];
        before.iter().rev().find(|item| {
            item.body
                .as_ref()
                .is_some_and(|body| (body.start..=body.end).contains(&offset))
        })
    }

    /// The items that stand in a block.
    pub fn within(&self, block: usize) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(move |item| item.parent == Some(block))
    }
}

impl Item {
    /// What a reference names: the statement, and the place of the name.
    pub fn reference(&self, text: &str) -> Option<(&'static str, Range<usize>)> {
        match self.param?.kind {
            Kind::Ref(target) => Some((target, self.word(text)?)),
            _ => None,
        }
    }

    /// The place of the name of an object.
    pub fn name(&self, text: &str) -> Option<Range<usize>> {
        self.statement?;
        self.word(text)
    }

    /// The first word of the value.
    fn word(&self, text: &str) -> Option<Range<usize>> {
        let value = text.get(self.value.clone())?;
        let end = value.find(lexer::is_blank).unwrap_or(value.len());
        (end > 0).then(|| self.value.start..self.value.start + end)
    }
}

#[derive(Default)]
struct Reader {
    outline: Outline,
    /// Open blocks; `None` belongs to no keyword.
    stack: Vec<Option<usize>>,
    too_deep: usize,
    /// A `{` may follow for this item.
    head: Option<usize>,
}

impl Reader {
    fn attribute(&mut self, keyword: Text<'_>, rest: Text<'_>) {
        let statement =
            schema::statement(keyword.text).filter(|found| !matches!(found.place, Place::AgentLine(_)));
        if statement.is_some_and(|statement| statement.place == Place::File) {
            while !self.stack.is_empty() {
                self.close(keyword.span.start);
            }
        }
        let parent = self.stack.last().copied().flatten();
        let block = parent.and_then(|parent| self.outline.items[parent].statement);
        let brace = statement.and(rest.text.find('{'));
        let value = brace.map_or(rest, |at| rest.part(0, at).trim_end());
        self.outline.items.push(Item {
            keyword: keyword.span.start..keyword.span.end,
            value: value.span.start..value.span.end,
            parent,
            param: block.and_then(|block| block.param(keyword.text)),
            statement,
            body: None,
        });
        self.head = Some(self.outline.items.len() - 1);
        if let Some(at) = brace {
            self.open(rest.span.start + at + 1);
            if rest.text.ends_with('}') {
                self.close(rest.span.end - 1);
            }
        }
    }

    fn open(&mut self, behind: usize) {
        let head = self.head.take();
        if self.stack.len() == DEEPEST {
            self.too_deep += 1;
            return;
        }
        if let Some(head) = head {
            self.outline.items[head].body = Some(behind..behind);
        }
        self.stack.push(head);
    }

    fn close(&mut self, before: usize) {
        self.head = None;
        if self.too_deep > 0 {
            self.too_deep -= 1;
            return;
        }
        if let Some(body) = self
            .stack
            .pop()
            .flatten()
            .and_then(|head| self.outline.items[head].body.as_mut())
        {
            body.end = before.max(body.start);
        }
    }
}
