//! Any bytes as a text of the language: lines, blocks and the formatter, without what their words mean. Nothing may panic
//! or hang; outlines point into the text; what is formatted stays as it is when it is formatted again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ttls_policy::{SourceText, decode, format, outline};

fuzz_target!(|bytes: &[u8]| {
    let text = decode(bytes.to_vec());
    for item in outline(&text).items {
        assert!(text.get(item.keyword.clone()).is_some(), "{item:?}");
        assert!(text.get(item.value.clone()).is_some(), "{item:?}");
        let body = item.body.clone().unwrap_or_default();
        assert!(text.get(body).is_some(), "{item:?}");
    }
    match format(&source(text)) {
        Ok(formatted) => {
            let formatted = source(formatted);
            let again = format(&formatted).expect("what was formatted has sound braces");
            assert_eq!(again, formatted.text);
        }
        Err(findings) => assert!(!findings.is_empty()),
    }
});

fn source(text: String) -> SourceText {
    let name = "/policy".to_string();
    SourceText { name, text }
}
