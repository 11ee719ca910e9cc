//! Any text, any place in it, any change of it: an answer, and no panic.

use lsp_server::{Message, Notification, Request, RequestId};
use proptest::prelude::*;
use serde_json::{Value, json};
use ttls_lsp::Server;

const URI: &str = "file:///nowhere/policy.ttls";

const WORDS: &[&str] = &[
    "TTLSRule",
    "TTLSGroupAction",
    "TTLSGroupActionRef",
    "TTLSKeyringParms",
    "TTLSEnabled",
    "HandshakeRole",
    "{",
    "}",
    "\n",
    "\r\n",
    " ",
    "#",
    "On",
    "name",
    "\u{1F512}",
    "\u{E9}",
    "Direction",
    "LocalPortRange",
    "21",
    "\t",
    "",
];

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        prop::collection::vec(prop::sample::select(WORDS), 0..60).prop_map(|words| words.concat()),
        prop::collection::vec(prop::sample::select(WORDS), 0..60).prop_map(|words| words.join(" ")),
    ]
}

fn tell(server: &mut Server, method: &str, params: Value) {
    server.handle(Notification::new(method.to_string(), params).into());
}

fn ask(server: &mut Server, method: &str, params: Value) {
    let request = Request::new(RequestId::from(1), method.to_string(), params);
    let answers = server.handle(request.into());
    assert!(matches!(answers.as_slice(), [Message::Response(_)]));
}

proptest! {
    #[test]
    fn every_request_is_answered_at_every_place_of_every_text(
        text in text(), more in text(), places in prop::array::uniform4(0u32..12)
    ) {
        let mut server = Server::new(&lsp_types::InitializeParams::default());
        let document = json!({"uri": URI, "languageId": "attls", "version": 1, "text": text});
        tell(&mut server, "textDocument/didOpen", json!({"textDocument": document}));
        let [line, character, to_line, to_character] = places;
        let position = json!({"line": line, "character": character});
        let range = json!({"start": position, "end": {"line": to_line, "character": to_character}});
        for change in [json!({"range": range, "text": more}), json!({"range": range, "text": ""})] {
            server.work();
            let at = json!({"textDocument": {"uri": URI}, "position": position});
            for method in ["hover", "completion", "definition", "prepareRename"] {
                ask(&mut server, &format!("textDocument/{method}"), at.clone());
            }
            let mut rename = at.clone();
            rename["newName"] = json!("other");
            ask(&mut server, "textDocument/rename", rename);
            let mut references = at;
            references["context"] = json!({"includeDeclaration": true});
            ask(&mut server, "textDocument/references", references);
            let document = json!({"uri": URI});
            ask(&mut server, "textDocument/documentSymbol", json!({"textDocument": document}));
            let options = json!({"tabSize": 2, "insertSpaces": true});
            ask(&mut server, "textDocument/formatting", json!({"textDocument": document, "options": options}));
            let context = json!({"diagnostics": []});
            ask(&mut server, "textDocument/codeAction", json!({"textDocument": document, "range": range, "context": context}));
            let document = json!({"uri": URI, "version": 2});
            tell(&mut server, "textDocument/didChange", json!({"textDocument": document, "contentChanges": [change]}));
        }
    }
}
