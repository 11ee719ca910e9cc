//! The file of a payload trace: for its owner alone, and bounded.

use std::borrow::Cow;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use pcap_file::DataLink;
use pcap_file::pcapng::blocks::enhanced_packet::{EnhancedPacketBlock, EnhancedPacketOption};
use pcap_file::pcapng::blocks::interface_description::{
    InterfaceDescriptionBlock, InterfaceDescriptionOption,
};
use pcap_file::pcapng::{PcapNgBlock, PcapNgWriter};

/// When a file is so long that the next packet would exceed this many bytes, it becomes the one before, whose
/// predecessor goes.
const BOUND: u64 = 64 * 1024 * 1024;

/// Times of packets are told in nanoseconds: the exponent of their unit, which would be 6 if it were not said.
const NANOSECONDS: u8 = 9;

/// A payload trace of one agent: the file that is written, and the one before it.
#[derive(Debug)]
pub struct PayloadTrace {
    path: PathBuf,
    before: PathBuf,
    bound: u64,
    state: Mutex<State>,
}

/// Why there can be no payload trace.
#[derive(Debug, thiserror::Error)]
#[error("payload trace: {folder} cannot hold it: {error}; name a folder that the agent's user may write to")]
pub struct PayloadTraceError {
    folder: PathBuf,
    error: io::Error,
}

enum State {
    /// Nothing was written yet.
    New,
    Open(PcapNgWriter<BufWriter<Counted>>),
    /// It failed, which was told.
    Failed,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::New => "New",
            Self::Open(_) => "Open",
            Self::Failed => "Failed",
        })
    }
}

/// A file that knows its length.
struct Counted {
    file: File,
    length: u64,
}

impl PayloadTrace {
    /// A trace in a folder; its file is made with the first packet.
    ///
    /// # Errors
    /// The folder is none.
    pub fn new(folder: &Path) -> Result<Self, PayloadTraceError> {
        Self::bounded(folder, BOUND)
    }

    fn bounded(folder: &Path, bound: u64) -> Result<Self, PayloadTraceError> {
        // Its entries are listed here only to hear of what is no folder.
        fs::read_dir(folder).map_err(|error| PayloadTraceError {
            folder: folder.to_owned(),
            error,
        })?;
        let since = now().as_secs();
        let name = format!("ttls-{}-{since}", std::process::id());
        Ok(Self {
            path: folder.join(format!("{name}.pcapng")),
            before: folder.join(format!("{name}.before.pcapng")),
            bound,
            state: Mutex::new(State::New),
        })
    }

    /// Adds a packet. Where that fails, the trace ends, and connections do not notice.
    pub(super) fn write(&self, packet: &[u8], comment: &str) {
        // A panic between two blocks would be told by the next one.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = self.add(&mut state, packet, comment) {
            tracing::error!(path = %self.path.display(), %error, "the payload trace ends");
            *state = State::Failed;
        }
    }

    fn add(&self, state: &mut State, packet: &[u8], comment: &str) -> Result<(), Box<dyn std::error::Error>> {
        let full = match state {
            State::Failed => return Ok(()),
            State::New => false,
            State::Open(writer) => writer.get_ref().get_ref().length + packet.len() as u64 > self.bound,
        };
        if full {
            fs::rename(&self.path, &self.before)?;
            *state = State::New;
        }
        if let State::New = state {
            tracing::warn!(path = %self.path.display(), "payload is written, decrypted, because the policy says so");
            *state = State::Open(self.open()?);
        }
        let State::Open(writer) = state else {
            return Ok(());
        };
        let block = EnhancedPacketBlock {
            interface_id: 0,
            timestamp: now(),
            original_len: u32::try_from(packet.len())?,
            data: Cow::Borrowed(packet),
            options: vec![EnhancedPacketOption::Comment(comment.into())],
        };
        writer.write_block(&block.into_block())?;
        writer.get_mut().flush()?;
        Ok(())
    }

    fn open(&self) -> Result<PcapNgWriter<BufWriter<Counted>>, Box<dyn std::error::Error>> {
        // A new file: nobody can have put a link or a file of his own there.
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&self.path)?;
        let mut writer = PcapNgWriter::new(BufWriter::new(Counted { file, length: 0 }))?;
        let interface = InterfaceDescriptionBlock {
            linktype: DataLink::RAW,
            snaplen: 0,
            options: vec![InterfaceDescriptionOption::IfTsResol(NANOSECONDS)],
        };
        writer.write_block(&interface.into_block())?;
        Ok(writer)
    }
}

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.length += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn now() -> std::time::Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    #[test]
    fn two_files_hold_the_last_packets_and_no_more_than_the_bound_each() {
        let folder = tempfile::tempdir().unwrap();
        let trace = PayloadTrace::bounded(folder.path(), 4096).unwrap();
        for number in 0..100_u8 {
            trace.write(&[number; 200], "CONNID 00000001");
        }
        let last = fs::read(&trace.path).unwrap();
        assert!(last.windows(200).any(|window| window == [99; 200]));
        let mut names = 0;
        for entry in fs::read_dir(folder.path()).unwrap() {
            let found = entry.unwrap().metadata().unwrap();
            assert!(found.len() <= 4096 + 100, "{}", found.len());
            assert_eq!(found.mode() & 0o777, 0o600);
            names += 1;
        }
        assert_eq!(names, 2);
    }

    #[test]
    fn a_folder_that_is_none_is_told_at_the_start() {
        assert!(PayloadTrace::new(Path::new("/nonexistent/folder")).is_err());
    }
}
