//! Bytes to lines, replies and addresses, and back.

pub(crate) mod extended;
pub(crate) mod host_port;
pub(crate) mod late_alert;
pub(crate) mod line;
pub(crate) mod reply;
pub(crate) mod telnet;
pub(crate) mod tls_record;
