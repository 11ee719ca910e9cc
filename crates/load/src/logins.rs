//! Short connections for a time.

use std::io::Read;
use std::time::{Duration, Instant};

use crate::args::Rate;
use crate::big::in_parallel;
use crate::control::Control;
use crate::report::Report;
use crate::secure::{Channel, config};
use crate::wire::{FEW, Wire};

/// Connect, AUTH TLS, USER, PASS, QUIT.
pub(crate) fn log_in_and_out(rate: &Rate) -> anyhow::Result<Report> {
    let config = config(&rate.server)?;
    repeatedly(rate, || {
        let control = Control::authenticate(&rate.server, config.clone())?;
        let resumed = control.resumed();
        control.quit()?;
        Ok(resumed)
    })
}

/// Connect, handshake, one byte.
pub(crate) fn handshakes(rate: &Rate) -> anyhow::Result<Report> {
    let config = config(&rate.server)?;
    repeatedly(rate, || {
        let wire = Wire::connect(rate.server.server, FEW)?;
        let mut channel = Channel::over(wire, config.as_ref())?;
        channel.read_exact(&mut [0])?;
        Ok(channel.resumed())
    })
}

/// Until the time is over, by each client.
fn repeatedly<T>(rate: &Rate, turn: T) -> anyhow::Result<Report>
where
    T: Fn() -> anyhow::Result<bool> + Sync,
{
    let bound = Duration::from_secs_f64(rate.seconds);
    in_parallel(rate.clients, |_| {
        let mut report = Report::default();
        let start = Instant::now();
        while start.elapsed() < bound {
            report.resumed += u64::from(turn()?);
            report.count += 1;
        }
        Ok((report, start.elapsed()))
    })
}
