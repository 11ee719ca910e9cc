//! Why an environment cannot be built.

use thiserror::Error;
use ttls_keyring::{KeyringError, Ring};
use ttls_policy::ActionSet;

/// Why an action set gives no environment. Each is found before the first connection.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum TlsError {
    /// The key ring, or what is needed of it.
    #[error("environment {environment}: {problem}")]
    Keyring {
        /// Name of the `TTLSEnvironmentAction`.
        environment: String,
        /// What is wrong with the ring.
        problem: Box<KeyringError>,
    },
    /// The first name of `ClientHandshakeSNIList` cannot be sent.
    #[error(
        "environment {environment}: {name} in ClientHandshakeSNIList is not a DNS name; write the server's host name"
    )]
    ClientServerName {
        /// Name of the `TTLSEnvironmentAction`.
        environment: String,
        /// The name.
        name: String,
    },
    /// Certificates of peers are to be validated, and the ring trusts nobody.
    #[error(
        "environment {environment}: {why} needs trust anchors and key ring {ring} has none that can be used; put \
         the certificates of the authorities into its folder ca/"
    )]
    NoAnchors {
        /// Name of the `TTLSEnvironmentAction`.
        environment: String,
        /// The ring.
        ring: String,
        /// The parameter that asks for validation.
        why: &'static str,
    },
    /// `SECURE_LOGIN REQUIRED` where no certificate is validated.
    #[error(
        "environment {environment}: SECURE_LOGIN REQUIRED needs HandshakeRole ServerWithClientAuth with \
         ClientAuthType Full or Required"
    )]
    SecureLogin {
        /// Name of the `TTLSEnvironmentAction`.
        environment: String,
    },
    /// Protocols and suites that leave nothing to negotiate, or other refusals of the TLS engine.
    #[error("environment {environment}: the TLS engine refuses the parameters: {reason}")]
    Engine {
        /// Name of the `TTLSEnvironmentAction`.
        environment: String,
        /// In the engine's words.
        reason: String,
    },
}

impl TlsError {
    /// The return code of AT-TLS (below 5000: of System SSL; 5900 and up: of ttls).
    pub fn return_code(&self) -> u32 {
        match self {
            Self::Keyring { problem, .. } => ring_code(problem),
            Self::NoAnchors { .. } => 109,
            Self::ClientServerName { .. } | Self::SecureLogin { .. } | Self::Engine { .. } => 5909,
        }
    }

    pub(crate) fn keyring(actions: &ActionSet, problem: KeyringError) -> Self {
        Self::Keyring {
            environment: actions.environment.clone(),
            problem: Box::new(problem),
        }
    }

    pub(crate) fn no_anchors(actions: &ActionSet, ring: &Ring, why: &'static str) -> Self {
        Self::NoAnchors {
            environment: actions.environment.clone(),
            ring: ring.name().to_owned(),
            why,
        }
    }

    pub(crate) fn engine(actions: &ActionSet, error: &rustls::Error) -> Self {
        Self::Engine {
            environment: actions.environment.clone(),
            reason: error.to_string(),
        }
    }
}

fn ring_code(problem: &KeyringError) -> u32 {
    match problem {
        KeyringError::NoLabel { .. } => 6,
        KeyringError::NoDefault { .. } => 7,
        KeyringError::Expired { .. } | KeyringError::NotYetValid { .. } => 401,
        KeyringError::NoKey { .. } | KeyringError::KeyLocked { .. } | KeyringError::KeyMismatch { .. } => 428,
        KeyringError::Name { .. }
        | KeyringError::Missing { .. }
        | KeyringError::Io { .. }
        | KeyringError::Content { .. }
        | KeyringError::Stash { .. }
        | KeyringError::AlreadyThere { .. }
        | KeyringError::Make { .. } => 202,
    }
}
