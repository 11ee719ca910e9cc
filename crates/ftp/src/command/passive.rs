//! PASV and EPSV: the client will connect to us, and we to the daemon.

use std::net::{IpAddr, SocketAddr, SocketAddrV4};
use std::ops::Range;

use super::Command;
use crate::codec::reply::Reply;
use crate::codec::{extended, host_port};
use crate::controller::Controller;
use crate::session::Leg;
use crate::task::Task;
use crate::{DataId, Effect, Expectation};

/// Which of the two commands, whose replies are 227 and 229.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// PASV.
    Pasv,
    /// EPSV.
    Epsv,
}

/// What the client sent, and so what it is told when we listen or connect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    /// PASV or EPSV.
    Passive(Form),
    /// PORT or EPRT naming this address, turned into PASV or EPSV.
    Active(SocketAddr),
}

impl Form {
    /// What the daemon is sent.
    pub(crate) fn command(self) -> &'static [u8] {
        match self {
            Form::Pasv => b"PASV",
            Form::Epsv => b"EPSV",
        }
    }
}

/// A passive data connection being announced.
#[derive(Debug)]
pub(crate) enum Passive {
    /// The daemon was asked.
    Asked {
        /// What the client sent.
        client: Told,
        /// What the daemon was sent.
        daemon: Form,
        /// The daemon's refusal of EPSV, while it is asked again with PASV.
        refusal: Option<Reply>,
    },
    /// The daemon listens; the agent is asked to.
    Expecting {
        /// Which expectation.
        id: DataId,
        /// What the client sent.
        client: Told,
        /// The daemon's reply, where it has the form that the client expects.
        reply: Option<Announcement>,
    },
}

/// A 227 or 229 of the daemon, and where its numbers stand.
#[derive(Debug)]
pub(crate) struct Announcement {
    bytes: Vec<u8>,
    numbers: Range<usize>,
    /// What the numbers say. A 229 says no address; the daemon's own is put in.
    says: SocketAddr,
}

impl Passive {
    /// The agent has not answered yet.
    pub(crate) fn awaits_agent(&self) -> bool {
        matches!(self, Passive::Expecting { .. })
    }

    /// The expectation that the agent was asked for.
    pub(crate) fn awaited(&self) -> Option<DataId> {
        match self {
            Passive::Expecting { id, .. } => Some(*id),
            Passive::Asked { .. } => None,
        }
    }
}

impl Controller {
    /// PASV; a daemon on IPv6 is asked with EPSV.
    pub(crate) fn pasv(&mut self, command: &Command) {
        if self.session.epsv_all {
            return self.out.reply("503 PASV is not accepted after EPSV ALL.");
        }
        if self.client_family() == 2 {
            return self.out.reply("425 PASV cannot carry an IPv6 address: use EPSV.");
        }
        self.cancel_expected();
        let daemon = self.passive_form();
        match daemon {
            Form::Pasv => self.out.command(&command.line),
            Form::Epsv => self.out.command(daemon.command()),
        }
        self.task = Task::Passive(Passive::Asked {
            client: Told::Passive(Form::Pasv),
            daemon,
            refusal: None,
        });
    }

    /// EPSV, EPSV 1, EPSV 2 and EPSV ALL.
    pub(crate) fn epsv(&mut self, command: &Command) {
        let family = self.client_family();
        match command.argument().to_ascii_uppercase().as_slice() {
            b"ALL" => {
                self.session.epsv_all = true;
                return self.out.reply("200 EPSV ALL accepted.");
            }
            b"" => {}
            argument if argument == family.to_string().as_bytes() => {}
            argument if argument.iter().all(u8::is_ascii_digit) => {
                return self
                    .out
                    .reply(&format!("522 Network protocol not supported, use ({family})."));
            }
            _ => return self.out.reply("501 Expected EPSV, EPSV 1, EPSV 2 or EPSV ALL."),
        }
        self.cancel_expected();
        match self.daemon_family() == family {
            true => self.out.command(&command.line),
            false => self.out.command(b"EPSV"),
        }
        self.task = Task::Passive(Passive::Asked {
            client: Told::Passive(Form::Epsv),
            daemon: Form::Epsv,
            refusal: None,
        });
    }

    /// The daemon has answered PASV or EPSV.
    pub(crate) fn passive_reply(&mut self, reply: Reply) {
        let Task::Passive(Passive::Asked {
            client,
            daemon,
            refusal,
        }) = &mut self.task
        else {
            return;
        };
        let (client, daemon, earlier) = (*client, *daemon, refusal.take());
        if reply.is_preliminary() {
            return self.out.pass(&reply.bytes);
        }
        if reply.is_success() {
            return self.daemon_listens(client, daemon, reply);
        }
        let old = matches!(reply.code, 500 | 501 | 502 | 504 | 522);
        if old && daemon == Form::Epsv && self.daemon_family() == 1 {
            self.out.command(b"PASV");
            self.task = Task::Passive(Passive::Asked {
                client,
                daemon: Form::Pasv,
                refusal: Some(reply),
            });
            return;
        }
        self.out.pass(&earlier.unwrap_or(reply).bytes);
        self.task = Task::Idle;
    }

    /// The agent listens at `advertise`.
    pub(crate) fn passive_expecting(&mut self, advertise: SocketAddr) {
        let Task::Passive(Passive::Expecting { id, client, reply }) =
            std::mem::replace(&mut self.task, Task::Idle)
        else {
            return;
        };
        let (ip, port) = (advertise.ip().to_canonical(), advertise.port());
        let advertise = SocketAddr::new(ip, port);
        let client = match client {
            Told::Passive(form) => form,
            Told::Active(_) => {
                self.expected = Some(Leg::Waiting(id));
                return self.out.reply("200 Command okay.");
            }
        };
        let (numbers, own) = match (client, ip) {
            (Form::Pasv, IpAddr::V4(ip)) => {
                let numbers = host_port::format(SocketAddrV4::new(ip, port));
                let own = format!("227 Entering Passive Mode ({numbers}).");
                (numbers, own)
            }
            (Form::Pasv, IpAddr::V6(_)) => {
                self.out.push(Effect::Cancel(id));
                return self.out.reply("425 PASV cannot carry an IPv6 address: use EPSV.");
            }
            (Form::Epsv, _) => (
                port.to_string(),
                format!("229 Entering Extended Passive Mode (|||{port}|)"),
            ),
        };
        match reply {
            None => self.out.reply(&own),
            Some(reply) => {
                let same = match client {
                    Form::Pasv => reply.says == advertise,
                    Form::Epsv => reply.says.port() == port,
                };
                let Announcement {
                    mut bytes,
                    numbers: place,
                    ..
                } = reply;
                if !same {
                    bytes.splice(place, numbers.bytes());
                }
                self.out.pass(&bytes);
            }
        }
        self.expected = Some(Leg::Waiting(id));
    }

    /// Reads where the daemon listens. Only the port counts, unless policy says otherwise: an address other than the
    /// daemon's own would send our connection to a third host.
    fn daemon_listens(&mut self, client: Told, daemon: Form, reply: Reply) {
        let Some(announcement) = announcement(daemon, reply, self.config.daemon) else {
            self.task = Task::Idle;
            return self
                .out
                .reply("425 The FTP server's answer names no usable port.");
        };
        let id = self.next_id();
        let daemon_at = self.listens_at(announcement.says);
        let expectation = match client {
            Told::Passive(_) => Expectation::Passive { daemon: daemon_at },
            Told::Active(client) => Expectation::Converted {
                client,
                daemon: daemon_at,
            },
        };
        self.out.push(Effect::Expect(id, expectation));
        let reply = (client == Told::Passive(daemon)).then_some(announcement);
        self.task = Task::Passive(Passive::Expecting { id, client, reply });
    }

    /// Family of the client: decides what EPSV, EPRT and PASV can mean.
    pub(crate) fn client_family(&self) -> u8 {
        extended::family(self.config.client.ip())
    }

    pub(crate) fn daemon_family(&self) -> u8 {
        extended::family(self.config.daemon.ip())
    }
}

/// Finds the numbers in the last line of the reply.
fn announcement(form: Form, reply: Reply, daemon: SocketAddr) -> Option<Announcement> {
    let Reply { code, bytes } = reply;
    let body = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
    let last = body
        .iter()
        .rposition(|&byte| byte == b'\n')
        .map_or(0, |end| end + 1);
    let start = last + 4;
    let text = bytes.get(start..)?;
    let (numbers, says) = match form {
        Form::Pasv if code == 227 => {
            let (numbers, address) = host_port::find(text).filter(|(_, address)| address.port() != 0)?;
            (numbers, SocketAddr::V4(address))
        }
        Form::Epsv if code == 229 => {
            let (numbers, port) = extended::find_port(text)?;
            (numbers, SocketAddr::new(daemon.ip(), port))
        }
        Form::Pasv | Form::Epsv => return None,
    };
    Some(Announcement {
        numbers: start + numbers.start..start + numbers.end,
        says,
        bytes,
    })
}
