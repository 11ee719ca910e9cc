//! Rings on disk: made by us, by `openssl`, and broken in every way we can think of.

mod files;
mod findings;
mod folders;
mod making;
mod names;
mod support;
