//! One question, one answer, on an agent's admin socket.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use ttls_agent::admin::{Answer, Request, live_sockets, runtime_folder};

/// How long an agent may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// A connection to an agent.
pub(super) struct Operator {
    stream: BufReader<UnixStream>,
    path: PathBuf,
}

impl Operator {
    /// Connects to the agent that is meant: the socket that was said, else the only one there is.
    pub(super) fn connect(said: Option<&Path>) -> anyhow::Result<Self> {
        let path = match said {
            Some(path) => path.to_owned(),
            None => only_one()?,
        };
        let stream = UnixStream::connect(&path)
            .with_context(|| format!("admin socket {}: no agent answers", path.display()))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self {
            stream: BufReader::new(stream),
            path,
        })
    }

    pub(super) fn ask(&mut self, request: &Request) -> anyhow::Result<Answer> {
        let mut line = serde_json::to_vec(request)?;
        line.push(b'\n');
        let mut answer = String::new();
        // An agent that refuses to talk says so and closes: the answer tells more than the failed write.
        let written = self.stream.get_mut().write_all(&line);
        let asked = match self.stream.read_line(&mut answer) {
            Ok(0) => written.map(|()| 0),
            read => read,
        };
        match asked {
            Ok(0) => bail!("admin socket {}: the agent closed it", self.path.display()),
            Ok(_) => serde_json::from_str(&answer).with_context(|| {
                format!(
                    "admin socket {}: an answer of another version",
                    self.path.display()
                )
            }),
            Err(error) => Err(error).with_context(|| format!("admin socket {}", self.path.display())),
        }
    }
}

fn only_one() -> anyhow::Result<PathBuf> {
    let mut live = live_sockets();
    match (live.pop(), live.is_empty()) {
        (Some(only), true) => Ok(only),
        (Some(last), false) => {
            live.push(last);
            let names: Vec<String> = live.iter().map(|path| path.display().to_string()).collect();
            bail!(
                "several agents run; say which one with --admin: {}",
                names.join(", ")
            )
        }
        (None, _) => bail!(
            "no agent answers in {}; if one runs as another user or with --admin, say --admin PATH",
            runtime_folder().display()
        ),
    }
}
