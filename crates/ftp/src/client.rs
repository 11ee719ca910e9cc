//! On behalf of a client that knows no TLS: the server's side of the connection is secured before the client sees
//! the greeting (RFC 4217).

mod ccc;
mod convert;
mod duty;
mod link;
mod own_commands;
mod parms;
mod securing;
mod steps;

pub(crate) use duty::{Client, Duty};
pub(crate) use link::Link;
pub use parms::{ClientConfig, DataProtection};
pub(crate) use securing::Securing;
