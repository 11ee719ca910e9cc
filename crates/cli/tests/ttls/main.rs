//! The program as a user meets it: what is printed where, and exit codes.

mod cli;
mod fmt;
mod lint;
mod match_;
mod program;
mod show;
mod show_all;
