//! How TLS is started on a connection without an FTP controller: alone, as a primary one, or mapped onto another.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpStream;
use ttls_policy::ActionSet;
use ttls_tls::{
    ClientScope, Environment, HandshakeError, PrimaryStream, SecondaryPurpose, SecondaryStream,
    ServerIdentity, SessionScope,
};

/// The session scope of a connection and the connection's place in it.
#[derive(Debug, Clone)]
pub(crate) struct Scope {
    side: Side,
    place: Place,
}

/// The TLS role that the policy says, whoever opened the connection.
#[derive(Debug, Clone)]
enum Side {
    Server(SessionScope),
    Client(ClientScope),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Nobody follows it.
    Alone,
    /// `SecondaryMap On`.
    Primary,
    /// It follows a primary one.
    Secondary,
}

impl Scope {
    /// That of a connection which a rule has matched; `peer` is the server where this side is the client.
    pub(crate) fn new(environment: &Arc<Environment>, actions: &ActionSet, peer: SocketAddr) -> Self {
        let place = if actions.secondary_map.value {
            Place::Primary
        } else {
            Place::Alone
        };
        let side = if environment.is_client() {
            Side::Client(environment.client_session(ServerIdentity {
                address: peer.ip(),
                name: None,
            }))
        } else if place == Place::Alone {
            Side::Server(environment.session_without_tickets())
        } else {
            Side::Server(environment.session())
        };
        Self { side, place }
    }

    /// That of a connection which follows the one that has this scope.
    pub(crate) fn of_secondary(&self) -> Self {
        Self {
            side: self.side.clone(),
            place: Place::Secondary,
        }
    }

    /// Others may follow it.
    pub(crate) fn is_primary(&self) -> bool {
        self.place == Place::Primary
    }

    /// It follows another one.
    pub(crate) fn is_secondary(&self) -> bool {
        self.place == Place::Secondary
    }

    /// Starts TLS so that it can be stopped again. `preamble` was received already and belongs to TLS.
    ///
    /// # Errors
    /// See [`HandshakeError`]; the connection is closed then.
    pub(crate) async fn start(
        &self,
        outer: TcpStream,
        preamble: Vec<u8>,
    ) -> Result<PrimaryStream, HandshakeError> {
        match (&self.side, self.place) {
            (Side::Server(scope), Place::Secondary) => {
                scope.accept_controlled_secondary(outer, preamble).await
            }
            (Side::Server(scope), Place::Alone | Place::Primary) => {
                scope.accept_primary(outer, preamble).await
            }
            (Side::Client(scope), Place::Secondary) => scope.connect_controlled_secondary(outer).await,
            (Side::Client(scope), Place::Alone | Place::Primary) => scope.connect_primary(outer).await,
        }
    }

    /// Starts TLS that lasts to the end of the connection.
    ///
    /// # Errors
    /// See [`HandshakeError`]; the connection is closed then.
    pub(crate) async fn start_tunnel(&self, outer: TcpStream) -> Result<SecondaryStream, HandshakeError> {
        match (&self.side, self.place) {
            (Side::Server(scope), Place::Alone) => scope.accept_tunnel(outer).await,
            (Side::Server(scope), Place::Primary) => scope.accept_primary_tunnel(outer).await,
            // Which way its bytes will go is not known: no tickets, which a peer that only sends would not read.
            (Side::Server(scope), Place::Secondary) => {
                scope.accept_secondary(outer, SecondaryPurpose::Upload).await
            }
            (Side::Client(scope), Place::Alone) => scope.connect_tunnel(outer).await,
            (Side::Client(scope), Place::Primary) => scope.connect_primary_tunnel(outer).await,
            (Side::Client(scope), Place::Secondary) => scope.connect_secondary(outer).await,
        }
    }
}
