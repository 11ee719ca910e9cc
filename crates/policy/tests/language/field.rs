//! A policy as generators and long-serving administrators write it for z/OS.

use super::{actions, says};
use ttls_policy::{ClientAuthType, HandshakeRole, Origin};

const GENERATED: &str = "\
##  Server side of a file transfer, every block by reference                 00010000
TTLSRule                          ftpServer~1                                00020000
{                                                                            #0003
  LocalAddrGroupRef               ADDR~home
  RemoteAddrRef                   all_v4
  LocalPortGroupRef               portGroup~FTP
  Jobname                         FTPD*
  Direction                       INBOUND
  Priority                        255
  TTLSGroupActionRef              gAct1~FTP
  TTLSEnvironmentActionRef        eAct1~FTP
  TTLSConnectionActionRef         cAct1~FTP
}
TTLSGroupAction                   gAct1~FTP
{
  TTLSEnabled                     ON
  FIPS140                         OFF
  TTLSGroupAdvancedParmsRef       gAdv1~FTP
  GroupUserInstance               7
}
TTLSGroupAdvancedParms            gAdv1~FTP
{
  SecondaryMap                    On
  SyslogFacility                  Daemon
}
TTLSEnvironmentAction             eAct1~FTP
{
  HandshakeRole                   Server
  EnvironmentUserInstance         12
  TTLSKeyringParmsRef             keyR~FTP
  TTLSCipherParmsRef              cipher1~AT-TLS__Silver
  TTLSEnvironmentAdvancedParmsRef eAdv1~FTP
}
TTLSEnvironmentAdvancedParms      eAdv1~FTP
{
  ApplicationControlled           On
  SSLv2                           Off
  SSLv3                           Off
  TLSv1                           Off
  TLSv1.1                         Off
  TLSv1.2                         On
  TLSv1.3                         Off
  ClientAuthType                  Full
}
TTLSConnectionAction              cAct1~FTP
{
  HandshakeRole                   ServerWithClientAuth
  TTLSConnectionAdvancedParmsRef  cAdv1~FTP
  CtraceClearText                 Off
  trace                           6
}
TTLSConnectionAdvancedParms       cAdv1~FTP
{
  HandshakeTimeout                60
  CertificateLabel                FTP Server 2026
}
TTLSKeyRingParms                  keyR~FTP
{
  Keyring                         FTPD/ftpRing
}
TTLSCipherParms                   cipher1~AT-TLS__Silver
{
  V3CipherSuites                  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384
  V3CipherSuites                  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384
  V3CipherSuites                  TLS_RSA_WITH_AES_256_CBC_SHA
}
IpAddrGroup                       ADDR~home
{
  IpAddr
  {
    Addr                          192.0.2.1
  }
}
";

fn generated() -> String {
    GENERATED.to_string()
        + "IpAddr all_v4\n{\nAddr 198.51.100.1\n}\nPortGroup portGroup~FTP\n{\nPortRange p~1\n{\nPort 21\n}\nPortRange\n{\nPort 990\n}\n}\n"
}

#[test]
fn a_generated_policy_is_read_with_its_meaning() {
    let text = generated();
    says(
        &text,
        &["2:78 warning trailing-text", "65:35 warning dropped-cipher"],
    );
    let set = actions(&text);
    assert_eq!(set.role.value, HandshakeRole::ServerWithClientAuth);
    assert_eq!(set.client_auth.value, ClientAuthType::Full);
    assert_eq!(set.secondary_map.origin, Origin::Group);
    assert_eq!(set.cipher_suites.value, [0xC02C, 0xC030]);
    assert_eq!(set.certificate_labels.value, ["FTP Server 2026"]);
    assert_eq!(set.keyring.value.name, "FTPD/ftpRing");
    assert_eq!(set.instances, [7, 12]);
    assert!(set.application_controlled.value && set.ftp.is_none());
    assert!(set.protocols.value.tls12 && !set.protocols.value.tls13);
}

#[test]
fn a_block_that_shares_its_brace_line_with_words_is_one_mistake() {
    let text = generated().replace("  IpAddr\n  {", "  IpAddr { Addr is on its own line");
    let said = super::said(&super::compiled(&text));
    assert_eq!(
        said,
        [
            "2:78 warning trailing-text",
            "65:35 warning dropped-cipher",
            "69:10 error brace-not-alone"
        ]
    );
}
