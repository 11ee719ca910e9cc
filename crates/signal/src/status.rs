//! The fields of an answer, with IBM's numbers.

macro_rules! numbered {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $number:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
        #[repr(u8)]
        pub enum $name {
            $($(#[$variant_doc])* $variant = $number,)*
        }

        impl $name {
            /// From the number of a message.
            pub fn from_number(number: u8) -> Option<Self> {
                match number {
                    $($number => Some(Self::$variant),)*
                    _ => None,
                }
            }

            /// The number of a message.
            pub fn number(self) -> u8 {
                self as u8
            }
        }
    };
}

numbered! {
    /// `TTLSi_Stat_Policy`: what the policy says about the connection.
    StatPolicy {
        /// The answer says nothing about it.
        #[default]
        Unknown = 0,
        /// `TTLS_POL_OFF`: no agent carries the connection.
        Off = 1,
        /// `TTLS_POL_NO_POLICY`: no rule matched.
        NoPolicy = 2,
        /// `TTLS_POL_NOT_ENABLED`: the rule says no TLS.
        NotEnabled = 3,
        /// `TTLS_POL_ENABLED`: TLS, which the application may not control.
        Enabled = 4,
        /// `TTLS_POL_APPLCNTRL`: TLS, which the application controls.
        ApplicationControlled = 5,
    }
}

numbered! {
    /// `TTLSi_Stat_Conn`: whether the connection is under TLS.
    StatConn {
        /// The answer says nothing about it.
        #[default]
        Unknown = 0,
        /// `TTLS_CONN_NOTSECURE`.
        NotSecure = 1,
        /// `TTLS_CONN_HS_INPROGRESS`.
        InProgress = 2,
        /// `TTLS_CONN_SECURE`.
        Secure = 3,
    }
}

numbered! {
    /// `TTLSi_Sec_Type`: this side's role.
    SecType {
        /// `TTLS_SEC_UNKNOWN`.
        #[default]
        Unknown = 0,
        /// `TTLS_SEC_CLIENT`.
        Client = 1,
        /// `TTLS_SEC_SERVER`.
        Server = 2,
        /// `TTLS_SEC_SRV_CA_PASS`: server, client certificates are not validated.
        ServerPassThru = 3,
        /// `TTLS_SEC_SRV_CA_FULL`: server, client certificates are validated where sent.
        ServerFull = 4,
        /// `TTLS_SEC_SRV_CA_REQD`: server, client certificates are required.
        ServerRequired = 5,
        /// `TTLS_SEC_SRV_CA_SAFCHK`: server, client certificates are required and mapped to a user.
        ServerSafCheck = 6,
    }
}

numbered! {
    /// Return code of `TTLSK_Host_Status`.
    HostStatus {
        /// The name matches the partner's certificate.
        Matches = 0,
        /// The partner sent no certificate.
        #[default]
        NoCertificate = 1,
        /// The name does not match.
        NoMatch = 2,
        /// The name is none that can be looked for.
        NameUnusable = 3,
        /// The certificate cannot be read.
        CertificateUnreadable = 4,
    }
}

/// What the agent knows about a connection.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Status {
    /// `TTLSi_Stat_Policy`.
    pub policy: StatPolicy,
    /// `TTLSi_Stat_Conn`.
    pub connection: StatConn,
    /// `TTLSi_Sec_Type`; known while the connection is secure.
    pub sec_type: SecType,
    /// `TTLSi_FIPS140`: 0 is off, 1 to 4 as IBM numbers them.
    pub fips140: u8,
    /// `TTLSi_SSL_Prot`: 0x0303 is TLS 1.2, 0x0304 is TLS 1.3, 0 is none.
    pub protocol: u16,
    /// IANA number of the suite, 0 for none; `TTLSi_Neg_Cipher4` is this in hexadecimal.
    pub cipher: u16,
    /// Code of the key exchange group in the policy language (`0029` is x25519), 0 for none.
    pub key_share: u16,
    /// Whether an earlier session was resumed (ours).
    pub resumed: bool,
    /// Whether the connection was mapped onto another one by `SecondaryMap On` (ours).
    pub secondary: bool,
    /// The agent's number for the connection (ours).
    pub id: u64,
    /// `TTLSi_Cert_Len`: length of the partner's certificate, 0 where there is none.
    pub certificate_length: u32,
    /// Answer to a host name in the request.
    pub host: Option<HostStatus>,
    /// `TTLSi_UserID`: the user that the partner's certificate is mapped to.
    pub user_id: String,
    /// `TTLSK_TTLSRule_Name`.
    pub rule: String,
    /// `TTLSK_GroupAction_Name`.
    pub group: String,
    /// `TTLSK_EnvironmentAction_Name`.
    pub environment: String,
    /// Name of the connection action.
    pub connection_action: String,
}
