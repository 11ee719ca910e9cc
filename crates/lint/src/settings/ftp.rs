//! `TTLSFtpParms` in the words of FTP.DATA.

use ttls_policy::{
    FtpParms, ImplicitModel, RfcLevel, SecureCtrlconn, SecureDataconn, SecureFtp, SecureLogin,
    SecureMechanism, SessionReuse,
};

/// What the policy says of them as a whole, and what a client or a server needs.
pub(super) fn settings(ftp: &FtpParms, client: bool) -> Vec<(&'static str, String)> {
    let secure_ftp = match ftp.secure_ftp {
        SecureFtp::Allowed => "ALLOWED",
        SecureFtp::Required => "REQUIRED",
    };
    let secure_login = match ftp.secure_login {
        SecureLogin::NoClientAuth => "NO_CLIENT_AUTH",
        SecureLogin::Required => "REQUIRED",
    };
    let ctrlconn = match ftp.secure_ctrlconn {
        SecureCtrlconn::Clear => "CLEAR",
        SecureCtrlconn::Safe => "SAFE",
        SecureCtrlconn::Private => "PRIVATE",
    };
    let dataconn = match ftp.secure_dataconn {
        SecureDataconn::Clear => "CLEAR",
        SecureDataconn::Never => "NEVER",
        SecureDataconn::Safe => "SAFE",
        SecureDataconn::Private => "PRIVATE",
    };
    let reuse = match ftp.session_reuse {
        SessionReuse::None => "NONE",
        SessionReuse::Allowed => "ALLOWED",
        SessionReuse::Required => "REQUIRED",
    };
    let implicit = match ftp.implicit_zos {
        ImplicitModel::True => "TRUE",
        ImplicitModel::False => "FALSE",
        ImplicitModel::Auto => "AUTO",
    };
    let level = match ftp.rfc_level {
        RfcLevel::Draft => "DRAFT",
        RfcLevel::Rfc4217 => "RFC4217",
    };
    let either = |yes: bool, word: &'static str, other: &'static str| if yes { word } else { other };
    let mut settings = vec![
        ("SECURE_FTP", secure_ftp.to_string()),
        ("SECURE_LOGIN", secure_login.to_string()),
        ("SECURE_CTRLCONN", ctrlconn.to_string()),
        ("SECURE_DATACONN", dataconn.to_string()),
        ("SECURE_SESSION_REUSE", reuse.to_string()),
        ("TLSPORT", ftp.tls_port.unwrap_or(0).to_string()),
        ("SECUREIMPLICITZOS", implicit.to_string()),
        ("TLSRFCLEVEL", level.to_string()),
    ];
    if let Some((low, high)) = ftp.passive_data_ports {
        settings.push(("PASSIVEDATAPORTS", format!("({low},{high})")));
    }
    if client {
        settings.extend(of_clients(ftp));
        return settings;
    }
    let redirect = |no: bool| either(no, "NOREDIRECT", "UNRESTRICTED").to_string();
    settings.push(("PASSIVEDATACONN", redirect(ftp.passive_noredirect)));
    settings.push((
        "PORTCOMMAND",
        either(ftp.port_reject, "REJECT", "ACCEPT").to_string(),
    ));
    let low_ports = either(ftp.port_nolowports, "NOLOWPORTS", "UNRESTRICTED");
    settings.push(("PORTCOMMANDPORT", low_ports.to_string()));
    settings.push(("PORTCOMMANDIPADDR", redirect(ftp.port_noredirect)));
    settings
}

fn of_clients(ftp: &FtpParms) -> Vec<(&'static str, String)> {
    let client = &ftp.client;
    let mechanism = match client.mechanism {
        SecureMechanism::Tls => "TLS",
        SecureMechanism::Ssl => "SSL",
    };
    let hostname = if ftp.secure_hostname {
        "REQUIRED"
    } else {
        "OPTIONAL"
    };
    let truth = |yes: bool| if yes { "TRUE" } else { "FALSE" }.to_string();
    let mut settings = vec![
        ("SECURE_MECHANISM", mechanism.to_string()),
        ("SECURE_HOSTNAME", hostname.to_string()),
        ("CCCAFTERLOGIN", truth(client.ccc_after_login)),
        ("EPSV4", truth(client.epsv4)),
        ("PASSIVEIGNOREADDR", truth(client.passive_ignore_addr)),
        ("FWFRIENDLY", truth(client.fw_friendly)),
    ];
    settings.extend(client.host.clone().map(|host| ("SENDHOST", host)));
    settings
}
