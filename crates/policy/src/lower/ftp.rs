//! `TTLSFtpParms` and the FTP.DATA file that it may name.

use std::collections::HashMap;
use std::rc::Rc;

use super::includes::Includes;
use super::layers::Layers;
use crate::codes;
use crate::diagnostic::Diagnostic;
use crate::ftp_client_parms::{FtpClientParms, SecureMechanism};
use crate::ftp_data;
use crate::ftp_parms::{
    FtpParms, ImplicitModel, RfcLevel, SecureCtrlconn, SecureDataconn, SecureFtp, SecureLogin, SessionReuse,
};
use crate::model::{Field, Object, Value};
use crate::rule::PortRange;
use crate::schema::FTP_PARMS;
use crate::sink::Sink;
use crate::source::Span;
use crate::sourced::Sourced;

/// FTP parameters of an action set, and the places that checks refer to.
pub(super) struct Ftp {
    pub(super) parms: Sourced<FtpParms>,
    /// Where an action names them.
    pub(super) named: Span,
    /// `SECURE_LOGIN`, or where the parameters are named.
    pub(super) login_at: Span,
    /// `SECURE_DATACONN`, or where the parameters are named.
    pub(super) data_at: Span,
}

/// The FTP parameters of the narrowest action that has some.
pub(super) fn ftp(layers: &Layers<'_, '_>, files: &mut Files<'_, '_>, sink: &mut Sink) -> Option<Ftp> {
    let (block, origin, named) = layers.block("TTLSFtpParms")?;
    let Read {
        value,
        login_at,
        data_at,
    } = read(block, files, sink);
    Some(Ftp {
        parms: Sourced { value, origin },
        named,
        login_at: login_at.unwrap_or(named),
        data_at: data_at.unwrap_or(named),
    })
}

/// Reads the FTP.DATA files of all blocks, also of those that no rule uses, for their errors.
pub(super) fn check(object: &Object<'_>, files: &mut Files<'_, '_>, sink: &mut Sink) {
    if object.statement.keyword == FTP_PARMS.keyword {
        read(object, files, sink);
    }
    for field in &object.fields {
        if let Value::Block(inner) = &field.value {
            check(inner, files, sink);
        }
    }
}

impl Ftp {
    /// `SECURE_DATACONN SAFE` or `PRIVATE`.
    pub(super) fn protects_data(&self) -> bool {
        matches!(
            self.parms.value.secure_dataconn,
            SecureDataconn::Safe | SecureDataconn::Private
        )
    }

    /// `SECURE_LOGIN REQUIRED`.
    pub(super) fn requires_certificate(&self) -> bool {
        self.parms.value.secure_login == SecureLogin::Required
    }
}

/// Lowered parameters, and where some were coded.
struct Read {
    value: FtpParms,
    login_at: Option<Span>,
    data_at: Option<Span>,
}

fn read(block: &Object<'_>, files: &mut Files<'_, '_>, sink: &mut Sink) -> Read {
    let file = block
        .field("FtpDataFile")
        .and_then(|field| files.get(field, sink));
    lower(&Parms { block, file })
}

fn lower(parms: &Parms<'_, '_>) -> Read {
    let value = FtpParms {
        secure_ftp: parms.choice("SECURE_FTP", SecureFtp::Required, |word| match word {
            "ALLOWED" => SecureFtp::Allowed,
            _ => SecureFtp::Required,
        }),
        secure_login: parms.choice("SECURE_LOGIN", SecureLogin::NoClientAuth, |word| match word {
            "REQUIRED" => SecureLogin::Required,
            _ => SecureLogin::NoClientAuth,
        }),
        secure_ctrlconn: parms.choice("SECURE_CTRLCONN", SecureCtrlconn::Private, |word| match word {
            "CLEAR" => SecureCtrlconn::Clear,
            "SAFE" => SecureCtrlconn::Safe,
            _ => SecureCtrlconn::Private,
        }),
        secure_dataconn: parms.choice("SECURE_DATACONN", SecureDataconn::Private, |word| match word {
            "CLEAR" => SecureDataconn::Clear,
            "NEVER" => SecureDataconn::Never,
            "SAFE" => SecureDataconn::Safe,
            _ => SecureDataconn::Private,
        }),
        session_reuse: parms.choice("SECURE_SESSION_REUSE", SessionReuse::Allowed, |word| match word {
            "NONE" => SessionReuse::None,
            "REQUIRED" => SessionReuse::Required,
            _ => SessionReuse::Allowed,
        }),
        client: parms.client(),
        secure_hostname: parms.choice("SECURE_HOSTNAME", false, |word| word == "REQUIRED"),
        tls_port: parms.tls_port(),
        implicit_zos: parms.choice("SECUREIMPLICITZOS", ImplicitModel::Auto, |word| match word {
            "TRUE" => ImplicitModel::True,
            "FALSE" => ImplicitModel::False,
            _ => ImplicitModel::Auto,
        }),
        rfc_level: parms.choice("TLSRFCLEVEL", RfcLevel::Rfc4217, |word| match word {
            "DRAFT" => RfcLevel::Draft,
            _ => RfcLevel::Rfc4217,
        }),
        passive_data_ports: parms
            .field("PASSIVEDATAPORTS")
            .and_then(|field| field.ports)
            .map(|range| (range.low, range.high)),
        passive_noredirect: parms.choice("PASSIVEDATACONN", true, |word| word == "NOREDIRECT"),
        port_reject: parms.choice("PORTCOMMAND", false, |word| word == "REJECT"),
        port_nolowports: parms.choice("PORTCOMMANDPORT", true, |word| word == "NOLOWPORTS"),
        port_noredirect: parms.choice("PORTCOMMANDIPADDR", true, |word| word == "NOREDIRECT"),
    };
    let at = |keyword| parms.field(keyword).map(|field| field.at);
    Read {
        value,
        login_at: at("SECURE_LOGIN"),
        data_at: at("SECURE_DATACONN"),
    }
}

/// Parameters coded in the policy, and behind them those of the file.
struct Parms<'p, 't> {
    block: &'p Object<'t>,
    file: Option<Rc<CodedParms>>,
}

impl Parms<'_, '_> {
    fn field(&self, keyword: &str) -> Option<Coded> {
        let in_file = || self.file.as_ref()?.get(keyword).cloned();
        self.block.field(keyword).map(Coded::new).or_else(in_file)
    }

    fn choice<T>(&self, keyword: &str, default: T, read: impl Fn(&'static str) -> T) -> T {
        self.field(keyword)
            .and_then(|field| field.word)
            .map_or(default, read)
    }

    fn client(&self) -> FtpClientParms {
        let unsaid = FtpClientParms::default();
        FtpClientParms {
            mechanism: self.choice("SECURE_MECHANISM", unsaid.mechanism, |word| match word {
                "SSL" => SecureMechanism::Ssl,
                _ => SecureMechanism::Tls,
            }),
            host: self.field("SENDHOST").and_then(|field| field.host),
            ccc_after_login: self.choice("CCCAFTERLOGIN", unsaid.ccc_after_login, is_true),
            epsv4: self.choice("EPSV4", unsaid.epsv4, is_true),
            passive_ignore_addr: self.choice("PASSIVEIGNOREADDR", unsaid.passive_ignore_addr, is_true),
            fw_friendly: self.choice("FWFRIENDLY", unsaid.fw_friendly, is_true),
        }
    }

    fn tls_port(&self) -> Option<u16> {
        const DEFAULT: u16 = 990;
        let coded = self.field("TLSPORT").and_then(|field| field.number);
        let port = coded
            .and_then(|number| u16::try_from(number).ok())
            .unwrap_or(DEFAULT);
        (port != 0).then_some(port)
    }
}

fn is_true(word: &str) -> bool {
    word == "TRUE"
}

/// FTP.DATA files, each parsed once.
pub(super) struct Files<'f, 'i> {
    includes: &'f mut Includes<'i>,
    parsed: HashMap<usize, Rc<CodedParms>>,
}

/// Parameters by keyword.
type CodedParms = HashMap<&'static str, Coded>;

impl<'f, 'i> Files<'f, 'i> {
    pub(super) fn new(includes: &'f mut Includes<'i>) -> Self {
        Self {
            includes,
            parsed: HashMap::new(),
        }
    }

    /// The parameters of the file that an `FtpDataFile` names.
    fn get(&mut self, field: &Field<'_>, sink: &mut Sink) -> Option<Rc<CodedParms>> {
        let Value::Text(path) = field.value else {
            return None;
        };
        match self.includes.get(field.at.source, path) {
            Ok((source, text)) => {
                let parse = || {
                    let fields = ftp_data::parse(source, text, sink).fields;
                    Rc::new(
                        fields
                            .iter()
                            .map(|field| (field.param.keyword, Coded::new(field)))
                            .collect(),
                    )
                };
                Some(Rc::clone(self.parsed.entry(source).or_insert_with(parse)))
            }
            Err(why) => {
                let message = format!("FtpDataFile {path} cannot be read: {why}");
                sink.push(Diagnostic::new(&codes::UNREADABLE_FILE, field.at, message));
                None
            }
        }
    }
}

/// A field without its text.
#[derive(Clone)]
struct Coded {
    at: Span,
    word: Option<&'static str>,
    number: Option<i64>,
    ports: Option<PortRange>,
    host: Option<String>,
}

impl Coded {
    fn new(field: &Field<'_>) -> Self {
        let ports = match field.value {
            Value::Ports(ports) => ports,
            _ => None,
        };
        Self {
            at: field.at,
            word: field.word(),
            number: field.number(),
            ports,
            host: match field.value {
                Value::Text(text) => Some(text.to_owned()),
                _ => None,
            },
        }
    }
}
