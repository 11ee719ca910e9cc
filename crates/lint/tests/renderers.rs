//! The same findings in every shape of text.

use serde_json::Value;
use ttls_lint::render::{Format, render};
use ttls_lint::{Report, lint};
use ttls_policy::SourceText;

const POLICY: &str = "\
TTLSRule r
{
  LocalPortRange 21
  Direction Inbound
  TTLSGroupActionRef g
  TTLSEnvironmentActionRef e
}
TTLSGroupAction g
{
  TTLSEnabled On
  Trace 255
}
TTLSGroupAction G
{
  TTLSEnabled Off
}
TTLSEnvironmentAction e
{
  HandshakeRole Server
  TTLSKeyringParms
  {
    Keyring /ring.p12
    KeyringPw hunter2
  }
}
";

fn report(name: &str, text: &str) -> Report {
    let source = SourceText {
        name: name.to_string(),
        text: text.to_string(),
    };
    lint(source, &mut |_| Err(std::io::ErrorKind::NotFound.into()))
}

fn reports() -> [Report; 2] {
    [
        report("my policies/p,1.ttls", POLICY),
        report("e.ttls", "Bänana\n{\n}\n"),
    ]
}

#[test]
fn human_shows_source_lines_carets_help_and_no_password() {
    let text = render(Format::Human, &reports());
    let expected = "\
warning[TTLS309]: Trace 255 has bit 32: the content of connections may be traced
  --> my policies/p,1.ttls:11:9
   |
11 |   Trace 255
   |         ^^^
   = help: write `Trace 30`
   = unsafe fix: write `Trace 30`
";
    assert!(text.starts_with(expected), "{text}");
    assert!(text.contains("KeyringPw ********"), "{text}");
}

#[test]
fn concise_has_one_line_for_each_finding() {
    let text = render(Format::Concise, &reports());
    let expected = "\
my policies/p,1.ttls:11:9: warning[TTLS309] payload-trace: Trace 255 has bit 32: the content of connections may be traced
my policies/p,1.ttls:13:1: warning[TTLS303] unused-object: TTLSGroupAction G is not used by any rule
my policies/p,1.ttls:13:1: warning[TTLS304] names-differ-in-case: TTLSGroupAction G differs from TTLSGroupAction g only in case
my policies/p,1.ttls:23:5: warning[TTLS308] password-in-clear: KeyringPw is in clear in the policy
e.ttls:1:1: error[TTLS001] unknown-keyword: there is no statement `Bänana`
";
    assert_eq!(text, expected);
}

#[test]
fn json_lines_have_all_fields_in_every_line() {
    let text = render(Format::Json, &reports());
    let first = "{\"file\":\"my policies/p,1.ttls\",\"line\":11,\"column\":9,\"end_line\":11,\"end_column\":12,\
                 \"level\":\"warning\",\"code\":\"TTLS309\",\"name\":\"payload-trace\",\
                 \"message\":\"Trace 255 has bit 32: the content of connections may be traced\",\
                 \"help\":\"write `Trace 30`\",\"secondary\":[],\
                 \"fix\":{\"message\":\"write `Trace 30`\",\"safety\":\"unsafe\",\"edits\":[\
                 {\"file\":\"my policies/p,1.ttls\",\"line\":11,\"column\":9,\"end_line\":11,\"end_column\":12,\
                 \"replacement\":\"30\"}]}}";
    assert_eq!(text.lines().next(), Some(first));
    let fields = [
        "file",
        "line",
        "column",
        "end_line",
        "end_column",
        "level",
        "code",
        "name",
        "message",
    ];
    for line in text.lines() {
        let finding: Value = serde_json::from_str(line).expect("JSON");
        for field in fields.iter().chain(&["help", "secondary", "fix"]) {
            assert!(finding.get(field).is_some(), "{field}: {line}");
        }
    }
    let alike: Value = serde_json::from_str(text.lines().nth(2).expect("a third")).expect("JSON");
    assert_eq!(alike["secondary"][0]["line"], 8);
    assert_eq!(alike["secondary"][0]["message"], "the other one");
}

#[test]
fn github_annotations_escape_what_the_runner_would_read() {
    let text = render(Format::Github, &reports());
    let first = "::warning file=my policies/p%2C1.ttls,line=11,endLine=11,col=9,endColumn=12,\
                 title=TTLS309 payload-trace::Trace 255 has bit 32: the content of connections may be traced\
                 %0Ahelp: write `Trace 30`";
    assert_eq!(text.lines().next(), Some(first));
    assert_eq!(text.lines().count(), 5, "{text}");
    assert!(text.contains("::error file=e.ttls,line=1,"), "{text}");
}

#[test]
fn sarif_has_what_the_standard_demands() {
    let log: Value = serde_json::from_str(&render(Format::Sarif, &reports())).expect("JSON");
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
    let results = run["results"].as_array().expect("results");
    assert_eq!(results.len(), 5);
    for result in results {
        let index = result["ruleIndex"].as_u64().expect("an index");
        let rule = &rules[usize::try_from(index).expect("small")];
        assert_eq!(rule["id"], result["ruleId"]);
        assert!(["note", "warning", "error"].contains(&result["level"].as_str().expect("a level")));
        assert!(result["message"]["text"].is_string());
        let place = &result["locations"][0]["physicalLocation"];
        for bound in ["startLine", "startColumn", "endLine", "endColumn"] {
            assert!(place["region"][bound].as_u64().expect("a number") > 0);
        }
    }
    let place = &results[0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "my%20policies/p%2C1.ttls");
    assert_eq!(place["region"]["startLine"], 11);
    assert_eq!(
        results[2]["relatedLocations"][0]["message"]["text"],
        "the other one"
    );
}

#[test]
fn every_renderer_has_every_finding_and_none_has_the_password() {
    let reports = reports();
    for format in [
        Format::Human,
        Format::Concise,
        Format::Json,
        Format::Sarif,
        Format::Github,
    ] {
        let text = render(format, &reports);
        for diagnostic in reports.iter().flat_map(|report| &report.diagnostics) {
            assert!(text.contains(diagnostic.code), "{format:?} {}", diagnostic.code);
        }
        assert!(!text.contains("hunter2"), "{format:?}");
    }
}

#[test]
fn nothing_to_say_is_nothing_said_except_in_sarif() {
    for format in [Format::Human, Format::Concise, Format::Json, Format::Github] {
        assert_eq!(render(format, &[]), "");
    }
    let log: Value = serde_json::from_str(&render(Format::Sarif, &[])).expect("JSON");
    assert_eq!(log["runs"][0]["results"].as_array().map(Vec::len), Some(0));
}
