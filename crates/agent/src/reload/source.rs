//! Where a policy comes from and what is made of it before anything is installed.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ttls_keyring::Keyrings;
use ttls_policy::{Compilation, Diagnostic, Level, Policy, SourceText, Span};

use crate::agent::AgentError;
use crate::environments::{Environments, Unbuilt, ring_places};
use crate::installed::Installed;
use crate::policy_store::load_policy;
use crate::reload::report::{Problem, Unmade};

/// Says all that there is to say about the sources of a policy, the compiler's words included; spans refer to the sources
/// that it is given.
pub type Check = Arc<dyn Fn(&[SourceText]) -> Vec<Diagnostic> + Send + Sync>;

/// Where a policy comes from.
#[derive(Clone)]
pub struct Source {
    path: PathBuf,
    check: Option<Check>,
}

/// A policy that could be installed.
pub(crate) struct Candidate {
    pub(crate) policy: Policy,
    pub(crate) sources: Vec<SourceText>,
    pub(crate) environments: Environments,
    pub(crate) statements: Statements,
    /// Every file and folder whose change may change the policy.
    pub(crate) places: BTreeSet<PathBuf>,
    /// Warnings of the compiler and of the check.
    pub(crate) warnings: Vec<Problem>,
}

/// Where the statements of a policy stand, by keyword and name.
#[derive(Default)]
pub(crate) struct Statements(Vec<(&'static str, String, Problem)>);

/// What came of reading a policy.
pub(crate) struct Reading {
    pub(crate) candidate: Result<Candidate, Vec<Problem>>,
    /// Every file and folder whose change may change the outcome.
    pub(crate) places: BTreeSet<PathBuf>,
}

impl Source {
    /// One policy file.
    pub fn file(path: PathBuf) -> Self {
        Self { path, check: None }
    }

    /// With a check for reloads: errors that it finds keep a policy from being installed, warnings are reported.
    #[must_use]
    pub fn checked_by(self, check: Check) -> Self {
        let check = Some(check);
        Self { check, ..self }
    }

    /// The policy file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads and compiles the policy and opens its key rings. Environments that are unchanged since `previous` are
    /// taken from there. Without the signaling channel no rule may leave TLS to the application. Reads files and opens
    /// keys: call it off the reactor.
    pub(crate) fn read(&self, keyrings: &Keyrings, previous: Option<&Installed>, signaling: bool) -> Reading {
        let mut places = BTreeSet::from([self.path.clone()]);
        let loaded = match load_policy(&self.path) {
            Ok(loaded) => loaded,
            Err(error) => {
                let problem = Problem::of_file(&self.path, error.to_string());
                return Reading {
                    candidate: Err(vec![problem]),
                    places,
                };
            }
        };
        let mut compilation = loaded.compilation;
        places.extend(compilation.included.iter().cloned());
        if let Some(previous) = previous
            && let Some(policy) = compilation.policy.take()
        {
            if let Some(file) = emptied(&policy, &compilation) {
                let reason =
                    "is empty: a file is often empty while it is being replaced; write a policy into it";
                return Reading {
                    candidate: Err(vec![Problem::of_file(&file, reason.to_owned())]),
                    places,
                };
            }
            let flush = policy.agent().is_none_or(|agent| agent.flush);
            compilation.policy = Some(if flush {
                policy
            } else {
                policy.keeping(previous.policy())
            });
        }
        if let Some(policy) = &compilation.policy {
            places.extend(ring_places(policy, keyrings));
        }
        let mut candidate = self.candidate(compilation, keyrings, previous, signaling);
        if let Ok(candidate) = &mut candidate {
            candidate.places.clone_from(&places);
        }
        Reading { candidate, places }
    }

    fn candidate(
        &self,
        compilation: Compilation,
        keyrings: &Keyrings,
        previous: Option<&Installed>,
        signaling: bool,
    ) -> Result<Candidate, Vec<Problem>> {
        let sources = &compilation.sources;
        let diagnostics = match &self.check {
            // What the compiler refuses needs no second opinion.
            Some(check) if previous.is_some() && compilation.policy.is_some() => check(sources),
            _ => compilation.diagnostics.clone(),
        };
        let of_level = |level: Level| -> Vec<Problem> {
            diagnostics
                .iter()
                .filter(|diagnostic| diagnostic.level == level)
                .map(|diagnostic| Problem::of_diagnostic(diagnostic, sources))
                .collect()
        };
        let mut problems = of_level(Level::Error);
        let warnings = of_level(Level::Warning);
        let statements = Statements::of(&compilation);
        let Some(policy) = compilation.policy.filter(|_| problems.is_empty()) else {
            return Err(problems);
        };
        problems.extend(uncontrolled(&policy).filter(|_| !signaling).map(|rule| {
            let error = AgentError::NoController { rule: rule.clone() };
            statements.problem("TTLSRule", &rule, &error.to_string())
        }));
        let previous = previous.map(Installed::built);
        match Environments::build(&policy, keyrings, previous) {
            Ok(environments) if problems.is_empty() => Ok(Candidate {
                policy,
                sources: compilation.sources,
                environments,
                statements,
                places: BTreeSet::new(),
                warnings,
            }),
            Ok(_) => Err(problems),
            Err(unbuilt) => {
                problems.extend(unbuilt.iter().map(|unbuilt| {
                    let name = &unbuilt.actions.environment;
                    Problem {
                        environment: unmade(unbuilt),
                        ..statements.problem("TTLSEnvironmentAction", name, &unbuilt.error.to_string())
                    }
                }));
                Err(problems)
            }
        }
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source")
            .field("path", &self.path)
            .field("checked", &self.check.is_some())
            .finish()
    }
}

impl Statements {
    fn of(compilation: &Compilation) -> Self {
        let place = |span: Span| Problem::at(span, &compilation.sources);
        Self(
            compilation
                .statements
                .iter()
                .filter_map(|coded| {
                    let name = coded.name.clone()?;
                    Some((coded.statement.keyword, name, place(coded.keyword)))
                })
                .collect(),
        )
    }

    /// A problem with a statement. Of equal names the last one counts, as in the policy.
    pub(crate) fn problem(&self, keyword: &str, name: &str, reason: &str) -> Problem {
        let place = self
            .0
            .iter()
            .rev()
            .find(|(known, of, _)| *known == keyword && of == name)
            .map(|(_, _, place)| place.clone());
        Problem {
            reason: reason.to_owned(),
            ..place.unwrap_or_default()
        }
    }
}

/// For the messages: an environment that cannot be built from what is there.
fn unmade(unbuilt: &Unbuilt) -> Option<Unmade> {
    match &unbuilt.error {
        AgentError::Environment(error) => Some(Unmade {
            actions: unbuilt.actions.clone(),
            code: error.return_code(),
        }),
        _ => None,
    }
}

/// The file that would have to have rules and has nothing at all.
fn emptied(policy: &Policy, compilation: &Compilation) -> Option<PathBuf> {
    if policy.rules().next().is_some() {
        return None;
    }
    compilation
        .sources
        .iter()
        .find(|source| source.text.trim().is_empty())
        .map(|source| PathBuf::from(&source.name))
}

/// Rules on whose connections only the application can start TLS.
pub(crate) fn uncontrolled(policy: &Policy) -> impl Iterator<Item = String> {
    policy
        .action_sets()
        .filter(|actions| actions.application_controlled.value && actions.ftp.is_none())
        .map(|actions| actions.rule.clone())
}
