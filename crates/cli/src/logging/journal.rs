//! Log events to the journal, each field a field (the native protocol of systemd: <https://systemd.io/JOURNAL_NATIVE_PROTOCOL/>).

use std::fmt;
use std::io;

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

use super::queue::Queue;
use super::sinks::Daemon;
use super::{facility, severity};

/// Where the journal listens.
const SOCKET: &str = "/run/systemd/journal/socket";
/// A longer value is cut off, so that an entry fits into one datagram.
const LONGEST: usize = 8 * 1024;

/// Sends events to the journal. Fields of events are called `F_NAME` there.
pub(super) struct Journal {
    queue: Queue,
}

impl Journal {
    /// Finds the journal.
    pub(super) fn connect() -> io::Result<(Self, Queue)> {
        let queue = Queue::new(Daemon::at(SOCKET)?);
        let journal = Self { queue: queue.clone() };
        Ok((journal, queue))
    }
}

impl<S: Subscriber> Layer<S> for Journal {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let metadata = event.metadata();
        let mut entry = Entry::default();
        entry.field("PRIORITY", &severity(*metadata.level()).to_string());
        entry.field("SYSLOG_FACILITY", &facility(metadata.target()).to_string());
        entry.field("SYSLOG_IDENTIFIER", "ttls");
        entry.field("TARGET", metadata.target());
        event.record(&mut entry);
        self.queue.push(entry.0);
    }
}

/// Fields in the form of the protocol that takes any value: name, line break, length, value, line break.
#[derive(Default)]
struct Entry(Vec<u8>);

impl Entry {
    fn field(&mut self, name: &str, value: &str) {
        let value = cut(value);
        self.0.extend_from_slice(name.as_bytes());
        self.0.push(b'\n');
        self.0.extend_from_slice(&(value.len() as u64).to_le_bytes());
        self.0.extend_from_slice(value.as_bytes());
        self.0.push(b'\n');
    }
}

impl Visit for Entry {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            self.field("MESSAGE", value);
        } else {
            self.field(&name(field.name()), value);
        }
    }
}

/// The journal takes names of capital letters, digits and underscores, at most 64 of them.
fn name(field: &str) -> String {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_uppercase()
        } else {
            '_'
        }
    };
    let mut name = String::from("F_");
    name.extend(field.chars().map(plain).take(62));
    name
}

fn cut(value: &str) -> &str {
    let end = (0..=LONGEST.min(value.len()))
        .rev()
        .find(|&at| value.is_char_boundary(at));
    value.get(..end.unwrap_or(0)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_may_have_line_breaks_and_says_its_length() {
        let mut entry = Entry::default();
        entry.field("MESSAGE", "two\nPRIORITY=0");
        assert_eq!(entry.0, b"MESSAGE\n\x0e\0\0\0\0\0\0\0two\nPRIORITY=0\n");
    }

    #[test]
    fn names_are_those_that_the_journal_takes() {
        assert_eq!(name("return_code"), "F_RETURN_CODE");
        assert_eq!(name("log.target"), "F_LOG_TARGET");
        assert_eq!(name(&"x".repeat(100)).len(), 64);
    }

    #[test]
    fn long_values_are_cut_between_characters() {
        let long = format!("x{}", "ö".repeat(LONGEST));
        assert_eq!(cut(&long).len(), LONGEST - 1);
        assert_eq!(cut("short"), "short");
    }
}
