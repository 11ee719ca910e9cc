//! How long and how many sessions can be resumed.

use std::sync::Arc;
use std::time::Duration;

use rustls::SupportedProtocolVersion;
use ttls_policy::{ActionSet, Protocols, SessionParms, SessionReuse};
use ttls_tls::SecondaryPurpose;

use crate::client::{client_actions, control_ends, pair, peer};
use crate::openssl::s_client;
use crate::support::{Rings, TLS12, TLS13, actions, control, data, hear, say, sourced, tcp, with_reuse};

const HOUR: Duration = Duration::from_secs(3600);
/// Over before anybody can come back.
const INSTANT: Duration = Duration::from_nanos(1);

fn sessions(change: impl FnOnce(&mut SessionParms)) -> SessionParms {
    let mut parms = SessionParms::default();
    change(&mut parms);
    parms
}

/// A server with these parameters lets a client of this version resume on a data connection, and in a new log-in.
async fn resumes(
    version: &'static SupportedProtocolVersion,
    tickets: bool,
    parms: &SessionParms,
) -> (bool, bool) {
    let rings = Rings::new();
    let mut server = with_reuse(SessionReuse::Allowed);
    server.tls.tickets = sourced(tickets);
    server.tls.sessions = parms.clone();
    let environment = rings.environment(&server);
    let scope = environment.session();
    let config = Arc::new(rings.client(&[version]));
    let (_client, _server) = control(&scope, &config).await;
    let (_client, secondary) = data(&scope, &config, SecondaryPurpose::Upload)
        .await
        .expect("accepted");
    let (_client, again) = control(&environment.session(), &config).await;
    (secondary.info().resumed, again.info().resumed)
}

#[tokio::test]
async fn tickets_are_good_for_the_time_that_the_policy_gives_those_of_their_version() {
    let both = (true, true);
    let neither = (false, false);
    for (life, tls12, tls13) in [(INSTANT, both, neither), (HOUR, both, both)] {
        let parms = sessions(|parms| parms.ticket_life = sourced(Some(life)));
        assert_eq!(resumes(TLS12, true, &parms).await, tls12);
        assert_eq!(resumes(TLS13, true, &parms).await, tls13);
    }
    for (life, tls12, tls13) in [(INSTANT, neither, both), (HOUR, both, both)] {
        let parms = sessions(|parms| parms.tls12_life = sourced(Some(life)));
        assert_eq!(resumes(TLS12, true, &parms).await, tls12);
        assert_eq!(resumes(TLS13, true, &parms).await, tls13);
    }
}

#[tokio::test]
async fn sessions_by_number_live_as_long_as_the_policy_says_and_never_beyond_their_control_connection() {
    for (life, resumed) in [(INSTANT, false), (HOUR, true)] {
        let parms = sessions(|parms| parms.tls12_life = sourced(Some(life)));
        assert_eq!(resumes(TLS12, false, &parms).await, (resumed, false));
    }
}

#[tokio::test]
async fn where_no_tls_12_session_is_kept_none_is_resumed() {
    for (kept, resumed) in [(0, false), (1, true)] {
        let parms = sessions(|parms| parms.tls12_kept = sourced(Some(kept)));
        assert_eq!(resumes(TLS12, true, &parms).await, (resumed, resumed));
        assert_eq!(resumes(TLS12, false, &parms).await, (resumed, false));
        assert_eq!(resumes(TLS13, true, &parms).await, (true, true));
    }
}

#[tokio::test]
async fn new_ticket_keys_break_neither_data_connections_nor_log_ins() {
    for version in [TLS12, TLS13] {
        let parms = sessions(|parms| parms.ticket_key_life = sourced(Some(INSTANT)));
        assert_eq!(resumes(version, true, &parms).await, (true, true));
    }
}

#[tokio::test]
async fn clients_are_told_how_long_a_ticket_is_good_for_and_get_none_that_is_good_for_nothing() {
    let rings = Rings::new();
    let mut server = actions();
    for (life, told) in [
        (None, "604800"),
        (Some(Duration::from_secs(300)), "300"),
        (Some(HOUR * 24 * 100), "604800"),
    ] {
        server.tls.sessions.ticket_life = sourced(life);
        let scope = rings.environment(&server).session();
        let (output, _) = s_client(&scope, None, &["-tls1_3"]).await;
        let shown = String::from_utf8_lossy(&output.stdout).into_owned();
        let hint = format!("TLS session ticket lifetime hint: {told} (seconds)");
        assert!(shown.contains(&hint), "{shown}");
    }
    server.tls.sessions.ticket_life = sourced(Some(Duration::ZERO));
    let scope = rings.environment(&server).session();
    let (output, _) = s_client(&scope, None, &["-tls1_3", "-msg"]).await;
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(!shown.contains("NewSessionTicket"), "{shown}");
    assert!(shown.contains("220 ready"), "{shown}");
}

fn only(tls12: bool) -> Protocols {
    Protocols { tls12, tls13: !tls12 }
}

fn client(tls12: bool, parms: &SessionParms) -> ActionSet {
    let mut client = client_actions();
    client.protocols = sourced(only(tls12));
    client.tls.sessions = parms.clone();
    client
}

/// On how many of six data connections a client with these parameters resumes.
async fn data_resumed(tls12: bool, parms: &SessionParms) -> usize {
    let rings = Rings::new();
    let (client, server) = pair(&rings, &client(tls12, parms), &actions());
    let (ours, theirs) = control_ends(&client, &server).await;
    let (mut ours, mut theirs) = (ours.expect("client"), theirs.expect("server"));
    let mut resumed = 0;
    for _ in 0..6 {
        say(&mut theirs, b"227").await;
        hear(&mut ours, 3).await;
        let (ours, _theirs) = crate::client::data(&client, &server).await;
        resumed += usize::from(ours.expect("client").info().resumed);
    }
    resumed
}

#[tokio::test]
async fn a_client_keeps_as_many_tickets_as_the_policy_says() {
    for (kept, resumed) in [(None, 6), (Some(1), 6), (Some(0), 0)] {
        let parms = sessions(|parms| parms.tickets_kept = sourced(kept));
        assert_eq!(data_resumed(false, &parms).await, resumed, "{kept:?}");
        assert_eq!(data_resumed(true, &parms).await, 6, "{kept:?}");
    }
}

#[tokio::test]
async fn a_client_resumes_tls_12_for_the_time_that_the_policy_says() {
    for (life, kept, resumed) in [
        (Some(HOUR), Some(1), 6),
        (Some(INSTANT), None, 0),
        (None, Some(0), 0),
    ] {
        let parms = sessions(|parms| {
            parms.tls12_life = sourced(life);
            parms.tls12_kept = sourced(kept);
        });
        assert_eq!(data_resumed(true, &parms).await, resumed);
        assert_eq!(data_resumed(false, &parms).await, 6);
    }
}

/// Whether a second tunnel resumes what a first one has left, in a client with these parameters.
async fn tunnel_resumed(tls12: bool, parms: &SessionParms) -> bool {
    let rings = Rings::new();
    let (mut client, mut server) = (client(tls12, parms), actions());
    (client.ftp, server.ftp) = (None, None);
    let (client, server) = (rings.environment(&client), rings.environment(&server));
    let mut resumed = false;
    for _ in 0..2 {
        let (ours, theirs) = tcp().await;
        let (scope, accepting) = (client.client_session(peer()), server.session());
        let (ours, theirs) = tokio::join!(scope.connect_tunnel(ours), accepting.accept_tunnel(theirs));
        let (mut ours, mut theirs) = (ours.expect("client"), theirs.expect("server"));
        resumed = ours.info().resumed;
        say(&mut theirs, b"hello").await;
        hear(&mut ours, 5).await;
    }
    resumed
}

#[tokio::test]
async fn tunnels_keep_what_the_policy_lets_them() {
    let none = sessions(|parms| parms.tickets_kept = sourced(Some(0)));
    assert!(!tunnel_resumed(false, &none).await && tunnel_resumed(true, &none).await);
    let none = sessions(|parms| parms.tls12_kept = sourced(Some(0)));
    assert!(tunnel_resumed(false, &none).await && !tunnel_resumed(true, &none).await);
    let short = sessions(|parms| parms.tls12_life = sourced(Some(INSTANT)));
    assert!(tunnel_resumed(false, &short).await && !tunnel_resumed(true, &short).await);
}
