//! How long sessions can be resumed.

use std::time::Duration;

use rustls::ProtocolVersion;
use ttls_policy::SessionParms;

/// Where the policy says nothing, and beyond the control connection that a session belongs to. z/OS has 300 seconds for
/// tickets: too short for a log-in to resume anything.
const UNCODED: Duration = Duration::from_secs(12 * 60 * 60);

/// No ticket lives longer (RFC 8446 section 4.6.1).
const LONGEST: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// The lives that the policy codes; zero: no session is resumed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SessionLife {
    tls12: Option<Duration>,
    tls13: Option<Duration>,
}

/// Who resumes a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// A data connection, that of its control connection: as long as that lasts, where the policy says nothing.
    Inside,
    /// Any other connection.
    Beyond,
}

impl SessionLife {
    pub(crate) fn of(parms: &SessionParms) -> Self {
        let none_kept = parms.tls12_kept.value == Some(0);
        Self {
            tls12: if none_kept {
                Some(Duration::ZERO)
            } else {
                parms.tls12_life.value
            },
            tls13: parms.ticket_life.value.map(|life| life.min(LONGEST)),
        }
    }

    /// What TLS 1.2 sessions live; `None`: not coded.
    pub(crate) fn tls12(&self) -> Option<Duration> {
        self.tls12
    }

    /// TLS 1.3 tickets are worth sending.
    pub(crate) fn has_tls13(&self) -> bool {
        self.tls13 != Some(Duration::ZERO)
    }

    /// A session of this age can be resumed. `value` is what the engine keeps of it.
    pub(crate) fn permits(&self, value: &[u8], age: Duration, reach: Reach) -> bool {
        let life = match (self.coded(value), reach) {
            (Some(life), _) => life,
            (None, Reach::Inside) => return true,
            (None, Reach::Beyond) => UNCODED,
        };
        age < life
    }

    /// The session can be resumed at some time.
    pub(crate) fn is_resumable(&self, value: &[u8]) -> bool {
        self.coded(value) != Some(Duration::ZERO)
    }

    /// What clients are told, in seconds. The engine says one thing for both versions; it is only advice in TLS 1.2.
    pub(crate) fn announced(&self, reach: Reach) -> u32 {
        let uncoded = match reach {
            Reach::Inside => LONGEST,
            Reach::Beyond => UNCODED,
        };
        // Rounded up: a life of less than a second is none where it is announced as 0.
        let life = self.tls13.unwrap_or(uncoded);
        let seconds = life.as_secs() + u64::from(life.subsec_nanos() > 0);
        u32::try_from(seconds).unwrap_or(u32::MAX)
    }

    /// After that a session is resumed nowhere but inside its own scope.
    pub(crate) fn longest(&self) -> Duration {
        self.tls12.unwrap_or(UNCODED).max(self.tls13.unwrap_or(UNCODED))
    }

    /// Where the version cannot be told, the shorter life.
    fn coded(&self, value: &[u8]) -> Option<Duration> {
        match version(value) {
            Some(ProtocolVersion::TLSv1_3) => self.tls13,
            Some(ProtocolVersion::TLSv1_2) => self.tls12,
            _ => [self.tls12, self.tls13].into_iter().flatten().min(),
        }
    }
}

/// The engine begins a session with a flag and the server name behind its length, then comes the version.
fn version(value: &[u8]) -> Option<ProtocolVersion> {
    let (named, rest) = value.split_first()?;
    let rest = match named {
        0 => rest,
        _ => {
            let (length, rest) = rest.split_first()?;
            rest.get(usize::from(*length)..)?
        }
    };
    Some(ProtocolVersion::from(u16::from_be_bytes(*rest.first_chunk()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TLS12: &[u8] = &[0, 3, 3, 0xC0, 0x2F];
    const TLS13_NAMED: &[u8] = &[1, 2, b'h', b'i', 3, 4, 0x13, 1];
    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn each_version_has_its_life_and_what_is_neither_the_shorter_one() {
        let life = SessionLife {
            tls12: Some(SECOND * 10),
            tls13: Some(SECOND * 20),
        };
        for (value, seconds) in [(TLS12, 10), (TLS13_NAMED, 20), (&[9, 9], 10), (&[], 10)] {
            for reach in [Reach::Inside, Reach::Beyond] {
                assert!(life.permits(value, SECOND * (seconds - 1), reach));
                assert!(!life.permits(value, SECOND * seconds, reach));
            }
        }
        assert_eq!(life.announced(Reach::Inside), 20);
        assert_eq!(life.longest(), SECOND * 20);
    }

    #[test]
    fn uncoded_a_session_lives_as_long_as_its_control_connection_and_12_hours_elsewhere() {
        let life = SessionLife::of(&SessionParms::default());
        let days = SECOND * 86_400 * 30;
        assert!(life.permits(TLS13_NAMED, days, Reach::Inside));
        assert!(life.permits(TLS12, SECOND * 43_199, Reach::Beyond));
        assert!(!life.permits(TLS12, SECOND * 43_200, Reach::Beyond));
        assert_eq!(life.announced(Reach::Beyond), 43_200);
        assert_eq!(life.announced(Reach::Inside), 604_800);
    }

    #[test]
    fn no_place_for_tls_12_sessions_is_no_life_for_them() {
        let mut parms = SessionParms::default();
        parms.tls12_kept.value = Some(0);
        let life = SessionLife::of(&parms);
        assert!(!life.is_resumable(TLS12) && life.is_resumable(TLS13_NAMED));
        assert!(!life.permits(TLS12, Duration::ZERO, Reach::Inside));
    }
}
