//! The agent's own files: a main file, an image file, and the policies that they lead to.

use std::path::PathBuf;
use std::time::Duration;

use ttls_policy::{AgentFile, Compilation};

use super::{Server, rendered, said, with_files, words};

const MAIN: &str = "/etc/ttls/policy";

/// A whole chain: `/etc/ttls/policy` is the main file.
fn chain(main: &str, image: &str) -> Compilation {
    let policy = Server::default().text();
    with_files(
        main,
        &[
            ("/etc/ttls/tcpip.image", image),
            ("/etc/ttls/tcpip.ttls", &policy),
            (
                "/etc/ttls/common.ttls",
                "TTLSGroupAction on\n{\nTTLSEnabled Off\n}\nIpAddr x\n{\nAddr 192.0.2.1\n}\n",
            ),
        ],
    )
}

#[track_caller]
fn agent(compilation: &Compilation) -> AgentFile {
    let policy = compilation.policy.as_ref();
    let agent = policy
        .unwrap_or_else(|| panic!("{}", rendered(compilation)))
        .agent();
    agent.expect("an agent's file").clone()
}

#[test]
fn a_main_file_leads_to_the_image_file_and_that_to_the_policy() {
    let compilation = chain(
        "CommonTTLSConfig common.ttls\nTcpImage TCPIP /etc/ttls/tcpip.image FLUSH PURGE 600\nLogLevel 511\n",
        "TTLSConfig tcpip.ttls\n",
    );
    // The common file is read first, so that the group action of the image's own file counts.
    assert_eq!(
        said(&compilation),
        ["/etc/ttls/tcpip.ttls8:1 warning duplicate-object"]
    );
    let policy = compilation.policy.as_ref().expect("correct");
    assert!(policy.rules().all(|rule| rule.actions().is_some()));
    assert_eq!(
        agent(&compilation),
        AgentFile {
            image: Some("TCPIP".to_string()),
            flush: true,
            purge: true,
            refresh: Duration::from_secs(600),
            log_level: 511,
        }
    );
    let files = ["common.ttls", "tcpip.image", "tcpip.ttls"];
    assert_eq!(
        compilation.included,
        files.map(|name| PathBuf::from("/etc/ttls").join(name))
    );
    assert_eq!(compilation.files, 4);
    let names: Vec<&str> = compilation
        .sources
        .iter()
        .map(|source| source.name.as_str())
        .collect();
    assert_eq!(names[0], MAIN);
}

#[test]
fn a_main_file_may_be_the_image_file_too() {
    for main in [
        "TTLSConfig tcpip.ttls\n",
        "tcpimage TCPIP\nTTLSConfig tcpip.ttls\n",
        "PEPInstance TCPIP 300\nTTLSConfig tcpip.ttls\n",
        "TcpImage TCPIP NOFLUSH\nTTLSConfig tcpip.ttls FLUSH\n",
        "TcpImage TCPIP /etc/ttls/policy\nTTLSConfig tcpip.ttls\n",
    ] {
        let compilation = chain(main, "");
        assert_eq!(said(&compilation), [""; 0], "{main}");
        assert!(agent(&compilation).flush, "{main}");
        assert!(!agent(&compilation).purge, "{main}");
    }
}

#[test]
fn what_is_not_coded_has_its_default_and_ttlsconfig_overrides_the_image() {
    let compilation = chain("TTLSConfig tcpip.ttls\n", "");
    assert_eq!(agent(&compilation), AgentFile::default());
    assert_eq!(AgentFile::default().refresh, Duration::from_secs(1800));
    let compilation = chain(
        "TcpImage T FLUSH PURGE\nTTLSConfig tcpip.ttls NOFLUSH NOPURGE\n",
        "",
    );
    let agent = agent(&compilation);
    assert!(!agent.flush && !agent.purge);
}

/// Whether the rules of a host outlive the agent, with these words in the main file (none: no such file) and the
/// interceptor.
fn outlive(words: Option<&str>, at_stop: &str) -> bool {
    let policy = format!(
        "{}TTLSIntercept host\n{{\n{at_stop}\n}}\n",
        Server::default().text()
    );
    let compilation = match words {
        Some(words) => with_files(
            &format!("TcpImage T {words}\nTTLSConfig p\n"),
            &[("/etc/ttls/p", &policy)],
        ),
        None => with_files(&policy, &[]),
    };
    let Some(policy) = &compilation.policy else {
        panic!("{}", rendered(&compilation));
    };
    policy.keeps_at_stop(&policy.intercepts()[0])
}

#[test]
fn atstop_says_whether_rules_outlive_the_agent_and_else_purge_does() {
    for (words, at_stop, expected) in [
        (None, "", false),
        (None, "AtStop Keep", true),
        (Some(""), "", true),
        (Some("NOPURGE"), "", true),
        (Some("PURGE"), "", false),
        (Some("PURGE"), "AtStop Keep", true),
        (Some("NOPURGE"), "AtStop Remove", false),
    ] {
        assert_eq!(outlive(words, at_stop), expected, "{words:?} {at_stop}");
    }
}

#[test]
fn a_policy_alone_has_no_agent_file() {
    let compilation = with_files(&Server::default().text(), &[]);
    assert!(compilation.policy.expect("correct").agent().is_none());
}

#[test]
fn a_tcpimage_that_names_the_policy_itself_is_explained() {
    let policy = Server::default().text();
    let compilation = with_files("TcpImage TCPIP /p.ttls\n", &[("/p.ttls", &policy)]);
    assert_eq!(
        said(&compilation),
        ["1:16 error no-ttls-config", "/p.ttls1:1 warning not-read-here"]
    );
    assert!(
        words(&compilation).contains("TTLSConfig"),
        "{}",
        words(&compilation)
    );
    let mixed = with_files(&format!("LogLevel 31\n{policy}"), &[]);
    assert_eq!(
        said(&mixed),
        ["1:1 error no-ttls-config", "2:1 warning not-read-here"]
    );
}

#[test]
fn files_that_cannot_be_read_are_errors_where_they_are_named() {
    let compilation = chain("TcpImage T none.image\nCommonTTLSConfig none.ttls\n", "");
    assert_eq!(
        said(&compilation),
        ["1:12 error unreadable-file", "2:18 error unreadable-file"]
    );
    let compilation = chain("TTLSConfig //'SYS1.TCPPARMS(TTLS)'\n", "");
    assert_eq!(said(&compilation), ["1:12 error refused-by-engine"]);
}

#[test]
fn central_distribution_is_read_and_said_to_be_unsupported() {
    let main = "ServerConnection\n{\nServerHost 192.0.2.9\nServerSSL\n{\nServerSSLName x\n}\n}\nTTLSConfig tcpip.ttls\n\
                PolicyServer\n{\nClientName TCPIP\nPolicyType TTLS\n{\nFLUSH\n}\n}\n\
                DynamicConfigPolicyLoad CLIENT*\n{\nPolicyType TTLS\n{\nPolicyLoad /a\n}\n}\n\
                AutoMonitorParms\n{\nMonitorInterval 10\n}\n";
    let compilation = chain(main, "");
    assert_eq!(
        said(&compilation),
        [
            "1:1 warning unsupported-statement",
            "10:1 warning unsupported-statement",
            "18:1 warning unsupported-statement",
            "25:1 warning unsupported-statement",
        ]
    );
    assert!(compilation.policy.is_some());
    assert!(words(&compilation).contains("TTLSConfig"));
}

#[test]
fn statements_in_the_wrong_file_are_said_to_be_there() {
    let compilation = chain(
        "TcpImage T tcpip.image\nTTLSConfig tcpip.ttls\n",
        "LogLevel 1\nTTLSConfig tcpip.ttls\n",
    );
    assert_eq!(
        said(&compilation),
        [
            "2:1 warning not-read-here",
            "/etc/ttls/tcpip.image1:1 warning not-read-here"
        ]
    );
    let compilation = with_files("TTLSConfig a\n", &[("/etc/ttls/a", "TTLSConfig a\n")]);
    assert_eq!(said(&compilation), ["/etc/ttls/a1:1 error misplaced-keyword"]);
}

#[test]
fn operands_are_checked() {
    for (line, expected) in [
        ("LogLevel 512", "2:10 error invalid-value"),
        ("LogLevel", "2:1 error missing-value"),
        ("LogLevel 31 32", "2:13 warning trailing-text"),
        ("LogLevel 31\nLogLevel 15", "3:1 warning repeated-parameter"),
        ("CommonTTLSConfig", "2:1 error missing-value"),
        ("TcpImage", "2:1 error missing-value"),
        ("TcpImage A\nTcpImage B", "3:1 warning unsupported-statement"),
        ("TcpImage A FLUSH NOFLUSH", "2:18 warning trailing-text"),
        ("TcpImage A 0", "2:12 error invalid-value"),
        ("Codepage IBM-1047", "2:1 warning unsupported-statement"),
        ("LogLevle 31", "2:1 error unknown-keyword"),
    ] {
        let compilation = chain(&format!("TTLSConfig tcpip.ttls\n{line}\n"), "");
        assert_eq!(said(&compilation), [expected], "{line}");
    }
    assert_eq!(
        said(&chain("TTLSConfig tcpip.ttls\nCodepage utf-8\n", "")),
        [""; 0]
    );
}
