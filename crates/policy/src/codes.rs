//! The table of diagnostics: number, name, level, meaning.

use crate::level::Level;

/// One kind of diagnostic.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// Stable number.
    pub id: &'static str,
    /// Stable name in kebab-case.
    pub name: &'static str,
    /// Level that it is reported with.
    pub level: Level,
    /// What it means, in one sentence.
    pub doc: &'static str,
}

/// Every kind of diagnostic of the compiler, in order of number.
pub fn codes() -> &'static [&'static Code] {
    ALL
}

macro_rules! codes {
    ($($constant:ident $level:ident $id:literal $name:literal $doc:literal;)*) => {
        $(pub(crate) static $constant: Code = Code { id: $id, name: $name, level: Level::$level, doc: $doc };)*
        static ALL: &[&Code] = &[$(&$constant),*];
    };
}

codes! {
    UNKNOWN_KEYWORD Error "TTLS001" "unknown-keyword" "No statement or parameter has this keyword.";
    MISPLACED_KEYWORD Error "TTLS002" "misplaced-keyword" "The keyword exists, but not in this place.";
    INVALID_VALUE Error "TTLS003" "invalid-value" "The value is not one that the parameter takes.";
    MISSING_VALUE Error "TTLS004" "missing-value" "The parameter is there without its value.";
    MISSING_NAME Error "TTLS005" "missing-name" "A statement at file level has no name.";
    INVALID_NAME Error "TTLS006" "invalid-name" "A name is longer than 32 characters or has characters that names cannot have.";
    UNDEFINED_REFERENCE Error "TTLS007" "undefined-reference" "A reference names an object that is not defined.";
    WRONG_REFERENCE_TYPE Error "TTLS008" "wrong-reference-type" "A reference names an object of another type.";
    BRACE_NOT_ALONE Error "TTLS009" "brace-not-alone" "A brace shares its line with other text.";
    UNBALANCED_BRACES Error "TTLS010" "unbalanced-braces" "A brace has no partner, or a block has no braces.";
    NESTING_TOO_DEEP Error "TTLS011" "nesting-too-deep" "Blocks are nested deeper than the language has a use for.";
    MISSING_PARAMETER Error "TTLS012" "missing-parameter" "A statement lacks a parameter that it must have.";
    CONFLICTING_ALTERNATIVES Error "TTLS013" "conflicting-alternatives" "Parameters exclude each other.";
    RULE_WITHOUT_CONDITION Error "TTLS014" "rule-without-condition" "A rule has none of the six conditions.";
    RULE_WITHOUT_ENVIRONMENT Error "TTLS015" "rule-without-environment" "An enabled rule names no environment action.";
    INVALID_ADDRESS Error "TTLS016" "invalid-address" "The value is not an address, prefix or address range that policies take.";
    INVALID_RANGE Error "TTLS017" "invalid-range" "A range is reversed, mixes delimiters or leaves its bounds.";
    INVALID_CIPHER Error "TTLS018" "invalid-cipher" "A cipher string has the wrong length or names a suite that is not known.";
    INVALID_CODE Error "TTLS019" "invalid-code" "A curve or signature list has an unknown member or mixes Any with named members.";
    REFUSED Error "TTLS020" "refused-by-engine" "This engine refuses the parameter or this value of it.";
    NO_PROTOCOL Error "TTLS021" "no-protocol" "No protocol version is left.";
    NO_CIPHER Error "TTLS022" "no-cipher" "No cipher suite is left for the protocol versions that are on.";
    FTP_NEEDS_CONTROL Error "TTLS024" "ftp-needs-application-controlled" "FTP parameters without ApplicationControlled On.";
    FTP_NEEDS_SECONDARY_MAP Error "TTLS025" "ftp-needs-secondary-map" "Data connections must be protected and SecondaryMap is Off.";
    FTP_NEEDS_CLIENT_AUTH Error "TTLS026" "ftp-needs-client-auth" "SECURE_LOGIN REQUIRED without required client certificates.";
    SNI_WITHOUT_LIST Error "TTLS027" "sni-without-list" "Server name indication is on and its list is empty.";
    DUPLICATE_LISTEN Error "TTLS028" "duplicate-listen" "Two gateways listen on the same address and port.";
    UNREADABLE_FILE Error "TTLS029" "unreadable-file" "An included file cannot be read.";
    TOO_MANY Error "TTLS030" "too-many-diagnostics" "There is more to say than anybody reads.";
    NO_TTLS_CONFIG Error "TTLS031" "no-ttls-config" "The agent's files name no policy for the stack.";
    NOT_TEXT Error "TTLS032" "not-text" "A source is not UTF-8 text.";
    TRAILING_TEXT Warning "TTLS050" "trailing-text" "Text behind a value is ignored.";
    REPEATED_PARAMETER Warning "TTLS051" "repeated-parameter" "A parameter is coded again; the last one counts.";
    REPLACED_BLOCK Warning "TTLS052" "replaced-block" "A block is given inline and by reference; the last one counts.";
    DUPLICATE_OBJECT Warning "TTLS053" "duplicate-object" "An object is defined again; the last one counts.";
    COMMENT_IN_VALUE Warning "TTLS054" "comment-in-value" "A `#` directly behind other characters starts a comment.";
    DOUBTFUL_SCOPE Warning "TTLS055" "doubtful-scope" "A parameter is coded where AT-TLS may not take it.";
    NO_EFFECT Warning "TTLS056" "no-effect" "A parameter is accepted and has no effect.";
    DROPPED_CIPHER Warning "TTLS057" "dropped-cipher" "Cipher suites that this engine lacks are left out.";
    PROTOCOL_WITHOUT_CIPHER Warning "TTLS058" "protocol-without-cipher" "A protocol version or cipher suite that was asked for cannot be used.";
    FTP_DATA_IN_CLEAR Warning "TTLS059" "ftp-data-in-clear" "FTP parameters with SecondaryMap Off: data connections get no TLS.";
    NO_RULES Warning "TTLS060" "no-rules" "The policy has no rules.";
    UNCOVERED_GATEWAY Warning "TTLS061" "uncovered-gateway" "No rule can cover what a gateway accepts.";
    UNUSED_CLIENT_AUTH Warning "TTLS062" "unused-client-auth" "ClientAuthType without the role that asks for certificates.";
    PREFIX_HOST_BITS Warning "TTLS063" "prefix-host-bits" "An address prefix has bits behind its length; they are ignored.";
    NOT_READ_HERE Warning "TTLS064" "not-read-here" "A statement stands in a file of the agent that it is not read from.";
    UNSUPPORTED_STATEMENT Warning "TTLS065" "unsupported-statement" "A statement of the agent's files does nothing here.";
    BRACE_ON_KEYWORD_LINE Note "TTLS080" "brace-on-keyword-line" "`{` on the line of its statement is an extension.";
    FTP_DATA_IGNORED Note "TTLS081" "ftp-data-ignored" "A statement of an FTP.DATA file is ignored.";
    PROTOCOL_NARROWED Note "TTLS082" "protocol-narrowed" "A protocol version that is on by default has no cipher suite in the list.";
}
