//! Interceptors: where connections come from, and every socket option that they need.
//!
//! * **gateway**: [`listen::bind`], plain listeners, no privilege.
//! * **host**: [`host::Host`], services that already run in a network namespace.
//! * **run**: [`Namespace`], an unchanged program in a private network namespace.
//! * both: [`bind_in`], [`connect_to`] and [`connect_from`] for data connections outside, [`reset`] to end a connection as
//!   failed.
//!
//! # The private network namespace
//!
//! In it `lo` is up, carries the machine's own addresses, and **every** address is local. An nftables TPROXY
//! rule hands every TCP connection that the program opens to the agent, except those that the agent itself
//! makes there (socket mark [`MARK`]). The agent lives outside; sockets keep the namespace that they were
//! made in, so a small helper process inside makes them and passes them out over a unix socket. Inbound
//! connections reach the program from a socket that is bound to the peer's own address and port and connected
//! to the address that the peer asked for: the program's `accept`, `getpeername` and `getsockname` tell the
//! truth.
//!
//! The helper is this same executable, started again with [`HELPER_ARGUMENT`] as its first argument: a
//! program that uses [`Namespace`] must call [`helper_main`] first thing in `main` when it sees that
//! argument, before any thread exists. As root it makes a network namespace; as another user (or as root
//! without `CAP_SYS_ADMIN`) a user namespace too, in which the caller's user and group are themselves and
//! nothing else is mapped: the program keeps its identity and gains no capability, and any port may be bound
//! (`net.ipv4.ip_unprivileged_port_start=0`).
//!
//! Needs the `nft` program (package nftables) and a Linux kernel with TPROXY and socket matching
//! (`nft_tproxy`, `nft_socket`). IPv6 is used where the machine has it.
//!
//! ## Life and death
//!
//! The helper is child subreaper: processes that fork into the background stay supervised
//! ([`ProgramEvent::AllExited`] comes after the last of them). When the agent ends, by `kill -9` too, the
//! helper kills every descendant and ends; the kernel then drops the namespace. Nothing is mounted and no
//! file is written. Should the helper itself be killed, the program's main process dies with it; its other
//! processes stay, cut off from the network.
//!
//! ## Signals
//!
//! [`Namespace::signal`] passes one on to the program. The program is in the agent's own process group, so a
//! terminal delivers `SIGINT` and `SIGQUIT` (Ctrl-C, Ctrl-\\) to it directly: see
//! [`terminal_delivers_signals`] before passing those on. The helper itself holds back the terminal's
//! signals.
//!
//! ## What is not covered
//!
//! * Abstract unix sockets belong to a network namespace: the program does not see those outside (unix
//!   sockets in the file system work as ever).
//! * UDP other than name resolution (port 53) goes nowhere: every address is local, so it is answered by
//!   "port unreachable", or by a program inside that listens on that port. Port 53 itself cannot be served
//!   inside over UDP.
//! * ICMP: every address answers a ping from inside.
//! * `connect` succeeds before the outside is asked; when the outside refuses, a reset follows.
//! * Programs that make a network namespace themselves and expect a route to the outside in it. (Daemons that
//!   lock their sessions into an empty one, as vsftpd does, work.)
//! * The run interceptor is no sandbox against root: a program that runs as root can leave it, as it can
//!   change any firewall.
//! * Without root, set-user-ID programs inside do not gain their owner's rights.

mod dial;
mod error;
pub mod host;
mod identity;
pub mod link;
pub mod listen;
mod namespace;
mod nft;
pub mod packets;
pub mod passed;
mod passing;
mod resolver;
pub mod socket;
mod spare;
mod terminal;

pub use dial::{connect_from, connect_to};
pub use error::InterceptError;
pub use identity::{OwnedSocket, Owner, Sharing, SocketTable, Wanted};
pub use listen::{PortChoice, bind_in};
pub use namespace::{
    Caught, CaughtConnection, HELPER_ARGUMENT, Namespace, Prepared, ProgramEvent, ProgramEvents,
    ReservedPort, helper_main,
};
pub use passing::{BATCH, pass_listeners, take_listeners};
pub use resolver::relay_queries;
pub use socket::{MARK, end_in_order, reset};
pub use spare::prepare_listener;
pub use terminal::terminal_delivers_signals;
