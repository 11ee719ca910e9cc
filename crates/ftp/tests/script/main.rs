//! Whole sessions as scripts: what each side sends, and exactly what the controller does about it.

mod play;

mod abort;
mod active;
mod auth;
mod client_data;
mod client_login;
mod client_secure;
mod implicit;
mod order;
mod passive;
mod protection;
mod transfer;
mod upload;
