//! PORT and EPRT: the daemon will connect to us, and we to the client.

use std::net::{IpAddr, SocketAddr, SocketAddrV4};

use super::Command;
use crate::codec::reply::Reply;
use crate::codec::{extended, host_port};
use crate::controller::Controller;
use crate::error::FtpError;
use crate::session::Leg;
use crate::task::Task;
use crate::{DataId, Effect, Expectation};

/// Ports below this one belong to services (RFC 2577 section 3).
const FIRST_USER_PORT: u16 = 1024;

/// Which of the two commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// PORT.
    Port,
    /// EPRT.
    Eprt,
}

/// An active data connection being announced.
#[derive(Debug)]
pub(crate) enum Active {
    /// The agent is asked to listen.
    Expecting {
        /// Which expectation.
        id: DataId,
        /// What the client sent.
        form: Form,
        /// The client's line.
        line: Vec<u8>,
    },
    /// The daemon was told where to connect.
    Told {
        /// Which expectation.
        id: DataId,
        /// What to send in a PORT if the daemon does not know EPRT.
        fallback: Option<SocketAddrV4>,
    },
}

impl Active {
    /// The agent has not answered yet.
    pub(crate) fn awaits_agent(&self) -> bool {
        matches!(self, Active::Expecting { .. })
    }

    /// The expectation that the agent was asked for.
    pub(crate) fn awaited(&self) -> Option<DataId> {
        match self {
            Active::Expecting { id, .. } => Some(*id),
            Active::Told { .. } => None,
        }
    }
}

impl Controller {
    /// PORT.
    pub(crate) fn port(&mut self, command: &Command) {
        if !self.may_name_address(command) {
            return;
        }
        match host_port::parse(command.argument()) {
            Ok(client) => self.name_address(command, Form::Port, SocketAddr::V4(client)),
            Err(error) => self.out.reply(&format!("501 {error}.")),
        }
    }

    /// EPRT.
    pub(crate) fn eprt(&mut self, command: &Command) {
        if !self.may_name_address(command) {
            return;
        }
        match extended::parse(command.argument()) {
            Ok(client) => self.name_address(command, Form::Eprt, client),
            Err(error) => {
                let code = if error == FtpError::UnknownFamily {
                    522
                } else {
                    501
                };
                self.out.reply(&format!("{code} {error}."));
            }
        }
    }

    fn may_name_address(&mut self, command: &Command) -> bool {
        if self.session.epsv_all {
            self.out
                .reply(&format!("503 {} is not accepted after EPSV ALL.", command.word()));
        } else if self.config.port_reject {
            self.out
                .reply("504 PORT and EPRT are refused by policy: use PASV or EPSV.");
        } else {
            return true;
        }
        false
    }

    /// Checks the client's address against policy and has the agent listen for the daemon.
    fn name_address(&mut self, command: &Command, form: Form, mut client: SocketAddr) {
        let own = self.config.client.ip().to_canonical();
        if client.ip().is_unspecified() && self.duty.client().is_some() {
            // lftp does not know its own address where every address is local; only the port is its own to say.
            client.set_ip(own);
        }
        if self.config.port_noredirect && client.ip() != own {
            return self
                .out
                .reply(&format!("500 Address {} is not yours: {own} is.", client.ip()));
        }
        if self.config.port_nolowports && client.port() < FIRST_USER_PORT {
            return self
                .out
                .reply(&format!("504 Port {} is below {FIRST_USER_PORT}.", client.port()));
        }
        if let (SocketAddr::V6(named), SocketAddr::V6(peer)) = (&mut client, self.config.client)
            && named.ip() == peer.ip()
        {
            // EPRT cannot name the interface of a link-local address; the control connection knows it.
            named.set_scope_id(peer.scope_id());
        }
        self.cancel_expected();
        if self.convert_to_passive(client) {
            return;
        }
        let id = self.next_id();
        self.out.push(Effect::Expect(id, Expectation::Active { client }));
        self.task = Task::Active(Active::Expecting {
            id,
            form,
            line: command.line.clone(),
        });
    }

    /// The agent listens at `advertise`: tell the daemon, in the client's words where they still hold.
    pub(crate) fn active_expecting(&mut self, advertise: SocketAddr) {
        let Task::Active(Active::Expecting { id, form, line }) =
            std::mem::replace(&mut self.task, Task::Idle)
        else {
            return;
        };
        let ipv4 = match advertise.ip().to_canonical() {
            IpAddr::V4(ip) => Some(SocketAddrV4::new(ip, advertise.port())),
            IpAddr::V6(_) => None,
        };
        let (told, argument, fallback) = match (form, ipv4) {
            (Form::Port, Some(address)) => (Form::Port, host_port::format(address), None),
            (Form::Eprt, _) | (Form::Port, None) => (Form::Eprt, extended::format(advertise), ipv4),
        };
        // Byte for byte, so that the daemon reads no other address than was checked here.
        let holds = told == form
            && Command::parse(&line)
                .argument()
                .eq_ignore_ascii_case(argument.as_bytes());
        match told {
            _ if holds => self.out.command(&line),
            Form::Port => self.out.command(format!("PORT {argument}").as_bytes()),
            Form::Eprt => self.out.command(format!("EPRT {argument}").as_bytes()),
        }
        self.task = Task::Active(Active::Told { id, fallback });
    }

    /// The daemon has answered PORT or EPRT.
    pub(crate) fn active_reply(&mut self, reply: &Reply) {
        let Task::Active(Active::Told { id, fallback }) = &mut self.task else {
            return;
        };
        let (id, fallback) = (*id, fallback.take());
        if reply.is_preliminary() {
            return self.out.pass(&reply.bytes);
        }
        if let Some(address) = fallback
            && matches!(reply.code, 500 | 501 | 502 | 504 | 522)
        {
            return self
                .out
                .command(format!("PORT {}", host_port::format(address)).as_bytes());
        }
        self.task = Task::Idle;
        self.out.pass(&reply.bytes);
        match reply.is_success() {
            true => self.expected = Some(Leg::Waiting(id)),
            false => self.out.push(Effect::Cancel(id)),
        }
    }
}
