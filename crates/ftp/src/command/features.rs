//! FEAT (RFC 2389): the daemon's list with our features in it.

use super::Command;
use crate::channel::Channel;
use crate::codec::reply::ReplyLine;
use crate::controller::Controller;
use crate::task::Task;

/// Features that are ours to offer or to hide.
const OURS: [&[u8]; 9] = [
    b"AUTH", b"PBSZ", b"PROT", b"CCC", b"SSCN", b"CPSV", b"LPRT", b"LPSV", b"SPSV",
];

impl Controller {
    /// Asks the daemon for its list.
    pub(crate) fn features(&mut self, command: &Command) {
        self.forward(command, Task::Features);
    }

    /// One line of the daemon's answer.
    pub(crate) fn features_line(&mut self, line: &ReplyLine) {
        match line.code {
            211 => self.feature(line),
            // The daemon does not know FEAT: the list is ours alone, if there is one.
            500..600 if !self.own_features().is_empty() => {
                if line.last {
                    self.own_list();
                }
            }
            _ => self.out.pass(&line.bytes),
        }
        if line.answers() {
            self.task = Task::Idle;
        }
    }

    fn feature(&mut self, line: &ReplyLine) {
        if line.first && line.last {
            // A daemon without features says so in one line.
            return match self.own_features().is_empty() {
                true => self.out.pass(&line.bytes),
                false => self.own_list(),
            };
        }
        if line.last {
            for feature in self.own_features() {
                self.out.reply(feature);
            }
        }
        if line.first || line.last || !is_ours(&line.bytes) {
            self.out.pass(&line.bytes);
        }
    }

    fn own_list(&mut self) {
        self.out.reply("211-Features:");
        for feature in self.own_features() {
            self.out.reply(feature);
        }
        self.out.reply("211 End");
    }

    /// What is served in this state: nothing after CCC. AUTH is listed where TLS is implicit too, though it is over there:
    /// lftp takes its absence for a server without TLS and sends data in clear.
    fn own_features(&self) -> Vec<&'static str> {
        if self.duty.client().is_some() {
            // TLS is none of the client's business; one that sees AUTH may try it.
            return Vec::new();
        }
        let cleared = matches!(self.channel, Channel::Cleared(..));
        let explicit = self.config.implicit.is_none();
        let all = [
            (!cleared, " AUTH TLS"),
            (!cleared, " PBSZ"),
            (!cleared, " PROT"),
            (!cleared && explicit && self.config.allow_ccc, " CCC"),
        ];
        all.into_iter()
            .filter(|(served, _)| *served)
            .map(|(_, feature)| feature)
            .collect()
    }
}

/// The line names a feature of [`OURS`]. Old daemons repeat the code instead of a blank.
fn is_ours(line: &[u8]) -> bool {
    let feature = line.strip_prefix(b"211-").unwrap_or(line).trim_ascii();
    let end = feature
        .iter()
        .position(|byte| !byte.is_ascii_alphanumeric())
        .unwrap_or(feature.len());
    OURS.iter().any(|ours| feature[..end].eq_ignore_ascii_case(ours))
}
