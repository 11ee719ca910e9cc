//! Log events to the local syslog daemon, one datagram each (RFC 3164).

use std::fmt::{self, Write};
use std::io;

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

use super::queue::Queue;
use super::sinks::Daemon;
use super::{facility, severity};

/// Where the daemon listens.
const SOCKET: &str = "/dev/log";
/// What daemons take without cutting it off.
const LONGEST: usize = 8 * 1024;

/// Sends events to the syslog daemon.
pub(super) struct Syslog {
    queue: Queue,
}

impl Syslog {
    /// Finds the daemon.
    pub(super) fn connect() -> io::Result<(Self, Queue)> {
        let queue = Queue::new(Daemon::at(SOCKET)?);
        let syslog = Self { queue: queue.clone() };
        Ok((syslog, queue))
    }
}

impl<S: Subscriber> Layer<S> for Syslog {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut text = Text::default();
        event.record(&mut text);
        let metadata = event.metadata();
        let mut line = line(facility(metadata.target()), *metadata.level(), &text);
        let end = (0..=LONGEST.min(line.len()))
            .rev()
            .find(|&at| line.is_char_boundary(at));
        line.truncate(end.unwrap_or(0));
        self.queue.push(line.into_bytes());
    }
}

fn line(facility: u8, level: Level, text: &Text) -> String {
    let now = jiff::Zoned::now().strftime("%b %e %H:%M:%S").to_string();
    let words = format!("{}{}", text.message, text.fields);
    // A line break would look like the beginning of another entry.
    let words = words.replace(char::is_control, " ");
    format!(
        "<{}>{now} ttls[{}]: {words}",
        facility * 8 + severity(level),
        std::process::id()
    )
}

/// The message and, behind it, the fields.
#[derive(Default)]
struct Text {
    message: String,
    fields: String,
}

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing to a String does not fail.
        let _ = if field.name() == "message" {
            write!(self.message, "{value:?}")
        } else {
            write!(self.fields, " {}={value:?}", field.name())
        };
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let _ = if field.name() == "message" {
            write!(self.message, "{value}")
        } else {
            write!(self.fields, " {}={value}", field.name())
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_has_its_priority_and_no_line_breaks() {
        let text = Text {
            message: "EZD1286I TTLS Error\n<0>forged".to_owned(),
            fields: " conn=1".to_owned(),
        };
        let line = |target| line(facility(target), Level::ERROR, &text);
        assert!(line("attls::auth").starts_with("<35>"));
        let line = line("attls");
        assert!(line.starts_with("<27>"), "{line}");
        assert!(line.ends_with("EZD1286I TTLS Error <0>forged conn=1"), "{line}");
    }
}
