//! Cipher suites, curves, groups and signatures: codes, constants, and which of them this engine has.

use crate::table::{compiled, is_wrong, names};

/// Suites with codes of two digits.
const TWO_DIGITS: &str = "\
00 NULL_WITH_NULL_NULL
01 RSA_WITH_NULL_MD5
02 RSA_WITH_NULL_SHA
03 RSA_EXPORT_WITH_RC4_40_MD5
04 RSA_WITH_RC4_128_MD5
05 RSA_WITH_RC4_128_SHA
06 RSA_EXPORT_WITH_RC2_CBC_40_MD5
09 RSA_WITH_DES_CBC_SHA
0A RSA_WITH_3DES_EDE_CBC_SHA
0C DH_DSS_WITH_DES_CBC_SHA
0D DH_DSS_WITH_3DES_EDE_CBC_SHA
0F DH_RSA_WITH_DES_CBC_SHA
10 DH_RSA_WITH_3DES_EDE_CBC_SHA
12 DHE_DSS_WITH_DES_CBC_SHA
13 DHE_DSS_WITH_3DES_EDE_CBC_SHA
15 DHE_RSA_WITH_DES_CBC_SHA
16 DHE_RSA_WITH_3DES_EDE_CBC_SHA
2F RSA_WITH_AES_128_CBC_SHA
30 DH_DSS_WITH_AES_128_CBC_SHA
31 DH_RSA_WITH_AES_128_CBC_SHA
32 DHE_DSS_WITH_AES_128_CBC_SHA
33 DHE_RSA_WITH_AES_128_CBC_SHA
35 RSA_WITH_AES_256_CBC_SHA
36 DH_DSS_WITH_AES_256_CBC_SHA
37 DH_RSA_WITH_AES_256_CBC_SHA
38 DHE_DSS_WITH_AES_256_CBC_SHA
39 DHE_RSA_WITH_AES_256_CBC_SHA
3B RSA_WITH_NULL_SHA256
3C RSA_WITH_AES_128_CBC_SHA256
3D RSA_WITH_AES_256_CBC_SHA256
3E DH_DSS_WITH_AES_128_CBC_SHA256
3F DH_RSA_WITH_AES_128_CBC_SHA256
40 DHE_DSS_WITH_AES_128_CBC_SHA256
67 DHE_RSA_WITH_AES_128_CBC_SHA256
68 DH_DSS_WITH_AES_256_CBC_SHA256
69 DH_RSA_WITH_AES_256_CBC_SHA256
6A DHE_DSS_WITH_AES_256_CBC_SHA256
6B DHE_RSA_WITH_AES_256_CBC_SHA256
9C RSA_WITH_AES_128_GCM_SHA256
9D RSA_WITH_AES_256_GCM_SHA384
9E DHE_RSA_WITH_AES_128_GCM_SHA256
9F DHE_RSA_WITH_AES_256_GCM_SHA384
A0 DH_RSA_WITH_AES_128_GCM_SHA256
A1 DH_RSA_WITH_AES_256_GCM_SHA384
A2 DHE_DSS_WITH_AES_128_GCM_SHA256
A3 DHE_DSS_WITH_AES_256_GCM_SHA384
A4 DH_DSS_WITH_AES_128_GCM_SHA256
A5 DH_DSS_WITH_AES_256_GCM_SHA384";

/// Suites with codes of four digits only.
const FOUR_DIGITS: &str = "\
C001 ECDH_ECDSA_WITH_NULL_SHA
C002 ECDH_ECDSA_WITH_RC4_128_SHA
C003 ECDH_ECDSA_WITH_3DES_EDE_CBC_SHA
C004 ECDH_ECDSA_WITH_AES_128_CBC_SHA
C005 ECDH_ECDSA_WITH_AES_256_CBC_SHA
C006 ECDHE_ECDSA_WITH_NULL_SHA
C007 ECDHE_ECDSA_WITH_RC4_128_SHA
C008 ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA
C009 ECDHE_ECDSA_WITH_AES_128_CBC_SHA
C00A ECDHE_ECDSA_WITH_AES_256_CBC_SHA
C00B ECDH_RSA_WITH_NULL_SHA
C00C ECDH_RSA_WITH_RC4_128_SHA
C00D ECDH_RSA_WITH_3DES_EDE_CBC_SHA
C00E ECDH_RSA_WITH_AES_128_CBC_SHA
C00F ECDH_RSA_WITH_AES_256_CBC_SHA
C010 ECDHE_RSA_WITH_NULL_SHA
C011 ECDHE_RSA_WITH_RC4_128_SHA
C012 ECDHE_RSA_WITH_3DES_EDE_CBC_SHA
C013 ECDHE_RSA_WITH_AES_128_CBC_SHA
C014 ECDHE_RSA_WITH_AES_256_CBC_SHA
C023 ECDHE_ECDSA_WITH_AES_128_CBC_SHA256
C024 ECDHE_ECDSA_WITH_AES_256_CBC_SHA384
C025 ECDH_ECDSA_WITH_AES_128_CBC_SHA256
C026 ECDH_ECDSA_WITH_AES_256_CBC_SHA384
C027 ECDHE_RSA_WITH_AES_128_CBC_SHA256
C028 ECDHE_RSA_WITH_AES_256_CBC_SHA384
C029 ECDH_RSA_WITH_AES_128_CBC_SHA256
C02A ECDH_RSA_WITH_AES_256_CBC_SHA384
C02D ECDH_ECDSA_WITH_AES_128_GCM_SHA256
C02E ECDH_ECDSA_WITH_AES_256_GCM_SHA384
C031 ECDH_RSA_WITH_AES_128_GCM_SHA256
C032 ECDH_RSA_WITH_AES_256_GCM_SHA384";

/// Suites that this engine has; the last two are no suites of AT-TLS.
const HERE: &str = "\
1301 AES_128_GCM_SHA256
1302 AES_256_GCM_SHA384
1303 CHACHA20_POLY1305_SHA256
C02B ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
C02C ECDHE_ECDSA_WITH_AES_256_GCM_SHA384
C02F ECDHE_RSA_WITH_AES_128_GCM_SHA256
C030 ECDHE_RSA_WITH_AES_256_GCM_SHA384
CCA8 ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256
CCA9 ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256";

#[test]
fn each_suite_has_its_code_and_its_constant_and_no_other_is_known() {
    let mut known = 0;
    for (code, name) in [TWO_DIGITS, FOUR_DIGITS, HERE]
        .iter()
        .flat_map(|table| pairs(table))
    {
        let number = u16::from_str_radix(code, 16).expect("hexadecimal");
        assert_eq!(
            ttls_policy::suite_name(number),
            Some(&*format!("TLS_{name}")),
            "{code}"
        );
        known += 1;
    }
    let all = (0..=u16::MAX).filter(|code| ttls_policy::suite_name(*code).is_some());
    assert_eq!(all.count(), known);
}

#[test]
fn suites_of_other_engines_are_left_out_of_a_list_and_ours_are_not() {
    for (table, missing) in [(TWO_DIGITS, true), (FOUR_DIGITS, true), (HERE, false)] {
        for (code, name) in pairs(table) {
            let four = format!("V3CipherSuites4Char {code:0>4}\nV3CipherSuites4Char 1302C030\n");
            let constant = format!("V3CipherSuites TLS_{name}\nV3CipherSuites4Char 1302C030\n");
            let mut lines = vec![four, constant];
            if code.len() == 2 {
                lines.push(format!("V3CipherSuites {code}\nV3CipherSuites4Char 1302C030\n"));
            }
            for lines in lines {
                let said = names(&compiled(&server(&format!("TTLSCipherParms\n{{\n{lines}}}\n"))));
                assert!(!is_wrong(&said), "{lines}{said:?}");
                assert_eq!(said.contains(&"dropped-cipher"), missing, "{lines}{said:?}");
            }
        }
    }
}

#[test]
fn curves_and_groups_have_decimal_codes_and_constants() {
    let here = [
        "0023 secp256r1",
        "0024 secp384r1",
        "0029 X25519",
        "4588 X25519MLKEM768",
    ];
    let elsewhere = [
        "0019 secp192r1",
        "0021 secp224r1",
        "0025 secp521r1",
        "0026 brainpoolP256r1",
        "0027 brainpoolP384r1",
        "0028 brainpoolP512r1",
        "0030 X448",
    ];
    for keyword in ["ServerKexECurves", "ServerKeyShareGroups"] {
        listed(keyword, &here, false);
        listed(keyword, &elsewhere, true);
    }
}

#[test]
fn signatures_have_hexadecimal_codes_and_constants() {
    let here = [
        "0401 TLS_SIGALG_SHA256_WITH_RSA",
        "0501 TLS_SIGALG_SHA384_WITH_RSA",
        "0601 TLS_SIGALG_SHA512_WITH_RSA",
        "0403 TLS_SIGALG_SHA256_WITH_ECDSA",
        "0503 TLS_SIGALG_SHA384_WITH_ECDSA",
        "0603 TLS_SIGALG_SHA512_WITH_ECDSA",
        "0804 TLS_SIGALG_SHA256_WITH_RSASSA_PSS",
        "0805 TLS_SIGALG_SHA384_WITH_RSASSA_PSS",
        "0806 TLS_SIGALG_SHA512_WITH_RSASSA_PSS",
    ];
    let elsewhere = [
        "0101 TLS_SIGALG_MD5_WITH_RSA",
        "0102 TLS_SIGALG_MD5_WITH_DSA",
        "0103 TLS_SIGALG_MD5_WITH_ECDSA",
        "0201 TLS_SIGALG_SHA1_WITH_RSA",
        "0202 TLS_SIGALG_SHA1_WITH_DSA",
        "0203 TLS_SIGALG_SHA1_WITH_ECDSA",
        "0301 TLS_SIGALG_SHA224_WITH_RSA",
        "0302 TLS_SIGALG_SHA224_WITH_DSA",
        "0303 TLS_SIGALG_SHA224_WITH_ECDSA",
        "0402 TLS_SIGALG_SHA256_WITH_DSA",
    ];
    listed("SignaturePairs", &here, false);
    listed("SignaturePairs", &elsewhere, true);
}

/// Both forms of each member are known; alone in its list it is refused where this engine lacks it.
fn listed(keyword: &str, members: &[&'static str], missing: bool) {
    for (code, name) in members.iter().flat_map(|member| pairs(member)) {
        for value in [code, name] {
            let block = format!("TTLSSignatureParms\n{{\n{keyword} {value}\n}}\n");
            let said = names(&compiled(&server(&block)));
            assert!(!is_wrong(&said), "{keyword} {value}: {said:?}");
            assert_eq!(
                said.contains(&"refused-by-engine"),
                missing,
                "{keyword} {value}: {said:?}"
            );
        }
    }
}

fn pairs(table: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    table
        .lines()
        .map(|line| line.split_once(' ').expect("code and name"))
}

fn server(lines: &str) -> String {
    format!(
        "TTLSRule r\n{{\nLocalPortRange 21\nDirection Inbound\nTTLSGroupActionRef g\nTTLSEnvironmentActionRef e\n}}\n\
         TTLSGroupAction g\n{{\nTTLSEnabled On\n}}\n\
         TTLSEnvironmentAction e\n{{\nHandshakeRole Server\nTTLSKeyringParms\n{{\nKeyring x\n}}\n{lines}}}\n"
    )
}
