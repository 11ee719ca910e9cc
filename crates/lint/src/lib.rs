//! The lint: looks at policies for what is correct and probably not meant.
//!
//! A [`Report`] holds what the compiler and the lint rules say about one policy; [`render`] turns reports into
//! text for people and programs. Each rule is one file with its page, its check and its tests; [`rules`] lists them.
#![forbid(unsafe_code)]

pub mod render;

mod allow;
mod explain;
mod fix;
mod layout;
mod matching;
mod model;
mod options;
mod ranges;
mod region;
mod repairs;
mod report;
mod ring_uses;
mod rule;
mod rules;
mod settings;
mod takers;
#[cfg(test)]
mod testing;

pub use explain::explain;
pub use fix::{Fixed, fix};
pub use matching::{Tested, Tried, tried};
pub use options::{Options, RingOptions};
pub use report::{Report, lint, lint_with};
pub use rule::LintRule;
pub use rules::rules;
pub use settings::{Setting, settings};
