//! Commands that are answered here because passing them on would go round the protection.

use super::Command;
use crate::controller::Controller;

impl Controller {
    /// MIC, CONF, ENC (no meaning under TLS), SSCN and CPSV (turn the TLS roles round), LPRT, LPSV and SPSV (data
    /// connections without an expectation), REIN (RFC 4217 allows to refuse it; what it resets is the daemon's).
    pub(crate) fn refused(&mut self, command: &Command) {
        self.out
            .reply(&format!("502 {} is not offered here.", command.word()));
    }
}
