//! Which operations go together, and with which options.

use nix::errno::Errno;

use crate::operations::Operations;
use crate::reason::Reason;
use crate::request::Request;

/// An error to answer with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// The error number.
    pub errno: Errno,
    /// What it stands for.
    pub reason: Reason,
}

impl Refusal {
    /// A refusal.
    pub fn new(errno: Errno, reason: Reason) -> Self {
        Self { errno, reason }
    }
}

impl Request {
    /// Whether the request makes sense by itself, whatever the connection.
    ///
    /// # Errors
    /// `EPERM` for operations that exclude each other, `EINVAL` for a certificate without room or room without a
    /// certificate.
    pub fn check(&self) -> Result<(), Refusal> {
        let asked = self.operations;
        let resets = Operations::RESET_SESSION
            | Operations::RESET_CIPHER
            | Operations::RESET_WRITE_CIPHER
            | Operations::SEND_SESSION_TICKET;
        let excluded = (asked.has(Operations::INIT) && asked.has_any(resets | Operations::STOP))
            || (asked.has(Operations::STOP) && asked.has_any(resets))
            || (asked.has(Operations::ALLOW_HSTIMEOUT) && !asked.has(Operations::INIT));
        if excluded {
            return Err(Refusal::new(Errno::EPERM, Reason::Combination));
        }
        if asked.has(Operations::RETURN_CERTIFICATE) != (self.certificate_room > 0) {
            return Err(Refusal::new(Errno::EINVAL, Reason::SocketCallParmError));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_that_exclude_each_other_are_not_permitted() {
        for (asked, permitted) in [
            (Operations::QUERY_ONLY, true),
            (Operations::INIT, true),
            (Operations::INIT | Operations::ALLOW_HSTIMEOUT, true),
            (Operations::ALLOW_HSTIMEOUT, false),
            (Operations::STOP | Operations::ALLOW_HSTIMEOUT, false),
            (Operations::INIT | Operations::STOP, false),
            (Operations::INIT | Operations::RESET_SESSION, false),
            (Operations::INIT | Operations::RESET_CIPHER, false),
            (Operations::STOP | Operations::RESET_CIPHER, false),
            (Operations::STOP | Operations::RESET_WRITE_CIPHER, false),
            (Operations::RESET_SESSION | Operations::RESET_CIPHER, true),
        ] {
            let refused = Request::new(asked).check().err().map(|refusal| refusal.errno);
            assert_eq!(refused, (!permitted).then_some(Errno::EPERM), "{asked:?}");
        }
    }

    #[test]
    fn a_certificate_needs_room_and_room_a_certificate() {
        let mut request = Request::new(Operations::RETURN_CERTIFICATE);
        request.check().unwrap();
        request.certificate_room = 0;
        assert_eq!(request.check().unwrap_err().errno, Errno::EINVAL);
        let mut request = Request::new(Operations::QUERY_ONLY);
        request.certificate_room = 1;
        assert_eq!(request.check().unwrap_err().errno, Errno::EINVAL);
    }
}
