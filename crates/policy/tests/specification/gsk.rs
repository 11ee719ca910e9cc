//! Session caches, tickets and revocation.

use crate::table::{Row, Table, Values, row};
use Values::{Block, Like, Name, Number, OnOff, Text, Words};

pub(crate) const TABLES: &[&Table] = &[
    &table("TTLSGskAdvancedParms", &[BLOCKS, SESSIONS, TICKETS, REVOCATION]),
    &table("TTLSGskLdapParms", &[LDAP]),
    &table("TTLSGskOcspParms", &[OCSP]),
    &table("TTLSGskHttpCdpParms", &[HTTP_CDP]),
];

const BLOCKS: &[Row] = &[
    row("TTLSGskLdapParms", Block, "-"),
    row("TTLSGskLdapParmsRef", Name, "-"),
    row("TTLSGskOcspParms", Block, "-"),
    row("TTLSGskOcspParmsRef", Name, "-"),
    row("TTLSGskHttpCdpParms", Block, "-"),
    row("TTLSGskHttpCdpParmsRef", Name, "-"),
];

const SESSIONS: &[Row] = &[
    row("GSK_SYSPLEX_SIDCACHE", OnOff, "Off"),
    row("GSK_V2_SESSION_TIMEOUT", Number(0, 100), "100"),
    row("GSK_V2_SIDCACHE_SIZE", Number(0, 32_000), "256"),
    row("GSK_V3_SESSION_TIMEOUT", Number(0, 86_400), "86400"),
    row("GSK_V3_SIDCACHE_SIZE", Number(0, 64_000), "512"),
];

const TICKETS: &[Row] = &[
    row("GSK_SESSION_TICKET_CLIENT_ENABLE", OnOff, "On"),
    row("GSK_SESSION_TICKET_CLIENT_MAXSIZE", Number(0, U32), "8192"),
    row("GSK_SESSION_TICKET_CLIENT_MAXCACHED", Number(0, U32), "-"),
    row("GSK_SESSION_TICKET_SERVER_ENABLE", OnOff, "On"),
    row(
        "GSK_SESSION_TICKET_SERVER_ALGORITHM",
        Words(&["AESCBC128", "AESCBC256"]),
        "AESCBC128",
    ),
    row("GSK_SESSION_TICKET_SERVER_COUNT", Number(0, U32), "2"),
    row("GSK_SESSION_TICKET_SERVER_KEY_REFRESH", Number(0, U32), "300"),
    row("GSK_SESSION_TICKET_SERVER_TIMEOUT", Number(0, U32), "300"),
    row("GSK_SYSPLEX_SESSION_TICKET_CACHE", OnOff, "Off"),
];

const REVOCATION: &[Row] = &[
    row("AIACDPPriority", OnOff, "On"),
    row("MaxSrcRevExtLocValues", Number(0, 256), "10"),
    row("MaxValidRevExtLocValues", Number(0, 1024), "100"),
    row("RevocationSecurityLevel", LEVEL, "Medium"),
    row("CrlSigAlgPairs", PAIRS, "-").many(),
];

const LDAP: &[Row] = &[
    row("GSK_LDAP_SERVER", Text(1023), "-"),
    row("GSK_LDAP_SERVER_PORT", PORT, "389"),
    row("GSK_LDAP_USER", Text(1023), "-"),
    row("GSK_LDAP_USER_PW", Text(1023), "-"),
    row("GSK_CRL_CACHE_TIMEOUT", Number(0, 720), "24"),
    row("GSK_CRL_SECURITY_LEVEL", LEVEL, "Medium"),
    row("CRLCacheSize", Number(-1, 32_000), "-"),
    row("CRLCacheEntryMaxsize", Number(0, I31), "0"),
    row("CRLCacheExtended", OnOff, "Off"),
    row("CRLCacheTempCRL", OnOff, "On"),
    row("CRLCacheTempCRLTimeout", Number(1, 720), "24"),
    row("LDAPResponseTimeout", Number(0, 43_200), "15"),
];

const OCSP: &[Row] = &[
    row(
        "OcspUrl",
        Like(
            &[
                "http://ocsp.example.com/",
                "http://192.0.2.1:8080/ocsp",
                "http://[2001:db8::1]/",
            ],
            &[
                "ocsp.example.com",
                "https://ocsp.example.com/",
                "http://",
                "ldap://ocsp.example.com/",
            ],
        ),
        "-",
    ),
    row("OcspAiaEnable", OnOff, "Off"),
    row("OcspProxyServerName", HOST, "-"),
    row("OcspProxyServerPort", PORT, "80"),
    row("OcspRetrieveViaGet", OnOff, "Off"),
    row("OcspUrlPriority", OnOff, "On"),
    row("OcspRequestSigkeylabel", Text(127), "-"),
    row(
        "OcspRequestSigalg",
        Like(
            &["0401", "TLS_SIGALG_SHA256_WITH_RSA"],
            &["04010403", "040", "9999"],
        ),
        "0401",
    ),
    row("OcspResponseSigAlgPairs", PAIRS, "-").many(),
    row("OcspServerStapling", Words(&["Off", "Any", "EndEntity"]), "Off"),
    row("OcspClientCacheSize", Number(0, 32_000), "256"),
    row("OcspCliCacheEntryMaxsize", Number(0, 32_000), "0"),
    row("OcspNonceGenEnable", OnOff, "Off"),
    row("OcspNonceCheckEnable", OnOff, "Off"),
    row("OcspNonceSize", Number(8, 256), "8"),
    row("OcspResponseTimeout", Number(0, 43_200), "15"),
    row("OcspMaxResponseSize", Number(0, I31), "20480"),
];

const HTTP_CDP: &[Row] = &[
    row("HttpCdpEnable", OnOff, "Off"),
    row("HttpCdpProxyServerName", HOST, "-"),
    row("HttpCdpProxyServerPort", PORT, "80"),
    row("HttpCdpResponseTimeout", Number(0, 43_200), "15"),
    row("HttpCdpMaxResponseSize", Number(0, I31), "204800"),
    row("HttpCdpCacheSize", Number(0, 32_000), "32"),
    row("HttpCdpCacheEntryMaxsize", Number(0, I31), "0"),
];

const U32: i64 = 4_294_967_295;
const I31: i64 = 2_147_483_647;
const PORT: Values = Number(1, 65_535);
const LEVEL: Values = Words(&["Low", "Medium", "High"]);
const PAIRS: Values = Like(
    &["0401", "05010503", "TLS_SIGALG_SHA256_WITH_RSA"],
    &["040", "9999", "Any"],
);
const HOST: Values = Like(
    &["proxy.example.com", "192.0.2.1", "2001:db8::1"],
    &["proxy:80", "http://proxy"],
);

const fn table(statement: &'static str, rows: &'static [&'static [Row]]) -> Table {
    Table {
        statement,
        rows,
        required: &[],
        alternatives: &[],
    }
}
