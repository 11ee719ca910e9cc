//! The effects of one event, in order.

use std::time::Duration;

use crate::Effect;

/// Collects effects; neighbouring writes to one side become one.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    effects: Vec<Effect>,
    timer: bool,
}

impl Outbox {
    /// Writes bytes to the client.
    pub(crate) fn pass(&mut self, bytes: &[u8]) {
        match self.effects.last_mut() {
            Some(Effect::ToClient(written)) => written.extend_from_slice(bytes),
            _ => self.effects.push(Effect::ToClient(bytes.to_vec())),
        }
    }

    /// Writes one line of our own to the client; `text` has no line end.
    pub(crate) fn reply(&mut self, text: &str) {
        self.pass(text.as_bytes());
        self.pass(b"\r\n");
    }

    /// Writes one command line to the daemon; `line` has no line end.
    pub(crate) fn command(&mut self, line: &[u8]) {
        self.effects.push(Effect::ToDaemon([line, b"\r\n"].concat()));
    }

    /// Adds an effect that is neither a write nor about the timer.
    pub(crate) fn push(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    /// Sets the session's one timer.
    pub(crate) fn set_timer(&mut self, after: Duration) {
        self.timer = true;
        self.effects.push(Effect::SetTimer(after));
    }

    /// Forgets the timer, if it is set.
    pub(crate) fn clear_timer(&mut self) {
        if std::mem::take(&mut self.timer) {
            self.effects.push(Effect::ClearTimer);
        }
    }

    /// Notes that the timer fired; false if it was not set, so that the event is a late one.
    pub(crate) fn timer_fired(&mut self) -> bool {
        std::mem::take(&mut self.timer)
    }

    /// Hands the effects over.
    pub(crate) fn take(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }
}
