//! The curves, groups and signatures that policies can name.

/// Codes are decimal IANA group numbers; 4588 is an extension.
pub(crate) const CURVES: &[(u16, &str)] = &[
    (19, "secp192r1"),
    (21, "secp224r1"),
    (23, "secp256r1"),
    (24, "secp384r1"),
    (25, "secp521r1"),
    (26, "brainpoolP256r1"),
    (27, "brainpoolP384r1"),
    (28, "brainpoolP512r1"),
    (29, "X25519"),
    (30, "X448"),
    (4588, "X25519MLKEM768"),
];

/// Codes are the TLS signature schemes in hexadecimal.
pub(crate) const SIGNATURES: &[(u16, &str)] = &[
    (0x0101, "TLS_SIGALG_MD5_WITH_RSA"),
    (0x0102, "TLS_SIGALG_MD5_WITH_DSA"),
    (0x0103, "TLS_SIGALG_MD5_WITH_ECDSA"),
    (0x0201, "TLS_SIGALG_SHA1_WITH_RSA"),
    (0x0202, "TLS_SIGALG_SHA1_WITH_DSA"),
    (0x0203, "TLS_SIGALG_SHA1_WITH_ECDSA"),
    (0x0301, "TLS_SIGALG_SHA224_WITH_RSA"),
    (0x0302, "TLS_SIGALG_SHA224_WITH_DSA"),
    (0x0303, "TLS_SIGALG_SHA224_WITH_ECDSA"),
    (0x0401, "TLS_SIGALG_SHA256_WITH_RSA"),
    (0x0402, "TLS_SIGALG_SHA256_WITH_DSA"),
    (0x0403, "TLS_SIGALG_SHA256_WITH_ECDSA"),
    (0x0501, "TLS_SIGALG_SHA384_WITH_RSA"),
    (0x0503, "TLS_SIGALG_SHA384_WITH_ECDSA"),
    (0x0601, "TLS_SIGALG_SHA512_WITH_RSA"),
    (0x0603, "TLS_SIGALG_SHA512_WITH_ECDSA"),
    (0x0804, "TLS_SIGALG_SHA256_WITH_RSASSA_PSS"),
    (0x0805, "TLS_SIGALG_SHA384_WITH_RSASSA_PSS"),
    (0x0806, "TLS_SIGALG_SHA512_WITH_RSASSA_PSS"),
];

/// Members of [`CURVES`] that this engine has, in its own order of preference.
pub(crate) const AVAILABLE_CURVES: &[u16] = &[29, 23, 24, 4588];

/// Members of [`SIGNATURES`] that this engine has.
pub(crate) const AVAILABLE_SIGNATURES: &[u16] = &[
    0x0401, 0x0403, 0x0501, 0x0503, 0x0601, 0x0603, 0x0804, 0x0805, 0x0806,
];
