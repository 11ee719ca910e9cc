//! From texts to an effective policy.

use std::io;
use std::path::{Path, PathBuf};

use crate::agent_files;
use crate::check;
use crate::coded::CodedStatement;
use crate::decode;
use crate::diagnostic::Diagnostic;
use crate::lexer;
use crate::lower::{self, Includes};
use crate::policy::Policy;
use crate::resolve::{self, Symbols};
use crate::sink::Sink;
use crate::source::SourceText;
use crate::tree;

/// What came out of [`compile`].
#[derive(Debug)]
pub struct Compilation {
    /// The policy; `None` when any diagnostic is an error.
    pub policy: Option<Policy>,
    /// All that there is to say, in the order of the sources.
    pub diagnostics: Vec<Diagnostic>,
    /// Files that were asked for, readable or not: a change of one may change the policy.
    pub included: Vec<PathBuf>,
    /// The statements of the policies as coded, in order, also where there are errors.
    pub statements: Vec<CodedStatement>,
    /// How many of the sources, from the first on, are policies or files of the agent. The others are FTP.DATA files.
    pub files: usize,
    /// The given sources and behind them the included ones: what spans refer to.
    pub sources: Vec<SourceText>,
}

/// Compiles policy texts as one policy. Of equal names in several sources the last one counts. A source may also be a
/// main file of the agent (pagent.conf) or an image file: then the policies that it leads to are compiled. `read` is asked
/// for files that sources name; relative paths start from the folder of the source that names them.
pub fn compile(sources: &[SourceText], read: &mut dyn FnMut(&Path) -> io::Result<String>) -> Compilation {
    let nothing = [SourceText {
        name: "(no source)".to_string(),
        text: String::new(),
    }];
    // Every span refers to a source, also that of "there are no rules".
    let sources = if sources.is_empty() { &nothing } else { sources };
    let mut sink = Sink::default();
    let chain = agent_files::follow(sources, read, &mut sink);
    let mut objects = Vec::new();
    for &number in &chain.policies {
        let source = &chain.sources[number];
        if !decode::is_text(number, source, &mut sink) {
            continue;
        }
        let lines = lexer::policy_lines(number, &source.text);
        decode::check(&lines, &mut sink);
        let entries = tree::build(&lines, &mut sink);
        objects.extend(check::file(entries, &mut sink));
    }
    let symbols = Symbols::new(&objects, &mut sink);
    resolve::check(&objects, &symbols, &mut sink);
    let mut includes = Includes::new(&chain.sources, read);
    let mut policy = lower::policy(&objects, &symbols, &mut includes, &mut sink);
    policy.agent = chain.agent;
    let (included, texts) = includes.finish();
    Compilation {
        policy: (!sink.has_errors()).then_some(policy),
        diagnostics: sink.finish(),
        included: chain.asked.into_iter().chain(included).collect(),
        statements: objects.iter().map(CodedStatement::new).collect(),
        files: chain.sources.len(),
        sources: chain.sources.into_iter().chain(texts).collect(),
    }
}
