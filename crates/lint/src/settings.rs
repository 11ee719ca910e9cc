//! The action set of a rule, parameter by parameter.

mod ftp;
mod handshake;

use ttls_policy::{
    ActionSet, ClientAuthType, Extension, Facility, HandshakeRole, KeyringAccess, Origin, Sourced, suite_name,
};

/// A parameter as it holds for a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Its keyword.
    pub keyword: &'static str,
    /// Its value, as a policy would write it. Passwords are not shown.
    pub value: String,
    /// Where it was coded: the action with its name, or `default`.
    pub origin: String,
}

/// What a connection with this action set gets.
pub fn settings(set: &ActionSet) -> Vec<Setting> {
    let mut list = List {
        set,
        settings: Vec::new(),
    };
    list.add("HandshakeRole", &set.role, |role| {
        match role {
            HandshakeRole::Client => "Client",
            HandshakeRole::Server => "Server",
            HandshakeRole::ServerWithClientAuth => "ServerWithClientAuth",
        }
        .to_string()
    });
    if set.role.value == HandshakeRole::ServerWithClientAuth {
        list.add("ClientAuthType", &set.client_auth, |kind| {
            match kind {
                ClientAuthType::PassThru => "PassThru",
                ClientAuthType::Full => "Full",
                ClientAuthType::Required => "Required",
            }
            .to_string()
        });
    }
    list.add("Keyring", &set.keyring, |ring| ring.name.clone());
    match &set.keyring.value.access {
        None => {}
        Some(KeyringAccess::Password(_)) => {
            list.add("KeyringPw", &set.keyring, |_| "(not shown)".to_string());
        }
        Some(KeyringAccess::StashFile(path)) => {
            list.add("KeyringStashFile", &set.keyring, |_| path.display().to_string());
        }
    }
    let [group, environment] = set.instances;
    for (keyword, value, origin) in [
        ("GroupUserInstance", group, Origin::Group),
        ("EnvironmentUserInstance", environment, Origin::Environment),
    ] {
        if value != 0 {
            list.add(keyword, &Sourced { value, origin }, ToString::to_string);
        }
    }
    list.add("certificate label", &set.certificate_labels, |labels| {
        if labels.is_empty() {
            "(default of the ring)".to_string()
        } else {
            labels.join(", ")
        }
    });
    list.add("TLSv1.2", &set.protocols, |protocols| on_off(protocols.tls12));
    list.add("TLSv1.3", &set.protocols, |protocols| on_off(protocols.tls13));
    for code in &set.cipher_suites.value {
        list.add("cipher suite", &set.cipher_suites, |_| {
            format!("{code:04X} {}", suite_name(*code).unwrap_or_default())
        });
    }
    list.add("ServerHandshakeSNI", &set.server_sni, |sni| {
        let mode = match sni.mode {
            Extension::Off => "Off",
            Extension::Optional => "Optional",
            Extension::Required => "Required",
        };
        mode.to_string()
    });
    handshake::add(&mut list, set);
    list.add("ApplicationControlled", &set.application_controlled, |on| {
        on_off(*on)
    });
    list.add("SecondaryMap", &set.secondary_map, |on| on_off(*on));
    list.add("HandshakeTimeout", &set.handshake_timeout, |limit| {
        limit.map_or(0, |limit| limit.as_secs()).to_string()
    });
    list.add("Trace", &set.trace, ToString::to_string);
    list.add("CtraceClearText", &set.trace_clear_text, |on| on_off(*on));
    list.add("SyslogFacility", &set.facility, |facility| {
        match facility {
            Facility::Daemon => "Daemon",
            Facility::Auth => "Auth",
        }
        .to_string()
    });
    if let Some(ftp) = &set.ftp {
        for (keyword, value) in ftp::settings(&ftp.value, set.role.value == HandshakeRole::Client) {
            list.add(keyword, ftp, |_| value.clone());
        }
    }
    list.settings
}

struct List<'s> {
    set: &'s ActionSet,
    settings: Vec<Setting>,
}

impl List<'_> {
    fn add<T>(&mut self, keyword: &'static str, sourced: &Sourced<T>, show: impl Fn(&T) -> String) {
        let origin = match sourced.origin {
            Origin::Group => format!("TTLSGroupAction {}", self.set.group),
            Origin::Environment => format!("TTLSEnvironmentAction {}", self.set.environment),
            Origin::Connection => {
                let name = self.set.connection.as_deref().unwrap_or_default();
                format!("TTLSConnectionAction {name}")
            }
            Origin::Default => "default".to_string(),
        };
        self.settings.push(Setting {
            keyword,
            value: show(&sourced.value),
            origin,
        });
    }
}

fn on_off(on: bool) -> String {
    if on { "On" } else { "Off" }.to_string()
}
