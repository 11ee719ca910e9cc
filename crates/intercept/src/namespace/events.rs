use std::process::ExitStatus;

use tokio::sync::mpsc;

/// What becomes of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProgramEvent {
    /// The process that was started has ended; others that it started may live on, supervised.
    MainExited(ExitStatus),
    /// No process is left inside. The last event.
    AllExited,
}

/// The events of one program.
#[derive(Debug)]
pub struct ProgramEvents(pub(crate) mpsc::Receiver<ProgramEvent>);

impl ProgramEvents {
    /// The next event: [`ProgramEvent::MainExited`] once, then [`ProgramEvent::AllExited`]. Cancel safe.
    ///
    /// Should the helper be gone, what is left of the program is cut off from the network, and
    /// [`ProgramEvent::AllExited`] comes too, perhaps as the only event.
    pub async fn next(&mut self) -> ProgramEvent {
        self.0.recv().await.unwrap_or(ProgramEvent::AllExited)
    }
}
