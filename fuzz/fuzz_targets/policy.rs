//! Any bytes as a policy, as a file of the agent and as a file that these name: nothing may panic, hang or point outside
//! of the sources.
#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use ttls_policy::{Connection, Direction, Level, SourceText, compile, decode, render};

fuzz_target!(|bytes: &[u8]| {
    // What stands behind a line of three dashes is in every file that the first part names.
    let cut = bytes.windows(5).position(|window| window == b"\n---\n");
    let (first, named) = cut.map_or((bytes, &b""[..]), |at| (&bytes[..at + 1], &bytes[at + 5..]));
    let source = SourceText {
        name: "/policy".to_string(),
        text: decode(first.to_vec()),
    };
    let compilation = compile(&[source], &mut |_: &Path| Ok(decode(named.to_vec())));
    let errors = compilation.diagnostics.iter().any(|d| d.level == Level::Error);
    assert_eq!(compilation.policy.is_none(), errors);
    for (at, diagnostic) in compilation.diagnostics.iter().enumerate() {
        let spans = diagnostic.secondary.iter().map(|(span, _)| *span);
        for span in spans.chain([diagnostic.span]) {
            let text = &compilation.sources[span.source].text;
            assert!(text.get(span.start..span.end).is_some(), "{diagnostic:?}");
        }
        // A few of them show what rendering does with such texts.
        if at < 3 {
            assert!(render(diagnostic, &compilation.sources).contains(diagnostic.code));
        }
    }
    if let Some(policy) = compilation.policy {
        let asked = Connection {
            direction: Direction::Inbound,
            local: ([192, 0, 2, 1], 21).into(),
            remote: ([203, 0, 113, 9], 40_000).into(),
            user: Some("ftp"),
            job: None,
        };
        let _ = policy.rule_for(&asked, None);
    }
});
