//! `TTLSFtpParms` and FTP.DATA files.

use super::{Server, actions, compiled, rendered, said, says, with_files};
use ttls_policy::{
    ActionSet, FtpClientParms, FtpParms, ImplicitModel, Origin, RfcLevel, SecureCtrlconn, SecureDataconn,
    SecureFtp, SecureLogin, SecureMechanism, SessionReuse,
};

const CONTROLLED: &str = "ApplicationControlled On\nSecondaryMap On\n";

fn with_parms(lines: &str) -> String {
    with(lines, CONTROLLED)
}

/// Lines of the FTP parameters begin at line 26 when the advanced parameters have two lines.
fn with(lines: &str, advanced: &str) -> String {
    let environment = format!("TTLSFtpParms\n{{\n{lines}}}\n");
    Server {
        environment: &environment,
        advanced,
        ..Server::default()
    }
    .text()
}

fn parms(lines: &str) -> FtpParms {
    actions(&with_parms(lines)).ftp.expect("FTP parameters").value
}

fn from_file(lines: &str, file: &str) -> (FtpParms, Vec<String>) {
    let compilation = with_files(&with_parms(lines), &[("/etc/ttls/ftp.data", file)]);
    let said = said(&compilation);
    let text = rendered(&compilation);
    let policy = compilation.policy.unwrap_or_else(|| panic!("{text}"));
    let set: &ActionSet = policy.action_sets().next().expect("an action set");
    (set.ftp.clone().expect("FTP parameters").value, said)
}

#[test]
fn the_defaults_are_the_safe_ones() {
    let expected = FtpParms {
        secure_ftp: SecureFtp::Required,
        secure_login: SecureLogin::NoClientAuth,
        secure_ctrlconn: SecureCtrlconn::Private,
        secure_dataconn: SecureDataconn::Private,
        session_reuse: SessionReuse::Allowed,
        secure_hostname: false,
        client: FtpClientParms::default(),
        tls_port: Some(990),
        implicit_zos: ImplicitModel::Auto,
        rfc_level: RfcLevel::Rfc4217,
        passive_data_ports: None,
        passive_noredirect: true,
        port_reject: false,
        port_nolowports: true,
        port_noredirect: true,
    };
    assert_eq!(parms(""), expected);
    says(&with_parms(""), &[]);
    assert_eq!(
        actions(&with_parms("")).ftp.expect("FTP parameters").origin,
        Origin::Environment
    );
}

#[test]
fn every_parameter_is_heard() {
    let lines = "EXTENSIONS AUTH_TLS\nSECURE_FTP allowed\nSECURE_CTRLCONN CLEAR\nSECURE_DATACONN NEVER\n\
                 SECURE_SESSION_REUSE REQUIRED\nTLSPORT 0\nSECUREIMPLICITZOS TRUE\nTLSRFCLEVEL DRAFT\n\
                 PASSIVEDATAPORTS ( 50000 , 50100 ) # open in the firewall\nPASSIVEDATACONN UNRESTRICTED\nPORTCOMMAND REJECT\n\
                 PORTCOMMANDPORT UNRESTRICTED\nPORTCOMMANDIPADDR UNRESTRICTED\nSECURE_MECHANISM SSL\nSENDHOST ftp.partner.example\n\
                 CCCAFTERLOGIN TRUE\nEPSV4 TRUE\nPASSIVEIGNOREADDR FALSE\nFWFRIENDLY TRUE\n";
    says(&with_parms(lines), &[]);
    let expected = FtpParms {
        secure_ftp: SecureFtp::Allowed,
        secure_login: SecureLogin::NoClientAuth,
        secure_ctrlconn: SecureCtrlconn::Clear,
        secure_dataconn: SecureDataconn::Never,
        session_reuse: SessionReuse::Required,
        secure_hostname: false,
        client: FtpClientParms {
            mechanism: SecureMechanism::Ssl,
            host: Some("ftp.partner.example".to_owned()),
            ccc_after_login: true,
            epsv4: true,
            passive_ignore_addr: false,
            fw_friendly: true,
        },
        tls_port: None,
        implicit_zos: ImplicitModel::True,
        rfc_level: RfcLevel::Draft,
        passive_data_ports: Some((50000, 50100)),
        passive_noredirect: false,
        port_reject: true,
        port_nolowports: false,
        port_noredirect: false,
    };
    assert_eq!(parms(lines), expected);
}

#[test]
fn named_parameters_may_be_given_by_a_connection() {
    let text = Server {
        rule: "TTLSConnectionActionRef c\n",
        advanced: CONTROLLED,
        after: "TTLSConnectionAction c\n{\nTTLSFtpParmsRef f\n}\nTTLSFtpParms f\n{\nTLSPORT 9990\n}\n",
        ..Server::default()
    };
    let ftp = actions(&text.text()).ftp.expect("FTP parameters");
    assert_eq!((ftp.origin, ftp.value.tls_port), (Origin::Connection, Some(9990)));
}

#[test]
fn values_that_are_not_possible_are_errors() {
    says(&with_parms("SECURE_FTP MAYBE\n"), &["26:12 error invalid-value"]);
    says(
        &with_parms("SECURE_LOGIN VERIFY_USER\n"),
        &["26:14 error refused-by-engine"],
    );
    says(
        &with_parms("TLSRFCLEVEL CCCNONOTIFY\n"),
        &["26:13 error refused-by-engine"],
    );
    says(
        &with_parms("EXTENSIONS AUTH_GSSAPI\n"),
        &["26:12 error refused-by-engine"],
    );
    says(
        &with_parms("PASSIVEDATAPORTS 50000-50100\n"),
        &["26:18 error invalid-value"],
    );
    says(
        &with_parms("PASSIVEDATAPORTS (50100,50000)\n"),
        &["26:18 error invalid-range"],
    );
    says(
        &with_parms("PASSIVEDATAPORTS (20,50000)\n"),
        &["26:18 error invalid-range"],
    );
    says(&with_parms("TLSPORT 65536\n"), &["26:9 error invalid-value"]);
    says(&with_parms("KEYRING x\n"), &["26:1 error misplaced-keyword"]);
}

#[test]
fn the_controller_needs_to_be_in_control() {
    says(
        &with("", "SecondaryMap On\n"),
        &["23:1 error ftp-needs-application-controlled"],
    );
}

#[test]
fn protected_data_connections_need_the_secondary_map() {
    says(
        &with("", "ApplicationControlled On\n"),
        &["23:1 error ftp-needs-secondary-map"],
    );
    says(
        &with("SECURE_DATACONN SAFE\n", "ApplicationControlled On\n"),
        &["25:17 error ftp-needs-secondary-map"],
    );
    says(
        &with("SECURE_DATACONN CLEAR\n", "ApplicationControlled On\n"),
        &["23:1 warning ftp-data-in-clear"],
    );
}

#[test]
fn a_login_with_certificates_needs_the_role_that_asks_for_them() {
    let text = with_parms("SECURE_LOGIN REQUIRED\n");
    says(&text, &["26:14 error ftp-needs-client-auth"]);
    let asking = text.replace("Role Server", "Role ServerWithClientAuth");
    says(&asking, &[]);
    says(
        &asking.replace("SecondaryMap On\n", "SecondaryMap On\nClientAuthType Full\n"),
        &["27:14 error ftp-needs-client-auth"],
    );
}

#[test]
fn a_file_gives_what_is_not_coded() {
    let file = "\n; FTP server of the old machine\n# first column\n  SECURE_FTP ALLOWED ; may\nTLSPORT 9990\nSECURE_DATACONN CLEAR\nEXTENSIONS AUTH_TLS\n";
    let (parms, said) = from_file("TLSPORT 8990\nFtpDataFile ftp.data\n", file);
    assert_eq!(said, [""; 0]);
    assert_eq!(parms.secure_ftp, SecureFtp::Allowed);
    assert_eq!(parms.secure_dataconn, SecureDataconn::Clear);
    assert_eq!(parms.tls_port, Some(8990));
    assert_eq!(parms.secure_ctrlconn, SecureCtrlconn::Private);
}

#[test]
fn other_statements_of_a_file_are_ignored_with_a_note() {
    let file = "BANNER /etc/banner # not a comment\nKEYRING FTPD/ring\nEXTENSIONS UTF8\nCIPHERSUITE SSL_AES_128_SHA\nSECURE_FTP REQUIRED\n";
    let (_, said) = from_file("FtpDataFile /etc/ttls/ftp.data\n", file);
    let note = |line: u8| format!("/etc/ttls/ftp.data{line}:1 note ftp-data-ignored");
    assert_eq!(said, [1, 2, 3, 4].map(note));
}

#[test]
fn errors_of_a_file_are_located_in_it() {
    let file = "SECURE_FTP REQUIRED\n  SECURE_DATACONN #PRIVATE\nTLSRFCLEVEL CCCNONOTIFY\nTLSPORT\n";
    let compilation = with_files(
        &with_parms("FtpDataFile ftp.data\n"),
        &[("/etc/ttls/ftp.data", file)],
    );
    assert_eq!(
        said(&compilation),
        [
            "/etc/ttls/ftp.data2:19 error invalid-value",
            "/etc/ttls/ftp.data3:13 error refused-by-engine",
            "/etc/ttls/ftp.data4:1 error missing-value",
        ]
    );
    assert!(rendered(&compilation).contains("--> /etc/ttls/ftp.data:2:19"));
    assert!(compilation.policy.is_none());
}

#[test]
fn a_file_is_read_once_and_named_among_the_included_ones() {
    let after = "TTLSFtpParms unused\n{\nFtpDataFile ftp.data\n}\n";
    let text = format!("{}{after}", with_parms("FtpDataFile /etc/ttls/ftp.data\n"));
    let mut asked = Vec::new();
    let source = ttls_policy::SourceText {
        name: "/etc/ttls/policy".to_string(),
        text,
    };
    let compilation = ttls_policy::compile(&[source], &mut |path| {
        asked.push(path.to_path_buf());
        Ok("SECURE_FTP ALLOWED\n".to_string())
    });
    assert!(compilation.policy.is_some(), "{}", rendered(&compilation));
    assert_eq!(asked, [std::path::PathBuf::from("/etc/ttls/ftp.data")]);
    assert_eq!(compilation.included, asked);
    assert_eq!(compilation.sources.len(), 2);
}

#[test]
fn a_file_that_cannot_be_read_is_an_error_where_it_is_named() {
    let text = with_parms("FtpDataFile nowhere\n");
    says(&text, &["26:13 error unreadable-file"]);
    assert_eq!(
        compiled(&text).included,
        [std::path::PathBuf::from("/etc/ttls/nowhere")]
    );
}
