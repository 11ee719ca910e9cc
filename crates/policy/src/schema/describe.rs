//! What values look like, in words.

use super::{Kind, Scope};

impl Kind {
    /// What a value of this kind looks like.
    pub fn describe(self) -> String {
        let fixed = match self {
            Self::Choice(choices) => {
                let words: Vec<&str> = choices.iter().map(|choice| choice.word).collect();
                return words.join(" | ");
            }
            Self::Number(low, high) => return format!("a number from {low} to {high}"),
            Self::Ref(target) => return format!("the name of a {target}"),
            Self::Block(inner) => return format!("a block: see {inner}"),
            Self::Text(most) => return format!("text, at most {most} characters"),
            Self::Url(most) => return format!("http://host/..., at most {most} characters"),
            Self::PortPair(low, high) => return format!("(low,high) from {low} to {high}"),
            Self::Suites(1) => "codes of SSLv2 suites, or one name",
            Self::Suites(digits) => {
                return format!(
                    "cipher suites: codes of {digits} hexadecimal digits strung together, or one name"
                );
            }
            Self::Curves(any) => {
                let any = if any { ", or Any" } else { "" };
                return format!("curves: codes of 4 digits strung together, or one name{any}");
            }
            Self::Mask(lengths) => {
                let lengths: Vec<String> = lengths.iter().map(ToString::to_string).collect();
                return format!("a string of {} digits, each 0 or 1", lengths.join(" or "));
            }
            Self::HostLabel => "host name/certificate label",
            Self::Host => "a host name or address",
            Self::Pattern => "a name; `*` at the end stands for any rest",
            Self::AddressSpec => "address, address/length, address-address or All",
            Self::Address => "an address",
            Self::Prefix => "address/length",
            Self::AddressRange => "address-address",
            Self::Ports => "port, or first and last port; 0 is any",
            Self::Socket => "address:port, [IPv6 address]:port",
            Self::Signatures => {
                "signature schemes: codes of 4 hexadecimal digits strung together, or one name"
            }
            Self::Signature => "one signature scheme: a code of 4 hexadecimal digits, or a name",
            Self::DateRange => "yyyymmddhhmmss:yyyymmddhhmmss",
            Self::TimeOfDayRange => "hh:mm-hh:mm",
        };
        fixed.to_string()
    }
}

impl Scope {
    /// The scope in words.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Group => "group action",
            Self::Environment => "environment action",
            Self::Connection => "connection action",
        }
    }
}
