//! What an action set says about the TLS client role.

use super::layers::Layers;
use crate::codes;
use crate::diagnostic::Diagnostic;
use crate::effective::{ClientSni, HostReference};
use crate::model::{Field, Value};
use crate::sink::Sink;
use crate::sourced::Sourced;

/// `ClientHandshakeSNI` and its list.
pub(super) fn server_name(layers: &Layers<'_, '_>, sink: &mut Sink) -> Sourced<ClientSni> {
    let mode = layers.value("ClientHandshakeSNI", false, |field| Some(field.word()? != "Off"));
    let lines = layers
        .fields("ClientHandshakeSNIList")
        .map(|(fields, _)| fields)
        .unwrap_or_default();
    if let (Some((field, _)), true) = (layers.field("ClientHandshakeSNI"), mode.value && lines.is_empty()) {
        let message = "ClientHandshakeSNI is on and there is no ClientHandshakeSNIList";
        let help = "write `ClientHandshakeSNIList` and the name of the server, or ClientHandshakeSNI Off";
        sink.push(Diagnostic::new(&codes::SNI_WITHOUT_LIST, field.at, message).help(help));
    }
    if let (Some(field), false) = (lines.first(), mode.value) {
        let message = "ClientHandshakeSNIList has no effect: ClientHandshakeSNI is Off";
        sink.push(
            Diagnostic::new(&codes::NO_EFFECT, field.keyword, message)
                .help("write ClientHandshakeSNI Optional"),
        );
    }
    if let [first, second, ..] = lines.as_slice() {
        let message = "a client sends one server name: of ClientHandshakeSNIList the first counts";
        sink.push(
            Diagnostic::new(&codes::NO_EFFECT, second.keyword, message)
                .also(first.at, "the one that is sent")
                .help("write a connection action for each server"),
        );
    }
    Sourced {
        value: ClientSni {
            on: mode.value,
            names: lines.iter().filter_map(|field| host(field)).collect(),
        },
        origin: mode.origin,
    }
}

/// `HostReferenceIdDNS`, `HostReferenceIdCN`, `HostRefWildcardValidation`.
pub(super) fn host_reference(layers: &Layers<'_, '_>) -> Sourced<HostReference> {
    let dns = layers.value("HostReferenceIdDNS", None, |field| Some(host(field)));
    let cn = layers.value("HostReferenceIdCN", None, |field| {
        Some(field.text().map(str::to_owned))
    });
    let origin = if dns.value.is_some() {
        dns.origin
    } else {
        cn.origin
    };
    Sourced {
        value: HostReference {
            dns: dns.value,
            cn: cn.value,
            wildcards: layers.switch("HostRefWildcardValidation", false).value,
        },
        origin,
    }
}

fn host(field: &Field<'_>) -> Option<String> {
    match field.value {
        Value::Text(host) => Some(host.to_ascii_lowercase()),
        _ => None,
    }
}
