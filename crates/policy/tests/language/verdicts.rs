//! What this engine refuses, and what it takes without effect.

use super::{Server, says};

fn advanced(line: &str) -> String {
    Server {
        advanced: &format!("{line}\n"),
        ..Server::default()
    }
    .text()
}

#[test]
fn a_shared_mistake_is_reported_once() {
    let again = "TTLSRule web2\n{\nLocalPortRange 8443\nDirection Inbound\nTTLSGroupActionRef on\nTTLSEnvironmentActionRef server\n}\n";
    let text = Server {
        advanced: "ServerHandshakeSNI Optional\n",
        after: again,
        ..Server::default()
    }
    .text();
    says(&text, &["21:20 error sni-without-list"]);
}

#[test]
fn what_the_engine_cannot_do_is_refused_with_what_to_write() {
    says(
        &advanced("ClientAuthType SAFCheck"),
        &["21:1 warning unused-client-auth", "21:16 error refused-by-engine"],
    );
    says(
        &advanced("TruncatedHMAC Required"),
        &["21:15 error refused-by-engine"],
    );
    says(
        &advanced("ServerMaxSSLFragment Required"),
        &["21:22 error refused-by-engine"],
    );
    says(
        &Server {
            group: "FIPS140 Level1\n",
            ..Server::default()
        }
        .text(),
        &["11:9 error refused-by-engine"],
    );
    says(
        &Server {
            environment: "SuiteBProfile 128\n",
            ..Server::default()
        }
        .text(),
        &["22:15 error refused-by-engine"],
    );
    says(
        &Server {
            group: "FIPS140 Off\n",
            ..Server::default()
        }
        .text(),
        &[],
    );
}

#[test]
fn rings_that_only_z_os_has_are_refused() {
    for ring in ["/etc/key.kdb", "//'SYS1.RING'", "*TOKEN*/soft", "*SITE*/*"] {
        let text = Server::default()
            .text()
            .replace("Keyring ring", &format!("Keyring {ring}"));
        says(&text, &["17:9 error refused-by-engine"]);
    }
}

#[test]
fn what_has_no_effect_is_warned_about_unless_it_is_what_happens_anyway() {
    says(&advanced("PeerMinDHKeySize 2048"), &["21:18 warning no-effect"]);
    says(&advanced("PeerMinDHKeySize 1024"), &[]);
    says(&advanced("TruncatedHMAC optional"), &["21:15 warning no-effect"]);
    says(&advanced("TruncatedHMAC Off"), &[]);
    says(&advanced("Renegotiation All"), &["21:15 warning no-effect"]);
    says(&advanced("Renegotiation Disabled"), &[]);
    says(&advanced("CertValidationMode RFC5280"), &[]);
    says(&advanced("MiddleBoxCompatMode Off"), &[]);
}

#[test]
fn client_auth_without_the_role_for_it_is_warned_about() {
    says(
        &advanced("ClientAuthType Full"),
        &["21:1 warning unused-client-auth"],
    );
    says(
        &advanced("ClientAuthType Full").replace("Role Server", "Role ServerWithClientAuth"),
        &[],
    );
}

#[test]
fn gsk_parameters_are_all_known() {
    let environment = "TTLSGskAdvancedParms\n{\nGSK_V3_SESSION_TIMEOUT 600\nGSK_SESSION_TICKET_CLIENT_MAXSIZE 100\nTTLSGskLdapParms\n{\nGSK_LDAP_SERVER ldap.example.com 389\nCRLCacheSize -1\n}\nTTLSGskOcspParmsRef o\n}\n";
    let after = "TTLSGskOcspParms o\n{\nOcspAiaEnable Off\nOcspNonceSize 4\n}\n";
    says(
        &Server {
            environment,
            after,
            ..Server::default()
        }
        .text(),
        &[
            "25:35 warning no-effect",
            "28:17 warning no-effect",
            "29:14 warning no-effect",
            "37:15 error invalid-value",
        ],
    );
}
