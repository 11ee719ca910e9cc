//! Merged actions to an action set.

use std::path::PathBuf;
use std::time::Duration;

use super::client;
use super::ftp::{self, Files, Ftp};
use super::layers::Layers;
use super::protocol;
use super::tls;
use crate::codes;
use crate::diagnostic::Diagnostic;
use crate::effective::{
    ActionSet, ClearGroup, ClientAuthType, Extension, Facility, HandshakeRole, KeyringAccess, KeyringRef,
    ServerSni,
};
use crate::model::{Object, Value};
use crate::resolve::Symbols;
use crate::sink::Sink;
use crate::sourced::{Origin, Sourced};

/// The action set, with an empty rule name. `None` where something that it needs is wrong and was reported.
pub(super) fn action_set(
    layers: &Layers<'_, '_>,
    files: &mut Files<'_, '_>,
    sink: &mut Sink,
) -> Option<ActionSet> {
    let name = |origin| {
        layers
            .action(origin)
            .and_then(|action| action.name)
            .map(|name| name.text.to_string())
    };
    let role = role(layers);
    let client_auth = client_auth(layers, role.as_ref(), sink);
    let keyring = keyring(layers, sink);
    let crypto = protocol::crypto(layers, sink);
    let server_sni = server_sni(layers, sink);
    let client_sni = client::server_name(layers, sink);
    let application_controlled = layers.switch("ApplicationControlled", false);
    let secondary_map = layers.switch("SecondaryMap", false);
    let ftp = ftp::ftp(layers, files, sink);
    if let (Some(ftp), Some(role)) = (&ftp, &role) {
        let facts = FtpFacts {
            role: role.value,
            client_auth: client_auth.value,
            controlled: application_controlled.value,
            secondary_map: secondary_map.value,
        };
        facts.check(ftp, sink);
    }
    let (protocols, cipher_suites) = crypto?;
    let role = role?;
    let certificate_labels = certificate_labels(layers, role.value);
    let tls = tls::parms(layers, role.value, sink)?;
    Some(ActionSet {
        rule: String::new(),
        group: name(Origin::Group)?,
        environment: name(Origin::Environment)?,
        connection: name(Origin::Connection),
        role,
        client_auth,
        keyring: keyring?,
        protocols,
        cipher_suites,
        certificate_labels,
        server_sni,
        client_sni,
        host_reference: client::host_reference(layers),
        tls,
        application_controlled,
        secondary_map,
        handshake_timeout: layers.value("HandshakeTimeout", Some(Duration::from_secs(10)), |field| {
            let seconds = u64::try_from(field.number()?).ok()?;
            Some((seconds != 0).then(|| Duration::from_secs(seconds)))
        }),
        trace: trace(layers),
        trace_clear_text: layers.switch("CtraceClearText", false),
        facility: facility(layers),
        ftp: ftp.map(|ftp| ftp.parms),
        instances: ["GroupUserInstance", "EnvironmentUserInstance"].map(|keyword| {
            layers
                .value(keyword, 0, |field| u32::try_from(field.number()?).ok())
                .value
        }),
    })
}

/// What is told of the connections that a group with `TTLSEnabled Off` leaves in clear.
pub(super) fn clear_group(group: Option<&Object<'_>>, symbols: &Symbols<'_, '_>) -> ClearGroup {
    let layers = Layers::of_group(group, symbols);
    ClearGroup {
        name: group
            .and_then(|group| group.name)
            .map_or_else(String::new, |name| name.text.to_string()),
        trace: trace(&layers).value,
        facility: facility(&layers).value,
    }
}

fn trace(layers: &Layers<'_, '_>) -> Sourced<u8> {
    layers.value("Trace", 2, |field| u8::try_from(field.number()?).ok())
}

fn facility(layers: &Layers<'_, '_>) -> Sourced<Facility> {
    layers.value("SyslogFacility", Facility::Daemon, |field| {
        match field.word()? {
            "Auth" => Some(Facility::Auth),
            _ => Some(Facility::Daemon),
        }
    })
}

fn role(layers: &Layers<'_, '_>) -> Option<Sourced<HandshakeRole>> {
    let (field, origin) = layers.field("HandshakeRole")?;
    let value = match field.word()? {
        "Client" => HandshakeRole::Client,
        "Server" => HandshakeRole::Server,
        _ => HandshakeRole::ServerWithClientAuth,
    };
    Some(Sourced { value, origin })
}

fn client_auth(
    layers: &Layers<'_, '_>,
    role: Option<&Sourced<HandshakeRole>>,
    sink: &mut Sink,
) -> Sourced<ClientAuthType> {
    let asks = role.is_none_or(|role| role.value == HandshakeRole::ServerWithClientAuth);
    if let (Some((field, _)), false) = (layers.field("ClientAuthType"), asks) {
        let message = "ClientAuthType has no effect: HandshakeRole is not ServerWithClientAuth";
        let help = "write HandshakeRole ServerWithClientAuth, or leave ClientAuthType out";
        sink.push(Diagnostic::new(&codes::UNUSED_CLIENT_AUTH, field.keyword, message).help(help));
    }
    layers.value("ClientAuthType", ClientAuthType::Required, |field| {
        match field.word()? {
            "PassThru" => Some(ClientAuthType::PassThru),
            "Full" => Some(ClientAuthType::Full),
            _ => Some(ClientAuthType::Required),
        }
    })
}

fn keyring(layers: &Layers<'_, '_>, sink: &mut Sink) -> Option<Sourced<KeyringRef>> {
    let (block, origin, _) = layers.block("TTLSKeyringParms")?;
    let field = block.field("Keyring")?;
    let name = field.text()?;
    let access = match (block.field("KeyringPw"), block.field("KeyringStashFile")) {
        (Some(password), stash) => {
            if let Some(stash) = stash {
                let message = "KeyringStashFile has no effect: KeyringPw is coded too and wins";
                sink.push(
                    Diagnostic::new(&codes::NO_EFFECT, stash.keyword, message).help("keep one of them"),
                );
            }
            Some(KeyringAccess::Password(password.text()?.to_string()))
        }
        (None, Some(stash)) => Some(KeyringAccess::StashFile(PathBuf::from(stash.text()?))),
        (None, None) => None,
    };
    if let Some(why) = refused_ring(name) {
        sink.push(Diagnostic::new(&codes::REFUSED, field.at, format!("Keyring {name} is refused")).help(why));
        return None;
    }
    Some(Sourced {
        value: KeyringRef {
            name: name.to_string(),
            access,
        },
        origin,
    })
}

/// Rings that exist on z/OS only, and what to do instead.
fn refused_ring(name: &str) -> Option<&'static str> {
    let folded = name.to_ascii_lowercase();
    if folded.ends_with(".kdb") {
        Some("export the key database as PKCS#12 and name that file")
    } else if folded.starts_with("//") {
        Some("data sets do not exist here: name a ring or a file path")
    } else if folded.starts_with("*token*/") {
        Some("PKCS#11 tokens are not supported yet: name a ring or a PKCS#12 file")
    } else if folded.starts_with("*site*/") {
        Some("there is no SITE ring here: name a ring or a file path")
    } else {
        None
    }
}

fn certificate_labels(layers: &Layers<'_, '_>, role: HandshakeRole) -> Sourced<Vec<String>> {
    let labels = |keyword| {
        let (fields, origin) = layers.fields(keyword)?;
        let value: Vec<String> = fields
            .iter()
            .filter_map(|field| field.text())
            .flat_map(|labels| labels.split(','))
            .map(|label| label.trim().to_string())
            .filter(|label| !label.is_empty())
            .collect();
        Some(Sourced { value, origin })
    };
    (role != HandshakeRole::Client)
        .then(|| labels("ServerCertificateLabel"))
        .flatten()
        .or_else(|| {
            let (field, origin) = layers.field("CertificateLabel")?;
            Some(Sourced {
                value: vec![field.text()?.to_string()],
                origin,
            })
        })
        .unwrap_or(Sourced {
            value: Vec::new(),
            origin: Origin::Default,
        })
}

fn server_sni(layers: &Layers<'_, '_>, sink: &mut Sink) -> Sourced<ServerSni> {
    let mode = layers.value("ServerHandshakeSNI", Extension::Off, |field| {
        match field.word()? {
            "Optional" => Some(Extension::Optional),
            "Required" => Some(Extension::Required),
            _ => Some(Extension::Off),
        }
    });
    let lines = layers
        .fields("ServerHandshakeSNIList")
        .map(|(fields, _)| fields)
        .unwrap_or_default();
    let list: Vec<(String, String)> = lines
        .iter()
        .filter_map(|field| match field.value {
            Value::HostLabel(host, label) => Some((host.to_ascii_lowercase(), label.to_string())),
            _ => None,
        })
        .collect();
    let on = mode.value != Extension::Off;
    if let (Some((field, _)), true) = (layers.field("ServerHandshakeSNI"), on && list.is_empty()) {
        let message = "ServerHandshakeSNI is on and there is no ServerHandshakeSNIList";
        let help = "write `ServerHandshakeSNIList host/label` for each name, or ServerHandshakeSNI Off";
        sink.push(Diagnostic::new(&codes::SNI_WITHOUT_LIST, field.at, message).help(help));
    }
    if let (Some(field), false) = (lines.first(), on) {
        let message = "ServerHandshakeSNIList has no effect: ServerHandshakeSNI is Off";
        let help = "write ServerHandshakeSNI Optional";
        sink.push(Diagnostic::new(&codes::NO_EFFECT, field.keyword, message).help(help));
    }
    let match_required = layers
        .value("ServerHandshakeSNIMatch", false, |field| {
            Some(field.word() == Some("Required"))
        })
        .value;
    Sourced {
        value: ServerSni {
            mode: mode.value,
            match_required,
            list,
        },
        origin: mode.origin,
    }
}

/// What FTP parameters need around them.
struct FtpFacts {
    role: HandshakeRole,
    client_auth: ClientAuthType,
    controlled: bool,
    secondary_map: bool,
}

impl FtpFacts {
    fn check(&self, ftp: &Ftp, sink: &mut Sink) {
        if !self.controlled {
            let message =
                "TTLSFtpParms needs ApplicationControlled On: the FTP controller decides when TLS starts";
            sink.push(
                Diagnostic::new(&codes::FTP_NEEDS_CONTROL, ftp.named, message)
                    .help("write `ApplicationControlled On` in TTLSEnvironmentAdvancedParms"),
            );
        }
        if !self.secondary_map {
            let help = "write `SecondaryMap On` in TTLSEnvironmentAdvancedParms";
            let diagnostic = if ftp.protects_data() {
                let message = "SECURE_DATACONN asks for protected data connections and SecondaryMap is Off";
                Diagnostic::new(&codes::FTP_NEEDS_SECONDARY_MAP, ftp.data_at, message)
            } else {
                let message = "SecondaryMap is Off: data connections get no TLS";
                Diagnostic::new(&codes::FTP_DATA_IN_CLEAR, ftp.named, message)
            };
            sink.push(diagnostic.help(help));
        }
        // SECURE_LOGIN is a server's statement.
        let requires = self.role == HandshakeRole::Client
            || self.role == HandshakeRole::ServerWithClientAuth
                && self.client_auth == ClientAuthType::Required;
        if ftp.requires_certificate() && !requires {
            let message =
                "SECURE_LOGIN REQUIRED needs HandshakeRole ServerWithClientAuth and ClientAuthType Required";
            sink.push(
                Diagnostic::new(&codes::FTP_NEEDS_CLIENT_AUTH, ftp.login_at, message)
                    .help("write both in the environment action, or SECURE_LOGIN NO_CLIENT_AUTH"),
            );
        }
    }
}
