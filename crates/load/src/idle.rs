//! Sessions that only stand.

use std::io::Read;

use crate::args::Idle;
use crate::control::Control;
use crate::secure::{Channel, config};
use crate::wire::{FEW, Wire};

/// Opens them one after the other, says "ready", and keeps them until standard input ends.
pub(crate) fn hold(idle: &Idle) -> anyhow::Result<()> {
    let config = config(&idle.server)?;
    let mut sessions = Vec::new();
    let mut tunnels = Vec::new();
    for _ in 0..idle.count {
        if idle.tunnel {
            let mut channel = Channel::over(Wire::connect(idle.server.server, FEW)?, config.as_ref())?;
            channel.read_exact(&mut [0])?;
            tunnels.push(channel);
        } else {
            sessions.push(Control::authenticate(&idle.server, config.clone())?);
        }
    }
    println!("ready");
    std::io::stdin().read_to_end(&mut Vec::new())?;
    drop((sessions, tunnels));
    Ok(())
}
