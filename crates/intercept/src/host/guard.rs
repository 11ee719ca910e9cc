//! Watching over the table: firewalls that are started again flush the rules of everybody (`nft flush ruleset`).

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::Weak;
use std::thread;

use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, bind, recv, setsockopt, socket,
    sockopt,
};
use nix::sys::time::{TimeVal, TimeValLike};

/// `NFNLGRP_NFTABLES` as a bit: every change of rules in this namespace.
const CHANGES: u32 = 1 << 6;
/// `NFNL_SUBSYS_NFTABLES`, in the upper byte of message types.
const NFTABLES: u8 = 10;
/// `NFT_MSG_DELTABLE`, `NFT_MSG_DELCHAIN`, `NFT_MSG_DELRULE`.
const DELETIONS: [u8; 3] = [2, 5, 8];
/// `struct nlmsghdr`.
const HEADER: usize = 16;

/// Something to do when rules were deleted, by anybody.
pub(super) type Alarm = dyn Fn() + Send + Sync;

/// Makes a socket that hears of changes in the network namespace of the calling thread.
pub(super) fn open() -> io::Result<OwnedFd> {
    let netlink = socket(
        AddressFamily::Netlink,
        SockType::Raw,
        SockFlag::SOCK_CLOEXEC,
        SockProtocol::NetlinkNetFilter,
    )?;
    // The watch ends this soon after whoever wants to hear of it is gone.
    setsockopt(&netlink, sockopt::ReceiveTimeout, &TimeVal::seconds(1))?;
    bind(netlink.as_raw_fd(), &NetlinkAddr::new(0, CHANGES))?;
    Ok(netlink)
}

/// Calls `alarm` after deletions for as long as it exists.
pub(super) fn watch(netlink: OwnedFd, alarm: Weak<Alarm>) -> io::Result<()> {
    let listen = move || {
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let heard = recv(netlink.as_raw_fd(), &mut buffer, MsgFlags::empty());
            let Some(alarm) = alarm.upgrade() else {
                return;
            };
            match heard {
                Ok(length) if has_deletion(buffer.get(..length).unwrap_or_default()) => alarm(),
                // More happened than could be told.
                Err(Errno::ENOBUFS) => alarm(),
                Ok(_) | Err(Errno::EAGAIN | Errno::EINTR) => {}
                Err(error) => {
                    tracing::error!(%error, "changes of nftables rules by other programs go unseen from now on");
                    return;
                }
            }
        }
    };
    thread::Builder::new()
        .name("host-guard".to_owned())
        .spawn(listen)
        .map(drop)
}

/// Some message of a datagram tells of a deletion.
fn has_deletion(mut messages: &[u8]) -> bool {
    while let Some(header) = messages.get(..HEADER) {
        let length = u32::from_ne_bytes([header[0], header[1], header[2], header[3]]) as usize;
        let [kind, subsystem] = u16::from_ne_bytes([header[4], header[5]]).to_le_bytes();
        if subsystem == NFTABLES && DELETIONS.contains(&kind) {
            return true;
        }
        // Messages are aligned to four bytes; one that is shorter than its header is none.
        let next = length.max(HEADER).next_multiple_of(4);
        messages = messages.get(next..).unwrap_or_default();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: u8, subsystem: u8, payload: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        bytes.extend((u32::try_from(HEADER + payload).unwrap()).to_ne_bytes());
        bytes.extend(u16::from_le_bytes([kind, subsystem]).to_ne_bytes());
        bytes.resize((HEADER + payload).next_multiple_of(4), 0);
        bytes
    }

    #[test]
    fn a_deletion_is_found_among_other_messages() {
        let added = [message(0, NFTABLES, 5), message(2, 1, 0)].concat();
        assert!(
            !has_deletion(&added),
            "a new table, and something of another subsystem"
        );
        assert!(has_deletion(&[added, message(2, NFTABLES, 8)].concat()));
        assert!(
            !has_deletion(&[0; HEADER + 3]),
            "no endless loop over lengths of 0"
        );
        assert!(!has_deletion(&[]));
    }
}
