//! Cipher suites, curves, signatures, protocol switches.

use super::{Server, actions, compiled, says, words};
use ttls_policy::Origin;

const DEFAULT: [u16; 7] = [0x1302, 0x1301, 0x1303, 0xC02C, 0xC02B, 0xC030, 0xC02F];

fn with_ciphers(lines: &str, advanced: &str) -> String {
    let environment = format!("TTLSCipherParms\n{{\n{lines}}}\n");
    Server {
        environment: &environment,
        advanced,
        ..Server::default()
    }
    .text()
}

#[test]
fn without_a_list_the_engine_defaults_hold() {
    let set = actions(&Server::default().text());
    assert_eq!(set.cipher_suites.value, DEFAULT);
    assert_eq!(set.cipher_suites.origin, Origin::Default);
    assert!(set.protocols.value.tls12 && set.protocols.value.tls13);
    assert_eq!(set.protocols.origin, Origin::Default);
}

#[test]
fn codes_and_constants_make_one_list_in_order() {
    let text = with_ciphers(
        "V3CipherSuites4Char c02fC030\nV3CipherSuites TLS_AES_128_GCM_SHA256\nV3CipherSuites4Char 1301C02F\nV3CipherSuites4Char tls_aes_256_gcm_sha384\n",
        "",
    );
    says(&text, &[]);
    let set = actions(&text);
    assert_eq!(set.cipher_suites.value, [0xC02F, 0xC030, 0x1301, 0x1302]);
    assert_eq!(set.cipher_suites.origin, Origin::Environment);
}

#[test]
fn suites_of_our_own_are_taken() {
    let text = with_ciphers("V3CipherSuites4Char CCA8CCA91303\n", "");
    says(&text, &[]);
    assert_eq!(actions(&text).cipher_suites.value, [0xCCA8, 0xCCA9, 0x1303]);
}

#[test]
fn suites_that_the_engine_lacks_are_left_out_with_one_warning() {
    let text = with_ciphers("V3CipherSuites 352F\nV3CipherSuites4Char 009CC02F1301\n", "");
    says(&text, &["24:16 warning dropped-cipher"]);
    assert_eq!(actions(&text).cipher_suites.value, [0xC02F, 0x1301]);
    assert!(words(&compiled(&text)).contains("3 of 5 listed cipher suites left out"));
    assert!(words(&compiled(&text)).contains("002F TLS_RSA_WITH_AES_128_CBC_SHA"));
}

#[test]
fn a_list_of_which_nothing_is_left_is_an_error_that_says_what_to_write() {
    let text = with_ciphers("V3CipherSuites 352F\n", "");
    says(&text, &["24:16 error no-cipher", "24:16 warning dropped-cipher"]);
    let words = words(&compiled(&text));
    assert!(
        words.contains("TLS_AES_256_GCM_SHA384") && words.contains("C02CC02BC030C02F"),
        "{words}"
    );
}

#[test]
fn a_list_that_does_not_go_with_the_protocol_is_an_error() {
    says(
        &with_ciphers("V3CipherSuites4Char C02F\n", "TLSv1.2 Off\n"),
        &["25:21 error no-cipher"],
    );
    says(
        &with_ciphers("V3CipherSuites4Char 1301\n", "TLSv1.3 Off\n"),
        &["25:21 error no-cipher"],
    );
}

#[test]
fn a_protocol_that_is_on_by_default_gives_way_to_the_list_with_a_note() {
    let text = with_ciphers("V3CipherSuites4Char C02F\n", "");
    says(&text, &["24:21 note protocol-narrowed"]);
    let protocols = actions(&text).protocols.value;
    assert!(protocols.tls12 && !protocols.tls13);
}

#[test]
fn a_protocol_that_was_asked_for_and_has_no_suite_is_warned_about() {
    says(
        &with_ciphers("V3CipherSuites4Char C02F\n", "TLSv1.3 On\n"),
        &["21:9 warning protocol-without-cipher"],
    );
    says(
        &with_ciphers("V3CipherSuites4Char C02F1301\n", "TLSv1.3 Off\n"),
        &["25:21 warning protocol-without-cipher"],
    );
}

#[test]
fn wrong_suites_are_errors() {
    for (line, at) in [
        ("V3CipherSuites4Char C02FC0", "24:21"),
        ("V3CipherSuites4Char 9999", "24:21"),
        ("V3CipherSuites C02F", "24:16"),
        ("V3CipherSuites 2F3", "24:16"),
        ("V3CipherSuites TLS_NO_SUCH_SUITE", "24:16"),
        ("V3CipherSuites4Char C02F,C030", "24:21"),
        ("V2CipherSuites 9", "24:16"),
    ] {
        says(
            &with_ciphers(&format!("{line}\n"), ""),
            &[&format!("{at} error invalid-cipher")],
        );
    }
    assert!(words(&compiled(&with_ciphers("V3CipherSuites C02F\n", ""))).contains("V3CipherSuites4Char"));
}

#[test]
fn suites_of_sslv2_have_no_effect() {
    says(
        &with_ciphers("V2CipherSuites 713\n", ""),
        &["24:16 warning no-effect"],
    );
}

#[test]
fn protocols_older_than_tls_1_2_are_refused_and_may_be_off() {
    for protocol in ["SSLv2", "SSLv3", "TLSv1", "TLSv1.1"] {
        let with = |value: &str| {
            Server {
                advanced: &format!("{protocol} {value}\n"),
                ..Server::default()
            }
            .text()
        };
        says(&with("Off"), &[]);
        says(
            &with("On"),
            &[&format!("21:{} error refused-by-engine", protocol.len() + 2)],
        );
        assert!(words(&compiled(&with("On"))).contains("TLSv1.2 On"));
    }
}

#[test]
fn a_policy_without_a_protocol_is_an_error_that_says_what_to_write() {
    let text = Server {
        advanced: "TLSv1.2 Off\nTLSv1.3 Off\n",
        ..Server::default()
    }
    .text();
    says(&text, &["22:9 error no-protocol"]);
    assert!(words(&compiled(&text)).contains("write `TLSv1.2 On` or `TLSv1.3 On`"));
}

#[test]
fn one_protocol_alone_is_possible() {
    let set = actions(
        &Server {
            advanced: "TLSv1.2 Off\n",
            ..Server::default()
        }
        .text(),
    );
    assert!(!set.protocols.value.tls12 && set.protocols.value.tls13);
    assert_eq!(set.protocols.origin, Origin::Environment);
    assert_eq!(set.cipher_suites.value, [0x1302, 0x1301, 0x1303]);
}

#[test]
fn curves_and_signatures_are_checked() {
    let with = |line: &str| {
        let environment = format!("TTLSSignatureParms\n{{\n{line}\n}}\n");
        Server {
            environment: &environment,
            ..Server::default()
        }
        .text()
    };
    says(&with("ClientECurves 00230029"), &[]);
    says(&with("ClientECurves any"), &[]);
    says(&with("ServerKeyShareGroups 4588"), &[]);
    says(&with("ServerKeyShareGroups Any"), &["24:22 error invalid-code"]);
    says(&with("ClientECurves 0022"), &["24:15 error invalid-code"]);
    says(&with("ClientECurves 002300"), &["24:15 error invalid-code"]);
    says(&with("SignaturePairs TLS_SIGALG_SHA256_WITH_RSA"), &[]);
    says(&with("SignaturePairs 9999"), &["24:16 error invalid-code"]);
    says(
        &with("ClientECurves Any\nClientECurves secp256r1"),
        &["25:15 error invalid-code"],
    );
}
