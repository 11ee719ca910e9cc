//! The ticket message that copies are made of.

use std::time::Instant;

use rustls::ContentType;

use crate::marker::{MARKER_LENGTH, marker};
use crate::tls13::{MESSAGE_HEADER, NEW_SESSION_TICKET, RECORD_LIMIT};

/// A NewSessionTicket message and when it came.
pub(crate) struct Template {
    message: Vec<u8>,
    came: Instant,
}

impl Template {
    /// `None` where it is another message, one that cannot be used later, or longer than a record.
    pub(crate) fn new(message: &[u8]) -> Option<Self> {
        if message.first() != Some(&NEW_SESSION_TICKET) || message.len() + MARKER_LENGTH > RECORD_LIMIT {
            return None;
        }
        Some(Self {
            message: message.to_vec(),
            came: Instant::now(),
        })
        .filter(|template| template.aged(0).is_some())
    }

    /// The record that brings the message once more, as old as it is now; `None` where its life is over.
    pub(crate) fn record(&self) -> Option<Vec<u8>> {
        let seconds = u32::try_from(self.came.elapsed().as_secs()).ok()?;
        let message = self.aged(seconds)?;
        let length = u16::try_from(MARKER_LENGTH + message.len()).ok()?;
        let header = [u8::from(ContentType::ApplicationData), 3, 3];
        Some([&header, &length.to_be_bytes()[..], marker(), &message].concat())
    }

    /// The message as if it came now, so long after it did: less of `ticket_lifetime` (seconds) is left, and
    /// `ticket_age_add` (milliseconds) makes good for the age that rustls does not know of.
    fn aged(&self, seconds: u32) -> Option<Vec<u8>> {
        let mut message = self.message.clone();
        let (lifetime, rest) = message.get_mut(MESSAGE_HEADER..)?.split_first_chunk_mut()?;
        let age_add = rest.first_chunk_mut()?;
        let left = u32::from_be_bytes(*lifetime).checked_sub(seconds)?;
        if left == 0 {
            return None;
        }
        *lifetime = left.to_be_bytes();
        *age_add = u32::from_be_bytes(*age_add)
            .wrapping_add(seconds.wrapping_mul(1000))
            .to_be_bytes();
        Some(message)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// Lifetime 100 s, age_add 0xFFFF_FFFF, nonce, ticket and extensions as they may be.
    const TICKET: &[u8] = &[
        4, 0, 0, 16, 0, 0, 0, 100, 0xFF, 0xFF, 0xFF, 0xFF, 1, 9, 0, 2, 7, 7, 0, 0,
    ];

    #[test]
    fn a_copy_is_as_old_as_its_ticket() {
        let mut template = Template::new(TICKET).expect("a ticket");
        template.came = Instant::now()
            .checked_sub(Duration::from_secs(30))
            .expect("the machine runs for longer");
        let record = template.record().expect("a record");
        assert_eq!(record[..5], [23, 3, 3, 0, 52]);
        assert_eq!(&record[5..37], marker());
        let message = &record[37..];
        assert_eq!(message[..8], [4, 0, 0, 16, 0, 0, 0, 70]);
        assert_eq!(message[8..12], 29_999_u32.to_be_bytes());
        assert_eq!(message[12..], TICKET[12..]);
    }

    #[test]
    fn a_ticket_whose_life_is_over_is_not_copied() {
        let mut template = Template::new(TICKET).expect("a ticket");
        template.came = Instant::now()
            .checked_sub(Duration::from_secs(100))
            .expect("the machine runs for longer");
        assert!(template.record().is_none());
    }

    #[test]
    fn other_messages_and_tickets_without_a_life_are_no_templates() {
        assert!(Template::new(&[24, 0, 0, 1, 0]).is_none());
        assert!(Template::new(&[4, 0, 0, 2, 0, 0]).is_none());
        let mut dead = TICKET.to_vec();
        dead[7] = 0;
        assert!(Template::new(&dead).is_none());
    }
}
