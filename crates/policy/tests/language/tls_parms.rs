//! Groups, signatures, key sizes, tickets: what is read of them for each role.

use std::time::Duration;

use ttls_policy::{Origin, TlsParms};

use super::{Server, actions, says};

fn text(role: &str, advanced: &str, environment: &str) -> String {
    Server {
        advanced,
        environment,
        ..Server::default()
    }
    .text()
    .replace("HandshakeRole Server", &format!("HandshakeRole {role}"))
}

fn signatures(lines: &str) -> String {
    format!("TTLSSignatureParms\n{{\n{lines}}}\n")
}

fn parms(role: &str, lines: &str) -> TlsParms {
    actions(&text(role, "", &signatures(lines))).tls
}

#[test]
fn uncoded_the_engine_chooses() {
    assert_eq!(actions(&text("Server", "", "")).tls, TlsParms::default());
    assert_eq!(actions(&text("Client", "", "")).tls, TlsParms::default());
    assert_eq!(parms("Client", "ClientECurves Any\n"), TlsParms::default());
}

#[test]
fn servers_have_groups_for_each_version() {
    let parms = parms(
        "Server",
        "ServerKexECurves 00230024\nServerKexECurves X25519\nServerKeyShareGroups 45880029\nClientECurves 0024\n",
    );
    assert_eq!(parms.groups12.value, Some(vec![23, 24, 29]));
    assert_eq!(parms.groups13.value, Some(vec![4588, 29]));
    assert_eq!(parms.groups13.origin, Origin::Environment);
}

#[test]
fn clients_put_key_share_groups_in_front_of_curves() {
    let both = parms(
        "Client",
        "ClientKeyShareGroups 0024\nClientECurves 002300240029\n",
    );
    assert_eq!(both.groups12.value, Some(vec![23, 24, 29]));
    assert_eq!(both.groups13.value, Some(vec![24, 23, 29]));
    let shares = parms("Client", "ClientKeyShareGroups 4588\n");
    assert_eq!(shares.groups12.value, None);
    assert_eq!(shares.groups13.value, Some(vec![4588, 29, 23, 24]));
    let curves = parms("Client", "ClientECurves 0024\n");
    assert_eq!(curves.groups13.value, Some(vec![24]));
}

#[test]
fn signature_pairs_are_read_in_both_forms() {
    let parms = parms(
        "Server",
        "SignaturePairs 08040403\nSignaturePairs TLS_SIGALG_SHA512_WITH_RSA\n",
    );
    assert_eq!(parms.signatures.value, Some(vec![0x0804, 0x0403, 0x0601]));
}

#[test]
fn members_that_the_engine_lacks_are_left_out_and_nothing_left_is_an_error() {
    let some = text("Server", "", &signatures("ServerKexECurves 00210023\n"));
    says(&some, &["24:18 warning no-effect"]);
    assert_eq!(actions(&some).tls.groups12.value, Some(vec![23]));
    says(
        &text("Server", "", &signatures("ServerKexECurves 00210019\n")),
        &["24:18 error refused-by-engine"],
    );
    says(
        &text("Client", "", &signatures("SignaturePairs 0201\n")),
        &["24:16 error refused-by-engine"],
    );
}

#[test]
fn limits_and_timers_are_read() {
    let advanced = "PeerMinRsaKeySize 3072\nPeerMinECCKeySize 384\nResetCipherTimer 30\n\
                    ServerExtendedMasterSecret Required\n";
    let parms = actions(&text("Server", advanced, "")).tls;
    assert_eq!((parms.min_rsa.value, parms.min_ecc.value), (3072, 384));
    assert_eq!(parms.reset_cipher.value, Some(Duration::from_secs(1800)));
    assert!(parms.ems_required.value);
    let client = actions(&text("Client", advanced, "")).tls;
    assert!(!client.ems_required.value, "that of servers");
}

#[test]
fn tickets_are_those_of_the_role() {
    let gsk = "TTLSGskAdvancedParms\n{\nGSK_SESSION_TICKET_SERVER_ENABLE Off\nGSK_SESSION_TICKET_SERVER_COUNT 5\n}\n";
    let server = actions(&text("Server", "", gsk)).tls;
    assert!(!server.tickets.value);
    assert_eq!(server.ticket_count.value, Some(5));
    assert!(actions(&text("Client", "", gsk)).tls.tickets.value);
}

#[test]
fn groups_of_servers_come_from_the_environment_where_a_connection_has_other_signatures() {
    let connection = |lines: &str| {
        text(
            "Server",
            "",
            &signatures("ServerKeyShareGroups 0024\nSignaturePairs 0804\n"),
        )
        .replace(
            "TTLSEnvironmentActionRef server\n",
            "TTLSEnvironmentActionRef server\nTTLSConnectionActionRef c\n",
        ) + &format!("TTLSConnectionAction c\n{{\n{}}}\n", signatures(lines))
    };
    let inherited = actions(&connection("ClientECurves 0023\n")).tls;
    assert_eq!(inherited.groups13.value, Some(vec![24]));
    assert_eq!(inherited.groups13.origin, Origin::Environment);
    // The rest of the block is complete in itself.
    assert_eq!(inherited.signatures.value, None);
    let own = connection("ServerKeyShareGroups 0023\n");
    says(&own, &["33:1 warning doubtful-scope"]);
    assert_eq!(actions(&own).tls.groups13.value, Some(vec![23]));
}

#[test]
fn lives_and_numbers_of_sessions_are_read() {
    let block = "TTLSGskAdvancedParms\n{\nGSK_V3_SESSION_TIMEOUT 600\nGSK_V3_SIDCACHE_SIZE 0\n\
                 GSK_SESSION_TICKET_SERVER_TIMEOUT 300\nGSK_SESSION_TICKET_SERVER_KEY_REFRESH 60\n\
                 GSK_SESSION_TICKET_CLIENT_MAXCACHED 7\n}\n";
    for role in ["Server", "Client"] {
        let sessions = actions(&text(role, "", block)).tls.sessions;
        assert_eq!(sessions.tls12_life.value, Some(Duration::from_secs(600)));
        assert_eq!(sessions.tls12_life.origin, Origin::Environment);
        assert_eq!(sessions.tls12_kept.value, Some(0));
        assert_eq!(sessions.ticket_life.value, Some(Duration::from_secs(300)));
        assert_eq!(sessions.ticket_key_life.value, Some(Duration::from_secs(60)));
        assert_eq!(sessions.tickets_kept.value, Some(7));
    }
}

#[test]
fn a_ticket_key_that_lives_for_0_seconds_is_the_engines_own_choice() {
    let block = "TTLSGskAdvancedParms\n{\nGSK_SESSION_TICKET_SERVER_KEY_REFRESH 0\n\
                 GSK_SESSION_TICKET_SERVER_TIMEOUT 0\n}\n";
    let sessions = actions(&text("Server", "", block)).tls.sessions;
    assert_eq!(sessions.ticket_key_life.value, None);
    assert_eq!(sessions.ticket_life.value, Some(Duration::ZERO));
}
