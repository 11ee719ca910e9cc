//! The policies in `policies/` are what administrators start from.

use std::path::Path;

use ttls_policy::{Compilation, SourceText, compile, render};

#[test]
fn ready_policies_compile_without_a_word() {
    for name in [
        "ftp-server.ttls",
        "ftp-server-gateway.ttls",
        "ftp-server-host.ttls",
        "ftp-client.ttls",
        "ftp-client-gateway.ttls",
        "ftp-partners.ttls",
        "ftp-server-mutual.ttls",
        "smtp.ttls",
        "tcp-service.ttls",
    ] {
        let compiled = ready(name);
        let said: String = compiled
            .diagnostics
            .iter()
            .map(|d| render(d, &compiled.sources))
            .collect();
        assert!(compiled.diagnostics.is_empty(), "{said}");
        assert!(compiled.policy.is_some(), "{name}");
    }
}

#[test]
fn ready_policies_publish_the_ports_they_are_for() {
    let ports = |name| ready(name).policy.expect("it compiles").inbound_ports();
    assert_eq!(ports("ftp-server.ttls"), [21, 990]);
    assert_eq!(ports("ftp-server-gateway.ttls"), [21, 990]);
    assert_eq!(ports("ftp-server-mutual.ttls"), [21, 990]);
    assert_eq!(ports("smtp.ttls"), [465]);
    assert_eq!(ports("tcp-service.ttls"), [8443]);
}

#[test]
fn the_gateway_policy_listens_on_both_families() {
    let policy = ready("ftp-server-gateway.ttls").policy.expect("it compiles");
    let pairs: Vec<String> = policy
        .gateways()
        .iter()
        .map(|g| format!("{} -> {}", g.listen, g.target))
        .collect();
    assert_eq!(
        pairs,
        ["0.0.0.0:21 -> 127.0.0.1:2121", "[::]:21 -> 127.0.0.1:2121"]
    );
}

fn ready(name: &str) -> Compilation {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../policies")
        .join(name);
    let text = std::fs::read_to_string(&path).expect("a ready policy");
    let source = SourceText {
        name: name.to_string(),
        text,
    };
    compile(&[source], &mut |path| {
        panic!("{} is not to be read", path.display())
    })
}
