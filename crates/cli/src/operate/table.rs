//! Status for the eye.

use std::fmt::Write;

use ttls_agent::Row;
use ttls_agent::admin::Status;

/// The table of connections.
pub(super) fn of(status: &Status) -> String {
    const TITLES: [&str; 13] = [
        "CONN", "MAP", "DIR", "STATE", "RULE", "PROTOCOL", "SUITE", "USER", "PEER", "LOCAL", "RECEIVED",
        "SENT", "AGE",
    ];
    let rows: Vec<[String; 13]> = status.connections.iter().map(cells).collect();
    let mut widths = TITLES.map(str::len);
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = format!(
        "ttls {} pid {} uid {}{}, up {}, generation {}{}, {} connections, {} secure\n",
        status.version,
        status.pid,
        status.uid,
        status
            .confined
            .as_ref()
            .map_or_else(String::new, |how| format!(" ({how})")),
        age(status.seconds),
        status.generation,
        stale(status),
        rows.len(),
        status
            .connections
            .iter()
            .filter(|row| row.security == "Secure")
            .count(),
    );
    for row in std::iter::once(&TITLES.map(str::to_owned)).chain(&rows) {
        let mut line = String::new();
        for (width, cell) in widths.iter().zip(row) {
            // Writing to a String does not fail.
            let _ = write!(line, "{cell:<width$}  ");
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// Everything about one connection, under the names of NETSTAT's report where it has them.
pub(super) fn details(row: &Row) -> String {
    let or_none = |value: &Option<String>| value.clone().unwrap_or_else(|| "**N/A**".to_owned());
    let cipher = match (&row.suite_number, &row.suite) {
        (Some(number), Some(suite)) => format!("{number} {suite}"),
        _ => "**N/A**".to_owned(),
    };
    let map = match &row.primary {
        Some(primary) => format!("Secondary of {primary}"),
        None => "Primary".to_owned(),
    };
    let lines = [
        ("ConnID", row.conn.clone()),
        ("MapType", map),
        ("Interceptor", row.interceptor.clone()),
        ("Direction", row.direction.clone()),
        ("LocalSocket", row.local.to_string()),
        ("RemoteSocket", row.peer.to_string()),
        (
            "ApplicationSocket",
            or_none(&row.application.map(|address| address.to_string())),
        ),
        (
            "ApplicationPeer",
            or_none(&row.application_peer.map(|address| address.to_string())),
        ),
        ("PolicyState", row.policy.clone()),
        ("ConnectionState", row.security.clone()),
        ("SecLevel", or_none(&row.protocol)),
        ("Cipher", cipher),
        ("KeyShare", or_none(&row.key_share)),
        (
            "Resumed",
            or_none(
                &row.resumed
                    .map(|resumed| if resumed { "Yes" } else { "No" }.to_owned()),
            ),
        ),
        ("Certificate", or_none(&row.certificate)),
        ("PeerUser", or_none(&row.user)),
        ("JobName", or_none(&row.job)),
        ("UserID", or_none(&row.owner)),
        ("HandshakeRole", or_none(&row.role)),
        (
            "Generation",
            or_none(&row.generation.map(|generation| generation.to_string())),
        ),
        ("TTLSRule", or_none(&row.rule)),
        ("TTLSGrpAction", or_none(&row.group)),
        ("TTLSEnvAction", or_none(&row.environment)),
        ("TTLSConnAction", or_none(&row.connection)),
        ("BytesIn", row.received.to_string()),
        ("BytesOut", row.sent.to_string()),
        ("Age", age(row.seconds)),
    ];
    lines.iter().fold(String::new(), |mut text, (name, value)| {
        let _ = writeln!(text, "{:<20}{value}", format!("{name}:"));
        text
    })
}

fn stale(status: &Status) -> String {
    match status
        .stale
        .iter()
        .map(|(_, connections)| connections)
        .sum::<usize>()
    {
        0 => String::new(),
        connections => format!(" (stale: {} with {connections} connections)", status.stale.len()),
    }
}

fn cells(row: &Row) -> [String; 13] {
    let or_none = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
    let protocol = match row.resumed {
        Some(true) => format!("{} resumed", or_none(&row.protocol)),
        _ => or_none(&row.protocol),
    };
    [
        row.conn.clone(),
        row.primary.clone().unwrap_or_else(|| "p".to_owned()),
        if row.direction == "inbound" { "in" } else { "out" }.to_owned(),
        row.security.clone(),
        or_none(&row.rule),
        protocol,
        or_none(&row.suite),
        or_none(&row.user),
        row.peer.to_string(),
        row.local.to_string(),
        row.received.to_string(),
        row.sent.to_string(),
        age(row.seconds),
    ]
}

fn age(seconds: f64) -> String {
    let (minutes, seconds_left) = ((seconds / 60.0).floor(), seconds % 60.0);
    let (hours, minutes_left) = ((minutes / 60.0).floor(), minutes % 60.0);
    if hours >= 1.0 {
        format!("{hours:.0}h{minutes_left:02.0}m")
    } else if minutes >= 1.0 {
        format!("{minutes:.0}m{:02.0}s", seconds_left.floor())
    } else {
        format!("{seconds_left:.1}s")
    }
}
