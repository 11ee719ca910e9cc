//! Where a message goes: the target says its facility, `attls` or `attls::auth`.

use std::fmt::Display;

use ttls_policy::Facility;

/// EZD1286I, EZD1287I.
pub(super) fn error(facility: Facility, message: impl Display) {
    match facility {
        Facility::Daemon => tracing::error!(target: "attls", "{message}"),
        Facility::Auth => tracing::error!(target: "attls::auth", "{message}"),
    }
}

/// EZD1281I.
pub(super) fn info(facility: Facility, message: impl Display) {
    match facility {
        Facility::Daemon => tracing::info!(target: "attls", "{message}"),
        Facility::Auth => tracing::info!(target: "attls::auth", "{message}"),
    }
}

/// The others.
pub(super) fn debug(facility: Facility, message: impl Display) {
    match facility {
        Facility::Daemon => tracing::debug!(target: "attls", "{message}"),
        Facility::Auth => tracing::debug!(target: "attls::auth", "{message}"),
    }
}
