//! What will go wrong with a ring, or already does.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::access::OTHERS;
use crate::facts::shown;
use crate::{CertificateFacts, Entry, Ring};

/// One finding of [`Ring::check`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// The personal certificate concerned; none where it is the ring as a whole or an anchor.
    pub label: Option<String>,
    /// What, where and what to do.
    pub message: String,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Good to know.
    Info,
    /// It works, but should not stay so.
    Warning,
    /// It does not work.
    Error,
}

/// A certificate that ends within this time is a warning.
const SOON: Duration = Duration::from_secs(30 * DAY);
const DAY: u64 = 24 * 60 * 60;

impl Ring {
    /// Looks at everything in the ring as of `now`: unreadable files, missing, locked or foreign keys,
    /// validity with the days left, key files that others can read, anchors that ended.
    pub fn check(&self, now: SystemTime) -> Vec<Finding> {
        let mut findings: Vec<Finding> = self
            .broken
            .iter()
            .map(|broken| Finding {
                severity: Severity::Error,
                label: broken.label.clone(),
                message: broken.error.to_string(),
            })
            .collect();
        for entry in &self.entries {
            check_key(entry, &mut findings);
            check_validity(entry, now, &mut findings);
        }
        for anchor in &self.anchors {
            check_anchor(self.name(), anchor, now, &mut findings);
        }
        if !self.entries.is_empty() && !self.entries.iter().any(Entry::is_default) {
            findings.push(Finding {
                severity: Severity::Info,
                label: None,
                message: format!(
                    "key ring {}: no default certificate; {}",
                    self.name, self.no_default
                ),
            });
        }
        findings
    }
}

fn check_key(entry: &Entry, findings: &mut Vec<Finding>) {
    if let Err(error) = &entry.key {
        findings.push(finding(Severity::Error, entry, error.to_string()));
    }
    let Some(path) = &entry.key_path else { return };
    if let Some(mode) = mode(path).filter(|mode| mode & OTHERS != 0) {
        findings.push(finding(
            Severity::Warning,
            entry,
            format!(
                "key ring {}: the private key of \"{}\" ({}) can be used by others (mode {mode:04o}); \
                 protect it with chmod 600",
                entry.ring,
                entry.label,
                path.display()
            ),
        ));
    }
}

fn check_validity(entry: &Entry, now: SystemTime, findings: &mut Vec<Finding>) {
    if let Err(error) = entry.valid_at(now) {
        findings.push(finding(Severity::Error, entry, error.to_string()));
        return;
    }
    let left = entry.facts.not_after.duration_since(now).unwrap_or_default();
    let severity = if left < SOON {
        Severity::Warning
    } else {
        Severity::Info
    };
    findings.push(finding(
        severity,
        entry,
        format!(
            "key ring {}: certificate \"{}\" ({}) is valid for {} more days, until {}",
            entry.ring,
            entry.label,
            entry.path.display(),
            left.as_secs() / DAY,
            shown(entry.facts.not_after)
        ),
    ));
}

fn check_anchor(
    ring: &str,
    anchor: &rustls_pki_types::CertificateDer<'_>,
    now: SystemTime,
    findings: &mut Vec<Finding>,
) {
    let Ok(facts) = CertificateFacts::read(anchor) else {
        return;
    };
    if now > facts.not_after {
        findings.push(Finding {
            severity: Severity::Warning,
            label: None,
            message: format!(
                "key ring {ring}: the trust anchor {} expired on {}; replace or remove it",
                facts.subject,
                shown(facts.not_after)
            ),
        });
    }
}

fn finding(severity: Severity, entry: &Entry, message: String) -> Finding {
    Finding {
        severity,
        label: Some(entry.label.clone()),
        message,
    }
}

fn mode(path: &Path) -> Option<u32> {
    fs::metadata(path).ok().map(|metadata| metadata.mode() & 0o7777)
}
