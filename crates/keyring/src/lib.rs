//! Key rings: folders of PEM files, PEM and PKCS#12 files, the system trust store.
//!
//! A *ring* is what `TTLSKeyringParms` names: personal certificates, each under a label and with its private
//! key, and trust anchors. [`Keyrings`] finds and opens rings, [`NewRing`] makes them, [`Ring::check`] says what
//! will go wrong, or already does. Everything here is plain synchronous file work: a ring is read when an
//! environment is built, never on the path of a connection.
//!
//! # A ring folder
//!
//! ```text
//! KEYRINGS/[user/]name/
//!   label.pem      certificate, then its intermediates, in PEM; may hold the private key as well
//!   label.key      the private key, where it is not in label.pem (PKCS#8, also encrypted; PKCS#1; SEC1)
//!   ca/*.pem       trust anchors
//!   default        the label of the default certificate, or a symbolic link to its file
//! ```

#![forbid(unsafe_code)]

mod access;
mod check;
mod create;
mod entry;
mod error;
mod facts;
mod file;
mod fingerprint;
mod folder;
mod key;
mod keyrings;
mod name;
mod pem;
mod pkcs12;
mod ring;
mod system;

pub use access::Access;
pub use check::{Finding, Severity};
pub use create::{Authority, Created, KeyType, NewRing};
pub use entry::Entry;
pub use error::KeyringError;
pub use facts::CertificateFacts;
pub use fingerprint::Fingerprint;
pub use keyrings::{Keyrings, RingSummary};
pub use ring::Ring;
