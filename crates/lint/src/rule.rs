//! What a lint rule is.

use ttls_policy::{Code, Diagnostic, Fix, Span};

use crate::model::Model;
use crate::options::Options;

/// A lint rule: what it is called, what it looks for, and why.
pub struct LintRule {
    /// Number, name, level and one sentence.
    pub code: Code,
    /// Its page, in Markdown: what, why it matters, example, what to write instead.
    pub page: &'static str,
    /// When it looks.
    pub(crate) when: When,
    /// Looks at a policy.
    pub(crate) check: fn(&Model<'_>, &mut Findings),
}

/// When a rule looks at policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    /// Always.
    Always,
    /// Where the policy is for z/OS too.
    Portable,
    /// Where the key rings are there to look into.
    Keyrings,
}

/// Collects what one rule finds.
pub(crate) struct Findings {
    rule: &'static LintRule,
    found: Vec<Diagnostic>,
}

/// More findings of one rule nobody reads.
const MOST: usize = 200;

impl LintRule {
    /// It looks at policies under these options.
    pub(crate) fn is_on(&self, options: &Options) -> bool {
        match self.when {
            When::Always => true,
            When::Portable => options.portable,
            When::Keyrings => options.keyrings.is_some(),
        }
    }

    /// What must be asked for so that it looks, as an option of the command line.
    pub fn option(&self) -> Option<&'static str> {
        match self.when {
            When::Always => None,
            When::Portable => Some("--portable"),
            When::Keyrings => Some("--keyrings"),
        }
    }

    /// What the rule finds in a policy.
    pub(crate) fn run(&'static self, model: &Model<'_>) -> Vec<Diagnostic> {
        let mut findings = Findings {
            rule: self,
            found: Vec::new(),
        };
        (self.check)(model, &mut findings);
        findings.found
    }
}

impl std::fmt::Debug for LintRule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("LintRule").field(&self.code).finish()
    }
}

impl Findings {
    /// Adds a finding. The same one at the same place is kept once: several rules of a policy may share an action.
    pub(crate) fn push(
        &mut self,
        span: Span,
        message: impl Into<String>,
        help: impl Into<String>,
        secondary: Vec<(Span, String)>,
    ) {
        self.push_with(span, message, help, secondary, None);
    }

    /// Adds a finding with what fixes it.
    pub(crate) fn push_with(
        &mut self,
        span: Span,
        message: impl Into<String>,
        help: impl Into<String>,
        secondary: Vec<(Span, String)>,
        fix: Option<Fix>,
    ) {
        let diagnostic = Diagnostic {
            level: self.rule.code.level,
            code: self.rule.code.id,
            name: self.rule.code.name,
            message: message.into(),
            span,
            secondary,
            help: Some(help.into()),
            fix,
        };
        if !self.is_full() && !self.found.contains(&diagnostic) {
            self.found.push(diagnostic);
        }
    }

    /// Nothing more is taken.
    pub(crate) fn is_full(&self) -> bool {
        self.found.len() == MOST
    }
}

/// Defines a lint rule. Its documentation is also its page; the first line is what it means in one sentence.
macro_rules! lint_rule {
    (
        #[doc = $summary:literal]
        $(#[doc = $line:literal])*
        $constant:ident = $level:ident $id:literal $name:literal $(when $when:ident)? by $check:path
    ) => {
        #[doc = $summary]
        $(#[doc = $line])*
        pub(crate) static $constant: $crate::rule::LintRule = $crate::rule::LintRule {
            code: ttls_policy::Code {
                id: $id,
                name: $name,
                level: ttls_policy::Level::$level,
                doc: $summary.trim_ascii(),
            },
            page: concat!($summary, "\n", $($line, "\n"),*),
            when: [$($crate::rule::When::$when,)? $crate::rule::When::Always][0],
            check: $check,
        };
    };
}
pub(crate) use lint_rule;
