//! From a main file to the policy files that it leads to.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::AgentFile;
use super::line::Line;
use super::reader::{self, AgentText};
use crate::codes;
use crate::diagnostic::Diagnostic;
use crate::lexer::Text;
use crate::sink::Sink;
use crate::source::{SourceText, Span};

/// An agent serves at most so many TCP/IP stacks.
const MOST_STACKS: usize = 8;

/// The sources of a policy and where they came from.
#[derive(Debug)]
pub(crate) struct Chain {
    /// The given ones, and behind them those that the agent's files name.
    pub(crate) sources: Vec<SourceText>,
    /// Which of them are policies, in the order in which they count.
    pub(crate) policies: Vec<usize>,
    /// What the agent's files say about the agent; `None`: only policies were given.
    pub(crate) agent: Option<AgentFile>,
    /// Files that were asked for.
    pub(crate) asked: Vec<PathBuf>,
}

/// Finds the policies that the given sources are or lead to. `read` is asked for the files that they name.
pub(crate) fn follow(
    given: &[SourceText],
    read: &mut dyn FnMut(&Path) -> io::Result<String>,
    sink: &mut Sink,
) -> Chain {
    let mut chain = Chain {
        sources: given.to_vec(),
        policies: Vec::new(),
        agent: None,
        asked: Vec::new(),
    };
    for (number, source) in given.iter().enumerate() {
        if reader::is_agent_file(&source.text) {
            Follower {
                chain: &mut chain,
                read,
                sink,
            }
            .main(number, source);
        } else {
            chain.policies.push(number);
        }
    }
    chain
}

struct Follower<'f, 'r> {
    chain: &'f mut Chain,
    read: &'f mut (dyn FnMut(&Path) -> io::Result<String> + 'r),
    sink: &'f mut Sink,
}

impl Follower<'_, '_> {
    /// A main file, which is the image file too where it names none.
    fn main(&mut self, number: usize, source: &SourceText) {
        let main = reader::read(number, source, self.sink);
        if let Some(common) = &main.common {
            let policy = self.named(number, common.get("file"));
            self.chain.policies.extend(policy);
        }
        let image = main.images.first();
        self.other_images(&main.images);
        let mut agent = AgentFile {
            image: image
                .and_then(|image| image.get("name"))
                .map(|name| name.text.to_string()),
            ..AgentFile::default()
        };
        if let Some(sum) = main.log_level.as_ref().and_then(|line| line.number("sum")) {
            agent.log_level = u16::try_from(sum).unwrap_or(agent.log_level);
        }
        image.into_iter().for_each(|image| agent.apply(image));
        let own_file = image.and_then(|image| image.get("file"));
        let own_file = own_file.filter(|file| beside(source, file.text) != Path::new(&source.name));
        match own_file {
            None => {
                self.not_read(&main);
                let start = Span {
                    source: number,
                    start: 0,
                    end: 0,
                };
                let at = image.map_or(start, |image| image.keyword);
                self.stack(number, main.ttls.as_ref(), at, &mut agent);
            }
            Some(file) => {
                self.not_read(&main);
                if let Some(ttls) = &main.ttls {
                    let message = "TTLSConfig is not read here: the stack has an image file of its own";
                    let ignored = Diagnostic::new(&codes::NOT_READ_HERE, ttls.keyword, message);
                    self.sink.push(
                        ignored
                            .also(file.span, "this one")
                            .help("write it in the image file"),
                    );
                }
                if let Some(number) = self.named(number, Some(file)) {
                    let source = self.chain.sources[number].clone();
                    let image = reader::read(number, &source, self.sink);
                    self.not_read(&image);
                    self.main_only(&image);
                    self.stack(number, image.ttls.as_ref(), file.span, &mut agent);
                }
            }
        }
        self.chain.agent = Some(agent);
    }

    /// What the image file says.
    fn stack(&mut self, number: usize, ttls: Option<&Line<'_>>, named: Span, agent: &mut AgentFile) {
        let Some(ttls) = ttls else {
            let message = "there is no TTLSConfig: the stack gets no AT-TLS policy";
            let help =
                "write `TTLSConfig /path/of/the/policy` in the image file, and the policy in that file";
            self.sink
                .push(Diagnostic::new(&codes::NO_TTLS_CONFIG, named, message).help(help));
            return;
        };
        agent.apply(ttls);
        let policy = ttls.get("file").and_then(|file| self.named(number, Some(file)));
        self.chain.policies.extend(policy);
    }

    /// This machine has one stack.
    fn other_images(&mut self, images: &[Line<'_>]) {
        if let Some(first) = images.get(MOST_STACKS) {
            let message = format!(
                "there are {} stacks; an agent serves {MOST_STACKS} at most",
                images.len()
            );
            let help = "take the statements of stacks out that do not exist";
            self.sink
                .push(Diagnostic::new(&codes::INVALID_VALUE, first.keyword, message).help(help));
        }
        for other in images.iter().skip(1) {
            let name = other.get("name").map_or("", |name| name.text);
            let message =
                format!("TcpImage {name} is not used: this machine has one TCP/IP stack, the first one");
            let unused = Diagnostic::new(&codes::UNSUPPORTED_STATEMENT, other.keyword, message);
            let help = "lint its image file by itself, or put the stack of this machine first";
            self.sink
                .push(unused.also(images[0].keyword, "the first one").help(help));
        }
    }

    /// AT-TLS statements in the agent's own files do nothing, which is a common mistake.
    fn not_read(&mut self, file: &AgentText<'_>) {
        let Some((first, statement)) = file.policy.first() else {
            return;
        };
        let message = format!(
            "{} is not read here: this is a file of the agent, not a policy",
            statement.keyword
        );
        let help = "put the TTLS statements in a file of their own, and name it with TTLSConfig";
        let mut ignored = Diagnostic::new(&codes::NOT_READ_HERE, *first, message).help(help);
        for (more, _) in file.policy.iter().skip(1).take(3) {
            ignored = ignored.also(*more, "nor is this");
        }
        self.sink.push(ignored);
    }

    /// Statements of main files in an image file.
    fn main_only(&mut self, image: &AgentText<'_>) {
        let lines = image.images.iter().chain(&image.common).chain(&image.log_level);
        for line in lines {
            let message = "this statement is not read in an image file";
            let ignored = Diagnostic::new(&codes::NOT_READ_HERE, line.keyword, message);
            self.sink.push(ignored.help("write it in the main file"));
        }
    }

    /// The number of the source that a file is, once it is read. `from` is the source that names it.
    fn named(&mut self, from: usize, file: Option<Text<'_>>) -> Option<usize> {
        let file = file?;
        if file.text.starts_with("//") {
            let message = format!("the data set {} cannot be read here", file.text);
            let help = "copy it to a file and name that";
            self.sink
                .push(Diagnostic::new(&codes::REFUSED, file.span, message).help(help));
            return None;
        }
        let path = beside(&self.chain.sources[from], file.text);
        if !self.chain.asked.contains(&path) {
            self.chain.asked.push(path.clone());
        }
        match (self.read)(&path) {
            Ok(text) => {
                let name = path.display().to_string();
                self.chain.sources.push(SourceText { name, text });
                Some(self.chain.sources.len() - 1)
            }
            Err(error) => {
                let message = format!("the file {} cannot be read: {error}", path.display());
                self.sink
                    .push(Diagnostic::new(&codes::UNREADABLE_FILE, file.span, message));
                None
            }
        }
    }
}

impl AgentFile {
    /// What a `TcpImage` or `TTLSConfig` says; the latter is applied later and wins.
    fn apply(&mut self, line: &Line<'_>) {
        self.flush = line.switch("FLUSH").unwrap_or(self.flush);
        self.purge = line.switch("PURGE").unwrap_or(self.purge);
        self.refresh = line.number("seconds").map_or(self.refresh, Duration::from_secs);
    }
}

/// Relative paths start from the folder of the file that names them.
fn beside(source: &SourceText, path: &str) -> PathBuf {
    let folder = Path::new(&source.name).parent();
    folder.map_or_else(|| PathBuf::from(path), |folder| folder.join(path))
}
