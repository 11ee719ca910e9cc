//! Which action scopes take which parameters: group, environment, connection. `?`: AT-TLS may not know it there.

use crate::table::{compiled, names};

/// Keyword, a value, and what the three scopes make of it.
const MATRIX: &str = "\
TTLSEnabled On x - -
FIPS140 Off x - -
Envfile /etc/env x - -
SyslogFacility Auth x - -
GroupUserInstance 1 x - -
Trace 7 x x x
CtraceClearText Off x x x
SecondaryMap On x x x
HandshakeRole Server - x x
SuiteBProfile Off - x -
EnvironmentUserInstance 1 - x -
ConnectionUserInstance 1 - - x
Keyring x - x -
KeyringPw x - x -
KeyringStashFile x - x -
V2CipherSuites 7 - x x
V3CipherSuites 2F - x x
V3CipherSuites4Char 1301 - x x
ClientECurves 0023 - x x
ClientKeyShareGroups 0023 - x x
SignaturePairs 0804 - x x
ServerKexECurves 0023 - x ?
ServerKeyShareGroups 0023 - x ?
SignaturePairsCert 0804 - x ?
SSLv2 Off - x x
SSLv3 Off - x x
TLSv1 Off - x x
TLSv1.1 Off - x x
TLSv1.2 On - x x
TLSv1.3 On - x x
ApplicationControlled On - x x
HandshakeTimeout 5 - x x
ResetCipherTimer 5 - x x
CertificateLabel x - x x
ServerCertificateLabel x - x x
TruncatedHMAC Off - x x
ClientMaxSSLFragment Off - x x
ClientMaxSSLFragmentLength 512 - x x
ServerMaxSSLFragment Off - x x
ClientHandshakeSNI Off - x x
ClientHandshakeSNIMatch Optional - x x
ClientHandshakeSNIList a.example - x x
ServerHandshakeSNI Off - x x
ServerHandshakeSNIMatch Optional - x x
ServerHandshakeSNIList a.example/x - x x
HostReferenceIdDNS a.example - x x
HostReferenceIdCN a - x x
HostRefWildcardValidation On - x x
ClientAuthType Full - x ?
CertValidationMode Any - x ?
MiddleBoxCompatMode Off - x ?
Renegotiation Default - x ?
RenegotiationIndicator Optional - x ?
RenegotiationCertCheck Off - x ?
ClientExtendedMasterSecret On - x ?
ServerExtendedMasterSecret On - x ?
3DesKeyCheck Off - x ?
ClientEDHGroupSize Legacy - x ?
ServerEDHGroupSize Legacy - x ?
PeerMinCertVersion Any - x ?
PeerMinDHKeySize 1024 - x ?
PeerMinDsaKeySize 1024 - x ?
PeerMinECCKeySize 256 - x ?
PeerMinRsaKeySize 2048 - x ?
ServerScsv Off - x ?
GSK_V3_SESSION_TIMEOUT 5 - x -
GSK_SESSION_TICKET_SERVER_COUNT 5 - x -
GSK_LDAP_SERVER x - x -
OcspAiaEnable On - x -
HttpCdpEnable On - x -";

const ACTIONS: [&str; 3] = ["TTLSGroupAction", "TTLSEnvironmentAction", "TTLSConnectionAction"];

/// Where the parameters of an action stand, from the action itself inwards.
const PLACES: [&[&str]; 11] = [
    &[],
    &["TTLSGroupAdvancedParms"],
    &["TTLSEnvironmentAdvancedParms"],
    &["TTLSConnectionAdvancedParms"],
    &["TTLSKeyringParms"],
    &["TTLSCipherParms"],
    &["TTLSSignatureParms"],
    &["TTLSGskAdvancedParms"],
    &["TTLSGskAdvancedParms", "TTLSGskLdapParms"],
    &["TTLSGskAdvancedParms", "TTLSGskOcspParms"],
    &["TTLSGskAdvancedParms", "TTLSGskHttpCdpParms"],
];

#[test]
fn each_scope_takes_its_parameters() {
    for line in MATRIX.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let [keyword, value, wanted @ ..] = words.as_slice() else {
            panic!("{line}");
        };
        for (action, wanted) in ACTIONS.iter().zip(wanted) {
            let best = PLACES
                .iter()
                .map(|blocks| mark(&text(action, blocks, keyword, value)))
                .max();
            assert_eq!(best, Some(*wanted), "{keyword} in {action}");
        }
    }
}

/// A block that environments and connections share says it too when it is used by reference.
#[test]
fn a_shared_block_is_judged_by_the_actions_that_use_it() {
    let block = "TTLSSignatureParms s\n{\nServerKexECurves 0023\n}\n";
    let used = |action: &str| format!("{action} a\n{{\nTTLSSignatureParmsRef s\n}}\n{block}");
    assert_eq!(mark(&used("TTLSConnectionAction")), "?");
    assert_eq!(mark(&used("TTLSEnvironmentAction")), "x");
}

/// `x` taken, `?` taken with a doubt, `-` not known there. In this order they are better: `-` < `?` < `x`.
fn mark(text: &str) -> &'static str {
    let said = names(&compiled(text));
    let has = |name| said.contains(&name);
    if has("misplaced-keyword") || has("unknown-keyword") {
        "-"
    } else if has("doubtful-scope") {
        "?"
    } else {
        "x"
    }
}

fn text(action: &str, blocks: &[&str], keyword: &str, value: &str) -> String {
    let open: String = blocks.iter().map(|block| format!("{block}\n{{\n")).collect();
    let close = "}\n".repeat(blocks.len());
    format!("{action} a\n{{\n{open}{keyword} {value}\n{close}}}\n")
}
