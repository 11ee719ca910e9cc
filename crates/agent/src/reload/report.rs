//! What there is to say about a reload: for the log, the status, the metrics and whoever asked for it.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use ttls_policy::{ActionSet, Diagnostic, SourceText, Span, render};

use crate::messages::environment;

/// What made the agent look at its policy again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// A watched file changed.
    Files,
    /// `ttls reload`.
    Operator,
    /// SIGHUP.
    Hangup,
    /// The refresh interval.
    Interval,
    /// Another attempt after a failed one.
    Retry,
}

/// What came of a reload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reloaded {
    /// A new generation was installed; in a dry run: it would be.
    Installed,
    /// Policy, included files and key rings are what they were: nothing to do.
    Unchanged,
    /// There were errors: everything stays as it was.
    Failed,
}

/// Something that is wrong, or probably wrong, with a policy.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The file.
    pub file: PathBuf,
    /// The line, from 1; none where the file as a whole is meant.
    pub line: Option<usize>,
    /// Number of the diagnostic, such as `TTLS001`; none for what is no matter of the policy's text.
    pub code: Option<String>,
    /// What is wrong and what to do.
    pub reason: String,
    /// The diagnostic with its source lines, for people; no password is shown.
    pub rendered: Option<String>,
    /// What the AT-TLS messages tell of.
    #[serde(skip)]
    pub(crate) environment: Option<Unmade>,
}

/// An environment that cannot be built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unmade {
    /// The first action set that needs it.
    pub(crate) actions: Arc<ActionSet>,
    /// The return code of AT-TLS.
    pub(crate) code: u32,
}

/// One reload.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reload {
    /// When it ended, in seconds since 1970.
    pub at: u64,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// Why.
    pub cause: Cause,
    /// Nothing was to be installed.
    pub dry_run: bool,
    /// What came of it.
    pub result: Reloaded,
    /// Number of the generation that is installed after it.
    pub generation: u64,
    /// Errors.
    pub problems: Vec<Problem>,
    /// Warnings about a policy without errors.
    pub warnings: Vec<Problem>,
}

/// How many reloads there were, dry runs and retries with the same outcome apart.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReloadCounts {
    /// A new generation was installed.
    pub installed: u64,
    /// Asked for by somebody, with nothing to do.
    pub unchanged: u64,
    /// Nothing was installed because of errors.
    pub failed: u64,
}

/// The history that status and metrics show.
#[derive(Debug, Default)]
pub(crate) struct History {
    last: Mutex<Option<Arc<Reload>>>,
    installed: AtomicU64,
    unchanged: AtomicU64,
    failed: AtomicU64,
}

impl Problem {
    pub(crate) fn of_file(file: &Path, reason: String) -> Self {
        Self {
            file: file.to_owned(),
            reason,
            ..Self::default()
        }
    }

    /// A place without a reason yet.
    pub(crate) fn at(span: Span, sources: &[SourceText]) -> Self {
        let Some(source) = sources.get(span.source) else {
            return Self::default();
        };
        let before = source.text.as_bytes().get(..span.start).unwrap_or_default();
        Self {
            file: PathBuf::from(&source.name),
            line: Some(1 + before.iter().filter(|byte| **byte == b'\n').count()),
            ..Self::default()
        }
    }

    pub(crate) fn of_diagnostic(diagnostic: &Diagnostic, sources: &[SourceText]) -> Self {
        Self {
            code: Some(diagnostic.code.to_owned()),
            reason: diagnostic.message.clone(),
            rendered: Some(render(diagnostic, sources)),
            ..Self::at(diagnostic.span, sources)
        }
    }
}

/// `FILE:LINE: CODE: reason`.
impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if !self.file.as_os_str().is_empty() {
            write!(f, "{}:", self.file.display())?;
            if let Some(line) = self.line {
                write!(f, "{line}:")?;
            }
            f.write_str(" ")?;
        }
        if let Some(code) = &self.code {
            write!(f, "{code}: ")?;
        }
        f.write_str(&self.reason)
    }
}

impl History {
    pub(crate) fn last(&self) -> Option<Arc<Reload>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn counts(&self) -> ReloadCounts {
        ReloadCounts {
            installed: self.installed.load(Ordering::Relaxed),
            unchanged: self.unchanged.load(Ordering::Relaxed),
            failed: self.failed.load(Ordering::Relaxed),
        }
    }

    /// Keeps a reload and logs it.
    pub(crate) fn record(&self, reload: &Arc<Reload>) {
        let counter = match reload.result {
            Reloaded::Installed => &self.installed,
            Reloaded::Unchanged => &self.unchanged,
            Reloaded::Failed => &self.failed,
        };
        counter.fetch_add(1, Ordering::Relaxed);
        reload.log();
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(reload.clone());
    }
}

impl Reload {
    fn log(&self) {
        let (cause, generation) = (self.cause.word(), self.generation);
        let warnings = self.warnings.len();
        match self.result {
            Reloaded::Installed => {
                tracing::info!(
                    cause,
                    generation,
                    warnings,
                    seconds = self.seconds,
                    "policy installed"
                );
            }
            Reloaded::Unchanged => tracing::info!(cause, generation, "policy unchanged"),
            Reloaded::Failed => {
                for problem in &self.problems {
                    tracing::error!(
                        file = %problem.file.display(),
                        line = problem.line,
                        code = problem.code,
                        reason = problem.reason,
                        "policy not installed"
                    );
                    if let Some(unmade) = &problem.environment {
                        environment::failed(&unmade.actions, unmade.code);
                    }
                }
                tracing::error!(
                    cause,
                    generation,
                    problems = self.problems.len(),
                    "policy not installed: the running one stays"
                );
            }
        }
    }
}

impl Cause {
    fn word(self) -> &'static str {
        match self {
            Self::Files => "files",
            Self::Operator => "operator",
            Self::Hangup => "hangup",
            Self::Interval => "interval",
            Self::Retry => "retry",
        }
    }
}
