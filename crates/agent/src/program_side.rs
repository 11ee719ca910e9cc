//! The program's side of connections that it opened itself, by kind of interception.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use ttls_intercept::{Namespace, PortChoice, link};
use ttls_policy::Gateway;

use crate::expectations::Expectations;
use crate::host::HostSide;
use crate::session::LINK_LOCAL;

/// A caught connection of a program.
pub(crate) struct Outbound {
    /// Its end at us.
    pub(crate) inner: TcpStream,
    /// The program's address.
    pub(crate) program: SocketAddr,
    /// The address that the program connected to.
    pub(crate) seen: SocketAddr,
    /// Where its connection goes on to.
    pub(crate) server: SocketAddr,
    pub(crate) side: ProgramSide,
}

/// How the program is reached: the kind of the interception.
#[derive(Clone)]
pub(crate) enum ProgramSide {
    /// In a private network namespace.
    Namespace {
        namespace: Namespace,
        expectations: Arc<Expectations>,
    },
    /// On a host, where it has run before.
    Host(Arc<HostSide>),
    /// Anywhere; it was told to connect to a gateway.
    Gateway(Arc<Gateway>),
}

impl ProgramSide {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Namespace { .. } => "run",
            Self::Host(_) => "host",
            Self::Gateway(_) => "gateway",
        }
    }

    /// Connections that no rule covers pass in clear.
    pub(crate) fn unmatched_clear(&self) -> bool {
        match self {
            Self::Namespace { .. } | Self::Host(_) => true,
            Self::Gateway(gateway) => gateway.unmatched_clear,
        }
    }

    /// The address to announce to servers instead of the one that we connect from.
    pub(crate) fn public_addr(&self) -> Option<IpAddr> {
        match self {
            Self::Namespace { .. } | Self::Host(_) => None,
            Self::Gateway(gateway) => gateway.public_addr,
        }
    }

    /// Connects to a port on which the program listens, as far as the kind allows it as `from`. From its first moment,
    /// closing the connection is a reset.
    pub(crate) async fn connect(
        &self,
        from: SocketAddr,
        program: SocketAddr,
        bound: Duration,
    ) -> std::io::Result<TcpStream> {
        let connect = async {
            match self {
                Self::Namespace { namespace, .. } => namespace.connect(from, program).await,
                Self::Host(side) => side.connect(from, program).await,
                Self::Gateway(gateway) => {
                    let own = link::with_port(gateway.listen, 0);
                    match gateway.listen.ip().is_unspecified() {
                        true => ttls_intercept::connect_to(program).await,
                        false => ttls_intercept::connect_from(own, program).await,
                    }
                }
            }
        };
        in_time(bound, connect).await
    }

    /// Connects to a server outside from an address of ours; an end before its time is a reset. On a host no rule for
    /// programs catches it.
    pub(crate) async fn dial_from(
        &self,
        from: SocketAddr,
        server: SocketAddr,
        bound: Duration,
    ) -> std::io::Result<TcpStream> {
        let connect = async {
            match self {
                Self::Host(_) | Self::Namespace { .. } if link::is_link_local(server.ip()) => {
                    Err(std::io::Error::new(std::io::ErrorKind::Unsupported, LINK_LOCAL))
                }
                Self::Host(side) => side.host.connect_outer(from, server).await,
                Self::Namespace { .. } | Self::Gateway(_) => ttls_intercept::connect_from(from, server).await,
            }
        };
        in_time(bound, connect).await
    }

    /// Connects to a server outside; an end before its time is a reset only where the caller makes it one.
    pub(crate) async fn dial(
        &self,
        program: SocketAddr,
        server: SocketAddr,
        bound: Duration,
    ) -> std::io::Result<TcpStream> {
        let stream = match self {
            // The program may have chosen its address.
            Self::Host(_) => {
                let stream = self
                    .dial_from(SocketAddr::new(program.ip(), 0), server, bound)
                    .await?;
                ttls_intercept::end_in_order(&stream);
                stream
            }
            Self::Namespace { .. } if link::is_link_local(server.ip()) => {
                return Err(std::io::Error::new(std::io::ErrorKind::Unsupported, LINK_LOCAL));
            }
            Self::Namespace { .. } | Self::Gateway(_) => in_time(bound, TcpStream::connect(server)).await?,
        };
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    /// Listens for a server's data connection.
    pub(crate) async fn listen(&self, at: SocketAddr, ports: PortChoice) -> std::io::Result<TcpListener> {
        match self {
            Self::Host(side) => side.host.listen_in(at, ports).await,
            Self::Namespace { .. } | Self::Gateway(_) => ttls_intercept::bind_in(at, ports),
        }
    }
}

async fn in_time(
    bound: Duration,
    connect: impl Future<Output = std::io::Result<TcpStream>>,
) -> std::io::Result<TcpStream> {
    tokio::time::timeout(bound, connect)
        .await
        .unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into()))
}
