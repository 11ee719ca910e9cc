//! `TTLSFtpParms` as the controller takes them.

use std::net::SocketAddr;
use std::time::Duration;

use ttls_ftp::{ClientConfig, ControllerConfig, DataProtection};
use ttls_policy::{
    FtpParms, ImplicitModel, RfcLevel, SecureCtrlconn, SecureDataconn, SecureFtp, SecureMechanism,
};

use crate::limits::Limits;

/// How long `SECUREIMPLICITZOS AUTO` waits for a ClientHello.
const IMPLICIT_DETECTION: Duration = Duration::from_millis(600);
/// How long `SECUREIMPLICITZOS AUTO` of a client waits for a greeting in clear: longer than a server's AUTO waits for a
/// ClientHello, or both would speak at the same moment.
const GREETING_DETECTION: Duration = Duration::from_millis(1500);
/// How long the second reply to ABOR may take.
const ABORT_WAIT: Duration = Duration::from_secs(2);
/// The end of a data connection is always reported within the relay's own bound; a final reply waits this much longer.
const DATA_END_MARGIN: Duration = Duration::from_secs(60);

/// The configuration of the controller for one control connection.
pub(super) fn of(
    parms: &FtpParms,
    client: SocketAddr,
    server: SocketAddr,
    daemon: SocketAddr,
    limits: &Limits,
) -> ControllerConfig {
    let implicit = implicit(parms, server);
    ControllerConfig {
        client,
        server,
        daemon,
        implicit,
        require_auth: parms.secure_ftp == SecureFtp::Required,
        allow_ccc: allows_ccc(parms),
        require_data_protection: matches!(
            parms.secure_dataconn,
            SecureDataconn::Safe | SecureDataconn::Private
        ),
        refuse_data_protection: parms.secure_dataconn == SecureDataconn::Never,
        port_reject: parms.port_reject,
        port_nolowports: parms.port_nolowports,
        port_noredirect: parms.port_noredirect,
        implicit_detection: IMPLICIT_DETECTION,
        abort_wait: ABORT_WAIT,
        data_end_wait: limits.relay_idle + DATA_END_MARGIN,
    }
}

/// The configuration of the controller for a control connection that a program opened.
pub(super) fn for_client(
    parms: &FtpParms,
    program: SocketAddr,
    seen: SocketAddr,
    server: SocketAddr,
    limits: &Limits,
) -> ClientConfig {
    let allow_ccc = allows_ccc(parms);
    ClientConfig {
        client: program,
        server: seen,
        daemon: server,
        implicit: implicit(parms, server),
        require_tls: parms.secure_ftp == SecureFtp::Required,
        auth_ssl: parms.client.mechanism == SecureMechanism::Ssl,
        host: parms.client.host.clone(),
        data: match parms.secure_dataconn {
            SecureDataconn::Never => DataProtection::Never,
            SecureDataconn::Clear => DataProtection::Clear,
            SecureDataconn::Safe | SecureDataconn::Private => DataProtection::Private,
        },
        allow_ccc,
        ccc_after_login: allow_ccc && parms.client.ccc_after_login,
        epsv4: parms.client.epsv4,
        ignore_passive_address: parms.client.passive_ignore_addr,
        firewall_friendly: parms.client.fw_friendly,
        secure_wait: limits.secure,
        implicit_detection: GREETING_DETECTION,
        abort_wait: ABORT_WAIT,
        data_end_wait: limits.relay_idle + DATA_END_MARGIN,
    }
}

fn allows_ccc(parms: &FtpParms) -> bool {
    parms.secure_ctrlconn == SecureCtrlconn::Clear && parms.rfc_level == RfcLevel::Rfc4217
}

fn implicit(parms: &FtpParms, server: SocketAddr) -> Option<ttls_ftp::ImplicitModel> {
    (parms.tls_port == Some(server.port())).then_some(match parms.implicit_zos {
        ImplicitModel::True => ttls_ftp::ImplicitModel::Zos,
        ImplicitModel::False => ttls_ftp::ImplicitModel::Netscape,
        ImplicitModel::Auto => ttls_ftp::ImplicitModel::Auto,
    })
}
