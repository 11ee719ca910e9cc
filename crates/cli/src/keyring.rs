//! `ttls keyring new | list | check`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::SystemTime;

use ttls_keyring::{Authority, KeyType, Keyrings, NewRing, RingSummary, Severity};

use crate::args::{self, KeyKind, Keyring};
use crate::policy::keyrings as folder;

pub(crate) fn keyring(command: Keyring) -> anyhow::Result<ExitCode> {
    match command {
        Keyring::New(new) => make(new),
        Keyring::List { keyrings } => list(keyrings),
        Keyring::Check { names, keyrings } => check(names, keyrings),
    }
}

fn make(new: args::NewRing) -> anyhow::Result<ExitCode> {
    let ring = NewRing {
        root: folder(new.keyrings)?,
        name: new.name,
        hosts: new.hosts,
        label: new.label,
        key: match new.key {
            KeyKind::EcdsaP256 => KeyType::EcdsaP256,
            KeyKind::Rsa2048 => KeyType::Rsa2048,
            KeyKind::Rsa3072 => KeyType::Rsa3072,
        },
        days: new.days,
        authority: if new.self_signed {
            Authority::SelfSigned
        } else {
            Authority::OwnCa
        },
        now: SystemTime::now(),
    };
    let created = ring.create()?;
    println!("ring         {}", created.ring.display());
    println!("certificate  {}", created.certificate.display());
    println!("private key  {}", created.key.display());
    println!("clients trust {}", created.trust.display());
    Ok(ExitCode::SUCCESS)
}

fn list(said: Option<PathBuf>) -> anyhow::Result<ExitCode> {
    for ring in Keyrings::new(folder(said)?).list()? {
        println!("{}", line(&ring));
    }
    Ok(ExitCode::SUCCESS)
}

fn line(ring: &RingSummary) -> String {
    let labels: Vec<String> = ring
        .labels
        .iter()
        .map(|label| {
            if ring.default.as_ref() == Some(label) {
                format!("{label} (default)")
            } else {
                label.clone()
            }
        })
        .collect();
    let validity = match ring.not_after.map(|end| end.duration_since(SystemTime::now())) {
        Some(Ok(left)) => format!("{} days left", left.as_secs() / 86_400),
        Some(Err(_)) => "expired".to_owned(),
        None => "no certificate".to_owned(),
    };
    let problems = if ring.problems.is_empty() {
        String::new()
    } else {
        format!("; {}", ring.problems.join("; "))
    };
    format!(
        "{}: {}; {} anchor(s); {validity}{problems}",
        ring.name,
        labels.join(", "),
        ring.anchors
    )
}

fn check(names: Vec<String>, said: Option<PathBuf>) -> anyhow::Result<ExitCode> {
    let keyrings = Keyrings::new(folder(said)?);
    let names = if names.is_empty() {
        keyrings.list()?.into_iter().map(|ring| ring.name).collect()
    } else {
        names
    };
    let mut wrong = false;
    for name in names {
        let findings = match keyrings.open(&name, None) {
            Ok(ring) => ring.check(SystemTime::now()),
            Err(error) => {
                println!("error: {error}");
                wrong = true;
                continue;
            }
        };
        for finding in &findings {
            let level = match finding.severity {
                Severity::Info => "note",
                Severity::Warning => "warning",
                Severity::Error => "error",
            };
            println!("{level}: {}", finding.message);
            wrong |= finding.severity > Severity::Info;
        }
        if findings.is_empty() {
            println!("{name}: no findings");
        }
    }
    Ok(ExitCode::from(u8::from(wrong)))
}
