//! The cipher suites that policies can name, and which of them this engine has.

/// A cipher suite that a policy can name.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Suite {
    /// Constant, as IBM spells it.
    pub(crate) name: &'static str,
    /// IANA number. Those below 0x100 can be written with two digits.
    pub(crate) code: u16,
}

/// What an action set has when no suite is coded, in order of preference.
pub(crate) const DEFAULT: &[u16] = &[0x1302, 0x1301, 0x1303, 0xC02C, 0xC02B, 0xC030, 0xC02F];

/// Suites that z/OS cannot name: accepted as an extension.
const EXTENSIONS: &[u16] = &[0xCCA8, 0xCCA9];

/// The suite with this number.
pub(crate) fn by_code(code: u16) -> Option<&'static Suite> {
    SUITES.iter().find(|suite| suite.code == code)
}

/// The constant of the suite with this IANA number, as IBM spells it; `None` where policies cannot name it.
pub fn suite_name(code: u16) -> Option<&'static str> {
    by_code(code).map(|suite| suite.name)
}

/// The suite with this constant, in any case.
pub(crate) fn by_name(name: &str) -> Option<&'static Suite> {
    SUITES.iter().find(|suite| suite.name.eq_ignore_ascii_case(name))
}

/// All constants.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    SUITES.iter().map(|suite| suite.name)
}

/// Constants and one-digit codes of SSLv2.
pub(crate) const SSLV2: &[(&str, char)] = &[
    ("TLS_RC4_128_WITH_MD5", '1'),
    ("TLS_RC4_128_EXPORT40_WITH_MD5", '2'),
    ("TLS_RC2_CBC_128_CBC_WITH_MD5", '3'),
    ("TLS_RC2_CBC_128_CBC_EXPORT40_WITH_MD5", '4'),
    ("TLS_DES_64_CBC_WITH_MD5", '6'),
    ("TLS_DES_192_EDE3_CBC_WITH_MD5", '7'),
];

/// This engine has the suite.
pub(crate) fn is_available(code: u16) -> bool {
    DEFAULT.contains(&code) || EXTENSIONS.contains(&code)
}

/// The suite belongs to TLS 1.3; all others belong to versions before it.
pub(crate) fn is_tls13(code: u16) -> bool {
    code >> 8 == 0x13
}

/// How messages call a suite.
pub(crate) fn title(code: u16) -> String {
    by_code(code).map_or_else(
        || format!("{code:04X}"),
        |suite| format!("{code:04X} {}", suite.name),
    )
}

const fn suite(code: u16, name: &'static str) -> Suite {
    Suite { name, code }
}

const SUITES: &[Suite] = &[
    suite(0x0000, "TLS_NULL_WITH_NULL_NULL"),
    suite(0x0001, "TLS_RSA_WITH_NULL_MD5"),
    suite(0x0002, "TLS_RSA_WITH_NULL_SHA"),
    suite(0x0003, "TLS_RSA_EXPORT_WITH_RC4_40_MD5"),
    suite(0x0004, "TLS_RSA_WITH_RC4_128_MD5"),
    suite(0x0005, "TLS_RSA_WITH_RC4_128_SHA"),
    suite(0x0006, "TLS_RSA_EXPORT_WITH_RC2_CBC_40_MD5"),
    suite(0x0009, "TLS_RSA_WITH_DES_CBC_SHA"),
    suite(0x000A, "TLS_RSA_WITH_3DES_EDE_CBC_SHA"),
    suite(0x000C, "TLS_DH_DSS_WITH_DES_CBC_SHA"),
    suite(0x000D, "TLS_DH_DSS_WITH_3DES_EDE_CBC_SHA"),
    suite(0x000F, "TLS_DH_RSA_WITH_DES_CBC_SHA"),
    suite(0x0010, "TLS_DH_RSA_WITH_3DES_EDE_CBC_SHA"),
    suite(0x0012, "TLS_DHE_DSS_WITH_DES_CBC_SHA"),
    suite(0x0013, "TLS_DHE_DSS_WITH_3DES_EDE_CBC_SHA"),
    suite(0x0015, "TLS_DHE_RSA_WITH_DES_CBC_SHA"),
    suite(0x0016, "TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA"),
    suite(0x002F, "TLS_RSA_WITH_AES_128_CBC_SHA"),
    suite(0x0030, "TLS_DH_DSS_WITH_AES_128_CBC_SHA"),
    suite(0x0031, "TLS_DH_RSA_WITH_AES_128_CBC_SHA"),
    suite(0x0032, "TLS_DHE_DSS_WITH_AES_128_CBC_SHA"),
    suite(0x0033, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA"),
    suite(0x0035, "TLS_RSA_WITH_AES_256_CBC_SHA"),
    suite(0x0036, "TLS_DH_DSS_WITH_AES_256_CBC_SHA"),
    suite(0x0037, "TLS_DH_RSA_WITH_AES_256_CBC_SHA"),
    suite(0x0038, "TLS_DHE_DSS_WITH_AES_256_CBC_SHA"),
    suite(0x0039, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA"),
    suite(0x003B, "TLS_RSA_WITH_NULL_SHA256"),
    suite(0x003C, "TLS_RSA_WITH_AES_128_CBC_SHA256"),
    suite(0x003D, "TLS_RSA_WITH_AES_256_CBC_SHA256"),
    suite(0x003E, "TLS_DH_DSS_WITH_AES_128_CBC_SHA256"),
    suite(0x003F, "TLS_DH_RSA_WITH_AES_128_CBC_SHA256"),
    suite(0x0040, "TLS_DHE_DSS_WITH_AES_128_CBC_SHA256"),
    suite(0x0067, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256"),
    suite(0x0068, "TLS_DH_DSS_WITH_AES_256_CBC_SHA256"),
    suite(0x0069, "TLS_DH_RSA_WITH_AES_256_CBC_SHA256"),
    suite(0x006A, "TLS_DHE_DSS_WITH_AES_256_CBC_SHA256"),
    suite(0x006B, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256"),
    suite(0x009C, "TLS_RSA_WITH_AES_128_GCM_SHA256"),
    suite(0x009D, "TLS_RSA_WITH_AES_256_GCM_SHA384"),
    suite(0x009E, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"),
    suite(0x009F, "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384"),
    suite(0x00A0, "TLS_DH_RSA_WITH_AES_128_GCM_SHA256"),
    suite(0x00A1, "TLS_DH_RSA_WITH_AES_256_GCM_SHA384"),
    suite(0x00A2, "TLS_DHE_DSS_WITH_AES_128_GCM_SHA256"),
    suite(0x00A3, "TLS_DHE_DSS_WITH_AES_256_GCM_SHA384"),
    suite(0x00A4, "TLS_DH_DSS_WITH_AES_128_GCM_SHA256"),
    suite(0x00A5, "TLS_DH_DSS_WITH_AES_256_GCM_SHA384"),
    suite(0xC001, "TLS_ECDH_ECDSA_WITH_NULL_SHA"),
    suite(0xC002, "TLS_ECDH_ECDSA_WITH_RC4_128_SHA"),
    suite(0xC003, "TLS_ECDH_ECDSA_WITH_3DES_EDE_CBC_SHA"),
    suite(0xC004, "TLS_ECDH_ECDSA_WITH_AES_128_CBC_SHA"),
    suite(0xC005, "TLS_ECDH_ECDSA_WITH_AES_256_CBC_SHA"),
    suite(0xC006, "TLS_ECDHE_ECDSA_WITH_NULL_SHA"),
    suite(0xC007, "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA"),
    suite(0xC008, "TLS_ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA"),
    suite(0xC009, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"),
    suite(0xC00A, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA"),
    suite(0xC00B, "TLS_ECDH_RSA_WITH_NULL_SHA"),
    suite(0xC00C, "TLS_ECDH_RSA_WITH_RC4_128_SHA"),
    suite(0xC00D, "TLS_ECDH_RSA_WITH_3DES_EDE_CBC_SHA"),
    suite(0xC00E, "TLS_ECDH_RSA_WITH_AES_128_CBC_SHA"),
    suite(0xC00F, "TLS_ECDH_RSA_WITH_AES_256_CBC_SHA"),
    suite(0xC010, "TLS_ECDHE_RSA_WITH_NULL_SHA"),
    suite(0xC011, "TLS_ECDHE_RSA_WITH_RC4_128_SHA"),
    suite(0xC012, "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA"),
    suite(0xC013, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"),
    suite(0xC014, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"),
    suite(0xC023, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"),
    suite(0xC024, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384"),
    suite(0xC025, "TLS_ECDH_ECDSA_WITH_AES_128_CBC_SHA256"),
    suite(0xC026, "TLS_ECDH_ECDSA_WITH_AES_256_CBC_SHA384"),
    suite(0xC027, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256"),
    suite(0xC028, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384"),
    suite(0xC029, "TLS_ECDH_RSA_WITH_AES_128_CBC_SHA256"),
    suite(0xC02A, "TLS_ECDH_RSA_WITH_AES_256_CBC_SHA384"),
    suite(0xC02B, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"),
    suite(0xC02C, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"),
    suite(0xC02D, "TLS_ECDH_ECDSA_WITH_AES_128_GCM_SHA256"),
    suite(0xC02E, "TLS_ECDH_ECDSA_WITH_AES_256_GCM_SHA384"),
    suite(0xC02F, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
    suite(0xC030, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"),
    suite(0xC031, "TLS_ECDH_RSA_WITH_AES_128_GCM_SHA256"),
    suite(0xC032, "TLS_ECDH_RSA_WITH_AES_256_GCM_SHA384"),
    suite(0x1301, "TLS_AES_128_GCM_SHA256"),
    suite(0x1302, "TLS_AES_256_GCM_SHA384"),
    suite(0x1303, "TLS_CHACHA20_POLY1305_SHA256"),
    suite(0xCCA8, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"),
    suite(0xCCA9, "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"),
];
