//! TLS with real peers: rustls in this process and the `openssl` program.

mod build;
mod choice;
mod client;
mod client_certificates;
mod forged;
mod forger;
mod limits;
mod master_secret;
mod openssl;
mod parameters;
mod pieces;
mod secondary;
mod session_life;
mod sessions;
mod stop;
mod support;
mod ticket_again;
