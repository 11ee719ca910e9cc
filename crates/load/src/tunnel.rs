//! Bulk through a tunnel.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use anyhow::ensure;

use crate::args::Tunnel;
use crate::big::{PIECE, fill, in_parallel};
use crate::report::Report;
use crate::secure::{Channel, config};
use crate::wire::Wire;

/// Receives as much as asked, then goes.
pub(crate) fn get(tunnel: &Tunnel) -> anyhow::Result<Report> {
    connections(tunnel, |channel| {
        let mut buffer = vec![0; PIECE];
        let mut received = 0;
        while received < tunnel.bytes {
            let count = channel.read(&mut buffer)?;
            ensure!(count > 0, "the source ended after {received} bytes");
            received += count as u64;
        }
        Ok(())
    })
}

/// Says how much will come, sends it, and waits for the sink's word that all is there: not every tunnel keeps the other
/// direction when one has ended.
pub(crate) fn put(tunnel: &Tunnel) -> anyhow::Result<Report> {
    connections(tunnel, |channel| {
        channel.write_all(&tunnel.bytes.to_be_bytes())?;
        fill(channel, &vec![0; PIECE], tunnel.bytes)?;
        channel.read_exact(&mut [0])?;
        Ok(())
    })
}

fn connections<T>(tunnel: &Tunnel, transfer: T) -> anyhow::Result<Report>
where
    T: Fn(&mut Channel) -> anyhow::Result<()> + Sync,
{
    let config = config(&tunnel.server)?;
    in_parallel(tunnel.parallel, |_| -> anyhow::Result<(Report, Duration)> {
        let wire = Wire::connect(tunnel.server.server, PIECE)?;
        let mut channel = Channel::over(wire, config.as_ref())?;
        let start = Instant::now();
        transfer(&mut channel)?;
        let report = Report {
            bytes: tunnel.bytes,
            count: 1,
            resumed: u64::from(channel.resumed()),
            ..Report::default()
        };
        Ok((report, start.elapsed()))
    })
}
