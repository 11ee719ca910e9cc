//! What is asked of the lint beyond what it always does.

use std::time::{Duration, SystemTime};

use ttls_keyring::Keyrings;

/// What to look at besides the policy as this engine takes it.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Say also what z/OS would not take, or would take differently.
    pub portable: bool,
    /// Look into the key rings that the policy names.
    pub keyrings: Option<RingOptions>,
}

/// How to look into key rings.
#[derive(Debug, Clone)]
pub struct RingOptions {
    /// Where they are.
    pub keyrings: Keyrings,
    /// The time that certificates must be valid at.
    pub now: SystemTime,
    /// Certificates that end within this time are reported.
    pub expiry: Duration,
}
