//! The part of the schema of SARIF 2.1.0 (OASIS, errata 01) that logs of ours use: which properties an object may have and must
//! have, of which type, and what must hold between them.

use std::collections::HashSet;

use serde_json::Value;

/// What a property may hold.
#[derive(Clone, Copy)]
enum Kind {
    Text,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A whole number, at least so large.
    Number(i64),
    /// A URI or a reference to one.
    Uri,
    Object(&'static Shape),
    /// At least so many objects, no two of them equal where `true`.
    Objects(&'static Shape, usize, bool),
}

/// An object. Other properties than these the schema forbids.
struct Shape {
    name: &'static str,
    properties: &'static [(&'static str, Kind)],
    required: &'static [&'static str],
}

const LEVELS: Kind = Kind::Word(&["none", "note", "warning", "error"]);

static MESSAGE: Shape = Shape {
    name: "message",
    properties: &[("text", Kind::Text), ("markdown", Kind::Text)],
    required: &["text"],
};
static CONFIGURATION: Shape = Shape {
    name: "reportingConfiguration",
    properties: &[("level", LEVELS)],
    required: &[],
};
static DESCRIPTOR: Shape = Shape {
    name: "reportingDescriptor",
    properties: &[
        ("id", Kind::Text),
        ("name", Kind::Text),
        ("shortDescription", Kind::Object(&MESSAGE)),
        ("help", Kind::Object(&MESSAGE)),
        ("defaultConfiguration", Kind::Object(&CONFIGURATION)),
    ],
    required: &["id"],
};
static COMPONENT: Shape = Shape {
    name: "toolComponent",
    properties: &[
        ("name", Kind::Text),
        ("version", Kind::Text),
        ("rules", Kind::Objects(&DESCRIPTOR, 0, true)),
    ],
    required: &["name"],
};
static TOOL: Shape = Shape {
    name: "tool",
    properties: &[("driver", Kind::Object(&COMPONENT))],
    required: &["driver"],
};
static ARTIFACT: Shape = Shape {
    name: "artifactLocation",
    properties: &[("uri", Kind::Uri)],
    required: &[],
};
static REGION: Shape = Shape {
    name: "region",
    properties: &[
        ("startLine", Kind::Number(1)),
        ("startColumn", Kind::Number(1)),
        ("endLine", Kind::Number(1)),
        ("endColumn", Kind::Number(1)),
    ],
    required: &["startLine"],
};
static PHYSICAL: Shape = Shape {
    name: "physicalLocation",
    properties: &[
        ("artifactLocation", Kind::Object(&ARTIFACT)),
        ("region", Kind::Object(&REGION)),
    ],
    required: &["artifactLocation"],
};
static LOCATION: Shape = Shape {
    name: "location",
    properties: &[
        ("physicalLocation", Kind::Object(&PHYSICAL)),
        ("message", Kind::Object(&MESSAGE)),
    ],
    required: &[],
};
static CONTENT: Shape = Shape {
    name: "artifactContent",
    properties: &[("text", Kind::Text)],
    required: &[],
};
static REPLACEMENT: Shape = Shape {
    name: "replacement",
    properties: &[
        ("deletedRegion", Kind::Object(&REGION)),
        ("insertedContent", Kind::Object(&CONTENT)),
    ],
    required: &["deletedRegion"],
};
static CHANGE: Shape = Shape {
    name: "artifactChange",
    properties: &[
        ("artifactLocation", Kind::Object(&ARTIFACT)),
        ("replacements", Kind::Objects(&REPLACEMENT, 1, false)),
    ],
    required: &["artifactLocation", "replacements"],
};
static FIX: Shape = Shape {
    name: "fix",
    properties: &[
        ("description", Kind::Object(&MESSAGE)),
        ("artifactChanges", Kind::Objects(&CHANGE, 1, true)),
    ],
    required: &["artifactChanges"],
};
static RESULT: Shape = Shape {
    name: "result",
    properties: &[
        ("ruleId", Kind::Text),
        ("ruleIndex", Kind::Number(-1)),
        ("level", LEVELS),
        ("message", Kind::Object(&MESSAGE)),
        ("locations", Kind::Objects(&LOCATION, 0, false)),
        ("relatedLocations", Kind::Objects(&LOCATION, 0, true)),
        ("fixes", Kind::Objects(&FIX, 0, true)),
    ],
    required: &["message"],
};
static RUN: Shape = Shape {
    name: "run",
    properties: &[
        ("tool", Kind::Object(&TOOL)),
        ("columnKind", Kind::Word(&["utf16CodeUnits", "unicodeCodePoints"])),
        ("results", Kind::Objects(&RESULT, 0, false)),
    ],
    required: &["tool"],
};
static LOG: Shape = Shape {
    name: "sarifLog",
    properties: &[
        ("$schema", Kind::Uri),
        ("version", Kind::Word(&["2.1.0"])),
        ("runs", Kind::Objects(&RUN, 0, false)),
    ],
    required: &["version", "runs"],
};

/// Checks a log against the shapes, and what the text of the standard says beyond them.
pub(crate) fn check(log: &Value) {
    object(log, &LOG);
    for run in log["runs"].as_array().expect("runs") {
        let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
        let mut ids = HashSet::new();
        assert!(
            rules.iter().all(|rule| ids.insert(rule["id"].as_str())),
            "two rules with one id"
        );
        for result in run["results"].as_array().expect("results") {
            let index = usize::try_from(result["ruleIndex"].as_u64().expect("an index")).expect("small");
            assert_eq!(rules[index]["id"], result["ruleId"]);
            regions(result);
        }
    }
}

fn object(value: &Value, shape: &Shape) {
    let properties = value
        .as_object()
        .unwrap_or_else(|| panic!("{} is no object: {value}", shape.name));
    for required in shape.required {
        assert!(
            properties.contains_key(*required),
            "{} lacks {required}: {value}",
            shape.name
        );
    }
    for (name, value) in properties {
        let known = shape.properties.iter().find(|(known, _)| known == name);
        let (_, kind) = known.unwrap_or_else(|| panic!("{} cannot have {name}", shape.name));
        property(value, *kind, &format!("{}.{name}", shape.name));
    }
}

fn property(value: &Value, kind: Kind, name: &str) {
    match kind {
        Kind::Text => assert!(value.is_string(), "{name}: {value}"),
        Kind::Word(words) => assert!(
            words.contains(&value.as_str().unwrap_or_default()),
            "{name}: {value}"
        ),
        Kind::Number(least) => assert!(
            value.as_i64().is_some_and(|number| number >= least),
            "{name}: {value}"
        ),
        Kind::Uri => uri(value.as_str().unwrap_or_default(), name),
        Kind::Object(shape) => object(value, shape),
        Kind::Objects(shape, least, unique) => {
            let values = value.as_array().unwrap_or_else(|| panic!("{name}: {value}"));
            assert!(values.len() >= least, "{name} is too short");
            let mut seen = HashSet::new();
            for value in values {
                object(value, shape);
                assert!(
                    seen.insert(value.to_string()) || !unique,
                    "{name} has {value} twice"
                );
            }
        }
    }
}

/// Characters that RFC 3986 has, `%` with two digits; and no folder that could be taken for a scheme.
fn uri(text: &str, name: &str) {
    assert!(!text.is_empty(), "{name} is empty");
    let bytes = text.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        let digits = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_hexdigit);
        let good = match byte {
            b'%' => digits(at + 1) && digits(at + 2),
            byte => byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=".contains(byte),
        };
        assert!(good, "{name}: {text}");
    }
    if let Some((scheme, _)) = text.split_once(':') {
        assert!(["https", "file"].contains(&scheme), "{name}: {text}");
    }
}

/// Every region ends where it begins, or behind.
fn regions(value: &Value) {
    match value {
        Value::Object(properties) => {
            if let Some(line) = properties.get("startLine").and_then(Value::as_u64) {
                let number = |name: &str| properties[name].as_u64().expect("a number");
                let (start, end) = (
                    (line, number("startColumn")),
                    (number("endLine"), number("endColumn")),
                );
                assert!(start <= end, "{value}");
            }
            properties.values().for_each(regions);
        }
        Value::Array(values) => values.iter().for_each(regions),
        _ => {}
    }
}
