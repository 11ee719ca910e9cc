//! `ttls lsp` as an editor meets it.

#[path = "lsp/editor.rs"]
mod editor;

use editor::{Editor, line_with};
use serde_json::{Value, json};

const POLICY: &str = "\
TTLSRule ftp
{
  LocalPortRange 21
  Direction Inbound
  TTLSGroupActionRef shared
  TTLSEnvironmentActionRef shared # \u{1F512} shared
}
TTLSGroupAction shared
{
  TTLSEnabled On
}
TTLSEnvironmentAction shared
{
  HandshakeRole Server
  TTLSKeyringParms
  {
    Keyring ftpd
  }
}
";

fn codes(diagnostics: &Value) -> Vec<&str> {
    let all = diagnostics.as_array().expect("a list");
    all.iter().filter_map(|one| one["code"].as_str()).collect()
}

#[test]
fn findings_come_with_codes_and_places_in_utf16() {
    let mut editor = Editor::start();
    let text = POLICY.replace("Direction Inbound", "Direction \u{1F512}\u{E9} oops");
    let diagnostics = editor.open("policy.ttls", &text);
    let (line, _) = line_with(&text, "Direction");
    let finding = diagnostics
        .as_array()
        .expect("a list")
        .iter()
        .find(|one| one["range"]["start"]["line"] == line && one["severity"] == 1)
        .expect("a finding on the line");
    let start = &finding["range"]["start"]["character"];
    let end = &finding["range"]["end"]["character"];
    // The lock is one character, two UTF-16 units and four bytes; the letter behind it one, one and two.
    assert_eq!((start.as_u64(), end.as_u64()), (Some(12), Some(15)), "{finding}");
    assert!(
        finding["code"]
            .as_str()
            .is_some_and(|code| code.starts_with("TTLS"))
    );
    assert_eq!(finding["source"], "ttls");
    editor.end();
}

#[test]
fn findings_follow_what_is_written() {
    let mut editor = Editor::start();
    let diagnostics = editor.open("policy.ttls", POLICY);
    assert!(!codes(&diagnostics).contains(&"TTLS007"), "{diagnostics}");
    // Behind a character of two units on the same line: the comment's `shared`, then the reference itself.
    let (line, at) = line_with(POLICY, "TTLSEnvironmentActionRef shared");
    let comment = at + "TTLSEnvironmentActionRef shared # ".len() as u64 + 3;
    let range = json!({"start": {"line": line, "character": comment}, "end": {"line": line, "character": comment + 6}});
    let reference = at + "TTLSEnvironmentActionRef ".len() as u64;
    let other = json!({"start": {"line": line, "character": reference}, "end": {"line": line, "character": reference + 6}});
    let diagnostics = editor.change(
        "policy.ttls",
        &json!([{"range": range, "text": "said"}, {"range": other, "text": "shraed"}]),
    );
    assert!(codes(&diagnostics).contains(&"TTLS007"), "{diagnostics}");
    let undefined = diagnostics
        .as_array()
        .and_then(|all| all.iter().find(|one| one["code"] == "TTLS007"));
    let undefined = undefined.expect("the finding");
    assert_eq!(undefined["range"], other);
    assert!(
        undefined["message"]
            .as_str()
            .is_some_and(|text| text.contains("did you mean `shared`?"))
    );

    let actions = editor.ask_at(
        "codeAction",
        "policy.ttls",
        &json!({"range": other, "context": {"diagnostics": []}}),
    );
    let action = &actions[0];
    assert_eq!(action["isPreferred"], false, "a guess is not preferred: {action}");
    let edit = &action["edit"]["documentChanges"][0];
    assert_eq!(edit["textDocument"]["version"], 2);
    assert_eq!(edit["edits"], json!([{"range": other, "newText": "shared"}]));
    editor.end();
}

#[test]
fn plain_misspellings_are_fixed_by_a_preferred_action() {
    let mut editor = Editor::start();
    let text = POLICY.replace("HandshakeRole", "HandshakeRol");
    editor.open("policy.ttls", &text);
    let (line, at) = line_with(&text, "HandshakeRol");
    let position = json!({"line": line, "character": at});
    let range = json!({"start": position, "end": position});
    let actions = editor.ask_at(
        "codeAction",
        "policy.ttls",
        &json!({"range": range, "context": {"diagnostics": []}}),
    );
    let all = actions.as_array().expect("a list");
    let action = all.iter().find(|one| {
        one["title"]
            .as_str()
            .is_some_and(|title| title.contains("`HandshakeRole`"))
    });
    let action = action.unwrap_or_else(|| panic!("{actions}"));
    assert_eq!(
        (&action["kind"], &action["isPreferred"]),
        (&json!("quickfix"), &json!(true))
    );
    assert_eq!(
        action["edit"]["documentChanges"][0]["edits"][0]["newText"],
        "HandshakeRole"
    );
    editor.end();
}

#[test]
fn hover_says_what_the_schema_says() {
    let mut editor = Editor::start();
    editor.open("policy.ttls", POLICY);
    let hover = |editor: &mut Editor, place: &str| {
        let (line, at) = line_with(POLICY, place);
        let answer = editor.ask_at(
            "hover",
            "policy.ttls",
            &json!({"position": {"line": line, "character": at + 1}}),
        );
        answer["contents"]["value"]
            .as_str()
            .unwrap_or_default()
            .to_string()
    };
    let role = hover(&mut editor, "HandshakeRole");
    assert!(
        role.starts_with("**HandshakeRole** in TTLSEnvironmentAction\n"),
        "{role}"
    );
    assert!(
        role.contains("- value: Client | Server | ServerWithClientAuth\n"),
        "{role}"
    );
    assert!(role.contains("- effect: as the language says\n"), "{role}");
    assert!(hover(&mut editor, "TTLSGroupAction shared").starts_with("**TTLSGroupAction**\n"));
    assert!(hover(&mut editor, "On\n").starts_with("**TTLSEnabled On**\n"));
    let object = hover(&mut editor, "shared\n");
    assert!(object.starts_with("**TTLSGroupAction shared**\n"), "{object}");
    assert!(object.contains("  TTLSEnabled On\n}"), "{object}");
    editor.end();
}

#[test]
fn completion_offers_what_is_valid_at_the_place() {
    let mut editor = Editor::start();
    let text = POLICY.replace("  TTLSEnabled On\n", "  TTLSEnabled \n  F\n");
    editor.open("policy.ttls", &text);
    let complete = |editor: &mut Editor, behind: &str| -> Vec<String> {
        let (line, at) = line_with(&text, behind);
        let character = at + behind.len() as u64;
        let answer = editor.ask_at(
            "completion",
            "policy.ttls",
            &json!({"position": {"line": line, "character": character}}),
        );
        let items = answer.as_array().cloned().unwrap_or_default();
        items
            .iter()
            .filter_map(|item| item["label"].as_str().map(str::to_string))
            .collect()
    };
    assert_eq!(complete(&mut editor, "TTLSEnabled "), ["On", "Off"]);
    let keywords = complete(&mut editor, "  F");
    assert!(keywords.contains(&"FIPS140".to_string()), "{keywords:?}");
    assert!(
        !keywords.contains(&"TTLSEnabled".to_string()),
        "it is there already: {keywords:?}"
    );
    assert!(
        !keywords.contains(&"HandshakeRole".to_string()),
        "no group action has it: {keywords:?}"
    );
    assert_eq!(complete(&mut editor, "TTLSGroupActionRef "), ["shared"]);
    assert_eq!(complete(&mut editor, "# "), [""; 0], "nothing in comments");
    editor.end();
}

#[test]
fn a_rename_takes_the_object_with_its_references_and_nothing_else_of_that_name() {
    let mut editor = Editor::start();
    editor.open("policy.ttls", POLICY);
    let (reference, column) = line_with(POLICY, "shared # ");
    let position = json!({"line": reference, "character": column + 2});
    let (definition, name) = line_with(POLICY, "TTLSEnvironmentAction shared\n");
    let name = name + "TTLSEnvironmentAction ".len() as u64;

    let found = editor.ask_at("definition", "policy.ttls", &json!({"position": position}));
    assert_eq!(
        found[0]["range"]["start"],
        json!({"line": definition, "character": name})
    );
    assert_eq!(found.as_array().map(Vec::len), Some(1));

    let context = json!({"includeDeclaration": true});
    let all = editor.ask_at(
        "references",
        "policy.ttls",
        &json!({"position": position, "context": context}),
    );
    assert_eq!(all.as_array().map(Vec::len), Some(2), "{all}");

    let renamed = editor.ask_at(
        "rename",
        "policy.ttls",
        &json!({"position": position, "newName": "ftps"}),
    );
    let edits = renamed["documentChanges"][0]["edits"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let mut places: Vec<_> = edits
        .iter()
        .map(|edit| {
            (
                edit["range"]["start"]["line"].as_u64(),
                edit["range"]["start"]["character"].as_u64(),
            )
        })
        .collect();
    places.sort_unstable();
    assert_eq!(
        places,
        [(Some(reference), Some(column)), (Some(definition), Some(name))]
    );
    assert!(edits.iter().all(|edit| edit["newText"] == "ftps"));

    let refused = editor.refused_at(
        "rename",
        "policy.ttls",
        &json!({"position": position, "newName": "two words"}),
    );
    assert!(refused.starts_with("`two words` is no name"), "{refused}");
    editor.end();
}

#[test]
fn formatting_and_symbols_are_those_of_the_text() {
    let mut editor = Editor::start();
    let text = POLICY.replace("  HandshakeRole Server", "handshakerole    server");
    editor.open("policy.ttls", &text);
    let options = json!({"options": {"tabSize": 2, "insertSpaces": true}});
    let edits = editor.ask_at("formatting", "policy.ttls", &options);
    let formatted = edits[0]["newText"].as_str().unwrap_or_default();
    assert!(
        formatted.contains("\n  HandshakeRole                   Server\n"),
        "{edits}"
    );

    let symbols = editor.ask_at("documentSymbol", "policy.ttls", &json!({}));
    let names: Vec<_> = symbols
        .as_array()
        .expect("a list")
        .iter()
        .map(|symbol| format!("{} {}", symbol["detail"], symbol["name"]).replace('"', ""))
        .collect();
    let expected = [
        "TTLSRule ftp",
        "TTLSGroupAction shared",
        "TTLSEnvironmentAction shared",
    ];
    assert_eq!(names, expected);
    assert_eq!(symbols[2]["children"][0]["detail"], "TTLSKeyringParms");
    editor.end();
}

#[test]
fn files_that_a_policy_names_are_read_and_their_findings_shown_there() {
    let mut editor = Editor::start();
    let data = editor.write("ftp.data", "SECURE_FTP SOMETIMES\n");
    let text = POLICY.replace(
        "  HandshakeRole Server\n",
        "  HandshakeRole Server\n  TTLSFtpParms\n  {\n    FtpDataFile ftp.data\n  }\n",
    );
    editor.open("policy.ttls", &text);
    let shown = editor.findings_of(&data);
    assert_eq!(
        shown[0]["range"]["start"],
        json!({"line": 0, "character": 11}),
        "{shown}"
    );
    let (line, at) = line_with(&text, "ftp.data");
    let place = json!({"position": {"line": line, "character": at}});
    let found = editor.ask_at("definition", "policy.ttls", &place);
    assert_eq!(found["uri"], data);
    editor.end();
}
