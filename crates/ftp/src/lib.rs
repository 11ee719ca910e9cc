//! The FTP control channel, sans-IO (RFC 959, 2228, 2389, 2428, 4217).
//!
//! A controller is fed [`Event`]s and answers with [`Effect`]s; it owns no socket, no clock and no TLS.
//! [`Controller::server`] stands before a daemon that knows no TLS and secures the client's side when the client asks;
//! [`Controller::client`] stands behind a client that knows no TLS and secures the server's side before anything else.
//! In both, *client* is who sends commands and *daemon* is who answers them.
//!
//! What it relies on:
//!
//! * effects are performed in their order, and `StartTls`, `StopTls` and `Expect` are answered by one event each;
//! * nothing is read from the client while [`Controller::wants_client`] is false, so that no byte is on its way
//!   when TLS starts or stops. Bytes that come nevertheless end the session;
//! * the client's urgent data come in-line (`SO_OOBINLINE`);
//! * every `OpenData` is answered by `DataFinished`, and a data connection that the agent gives up for a failure of
//!   TLS or of the peer is reset towards the daemon, so that the daemon answers the transfer soon;
//! * an error on the daemon's side of a data connection is reported as [`DataResult::DaemonBroke`], never as `Aborted`:
//!   the controller sends no ABOR for it, and passes the daemon's own failure reply;
//! * a connection of the daemon to a client without an expectation (the default data port) is refused;
//! * after `Close` data connections are dropped, unfinished uploads with a reset.
//!
//! Bounds: command lines 4096 bytes, reply lines 8192, commands waiting 64 KiB and replies held 64 KiB.
#![forbid(unsafe_code)]

mod channel;
mod client;
mod codec;
mod command;
mod controller;
mod effect;
mod error;
mod event;
mod exercise;
mod outbox;
mod parms;
mod replies;
mod session;
mod task;
mod transition;

pub use client::{ClientConfig, DataProtection};
pub use controller::Controller;
pub use effect::{CloseReason, DataDirection, DataId, Effect, Expectation};
pub use event::{DataResult, Event};
pub use exercise::{exercise, exercise_client};
pub use parms::{ControllerConfig, ImplicitModel};
