//! `TTLSKeyringParms`, `TTLSCipherParms`, `TTLSSignatureParms`.

use super::Scope::Environment;
use super::{Kind, Param, Place, Statement};

pub(super) static KEYRING: Statement = Statement {
    keyword: "TTLSKeyringParms",
    place: Place::FileOrInline,
    scope: Some(Environment),
    params: &[&[
        Param::new(
            "Keyring",
            Kind::Text(1023),
            "Ring name, user/ring, a file, or *AUTH*/*.",
        )
        .required(),
        Param::new("KeyringPw", Kind::Text(128), "Password of a file ring, in clear.").secret(),
        Param::new(
            "KeyringStashFile",
            Kind::Text(1023),
            "File with the password of a file ring.",
        ),
    ]],
    extension: false,
    doc: "Names the key ring.",
};

pub(super) static CIPHERS: Statement = Statement {
    keyword: "TTLSCipherParms",
    place: Place::FileOrInline,
    scope: None,
    params: &[&[
        Param::new("V2CipherSuites", Kind::Suites(1), "Suites of SSLv2.")
            .list()
            .no_effect("this engine has no SSLv2"),
        Param::new(
            "V3CipherSuites",
            Kind::Suites(2),
            "Suites with two-digit codes, or one constant a line.",
        )
        .list(),
        Param::new(
            "V3CipherSuites4Char",
            Kind::Suites(4),
            "Suites with four-digit codes, or one constant a line.",
        )
        .list(),
    ]],
    extension: false,
    doc: "Lists cipher suites in order of preference.",
};

const ANY_SIGNATURE: &str =
    "of signatures in certificates this engine takes those with SHA-256 and better, and no others";

pub(super) static SIGNATURES: Statement = Statement {
    keyword: "TTLSSignatureParms",
    place: Place::FileOrInline,
    scope: None,
    params: &[&[
        Param::new(
            "ClientECurves",
            Kind::Curves(true),
            "Groups of a client; those behind ClientKeyShareGroups in TLS 1.3.",
        )
        .list(),
        Param::new(
            "ClientKeyShareGroups",
            Kind::Curves(false),
            "TLS 1.3 groups that a client sends shares for.",
        )
        .list(),
        Param::new(
            "ServerKexECurves",
            Kind::Curves(false),
            "TLS 1.2 curves of a server.",
        )
        .list()
        .environment_first(),
        Param::new(
            "ServerKeyShareGroups",
            Kind::Curves(false),
            "TLS 1.3 groups of a server.",
        )
        .list()
        .environment_first(),
        Param::new("SignaturePairs", Kind::Signatures, "Signatures of the handshake.").list(),
        Param::new(
            "SignaturePairsCert",
            Kind::Signatures,
            "Signatures in certificates.",
        )
        .list()
        .environment_first()
        .no_effect(ANY_SIGNATURE),
    ]],
    extension: false,
    doc: "Lists curves, groups and signatures in order of preference.",
};
