//! Which announcements go to the server instead of the client's own.

use std::net::SocketAddr;

use super::Link;
use crate::command::passive::{Form, Passive, Told};
use crate::controller::Controller;
use crate::task::Task;

impl Controller {
    /// `FWFRIENDLY TRUE`: the client's PORT or EPRT becomes EPSV or PASV; true where it did.
    pub(crate) fn convert_to_passive(&mut self, client: SocketAddr) -> bool {
        let friendly = self
            .duty
            .client()
            .is_some_and(|duty| duty.config.firewall_friendly);
        if friendly {
            let daemon = self.passive_form();
            self.out.command(daemon.command());
            self.task = Task::Passive(Passive::Asked {
                client: Told::Active(client),
                daemon,
                refusal: None,
            });
        }
        friendly
    }

    /// What a server is asked where the client said PASV, PORT or EPRT: `EPSV4 TRUE` prefers EPSV on IPv4 too.
    pub(crate) fn passive_form(&self) -> Form {
        let epsv4 = self.duty.client().is_some_and(|client| client.config.epsv4);
        match self.daemon_family() {
            1 if !epsv4 => Form::Pasv,
            _ => Form::Epsv,
        }
    }

    /// Where to connect to for a 227 or 229 of the daemon. The address is the control connection's, unless policy
    /// lets a server name another; after CCC anybody may have written it.
    pub(crate) fn listens_at(&self, says: SocketAddr) -> SocketAddr {
        let believed = self.duty.client().is_some_and(|client| {
            !client.config.ignore_passive_address && !matches!(client.link, Link::Cleared(_))
        });
        let mut listens = self.config.daemon;
        match believed {
            true => says,
            false => {
                listens.set_port(says.port());
                listens
            }
        }
    }
}
