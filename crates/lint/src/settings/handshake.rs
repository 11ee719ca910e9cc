//! What restricts the handshake beyond versions and suites.

use std::time::Duration;

use ttls_policy::{ActionSet, HandshakeRole};

use super::{List, on_off};

/// Only what the role takes; without a value the engine's own choice holds.
pub(super) fn add(list: &mut List<'_>, set: &ActionSet) {
    if set.role.value == HandshakeRole::Client {
        list.add("ClientHandshakeSNI", &set.client_sni, |sni| on_off(sni.on));
        for name in &set.client_sni.value.names {
            list.add("ClientHandshakeSNIList", &set.client_sni, |_| name.clone());
        }
        let missing = || "(not checked)".to_string();
        list.add("HostReferenceIdDNS", &set.host_reference, |names| {
            names.dns.clone().unwrap_or_else(missing)
        });
        list.add("HostReferenceIdCN", &set.host_reference, |names| {
            names.cn.clone().unwrap_or_else(missing)
        });
        list.add("HostRefWildcardValidation", &set.host_reference, |names| {
            on_off(names.wildcards)
        });
    } else {
        list.add("ServerHandshakeSNIMatch", &set.server_sni, |sni| {
            if sni.match_required {
                "Required"
            } else {
                "Optional"
            }
            .to_string()
        });
        for (host, label) in &set.server_sni.value.list {
            list.add("ServerHandshakeSNIList", &set.server_sni, |_| {
                format!("{host}/{label}")
            });
        }
    }
    let decimal = |codes: &Option<Vec<u16>>| strung(codes.as_deref(), |code| format!("{code:04}"));
    let hexadecimal = |codes: &Option<Vec<u16>>| strung(codes.as_deref(), |code| format!("{code:04X}"));
    let tls = &set.tls;
    list.add("groups of TLS 1.2", &tls.groups12, decimal);
    list.add("groups of TLS 1.3", &tls.groups13, decimal);
    list.add("SignaturePairs", &tls.signatures, hexadecimal);
    list.add("PeerMinRsaKeySize", &tls.min_rsa, ToString::to_string);
    list.add("PeerMinECCKeySize", &tls.min_ecc, ToString::to_string);
    list.add("ResetCipherTimer", &tls.reset_cipher, |after| {
        after.map_or(0, |after| after.as_secs() / 60).to_string()
    });
    by_role(list, set);
}

/// What has a keyword of its own for each role.
fn by_role(list: &mut List<'_>, set: &ActionSet) {
    let (master_secret, tickets) = if set.role.value == HandshakeRole::Client {
        ("ClientExtendedMasterSecret", "GSK_SESSION_TICKET_CLIENT_ENABLE")
    } else {
        ("ServerExtendedMasterSecret", "GSK_SESSION_TICKET_SERVER_ENABLE")
    };
    list.add(master_secret, &set.tls.ems_required, |required| {
        if *required { "Required" } else { "On" }.to_string()
    });
    list.add(tickets, &set.tls.tickets, |on| on_off(*on));
    sessions(list, set);
    if set.role.value != HandshakeRole::Client {
        list.add(
            "GSK_SESSION_TICKET_SERVER_COUNT",
            &set.tls.ticket_count,
            |count| {
                count.map_or("(4 on FTP control connections, else 2)".to_string(), |count| {
                    count.to_string()
                })
            },
        );
    }
}

/// How long and how many sessions are resumed.
fn sessions(list: &mut List<'_>, set: &ActionSet) {
    let sessions = &set.tls.sessions;
    let seconds = |life: &Option<Duration>| counted(life.map(|life| life.as_secs()));
    list.add("GSK_V3_SESSION_TIMEOUT", &sessions.tls12_life, seconds);
    list.add("GSK_V3_SIDCACHE_SIZE", &sessions.tls12_kept, |kept| {
        counted(*kept)
    });
    if set.role.value == HandshakeRole::Client {
        list.add(
            "GSK_SESSION_TICKET_CLIENT_MAXCACHED",
            &sessions.tickets_kept,
            |kept| counted(*kept),
        );
    } else {
        list.add(
            "GSK_SESSION_TICKET_SERVER_TIMEOUT",
            &sessions.ticket_life,
            seconds,
        );
        list.add(
            "GSK_SESSION_TICKET_SERVER_KEY_REFRESH",
            &sessions.ticket_key_life,
            seconds,
        );
    }
}

fn counted(number: Option<impl ToString>) -> String {
    number.map_or("(the engine's own)".to_string(), |number| number.to_string())
}

fn strung(codes: Option<&[u16]>, show: impl Fn(u16) -> String) -> String {
    match codes {
        None => "(all that the engine has)".to_string(),
        Some(codes) => codes.iter().map(|code| show(*code)).collect::<Vec<_>>().join(" "),
    }
}
