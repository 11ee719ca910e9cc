//! What lint rules look at: the statements as coded, the compiled policy, and the ways between them.

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};

use ttls_policy::schema::Kind;
use ttls_policy::{
    ActionSet, CodedParam, CodedStatement, CodedValue, Compilation, Fix, Policy, Rule, Safety, Span,
};

use crate::layout::Layout;
use crate::options::{Options, RingOptions};
use crate::ring_uses::{self, RingUse};

/// A compiled policy together with its text.
pub(crate) struct Model<'c> {
    compilation: &'c Compilation,
    options: &'c Options,
    ring_uses: OnceCell<Vec<RingUse<'c>>>,
    /// Of equal names the last one counts.
    global: HashMap<(&'static str, &'c str), &'c CodedStatement>,
}

/// What a rule says about one end of connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Condition {
    /// Nothing.
    Absent,
    /// `All` or 0.
    Everything,
    /// Something that not every connection meets.
    Some,
}

impl<'c> Model<'c> {
    pub(crate) fn new(compilation: &'c Compilation, options: &'c Options) -> Self {
        let global = compilation
            .statements
            .iter()
            .filter_map(|statement| {
                Some((
                    (statement.statement.keyword, statement.name.as_deref()?),
                    statement,
                ))
            })
            .collect();
        Self {
            compilation,
            options,
            ring_uses: OnceCell::new(),
            global,
        }
    }

    /// The effective policy; `None` where there are errors.
    pub(crate) fn policy(&self) -> Option<&'c Policy> {
        self.compilation.policy.as_ref()
    }

    /// How to look into key rings, if that is asked for.
    pub(crate) fn ring_options(&self) -> Option<&'c RingOptions> {
        self.options.keyrings.as_ref()
    }

    /// The key rings that the policy uses, each opened once; none where they are not to be looked into.
    pub(crate) fn ring_uses(&self) -> &[RingUse<'c>] {
        self.ring_uses.get_or_init(|| {
            let (Some(options), Some(policy)) = (self.ring_options(), self.policy()) else {
                return Vec::new();
            };
            let place = |set: &ActionSet, keyword: &str| self.coded(set, keyword).map(|coded| coded.at);
            ring_uses::find(policy, &options.keyrings, place)
        })
    }

    /// The text of a span.
    pub(crate) fn text(&self, span: Span) -> &'c str {
        self.layout(span).map_or("", |layout| layout.text(span))
    }

    /// Lines and blocks of the source that a span is in.
    pub(crate) fn layout(&self, span: Span) -> Option<Layout<'c>> {
        Layout::of(&self.compilation.sources, span)
    }

    /// Taking out a parameter or a statement with its block. It may be a reference to it that is missing.
    pub(crate) fn removal(&self, keyword: Span) -> Option<Fix> {
        let layout = self.layout(keyword)?;
        Some(Fix {
            message: "remove it".to_string(),
            safety: Safety::Unsafe,
            edits: vec![layout.without(keyword)?],
        })
    }

    /// The named statements that count, in the order of the sources.
    pub(crate) fn statements(&self) -> impl Iterator<Item = &'c CodedStatement> {
        self.compilation.statements.iter().filter(|statement| {
            let name = statement.name.as_deref();
            name.is_some_and(|name| {
                self.get(statement.statement.keyword, name)
                    .is_some_and(|counting| std::ptr::eq(counting, *statement))
            })
        })
    }

    /// The named statements of this keyword that count.
    pub(crate) fn of(&self, keyword: &'static str) -> impl Iterator<Item = &'c CodedStatement> {
        self.statements()
            .filter(move |statement| statement.statement.keyword == keyword)
    }

    /// All statements that count, inline blocks too.
    pub(crate) fn blocks(&self) -> Vec<&'c CodedStatement> {
        let mut blocks: Vec<&'c CodedStatement> = self.statements().collect();
        let mut at = 0;
        while let Some(block) = blocks.get(at) {
            let inner: Vec<&'c CodedStatement> = block.params.iter().filter_map(inline).collect();
            blocks.extend(inner);
            at += 1;
        }
        blocks
    }

    /// The statement of this keyword and name.
    pub(crate) fn get(&self, keyword: &'static str, name: &str) -> Option<&'c CodedStatement> {
        self.global.get(&(keyword, name)).copied()
    }

    /// Where the rule is written.
    pub(crate) fn place(&self, rule: &Rule) -> Option<Span> {
        self.get("TTLSRule", rule.name())
            .map(|statement| statement.keyword)
    }

    /// The statement that a reference names or an inline block is.
    pub(crate) fn follow(&self, coded: &'c CodedParam) -> Option<&'c CodedStatement> {
        match (&coded.value, coded.param.kind) {
            (CodedValue::Block(block), _) => Some(block),
            (CodedValue::Reference(name), Kind::Ref(target)) => self.get(target, name),
            _ => None,
        }
    }

    /// Where the value of an action set is coded: in the narrowest action that has it.
    pub(crate) fn coded(&self, set: &ActionSet, keyword: &str) -> Option<&'c CodedParam> {
        let actions = [
            ("TTLSConnectionAction", set.connection.as_deref()),
            ("TTLSEnvironmentAction", Some(set.environment.as_str())),
            ("TTLSGroupAction", Some(set.group.as_str())),
        ];
        actions.into_iter().find_map(|(statement, name)| {
            let action = self.get(statement, name?)?;
            let blocks = action.params.iter().filter_map(|coded| self.follow(coded));
            std::iter::once(action)
                .chain(blocks)
                .filter_map(|block| block.param(keyword))
                .next_back()
        })
    }

    /// Where the narrowest action of a rule codes a parameter; works where there are errors too.
    pub(crate) fn effective(&self, rule: &'c CodedStatement, keyword: &str) -> Option<&'c CodedParam> {
        let references = [
            "TTLSConnectionActionRef",
            "TTLSEnvironmentActionRef",
            "TTLSGroupActionRef",
        ];
        references.into_iter().find_map(|reference| {
            let action = self.follow(rule.param(reference)?)?;
            let blocks = action.params.iter().filter_map(|coded| self.follow(coded));
            std::iter::once(action)
                .chain(blocks)
                .filter_map(|block| block.param(keyword))
                .next_back()
        })
    }

    /// The word of a parameter that the narrowest action of a rule codes.
    pub(crate) fn effective_word(&self, rule: &'c CodedStatement, keyword: &str) -> Option<&'static str> {
        self.effective(rule, keyword)?.word()
    }

    /// The group action of a rule says `TTLSEnabled On`.
    pub(crate) fn is_enabled(&self, rule: &'c CodedStatement) -> bool {
        rule.param("TTLSGroupActionRef")
            .and_then(|coded| self.follow(coded))
            .and_then(|group| group.param("TTLSEnabled"))
            .and_then(CodedParam::word)
            == Some("On")
    }

    /// What a rule says in one of its address or port slots.
    pub(crate) fn condition(&self, rule: &'c CodedStatement, slot: &str) -> Condition {
        let Some(coded) = rule.slot(slot) else {
            return Condition::Absent;
        };
        let mut open = vec![coded];
        let mut seen = HashSet::new();
        while let Some(coded) = open.pop() {
            if matches!(coded.value, CodedValue::Everything) {
                return Condition::Everything;
            }
            if let Some(members) = self.follow(coded)
                && seen.insert(members.keyword)
            {
                open.extend(&members.params);
            }
        }
        Condition::Some
    }
}

/// The inline block of a parameter.
fn inline(coded: &CodedParam) -> Option<&CodedStatement> {
    match &coded.value {
        CodedValue::Block(block) => Some(block),
        _ => None,
    }
}
