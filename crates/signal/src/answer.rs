//! The message from the agent.

use nix::errno::Errno;

use crate::combination::Refusal;
use crate::frame::{FrameError, Kind, Reader, Writer};
use crate::reason::Reason;
use crate::status::{HostStatus, SecType, StatConn, StatPolicy, Status};

const VALID: u16 = 0x0001;
const MORE: u16 = 0x0002;
const RESUMED: u8 = 0x01;
const SECONDARY: u8 = 0x02;

/// Stands for "no host name was asked about".
const NO_HOST: u8 = 0xFF;

/// The answer to one request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answer {
    /// The caller's number of the request; 0 where it could not be read.
    pub id: u32,
    /// Error number of this system, 0 for success.
    pub errno: u32,
    /// What the error stands for.
    pub reason: Reason,
    /// Whether `status` holds; it does not in answers to requests that no connection could be found for.
    pub valid: bool,
    /// Another answer to this request follows when the operation has ended (`EINPROGRESS`).
    pub more: bool,
    /// The connection as it is now.
    pub status: Status,
    /// The partner's certificate (DER), where it was asked for and is there.
    pub certificate: Vec<u8>,
}

impl Answer {
    /// Success.
    pub fn success(id: u32, status: Status) -> Self {
        Self {
            id,
            valid: true,
            status,
            ..Self::default()
        }
    }

    /// A refusal that says nothing about a connection.
    pub fn refused(id: u32, refusal: Refusal) -> Self {
        Self {
            id,
            errno: number(refusal.errno),
            reason: refusal.reason,
            ..Self::default()
        }
    }

    /// The same with an error; what it says about the connection stays.
    #[must_use]
    pub fn with(mut self, refusal: Refusal) -> Self {
        self.errno = number(refusal.errno);
        self.reason = refusal.reason;
        self
    }

    /// As one packet.
    pub fn encode(&self) -> Vec<u8> {
        let status = &self.status;
        let mut writer = Writer::open(Kind::Answer);
        writer.u16(bit(self.valid, VALID) | bit(self.more, MORE));
        writer.u32(self.id);
        writer.u32(self.errno);
        writer.u16(self.reason.number());
        writer.u8(status.policy.number());
        writer.u8(status.connection.number());
        writer.u8(status.sec_type.number());
        writer.u8(status.fips140);
        writer.u16(status.protocol);
        writer.u16(status.cipher);
        writer.u16(status.key_share);
        writer.u8(status.host.map_or(NO_HOST, HostStatus::number));
        writer.u8(if status.resumed { RESUMED } else { 0 } | if status.secondary { SECONDARY } else { 0 });
        writer.u64(status.id);
        writer.u32(status.certificate_length);
        for text in [
            &status.user_id,
            &status.rule,
            &status.group,
            &status.environment,
            &status.connection_action,
        ] {
            writer.block(text.as_bytes());
        }
        writer.block(&self.certificate);
        writer.finish()
    }

    /// From one packet.
    ///
    /// # Errors
    /// See [`FrameError`].
    pub fn decode(packet: &[u8]) -> Result<Self, FrameError> {
        let mut reader = Reader::open(packet, Kind::Answer)?;
        let flags = reader.u16()?;
        if flags & !(VALID | MORE) != 0 {
            return Err(reader.malformed());
        }
        let id = reader.u32()?;
        let errno = reader.u32()?;
        let reason = Reason::from_number(reader.u16()?).ok_or_else(|| reader.malformed())?;
        let policy = StatPolicy::from_number(reader.u8()?).ok_or_else(|| reader.malformed())?;
        let connection = StatConn::from_number(reader.u8()?).ok_or_else(|| reader.malformed())?;
        let sec_type = SecType::from_number(reader.u8()?).ok_or_else(|| reader.malformed())?;
        let fips140 = reader.u8()?;
        let protocol = reader.u16()?;
        let cipher = reader.u16()?;
        let key_share = reader.u16()?;
        let host = match reader.u8()? {
            NO_HOST => None,
            number => Some(HostStatus::from_number(number).ok_or_else(|| reader.malformed())?),
        };
        let bits = reader.u8()?;
        if bits & !(RESUMED | SECONDARY) != 0 {
            return Err(reader.malformed());
        }
        let status = Status {
            policy,
            connection,
            sec_type,
            fips140,
            protocol,
            cipher,
            key_share,
            resumed: bits & RESUMED != 0,
            secondary: bits & SECONDARY != 0,
            host,
            id: reader.u64()?,
            certificate_length: reader.u32()?,
            user_id: reader.text()?,
            rule: reader.text()?,
            group: reader.text()?,
            environment: reader.text()?,
            connection_action: reader.text()?,
        };
        let certificate = reader.block()?.to_vec();
        reader.end()?;
        Ok(Self {
            id,
            errno,
            reason,
            valid: flags & VALID != 0,
            more: flags & MORE != 0,
            status,
            certificate,
        })
    }
}

fn bit(set: bool, bit: u16) -> u16 {
    if set { bit } else { 0 }
}

/// Error numbers are small and positive.
fn number(errno: Errno) -> u32 {
    (errno as i32).unsigned_abs()
}
