//! Session tickets and whom they belong to.

use std::sync::Arc;

use tokio::io::AsyncWriteExt;
use ttls_policy::SessionReuse;
use ttls_tls::{HandshakeError, SecondaryPurpose};

use crate::support::{
    PATIENCE, Rings, TLS12, TLS13, actions, close_notify, control, data, until_close_notify, with_reuse,
};

#[tokio::test]
async fn data_connections_resume_the_session_of_their_control_connection() {
    for version in [TLS12, TLS13] {
        for purpose in [SecondaryPurpose::Upload, SecondaryPurpose::Download] {
            let rings = Rings::new();
            let scope = rings.environment(&with_reuse(SessionReuse::Required)).session();
            let config = Arc::new(rings.client(&[version]));
            let (_client, _server) = control(&scope, &config).await;
            // Four tickets for TLS 1.3, of which this client uses each once.
            for _ in 0..4 {
                let (_client, server) = data(&scope, &config, purpose).await.expect("resumed");
                assert!(server.info().resumed);
            }
        }
    }
}

#[tokio::test]
async fn a_ticket_of_another_control_connection_gives_a_full_handshake_where_reuse_is_allowed() {
    for version in [TLS12, TLS13] {
        let rings = Rings::new();
        let environment = rings.environment(&with_reuse(SessionReuse::Allowed));
        let (mine, other) = (environment.session(), environment.session());
        let config = Arc::new(rings.client(&[version]));
        let (_client, _server) = control(&mine, &config).await;
        let (_client, server) = data(&other, &config, SecondaryPurpose::Upload)
            .await
            .expect("accepted");
        assert!(!server.info().resumed);
    }
}

#[tokio::test]
async fn a_ticket_of_another_control_connection_is_refused_where_reuse_is_required() {
    for version in [TLS12, TLS13] {
        let rings = Rings::new();
        let environment = rings.environment(&with_reuse(SessionReuse::Required));
        let (mine, other) = (environment.session(), environment.session());
        let thief = Arc::new(rings.client(&[version]));
        let (_client, _server) = control(&mine, &thief).await;
        let (_client, _server) = control(&other, &Arc::new(rings.client(&[version]))).await;
        let refused = data(&other, &thief, SecondaryPurpose::Download).await;
        assert!(matches!(refused, Err(HandshakeError::NotResumed)));
    }
}

#[tokio::test]
async fn a_client_without_any_session_is_refused_where_reuse_is_required() {
    let rings = Rings::new();
    let scope = rings.environment(&with_reuse(SessionReuse::Required)).session();
    let (_client, _server) = control(&scope, &Arc::new(rings.client(&[TLS13]))).await;
    let refused = data(
        &scope,
        &Arc::new(rings.client(&[TLS13])),
        SecondaryPurpose::Download,
    )
    .await;
    let error = refused.expect_err("refused");
    assert!(matches!(error, HandshakeError::NotResumed));
    assert_eq!(error.return_code(), 5902);
}

#[tokio::test]
async fn reuse_is_not_demanded_once_tls_has_ended_on_the_control_connection() {
    let rings = Rings::new();
    let scope = rings.environment(&with_reuse(SessionReuse::Required)).session();
    let (client, server) = control(&scope, &Arc::new(rings.client(&[TLS13]))).await;
    let (mut socket, mut tls) = client.into_inner();
    let stopping = tokio::spawn(server.stop(PATIENCE));
    until_close_notify(&mut socket, &mut tls).await;
    socket.write_all(&close_notify(&mut tls)).await.expect("written");
    stopping.await.expect("joined").expect("stopped");

    let stranger = Arc::new(rings.client(&[TLS13]));
    data(&scope, &stranger, SecondaryPurpose::Upload)
        .await
        .expect("accepted after CCC");
}

#[tokio::test]
async fn nothing_is_resumed_on_data_connections_where_reuse_is_none() {
    for version in [TLS12, TLS13] {
        let rings = Rings::new();
        let scope = rings.environment(&with_reuse(SessionReuse::None)).session();
        let config = Arc::new(rings.client(&[version]));
        let (_client, _server) = control(&scope, &config).await;
        let (_client, server) = data(&scope, &config, SecondaryPurpose::Download)
            .await
            .expect("accepted");
        assert!(!server.info().resumed);
    }
}

#[tokio::test]
async fn a_log_in_resumes_a_session_of_an_earlier_log_in_and_its_data_resume_the_new_one() {
    for version in [TLS12, TLS13] {
        let rings = Rings::new();
        let environment = rings.environment(&with_reuse(SessionReuse::Required));
        let config = Arc::new(rings.client(&[version]));
        let (_client, server) = control(&environment.session(), &config).await;
        assert!(!server.info().resumed);

        let scope = environment.session();
        let (client, server) = control(&scope, &config).await;
        assert!(server.info().resumed);
        drop(client);
        let (_client, server) = data(&scope, &config, SecondaryPurpose::Upload)
            .await
            .expect("resumed");
        assert!(server.info().resumed);
    }
}

#[tokio::test]
async fn environments_do_not_accept_each_others_tickets() {
    for version in [TLS12, TLS13] {
        let rings = Rings::new();
        let config = Arc::new(rings.client(&[version]));
        let first = rings.environment(&actions());
        let second = rings.environment(&actions());
        let (_client, _server) = control(&first.session(), &config).await;
        let (_client, server) = control(&second.session(), &config).await;
        assert!(!server.info().resumed);
    }
}

#[tokio::test]
async fn data_connections_do_not_resume_a_session_that_was_forgotten() {
    for version in [TLS12, TLS13] {
        let rings = Rings::new();
        let scope = rings.environment(&with_reuse(SessionReuse::Allowed)).session();
        let config = Arc::new(rings.client(&[version]));
        let (_client, mut server) = control(&scope, &config).await;
        assert_eq!(server.has_ticket(), version == TLS13);
        server.forget_session().expect("room");
        assert!(!server.has_ticket());
        let (_client, server) = data(&scope, &config, SecondaryPurpose::Upload)
            .await
            .expect("accepted");
        assert!(!server.info().resumed);
    }
}

#[tokio::test]
async fn a_log_in_does_not_resume_a_session_that_was_forgotten_nor_what_that_has_resumed() {
    for version in [TLS12, TLS13] {
        let rings = Rings::new();
        let environment = rings.environment(&with_reuse(SessionReuse::Allowed));
        // Each hands in what the log-in has left.
        let config = Arc::new(rings.client(&[version]));
        let (_client, first) = control(&environment.session(), &config).await;
        let (_client, mut second) = control(&environment.session(), &config).await;
        assert!(!first.info().resumed && second.info().resumed);
        second.forget_session().expect("room");
        let (_client, third) = control(&environment.session(), &config).await;
        assert!(!third.info().resumed);
    }
}
