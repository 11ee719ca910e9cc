//! One big file, by one or several sessions at the same time.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use anyhow::ensure;

use crate::args::Big;
use crate::control::Control;
use crate::report::Report;

/// What one read or write call moves at most.
pub(crate) const PIECE: usize = 256 * 1024;

/// RETR. The time is that of the slowest session, from its EPSV to its 226.
pub(crate) fn retrieve(big: &Big) -> anyhow::Result<Report> {
    sessions(big, |control, _| {
        let mut data = control.transfer(&format!("RETR {}", big.file), PIECE)?;
        let received = drain(&mut data, &mut vec![0; PIECE])?;
        let resumed = data.leave();
        control.completed()?;
        ensure!(
            received == big.bytes,
            "received {received} bytes, wanted {}",
            big.bytes
        );
        Ok((received, resumed))
    })
}

/// STOR of zeros.
pub(crate) fn store(big: &Big) -> anyhow::Result<Report> {
    sessions(big, |control, session| {
        let mut data = control.transfer(&format!("STOR {}.{session}", big.file), PIECE)?;
        fill(&mut data, &vec![0; PIECE], big.bytes)?;
        data.end_writing()?;
        control.completed()?;
        Ok((big.bytes, data.resumed()))
    })
}

/// Reads to the end; how much it was.
pub(crate) fn drain(from: &mut impl Read, buffer: &mut [u8]) -> std::io::Result<u64> {
    let mut received = 0;
    loop {
        match from.read(buffer)? {
            0 => return Ok(received),
            count => received += count as u64,
        }
    }
}

/// Writes as many zeros, from those given.
pub(crate) fn fill(to: &mut impl Write, zeros: &[u8], bytes: u64) -> std::io::Result<()> {
    let mut left = bytes;
    while left > 0 {
        let piece = zeros.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        to.write_all(&zeros[..piece])?;
        left -= piece as u64;
    }
    to.flush()
}

fn sessions<T>(big: &Big, transfer: T) -> anyhow::Result<Report>
where
    T: Fn(&mut Control, usize) -> anyhow::Result<(u64, bool)> + Sync,
{
    let run = |session: usize| -> anyhow::Result<(Report, Duration)> {
        let mut control = Control::log_in(&big.server)?;
        let start = Instant::now();
        let (bytes, resumed) = transfer(&mut control, session)?;
        let took = start.elapsed();
        control.quit()?;
        let report = Report {
            bytes,
            count: 1,
            resumed: u64::from(resumed),
            ..Report::default()
        };
        Ok((report, took))
    };
    in_parallel(big.parallel, run)
}

/// Runs it several times at once; the time is the longest.
pub(crate) fn in_parallel<R>(parallel: usize, run: R) -> anyhow::Result<Report>
where
    R: Fn(usize) -> anyhow::Result<(Report, Duration)> + Sync,
{
    let run = &run;
    let runs: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..parallel)
            .map(|index| scope.spawn(move || run(index)))
            .collect();
        threads
            .into_iter()
            .map(|thread| {
                thread
                    .join()
                    .unwrap_or_else(|_| Err(anyhow::anyhow!("a session panicked")))
            })
            .collect()
    });
    let (mut total, mut longest) = (Report::default(), Duration::ZERO);
    for run in runs {
        let (report, took) = run?;
        total.add(&report);
        longest = longest.max(took);
    }
    Ok(total.took(longest))
}
