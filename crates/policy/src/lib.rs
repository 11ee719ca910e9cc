//! The AT-TLS policy language: text to diagnostics and compiled policy to lookup.
//!
//! [`compile`] reads policy texts in two stages. *Parsed*: lines become blocks, blocks become typed objects by
//! the [`schema`], every problem is kept with its place. *Effective*: references are resolved, parameters are
//! merged group, environment, connection, defaults are applied, and rules are put in order: a [`Policy`].
//!
//! No I/O, no clock, no engine: included files are read by the caller, and the answer to a [`Connection`] is a
//! [`Decision`].

//! # What differs from AT-TLS
//!
//! The [`schema`] says it parameter by parameter. Where the defaults of AT-TLS cannot work with this engine, these hold:
//!
//! * `TLSv1.2` and `TLSv1.3` are On; SSLv2, SSLv3, TLSv1 and TLSv1.1 do not exist and are refused when coded On.
//! * Without `TTLSCipherParms` the suites are 1302 1301 1303 C02C C02B C030 C02F, in this order. Of a coded list, suites
//!   that the engine lacks are left out with a warning; a list of which nothing is left is an error. CCA8 and CCA9
//!   are accepted as an extension.
//! * A version that is On and has no suite in the list is off in the action set: with a note where it was On by
//!   default, with a warning where it was coded.
//!
//! Extensions: `TTLSFtpParms` (and `TTLSFtpParmsRef` in environment and connection actions), `TTLSGateway`, and `{` on the
//! line of its statement. Rules of equal priority are in ASCII order of their names. `Userid` and `Jobname` may be
//! longer than eight characters and are compared without regard to case. `::1` may be written although it lies
//! in `::/96`.

pub mod schema;

mod agent_files;
mod check;
mod coded;
mod codes;
mod compile;
mod decode;
mod diagnostic;
mod effective;
mod fix;
mod format;
mod ftp_client_parms;
mod ftp_data;
mod ftp_parms;
mod groups;
mod keep;
mod level;
mod lexer;
mod lower;
mod matcher;
mod model;
mod outline;
mod policy;
mod render;
mod resolve;
mod rule;
mod session_parms;
mod sink;
mod source;
mod sourced;
mod spelling;
mod suites;
mod time;
mod tls_parms;
mod tree;
mod value;

pub use agent_files::AgentFile;
pub use coded::{CodedParam, CodedStatement, CodedValue};
pub use codes::{Code, codes};
pub use compile::{Compilation, compile};
pub use decode::decode;
pub use diagnostic::Diagnostic;
pub use effective::*;
pub use fix::{Edit, Fix, Safety};
pub use format::format;
pub use ftp_client_parms::*;
pub use ftp_parms::*;
pub use level::Level;
pub use outline::{Item, Outline, outline};
pub use policy::Policy;
pub use render::{Renderer, hide_secrets, render};
pub use rule::{AddressRange, Pattern, PortRange, Rule, RuleDirection};
pub use session_parms::SessionParms;
pub use source::{SourceText, Span};
pub use sourced::{Origin, Sourced};
pub use spelling::nearest;
pub use suites::suite_name;
pub use time::{TimeCondition, Zone};
pub use tls_parms::TlsParms;
