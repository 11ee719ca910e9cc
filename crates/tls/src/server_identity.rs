//! Who the server of a client role is meant to be.

use std::net::IpAddr;

use rustls_pki_types::{DnsName, ServerName};
use ttls_policy::{ActionSet, HostReference};

/// The server that an application connected to, as far as the agent knows it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ServerIdentity {
    /// Its address.
    pub address: IpAddr,
    /// The host name that the application asked for, where that is known.
    pub name: Option<String>,
}

/// What an action set makes of server names.
#[derive(Debug, Clone)]
pub(crate) struct ServerRules {
    /// The name that the handshake carries (`ClientHandshakeSNI`); it is the same for all servers.
    pub(crate) sent: Option<DnsName<'static>>,
    /// What the certificate must say.
    pub(crate) demanded: Demanded,
}

/// Which names a server's certificate must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Demanded {
    /// None: AT-TLS validates the chain only.
    Chain,
    /// Those of `HostReferenceIdDNS` and its like.
    Reference(HostReference),
    /// That of the [`ServerIdentity`] (`SECURE_HOSTNAME REQUIRED` without host references).
    Peer,
}

impl ServerRules {
    /// The error is a name of `ClientHandshakeSNIList` that is no DNS name.
    pub(crate) fn of(actions: &ActionSet) -> Result<Self, String> {
        let sni = &actions.client_sni.value;
        let sent = match sni.names.first().filter(|_| sni.on) {
            Some(name) => Some(DnsName::try_from(name.clone()).map_err(|_| name.clone())?),
            None => None,
        };
        let reference = &actions.host_reference.value;
        let by_peer = actions.ftp.as_ref().is_some_and(|ftp| ftp.value.secure_hostname);
        let demanded = if reference.dns.is_some() || reference.cn.is_some() {
            Demanded::Reference(reference.clone())
        } else if by_peer {
            Demanded::Peer
        } else {
            Demanded::Chain
        };
        Ok(Self { sent, demanded })
    }

    /// The name for rustls: it is what [`Demanded::Peer`] looks for, and is sent where there is one to send.
    pub(crate) fn server_name(&self, peer: &ServerIdentity) -> ServerName<'static> {
        let asked = || DnsName::try_from(peer.name.clone()?).ok();
        match self.sent.clone().or_else(asked) {
            Some(name) => ServerName::DnsName(name),
            None => ServerName::IpAddress(peer.address.into()),
        }
    }
}
