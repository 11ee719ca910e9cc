//! `TTLSGskAdvancedParms` and its LDAP, OCSP and HTTP CDP blocks.

use super::{Choice, Kind, ON_OFF, Param, Place, Scope, Statement};

pub(super) static ADVANCED: Statement = statement(
    "TTLSGskAdvancedParms",
    ADVANCED_PARAMS,
    "Session caches, tickets and revocation.",
);
pub(super) static LDAP: Statement = statement(
    "TTLSGskLdapParms",
    LDAP_PARAMS,
    "Revocation lists from LDAP servers.",
);
pub(super) static OCSP: Statement = statement("TTLSGskOcspParms", OCSP_PARAMS, "Revocation by OCSP.");
pub(super) static HTTP_CDP: Statement = statement(
    "TTLSGskHttpCdpParms",
    HTTP_CDP_PARAMS,
    "Revocation lists from HTTP distribution points.",
);

const fn statement(
    keyword: &'static str,
    params: &'static [&'static [Param]],
    doc: &'static str,
) -> Statement {
    Statement {
        keyword,
        place: Place::FileOrInline,
        scope: Some(Scope::Environment),
        params,
        extension: false,
        doc,
    }
}

const SSL2: &str = "this engine has no SSLv2";
const ALGORITHM: &str = "tickets are always encrypted with AES-256-GCM, which is no weaker, and only the agent that made one reads it";
const TICKET_SIZE: &str = "the engine does not tell the size of a ticket; what it takes is at most 64 KiB";
const REVOCATION: &str = "revocation is not checked";
const NO_SYSPLEX: &str = "there is no sysplex";

const LEVELS: Kind = Kind::Choice(&[Choice::yes("Low"), Choice::yes("Medium"), Choice::yes("High")]);
const TICKET_ALGORITHM: Kind = Kind::Choice(&[Choice::yes("AESCBC128"), Choice::yes("AESCBC256")]);
const STAPLING: Kind = Kind::Choice(&[Choice::yes("Off"), Choice::yes("Any"), Choice::yes("EndEntity")]);
const PORT: Kind = Kind::Number(1, 65535);
const I31: i64 = 2_147_483_647;
const U32: i64 = 4_294_967_295;

const fn ssl2(keyword: &'static str, kind: Kind, default: &'static str, doc: &'static str) -> Param {
    Param::new(keyword, kind, doc).default(default).no_effect(SSL2)
}

const fn revocation(keyword: &'static str, kind: Kind, default: &'static str, doc: &'static str) -> Param {
    Param::new(keyword, kind, doc)
        .default(default)
        .no_effect(REVOCATION)
}

const fn source(keyword: &'static str, kind: Kind, doc: &'static str) -> Param {
    Param::new(keyword, kind, doc).no_effect(REVOCATION)
}

const ADVANCED_PARAMS: &[&[Param]] = &[&[
    Param::new(
        "TTLSGskLdapParms",
        Kind::Block("TTLSGskLdapParms"),
        "LDAP servers.",
    )
    .slot("TTLSGskLdapParms"),
    Param::new(
        "TTLSGskLdapParmsRef",
        Kind::Ref("TTLSGskLdapParms"),
        "LDAP servers.",
    )
    .slot("TTLSGskLdapParms"),
    Param::new("TTLSGskOcspParms", Kind::Block("TTLSGskOcspParms"), "OCSP.").slot("TTLSGskOcspParms"),
    Param::new("TTLSGskOcspParmsRef", Kind::Ref("TTLSGskOcspParms"), "OCSP.").slot("TTLSGskOcspParms"),
    Param::new(
        "TTLSGskHttpCdpParms",
        Kind::Block("TTLSGskHttpCdpParms"),
        "HTTP distribution points.",
    )
    .slot("TTLSGskHttpCdpParms"),
    Param::new(
        "TTLSGskHttpCdpParmsRef",
        Kind::Ref("TTLSGskHttpCdpParms"),
        "HTTP distribution points.",
    )
    .slot("TTLSGskHttpCdpParms"),
    Param::new(
        "GSK_SYSPLEX_SIDCACHE",
        ON_OFF,
        "Sessions are shared in the sysplex.",
    )
    .default("Off")
    .no_effect(NO_SYSPLEX),
    ssl2(
        "GSK_V2_SESSION_TIMEOUT",
        Kind::Number(0, 100),
        "100",
        "Seconds that an SSLv2 session lives.",
    ),
    ssl2(
        "GSK_V2_SIDCACHE_SIZE",
        Kind::Number(0, 32000),
        "256",
        "Number of SSLv2 sessions kept.",
    ),
    Param::new(
        "GSK_V3_SESSION_TIMEOUT",
        Kind::Number(0, 86400),
        "Seconds that a TLS 1.2 session can be resumed, 0: never; not coded here: 12 hours, and on data connections as \
         long as their control connection lasts.",
    )
    .default("86400"),
    Param::new(
        "GSK_V3_SIDCACHE_SIZE",
        Kind::Number(0, 64000),
        "TLS 1.2 sessions kept at once, 0: none is resumed; not coded here: 8 for each control connection of a server, 1 \
         for each of a client, and 512 for a client's tunnels.",
    )
    .default("512"),
    Param::new(
        "GSK_SESSION_TICKET_CLIENT_ENABLE",
        ON_OFF,
        "Off: a client resumes no TLS 1.3 session, and tunnels none at all.",
    )
    .default("On"),
    Param::new(
        "GSK_SESSION_TICKET_CLIENT_MAXSIZE",
        Kind::Number(0, U32),
        "Largest ticket kept, in bytes.",
    )
    .default("8192")
    .no_effect(TICKET_SIZE),
    Param::new(
        "GSK_SESSION_TICKET_CLIENT_MAXCACHED",
        Kind::Number(0, U32),
        "TLS 1.3 tickets kept at once, 0: none; not coded: a few for each control connection, and 512 for tunnels.",
    ),
    Param::new(
        "GSK_SESSION_TICKET_SERVER_ENABLE",
        ON_OFF,
        "A server sends tickets.",
    )
    .default("On"),
    Param::new(
        "GSK_SESSION_TICKET_SERVER_ALGORITHM",
        TICKET_ALGORITHM,
        "How tickets are encrypted.",
    )
    .default("AESCBC128")
    .no_effect(ALGORITHM),
    Param::new(
        "GSK_SESSION_TICKET_SERVER_COUNT",
        Kind::Number(0, U32),
        "Tickets sent after a TLS 1.3 handshake, at most 16; not coded: 4 on FTP control connections.",
    )
    .default("2"),
    Param::new(
        "GSK_SESSION_TICKET_SERVER_KEY_REFRESH",
        Kind::Number(0, U32),
        "Seconds after which tickets are encrypted with a new key; older keys, 4096 at most, open theirs to the end; not \
         coded here, or 0: 6 hours.",
    )
    .default("300"),
    Param::new(
        "GSK_SESSION_TICKET_SERVER_TIMEOUT",
        Kind::Number(0, U32),
        "Seconds that a TLS 1.3 ticket is good for, at most 7 days, 0: none is sent; not coded here: 12 hours, and on \
         data connections as long as their control connection lasts.",
    )
    .default("300"),
    Param::new(
        "GSK_SYSPLEX_SESSION_TICKET_CACHE",
        ON_OFF,
        "Tickets are shared in the sysplex.",
    )
    .default("Off")
    .no_effect(NO_SYSPLEX),
    revocation(
        "AIACDPPriority",
        ON_OFF,
        "On",
        "Sources named in certificates come first.",
    ),
    revocation(
        "MaxSrcRevExtLocValues",
        Kind::Number(0, 256),
        "10",
        "Locations looked at per source.",
    ),
    revocation(
        "MaxValidRevExtLocValues",
        Kind::Number(0, 1024),
        "100",
        "Locations looked at per validation.",
    ),
    revocation(
        "RevocationSecurityLevel",
        LEVELS,
        "Medium",
        "What an unreachable source means.",
    ),
    source(
        "CrlSigAlgPairs",
        Kind::Signatures,
        "Signatures of revocation lists.",
    )
    .list(),
]];

const LDAP_PARAMS: &[&[Param]] = &[&[
    source("GSK_LDAP_SERVER", Kind::Text(1023), "Host names or addresses."),
    revocation("GSK_LDAP_SERVER_PORT", PORT, "389", "Port."),
    source(
        "GSK_LDAP_USER",
        Kind::Text(1023),
        "Distinguished name to bind with.",
    ),
    source("GSK_LDAP_USER_PW", Kind::Text(1023), "Password to bind with.").secret(),
    revocation(
        "GSK_CRL_CACHE_TIMEOUT",
        Kind::Number(0, 720),
        "24",
        "Hours that a list is kept.",
    ),
    revocation(
        "GSK_CRL_SECURITY_LEVEL",
        LEVELS,
        "Medium",
        "What an unreachable server means.",
    ),
    source("CRLCacheSize", Kind::Number(-1, 32000), "Number of lists kept."),
    revocation(
        "CRLCacheEntryMaxsize",
        Kind::Number(0, I31),
        "0",
        "Largest list kept, in bytes.",
    ),
    revocation(
        "CRLCacheExtended",
        ON_OFF,
        "Off",
        "Lists are kept until their next update.",
    ),
    revocation("CRLCacheTempCRL", ON_OFF, "On", "A missing list is remembered."),
    revocation(
        "CRLCacheTempCRLTimeout",
        Kind::Number(1, 720),
        "24",
        "Hours that a missing list is remembered.",
    ),
    revocation(
        "LDAPResponseTimeout",
        Kind::Number(0, 43200),
        "15",
        "Seconds to wait for an answer.",
    ),
]];

const OCSP_PARAMS: &[&[Param]] = &[&[
    source("OcspUrl", Kind::Url(2083), "URL of the responder."),
    revocation(
        "OcspAiaEnable",
        ON_OFF,
        "Off",
        "Responders named in certificates are asked.",
    ),
    source("OcspProxyServerName", Kind::Host, "Proxy."),
    revocation("OcspProxyServerPort", PORT, "80", "Port of the proxy."),
    revocation("OcspRetrieveViaGet", ON_OFF, "Off", "GET instead of POST."),
    revocation(
        "OcspUrlPriority",
        ON_OFF,
        "On",
        "OcspUrl before responders named in certificates.",
    ),
    source(
        "OcspRequestSigkeylabel",
        Kind::Text(127),
        "Key that signs requests.",
    ),
    revocation(
        "OcspRequestSigalg",
        Kind::Signature,
        "0401",
        "Signature of requests.",
    ),
    source(
        "OcspResponseSigAlgPairs",
        Kind::Signatures,
        "Signatures of responses.",
    )
    .list(),
    revocation(
        "OcspServerStapling",
        STAPLING,
        "Off",
        "A server staples responses.",
    ),
    revocation(
        "OcspClientCacheSize",
        Kind::Number(0, 32000),
        "256",
        "Number of responses kept.",
    ),
    revocation(
        "OcspCliCacheEntryMaxsize",
        Kind::Number(0, 32000),
        "0",
        "Responses kept per issuer.",
    ),
    revocation("OcspNonceGenEnable", ON_OFF, "Off", "Requests carry a nonce."),
    revocation(
        "OcspNonceCheckEnable",
        ON_OFF,
        "Off",
        "Responses must carry the nonce.",
    ),
    revocation("OcspNonceSize", Kind::Number(8, 256), "8", "Bytes of a nonce."),
    revocation(
        "OcspResponseTimeout",
        Kind::Number(0, 43200),
        "15",
        "Seconds to wait for a response.",
    ),
    revocation(
        "OcspMaxResponseSize",
        Kind::Number(0, I31),
        "20480",
        "Largest response, in bytes.",
    ),
]];

const HTTP_CDP_PARAMS: &[&[Param]] = &[&[
    revocation("HttpCdpEnable", ON_OFF, "Off", "Distribution points are used."),
    source("HttpCdpProxyServerName", Kind::Host, "Proxy."),
    revocation("HttpCdpProxyServerPort", PORT, "80", "Port of the proxy."),
    revocation(
        "HttpCdpResponseTimeout",
        Kind::Number(0, 43200),
        "15",
        "Seconds to wait for a response.",
    ),
    revocation(
        "HttpCdpMaxResponseSize",
        Kind::Number(0, I31),
        "204800",
        "Largest response, in bytes.",
    ),
    revocation(
        "HttpCdpCacheSize",
        Kind::Number(0, 32000),
        "32",
        "Number of lists kept.",
    ),
    revocation(
        "HttpCdpCacheEntryMaxsize",
        Kind::Number(0, I31),
        "0",
        "Largest list kept, in bytes.",
    ),
]];
