//! Telnet commands inside FTP command lines (RFC 854, RFC 959 section 2.3).

const IAC: u8 = 255;
const WILL: u8 = 251;
const DONT: u8 = 254;
const DM: u8 = 242;

/// Takes the Telnet commands out of one line.
///
/// Clients put IAC IP and IAC DM before ABOR (in-line under TLS, where there is no urgent data), and some offer
/// options. IAC IAC, a data byte 255, stays doubled: the daemon behind us undoes it if it knows Telnet at all. So
/// the result holds no unpaired IAC, and what this crate reads as a word is what the daemon reads.
pub(crate) fn strip(line: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(line.len());
    let mut bytes = line.iter().copied();
    while let Some(byte) = bytes.next() {
        if byte != IAC {
            text.push(byte);
            continue;
        }
        match bytes.next() {
            Some(IAC) => text.extend([IAC, IAC]),
            Some(WILL..=DONT) => {
                bytes.next();
            }
            Some(_) | None => {}
        }
    }
    // Classic clients send IAC IP IAC as urgent data and then DM. Where the urgent byte was not kept in line, the
    // IAC before DM is lost; no command begins with this byte.
    if text.first() == Some(&DM) {
        text.remove(0);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::strip;

    #[test]
    fn interrupt_process_and_data_mark_before_abor_are_taken_out() {
        assert_eq!(strip(b"\xff\xf4\xff\xf2ABOR"), b"ABOR");
    }

    #[test]
    fn a_data_mark_whose_iac_was_lost_as_urgent_data_is_taken_out() {
        assert_eq!(strip(b"\xf2ABOR"), b"ABOR");
        assert_eq!(strip(b"\xff\xf4\xf2ABOR"), b"ABOR");
    }

    #[test]
    fn option_negotiation_takes_three_bytes() {
        assert_eq!(strip(b"NO\xff\xfd\x06OP\xff\xfb\x01"), b"NOOP");
    }

    #[test]
    fn a_doubled_iac_stays_as_it_is() {
        assert_eq!(strip(b"RETR \xff\xff\xff\xf4x"), b"RETR \xff\xffx");
    }

    #[test]
    fn an_unfinished_command_at_the_end_of_the_line_is_dropped() {
        assert_eq!(strip(b"NOOP\xff"), b"NOOP");
        assert_eq!(strip(b"NOOP\xff\xfb"), b"NOOP");
    }
}
