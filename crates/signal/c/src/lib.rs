//! The signaling channel for C programs. `ttls.h` is made from this file; its words are for the header's readers.

use std::ffi::{CStr, c_char, c_int, c_uchar};
use std::mem::ManuallyDrop;
use std::os::fd::{BorrowedFd, FromRawFd, IntoRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use nix::errno::Errno;
use ttls_signal::{Answer, Channel, Operations, Options, Request, SignalError};

/// `TTLSi_Ver`: the only version of the block.
pub const TTLS_VERSION1: u8 = 1;

/// Room for a name, with its NUL.
pub const TTLS_NAME_MAX: usize = 64;

/// `TTLSi_Req_Type`: answer, change nothing.
pub const TTLS_QUERY_ONLY: u32 = 0x0000;
/// `TTLSi_Req_Type`: copy the partner's certificate (DER) to TTLSi_BufferPtr.
pub const TTLS_RETURN_CERTIFICATE: u32 = 0x0001;
/// `TTLSi_Req_Type`: start TLS.
pub const TTLS_INIT_CONNECTION: u32 = 0x0002;
/// `TTLSi_Req_Type`: nobody can resume the session any more.
pub const TTLS_RESET_SESSION: u32 = 0x0004;
/// `TTLSi_Req_Type`: new keys for both directions.
pub const TTLS_RESET_CIPHER: u32 = 0x0008;
/// `TTLSi_Req_Type`: end TLS, go on in clear.
pub const TTLS_STOP_CONNECTION: u32 = 0x0010;
/// `TTLSi_Req_Type`, with TTLS_INIT_CONNECTION: a peer that does not start TLS in time keeps its connection, in clear.
pub const TTLS_ALLOW_HSTIMEOUT: u32 = 0x0020;
/// `TTLSi_Req_Type`: a new key for what is sent.
pub const TTLS_RESET_WRITE_CIPHER: u32 = 0x0040;
/// `TTLSi_Req_Type`: give the client one more ticket.
pub const TTLS_SEND_SESSION_TICKET: u32 = 0x0080;

/// `TTLSi_Options`: stopping waits up to a second for the peer's close_notify before ours.
pub const TTLS_PEER_CLOSES_FIRST: u32 = 0x0002;

/// `TTLSi_Stat_Policy`.
pub const TTLS_POL_OFF: u8 = 1;
/// `TTLSi_Stat_Policy`.
pub const TTLS_POL_NO_POLICY: u8 = 2;
/// `TTLSi_Stat_Policy`.
pub const TTLS_POL_NOT_ENABLED: u8 = 3;
/// `TTLSi_Stat_Policy`.
pub const TTLS_POL_ENABLED: u8 = 4;
/// `TTLSi_Stat_Policy`.
pub const TTLS_POL_APPLCNTRL: u8 = 5;

/// `TTLSi_Stat_Conn`.
pub const TTLS_CONN_NOTSECURE: u8 = 1;
/// `TTLSi_Stat_Conn`.
pub const TTLS_CONN_HS_INPROGRESS: u8 = 2;
/// `TTLSi_Stat_Conn`.
pub const TTLS_CONN_SECURE: u8 = 3;

/// `TTLSi_SSL_Prot`.
pub const TTLS_PROT_TLSV1_2: u16 = 0x0303;
/// `TTLSi_SSL_Prot`.
pub const TTLS_PROT_TLSV1_3: u16 = 0x0304;

/// The parameter block of a request. Zero it, then set TTLSi_Size, TTLSi_Ver and what the request needs.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
#[expect(
    non_snake_case,
    reason = "the names of IBM's block, which programs of z/OS use"
)]
pub struct TtlsIoctl {
    /// in: sizeof(TTLS_IOCTL).
    pub TTLSi_Size: u32,
    /// in: TTLS_VERSION1.
    pub TTLSi_Ver: u8,
    /// out: TTLS_POL_...
    pub TTLSi_Stat_Policy: u8,
    /// out: TTLS_CONN_...
    pub TTLSi_Stat_Conn: u8,
    /// out: 0 unknown, 1 client, 2 server, 3 to 5 server with client authentication.
    pub TTLSi_Sec_Type: u8,
    /// in: what to do, TTLS_QUERY_ONLY or a sum.
    pub TTLSi_Req_Type: u32,
    /// in: TTLS_PEER_CLOSES_FIRST or 0.
    pub TTLSi_Options: u32,
    /// out: TTLS_PROT_..., 0 for none.
    pub TTLSi_SSL_Prot: u16,
    /// out: why errno was set (docs/signaling.md).
    pub TTLSi_Reason: u16,
    /// out: 1 where the fields hold, 0 where they are not known.
    pub TTLSi_Valid: u8,
    /// out: 0 off.
    pub TTLSi_FIPS140: u8,
    /// out: whether the certificate is one of TTLSi_HostPtr: 0 yes, 1 no certificate, 2 no, 3 and 4 cannot say; 255 not asked.
    pub TTLSi_Host_Status: u8,
    /// out: "4X" where TTLSi_Neg_Cipher4 has the suite.
    pub TTLSi_Neg_Cipher: [c_char; 3],
    /// out: the suite, four hexadecimal digits.
    pub TTLSi_Neg_Cipher4: [c_char; 5],
    /// out: the key exchange group, four decimal digits.
    pub TTLSi_Neg_KeyShare: [c_char; 5],
    /// out: user that the partner's certificate is mapped to.
    pub TTLSi_UserID: [c_char; TTLS_NAME_MAX],
    /// out: name of the rule.
    pub TTLSi_Rule: [c_char; TTLS_NAME_MAX],
    /// out: name of the group action.
    pub TTLSi_Group: [c_char; TTLS_NAME_MAX],
    /// out: name of the environment action.
    pub TTLSi_Environment: [c_char; TTLS_NAME_MAX],
    /// out: name of the connection action.
    pub TTLSi_Connection: [c_char; TTLS_NAME_MAX],
    /// in: a host name, or NULL.
    pub TTLSi_HostPtr: *const c_char,
    /// in: where the certificate goes, with TTLS_RETURN_CERTIFICATE; else NULL.
    pub TTLSi_BufferPtr: *mut c_uchar,
    /// in: its length.
    pub TTLSi_BufferLen: u32,
    /// out: length of the partner's certificate, 0 for none.
    pub TTLSi_Cert_Len: u32,
}

/// Numbers of requests: a channel is a descriptor and remembers none.
static LAST: AtomicU32 = AtomicU32::new(0);

/// Connects to the agent: at `path`, or where TTLS_CONTROL says, or at /run/ttls/control where `path` is NULL.
/// Returns a descriptor to be closed with close(2), or -1 and errno. Use one per thread.
///
/// # Safety
/// `path` is NULL or points to a NUL-terminated text.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ttls_open(path: *const c_char) -> c_int {
    let opened = if path.is_null() {
        Channel::open()
    } else {
        // SAFETY: the caller says that it is a NUL-terminated text.
        let path = unsafe { CStr::from_ptr(path) };
        Channel::open_at(Path::new(std::ffi::OsStr::from_bytes(path.to_bytes())))
    };
    match opened {
        Ok(channel) => OwnedFd::from(channel).into_raw_fd(),
        Err(error) => failed(&error),
    }
}

/// Asks about the connected TCP socket `socket`. Waits until the operation has ended, unless the socket has
/// O_NONBLOCK: TTLS_INIT_CONNECTION and TTLS_STOP_CONNECTION then fail with EINPROGRESS where they have begun, and
/// ttls_result() gets the end when `channel` is readable; use a channel of its own for such a connection.
/// Returns 0, or -1 and errno.
///
/// # Safety
/// `block` points to a block whose TTLSi_Size, TTLSi_HostPtr, TTLSi_BufferPtr and TTLSi_BufferLen hold; `channel` is one of
/// ttls_open() and `socket` an open descriptor.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ttls_control(channel: c_int, socket: c_int, block: *mut TtlsIoctl) -> c_int {
    // SAFETY: the caller says that it points to a block.
    let Some(block) = (unsafe { block.as_mut() }) else {
        return refuse(Errno::EFAULT);
    };
    if channel < 0 || socket < 0 {
        return refuse(Errno::EBADF);
    }
    if block.TTLSi_Size as usize != size_of::<TtlsIoctl>() || block.TTLSi_Ver != TTLS_VERSION1 {
        return refuse(Errno::EINVAL);
    }
    let Some(operations) = Operations::from_bits(block.TTLSi_Req_Type) else {
        return refuse(Errno::EINVAL);
    };
    let host = if block.TTLSi_HostPtr.is_null() {
        None
    } else {
        // SAFETY: the caller says that it is a NUL-terminated text.
        let host = unsafe { CStr::from_ptr(block.TTLSi_HostPtr) };
        Some(host.to_string_lossy().into_owned())
    };
    let request = Request {
        id: LAST.fetch_add(1, Ordering::Relaxed).wrapping_add(1).max(1),
        operations,
        options: Options {
            non_blocking: false,
            peer_closes_first: block.TTLSi_Options & TTLS_PEER_CLOSES_FIRST != 0,
        },
        certificate_room: block.TTLSi_BufferLen,
        host,
    };
    // SAFETY: the caller says that it is open, and it stays so during the call.
    let socket = unsafe { BorrowedFd::borrow_raw(socket) };
    // SAFETY: the caller says that it is open; it stays the caller's, for it is never dropped here.
    let channel = unsafe { OwnedFd::from_raw_fd(channel) };
    let mut channel = ManuallyDrop::new(Channel::from(channel));
    finish(block, channel.control(socket, &request))
}

/// Waits for the end of an operation that ttls_control() has begun on `channel` (EINPROGRESS).
/// Returns 0, or -1 and errno.
///
/// # Safety
/// As for ttls_control().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ttls_result(channel: c_int, block: *mut TtlsIoctl) -> c_int {
    // SAFETY: the caller says that it points to a block.
    let Some(block) = (unsafe { block.as_mut() }) else {
        return refuse(Errno::EFAULT);
    };
    if channel < 0 {
        return refuse(Errno::EBADF);
    }
    // SAFETY: the caller says that it is open; it stays the caller's, for it is never dropped here.
    let channel = unsafe { OwnedFd::from_raw_fd(channel) };
    let mut channel = ManuallyDrop::new(Channel::from(channel));
    finish(block, channel.result())
}

fn finish(block: &mut TtlsIoctl, answered: Result<Answer, SignalError>) -> c_int {
    let answer = match answered {
        Ok(answer) => answer,
        Err(SignalError::Refused(answer)) => *answer,
        Err(error) => return failed(&error),
    };
    fill(block, &answer);
    if answer.certificate.len() > block.TTLSi_BufferLen as usize {
        return refuse(Errno::ENOBUFS);
    }
    if !answer.certificate.is_empty() && !block.TTLSi_BufferPtr.is_null() {
        // SAFETY: the caller says that TTLSi_BufferLen bytes fit there, and the certificate is no longer.
        unsafe {
            std::ptr::copy_nonoverlapping(
                answer.certificate.as_ptr(),
                block.TTLSi_BufferPtr,
                answer.certificate.len(),
            );
        }
    }
    match i32::try_from(answer.errno) {
        Ok(0) => 0,
        Ok(errno) => refuse(Errno::from_raw(errno)),
        Err(_) => refuse(Errno::EPROTO),
    }
}

fn fill(block: &mut TtlsIoctl, answer: &Answer) {
    let status = &answer.status;
    block.TTLSi_Reason = answer.reason.number();
    block.TTLSi_Valid = answer.valid.into();
    block.TTLSi_Stat_Policy = status.policy.number();
    block.TTLSi_Stat_Conn = status.connection.number();
    block.TTLSi_Sec_Type = status.sec_type.number();
    block.TTLSi_SSL_Prot = status.protocol;
    block.TTLSi_FIPS140 = status.fips140;
    block.TTLSi_Host_Status = status.host.map_or(u8::MAX, ttls_signal::HostStatus::number);
    block.TTLSi_Cert_Len = status.certificate_length;
    let secure = status.cipher != 0;
    copy(&mut block.TTLSi_Neg_Cipher, if secure { "4X" } else { "" });
    copy(&mut block.TTLSi_Neg_Cipher4, &format!("{:04X}", status.cipher));
    copy(&mut block.TTLSi_Neg_KeyShare, &format!("{:04}", status.key_share));
    copy(&mut block.TTLSi_UserID, &status.user_id);
    copy(&mut block.TTLSi_Rule, &status.rule);
    copy(&mut block.TTLSi_Group, &status.group);
    copy(&mut block.TTLSi_Environment, &status.environment);
    copy(&mut block.TTLSi_Connection, &status.connection_action);
}

/// As much of a text as fits, and NULs to the end.
fn copy(to: &mut [c_char], text: &str) {
    to.fill(0);
    let room = to.len() - 1;
    for (place, byte) in to[..room].iter_mut().zip(text.bytes()) {
        *place = c_char::from_ne_bytes([byte]);
    }
}

fn failed(error: &SignalError) -> c_int {
    let system = match error {
        SignalError::NoAgent { error, .. } | SignalError::Broken(error) => error.raw_os_error(),
        SignalError::Answer(_) | SignalError::Refused(_) => None,
    };
    refuse(system.map_or(Errno::ECONNRESET, Errno::from_raw))
}

fn refuse(errno: Errno) -> c_int {
    errno.set();
    -1
}
