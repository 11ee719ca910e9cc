//! A language server for AT-TLS policies: what the lint finds, the schema and the objects of a policy, in an editor.
//!
//! [`serve`] speaks the Language Server Protocol over standard input and output. [`Server`] is the same without any
//! transport: messages in, messages out. A text that is being written is mostly wrong: everything here works on any text.
#![forbid(unsafe_code)]

mod actions;
mod analysis;
mod completion;
mod document;
mod error;
mod files;
mod formatting;
mod hover;
mod navigation;
mod position;
mod requests;
mod serve;
mod server;
mod symbols;

pub use error::Error;
pub use serve::serve;
pub use server::Server;
