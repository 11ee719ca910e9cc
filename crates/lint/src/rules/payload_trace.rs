//! `payload-trace`.

use ttls_policy::{CodedValue, Fix, Safety};

use crate::model::Model;
use crate::rule::{Findings, lint_rule};

lint_rule! {
    /// A trace may show what TLS protects.
    ///
    /// Bit 32 of Trace and `CtraceClearText On` put the content of connections into traces: here, both together where the
    /// agent runs with `--payload-trace`.
    ///
    /// ## Why it matters
    ///
    /// Passwords and files then stand in log files and dumps, and travel with them to whoever analyses them. It is
    /// meant for an hour of searching and tends to stay.
    ///
    /// ## Example
    ///
    /// ```text
    /// TTLSGroupAction tls_on
    /// {
    ///   TTLSEnabled On
    ///   Trace 255
    /// }
    /// ```
    ///
    /// ## Instead
    ///
    /// `Trace 6` (errors, and which rule each connection got), at most 30; leave CtraceClearText out.
    PAYLOAD_TRACE = Warning "TTLS309" "payload-trace" by check
}

/// `Trace`: data.
const DATA: i64 = 32;

fn check(model: &Model<'_>, findings: &mut Findings) {
    for coded in model.blocks().into_iter().flat_map(|block| &block.params) {
        match (coded.param.keyword, &coded.value) {
            ("Trace", CodedValue::Number(bits)) if bits & DATA != 0 => {
                let message = format!("Trace {bits} has bit 32: the content of connections may be traced");
                let less = (bits & !DATA).min(30);
                let help = format!("write `Trace {less}`");
                let fix = Fix::new(Safety::Unsafe, help.clone(), coded.at, less.to_string());
                findings.push_with(coded.at, message, help, Vec::new(), Some(fix));
            }
            ("CtraceClearText", CodedValue::Word("On")) => {
                let message = "CtraceClearText On: what TLS protects may stand in data traces";
                let fix = Fix::new(Safety::Unsafe, "write `Off`", coded.at, "Off");
                findings.push_with(coded.at, message, "leave it out", Vec::new(), Some(fix));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{fires, policy, silent};

    const NAME: &str = "payload-trace";

    fn with(line: &str) -> String {
        let group = format!("TTLSEnabled On\n{line}");
        policy("LocalPortRange 21\nDirection Inbound").replace("TTLSEnabled On", &group)
    }

    #[test]
    fn the_data_bit_and_clear_text_are_reported() {
        fires(NAME, &with("Trace 255"), "Trace 255", "Trace 255");
        fires(
            NAME,
            &with("CtraceClearText On"),
            "CtraceClearText",
            "CtraceClearText On",
        );
    }

    #[test]
    fn other_bits_are_not() {
        silent(NAME, &with("Trace 31"));
        silent(NAME, &with("CtraceClearText Off"));
    }
}
