//! Many small files, one after the other, on one control connection.

use std::time::Instant;

use anyhow::ensure;

use crate::args::Files;
use crate::big::{PIECE, drain, fill};
use crate::control::Control;
use crate::report::Report;

/// RETR f0, f1, ...
pub(crate) fn get(files: &Files) -> anyhow::Result<Report> {
    let piece = piece(files);
    // Not made anew for each: that would be a good part of a small file's time.
    let mut buffer = vec![0; piece];
    one_by_one(files, |control, name| {
        let mut data = control.transfer(&format!("RETR {name}"), piece)?;
        let received = drain(&mut data, &mut buffer)?;
        let resumed = data.leave();
        control.completed()?;
        ensure!(
            received == files.size as u64,
            "{name} has {received} bytes, not {}",
            files.size
        );
        Ok(resumed)
    })
}

/// STOR f0, f1, ...
pub(crate) fn put(files: &Files) -> anyhow::Result<Report> {
    let piece = piece(files);
    let zeros = vec![0; piece];
    one_by_one(files, |control, name| {
        let mut data = control.transfer(&format!("STOR {name}"), piece)?;
        fill(&mut data, &zeros, files.size as u64)?;
        data.end_writing()?;
        control.completed()?;
        Ok(data.resumed())
    })
}

/// How much is read and written at once: a file, where that is less than of a big one.
fn piece(files: &Files) -> usize {
    files.size.clamp(16 * 1024, PIECE)
}

fn one_by_one<T>(files: &Files, mut transfer: T) -> anyhow::Result<Report>
where
    T: FnMut(&mut Control, &str) -> anyhow::Result<bool>,
{
    let mut control = Control::log_in(&files.server)?;
    let mut report = Report::default();
    let start = Instant::now();
    for index in 0..files.count {
        report.resumed += u64::from(transfer(&mut control, &format!("f{index}"))?);
        report.count += 1;
        report.bytes += files.size as u64;
    }
    let report = report.took(start.elapsed());
    control.quit()?;
    Ok(report)
}
