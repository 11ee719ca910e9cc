//! The nftables rules inside, loaded by the `nft` program.

use crate::error::InterceptError;
use crate::nft;
use crate::socket::{CATCH_PORT, MARK};

/// Loads the rules into this process's network namespace.
pub(crate) fn load(v6: bool) -> Result<(), InterceptError> {
    nft::load(&rules(v6)).map_err(|reason| InterceptError::setup("load its nftables rules", &reason))
}

/// Everything the program opens goes to the catchers, and nowhere else: `tproxy` with nobody listening only
/// ends its rule, so a `drop` stands behind.
fn rules(v6: bool) -> String {
    let catch6 = if v6 {
        format!("meta nfproto ipv6 meta l4proto tcp tproxy ip6 to [::1]:{CATCH_PORT} accept")
    } else {
        String::new()
    };
    format!(
        "table inet ttls {{
  chain prerouting {{
    type filter hook prerouting priority mangle; policy accept;
    meta l4proto != tcp accept
    # Sent by the agent's sockets: connections in a peer's name, and the near ends of caught ones.
    meta mark {MARK:#x} accept
    # Sent by the program to those sockets, by address and port; the program's own sockets are not transparent.
    socket transparent 1 accept
    meta nfproto ipv4 meta l4proto tcp tproxy ip to 127.0.0.1:{CATCH_PORT} accept
    {catch6}
    drop
  }}
}}
"
    )
}
