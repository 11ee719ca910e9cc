//! The one table of the language: statements, parameters, values, defaults, scopes and what this engine does
//! with them. Checks, the typed model, formatter, lint, editor support and reference manual derive from it.

mod actions;
mod address;
mod advanced;
mod agent;
mod describe;
mod ftp;
mod gateway;
mod gsk;
mod intercept;
mod parms;
mod rule;
mod time;

use std::collections::HashMap;
use std::sync::LazyLock;

use ftp::FTP_DATA;
pub(crate) use ftp::FTP_PARMS;

/// A statement: a keyword, a name and a block of parameters.
#[derive(Debug)]
pub struct Statement {
    /// Canonical spelling.
    pub keyword: &'static str,
    /// Where it may stand.
    pub place: Place,
    /// The action scope that its parameters have, where that matters.
    pub scope: Option<Scope>,
    /// Its parameters, as lists that statements share.
    pub params: &'static [&'static [Param]],
    /// Extension of ttls: z/OS does not know it.
    pub extension: bool,
    /// What it is, in one line.
    pub doc: &'static str,
}

/// Where a statement may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// At file level only; a name is mandatory.
    File,
    /// At file level with a name, or inside the blocks that list it.
    FileOrInline,
    /// The content of an FTP.DATA file.
    FtpData,
    /// In the agent's own files, on one line; its parameters are operands and have no keywords.
    AgentLine(Verdict),
    /// In the agent's own files, with a block that is not looked into.
    AgentBlock(Verdict),
}

/// The three action scopes, widest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// `TTLSGroupAction`.
    Group,
    /// `TTLSEnvironmentAction`.
    Environment,
    /// `TTLSConnectionAction`.
    Connection,
}

/// A parameter of a statement.
#[derive(Debug, Clone, Copy)]
pub struct Param {
    /// Canonical spelling.
    pub keyword: &'static str,
    /// What its value looks like.
    pub kind: Kind,
    /// The default as one would write it; `None` where there is none or it is inherited.
    pub default: Option<&'static str>,
    /// How often it may be coded.
    pub repeat: Repeat,
    /// The statement is wrong without it (or without another parameter of its slot).
    pub required: bool,
    /// Parameters of one slot stand for the same thing: a block and its reference, an address and its set.
    pub slot: &'static str,
    /// One of the conditions of which a rule needs at least one.
    pub condition: bool,
    /// Scopes that take it, in statements that have a scope.
    pub scopes: &'static [Scope],
    /// Scopes in which AT-TLS possibly takes it: accepted with a warning.
    pub doubtful: &'static [Scope],
    /// What this engine does with it.
    pub verdict: Verdict,
    /// Extension of ttls: z/OS does not know it in this statement.
    pub extension: bool,
    /// Its value must never be shown.
    pub secret: bool,
    /// What it does, in one line.
    pub doc: &'static str,
}

/// How often a parameter may be coded in one block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// Once; when coded again the last one counts.
    Once,
    /// Once, and only one parameter of its slot.
    Exclusive,
    /// Any number of times, in order.
    List,
}

/// What this engine does with a parameter or value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It does what the language says.
    Effective,
    /// Accepted without effect, and why.
    NoEffect(&'static str),
    /// Refused, why, and what to write instead.
    Refused(&'static str),
}

/// One word of an enumerated value.
#[derive(Debug, PartialEq, Eq)]
pub struct Choice {
    /// Canonical spelling.
    pub word: &'static str,
    /// What this engine does with it.
    pub verdict: Verdict,
}

/// What a value looks like.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// One of these words, in any case.
    Choice(&'static [Choice]),
    /// A decimal number within these bounds, both included.
    Number(i64, i64),
    /// Name of a global object of this statement.
    Ref(&'static str),
    /// An inline block of this statement.
    Block(&'static str),
    /// Text to the end of the line, at most so many characters.
    Text(usize),
    /// `host name/certificate label`, to the end of the line.
    HostLabel,
    /// A host name or address, one word.
    Host,
    /// A user or job name; `*` at the end stands for any rest. Longer ones than the eight characters of z/OS are taken.
    Pattern,
    /// `ip`, `ip/length`, `ip-ip` or `All`.
    AddressSpec,
    /// One IP address.
    Address,
    /// `ip/length`.
    Prefix,
    /// `ip-ip`.
    AddressRange,
    /// `n`, `n-m`, `n:m` or `n m`; 0 is any.
    Ports,
    /// `(low,high)` with these bounds.
    PortPair(u16, u16),
    /// `addr:port` or `[v6]:port`.
    Socket,
    /// Cipher suites, codes of so many digits strung together or one constant.
    Suites(usize),
    /// Curve or group codes strung together or one constant; `true`: also `Any`.
    Curves(bool),
    /// Signature codes strung together or one constant.
    Signatures,
    /// One signature, its code or its constant.
    Signature,
    /// An `http` URL with a host, at most so many characters.
    Url(usize),
    /// A string of 0 and 1 of one of these lengths.
    Mask(&'static [usize]),
    /// `yyyymmddhhmmss:yyyymmddhhmmss`.
    DateRange,
    /// `hh:mm-hh:mm`.
    TimeOfDayRange,
}

/// Every statement of policy files.
pub fn statements() -> &'static [&'static Statement] {
    STATEMENTS
}

/// Every statement of the agent's own files (pagent.conf and image files).
pub fn agent_statements() -> impl Iterator<Item = &'static Statement> {
    agent::LINES.iter().chain(agent::BLOCKS).copied()
}

/// What FTP.DATA files may say, as a statement; it has no block of its own in policies.
pub fn ftp_data() -> &'static Statement {
    &FTP_DATA
}

/// The statement with this keyword, in any case; those of the agent's own files too.
pub fn statement(keyword: &str) -> Option<&'static Statement> {
    INDEX.statements.get(&keyword.to_ascii_lowercase()).copied()
}

/// The statements that have a parameter with this keyword, in any case.
pub fn statements_with(keyword: &str) -> &'static [&'static Statement] {
    INDEX
        .params
        .get(&keyword.to_ascii_lowercase())
        .map_or(&[], Vec::as_slice)
}

/// Values of parameters with this keyword must not be shown.
pub fn is_secret(keyword: &str) -> bool {
    let folded = keyword.to_ascii_lowercase();
    // Misspelt keywords keep their secrets too.
    folded.contains("pw")
        || folded.contains("passw")
        || statements_with(keyword).iter().any(|s| s.hides(keyword))
}

impl Statement {
    /// The parameter with this keyword, in any case, whether or not the scope takes it.
    pub fn param(&self, keyword: &str) -> Option<&'static Param> {
        self.params()
            .find(|param| param.keyword.eq_ignore_ascii_case(keyword))
    }

    /// All parameters that this statement takes, certain or doubtful.
    pub fn params(&self) -> impl Iterator<Item = &'static Param> {
        let scope = self.scope;
        self.params
            .iter()
            .flat_map(|list| list.iter())
            .filter(move |param| param.valid_in(scope) || param.doubtful_in(scope))
    }

    /// The action scope that the value of a parameter comes from when it is not coded here: the next wider one that has it.
    pub fn inherits(&self, param: &Param) -> Option<Scope> {
        let scope = self.scope?;
        let homes = statements_with(param.keyword).iter();
        homes
            .filter_map(|home| home.scope)
            .filter(|wider| *wider < scope)
            .max()
    }

    fn hides(&self, keyword: &str) -> bool {
        self.param(keyword).is_some_and(|param| param.secret)
    }
}

impl Param {
    /// A parameter that is coded at most once, is optional, effective, valid in every scope and has no default.
    pub(crate) const fn new(keyword: &'static str, kind: Kind, doc: &'static str) -> Self {
        Self {
            keyword,
            kind,
            default: None,
            repeat: Repeat::Once,
            required: false,
            slot: keyword,
            condition: false,
            scopes: &[Scope::Group, Scope::Environment, Scope::Connection],
            doubtful: &[],
            verdict: Verdict::Effective,
            extension: false,
            secret: false,
            doc,
        }
    }

    pub(crate) const fn default(mut self, value: &'static str) -> Self {
        self.default = Some(value);
        self
    }

    pub(crate) const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    pub(crate) const fn list(mut self) -> Self {
        self.repeat = Repeat::List;
        self
    }

    pub(crate) const fn slot(mut self, slot: &'static str) -> Self {
        self.slot = slot;
        self
    }

    pub(crate) const fn one_of(mut self, slot: &'static str) -> Self {
        self.slot = slot;
        self.repeat = Repeat::Exclusive;
        self
    }

    pub(crate) const fn condition(mut self) -> Self {
        self.condition = true;
        self
    }

    pub(crate) const fn only(mut self, scopes: &'static [Scope]) -> Self {
        self.scopes = scopes;
        self
    }

    /// Valid in environments; AT-TLS may take it in connections too.
    pub(crate) const fn environment_first(mut self) -> Self {
        self.scopes = &[Scope::Environment];
        self.doubtful = &[Scope::Connection];
        self
    }

    pub(crate) const fn no_effect(mut self, why: &'static str) -> Self {
        self.verdict = Verdict::NoEffect(why);
        self
    }

    pub(crate) const fn extension(mut self) -> Self {
        self.extension = true;
        self
    }

    pub(crate) const fn secret(mut self) -> Self {
        self.secret = true;
        self
    }

    /// The scope takes it.
    pub fn valid_in(&self, scope: Option<Scope>) -> bool {
        scope.is_none_or(|scope| self.scopes.contains(&scope))
    }

    /// The scope possibly takes it.
    pub fn doubtful_in(&self, scope: Option<Scope>) -> bool {
        scope.is_some_and(|scope| self.doubtful.contains(&scope))
    }
}

impl Choice {
    const fn yes(word: &'static str) -> Self {
        Self {
            word,
            verdict: Verdict::Effective,
        }
    }

    const fn idle(word: &'static str, why: &'static str) -> Self {
        Self {
            word,
            verdict: Verdict::NoEffect(why),
        }
    }

    const fn no(word: &'static str, why: &'static str) -> Self {
        Self {
            word,
            verdict: Verdict::Refused(why),
        }
    }
}

/// `On | Off`.
const ON_OFF: Kind = Kind::Choice(&[Choice::yes("On"), Choice::yes("Off")]);

static STATEMENTS: &[&Statement] = &[
    &rule::RULE,
    &actions::GROUP,
    &actions::ENVIRONMENT,
    &actions::CONNECTION,
    &advanced::GROUP_ADVANCED,
    &advanced::ENVIRONMENT_ADVANCED,
    &advanced::CONNECTION_ADVANCED,
    &parms::KEYRING,
    &parms::CIPHERS,
    &parms::SIGNATURES,
    &gsk::ADVANCED,
    &gsk::LDAP,
    &gsk::OCSP,
    &gsk::HTTP_CDP,
    &address::IP_ADDR,
    &address::IP_ADDR_SET,
    &address::IP_ADDR_GROUP,
    &address::PORT_RANGE,
    &address::PORT_GROUP,
    &time::IP_TIME_CONDITION,
    &FTP_PARMS,
    &gateway::GATEWAY,
    &intercept::INTERCEPT,
];

struct Index {
    statements: HashMap<String, &'static Statement>,
    params: HashMap<String, Vec<&'static Statement>>,
}

static INDEX: LazyLock<Index> = LazyLock::new(|| {
    let mut index = Index {
        statements: HashMap::new(),
        params: HashMap::new(),
    };
    for statement in agent_statements() {
        index
            .statements
            .insert(statement.keyword.to_ascii_lowercase(), statement);
    }
    for statement in STATEMENTS {
        index
            .statements
            .insert(statement.keyword.to_ascii_lowercase(), statement);
        for param in statement.params() {
            index
                .params
                .entry(param.keyword.to_ascii_lowercase())
                .or_default()
                .push(statement);
        }
    }
    index
});
