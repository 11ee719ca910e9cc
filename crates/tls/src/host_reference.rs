//! `HostReferenceIdDNS`, `HostReferenceIdCN`, `HostRefWildcardValidation`: RFC 6125 as AT-TLS has it.

use rustls::CertificateError;
use rustls_pki_types::{CertificateDer, ServerName};
use ttls_policy::HostReference;
use x509_parser::extensions::X509Extension;
use x509_parser::oid_registry::OID_X509_EXT_SUBJECT_ALT_NAME;
use x509_parser::prelude::{FromDer, GeneralName, ParsedExtension, X509Certificate};

/// Whether the certificate has one of the names. DNS names of the subject alternative names go first; the common
/// name counts only where there is none.
pub(crate) fn verify(
    certificate: &CertificateDer<'_>,
    reference: &HostReference,
) -> Result<(), rustls::Error> {
    let (_, parsed) = X509Certificate::from_der(certificate).map_err(|_| CertificateError::BadEncoding)?;
    let names = dns_names(&parsed)?;
    let matches = |presented: &str, wanted: &str| matches(presented, wanted, reference.wildcards);
    let by_dns = reference
        .dns
        .as_ref()
        .is_some_and(|wanted| names.iter().any(|name| matches(name, wanted)));
    let by_cn = names.is_empty()
        && reference.cn.as_ref().is_some_and(|wanted| {
            parsed
                .subject()
                .iter_common_name()
                .filter_map(|cn| cn.as_str().ok())
                .any(|cn| matches(cn, wanted))
        });
    if by_dns || by_cn {
        return Ok(());
    }
    Err(mismatch(reference, &parsed, names))
}

/// An extension that cannot be read is not taken for none: that would bring the common name in.
fn dns_names<'c>(certificate: &X509Certificate<'c>) -> Result<Vec<&'c str>, CertificateError> {
    let extension = certificate
        .get_extension_unique(&OID_X509_EXT_SUBJECT_ALT_NAME)
        .map_err(|_| CertificateError::BadEncoding)?;
    match extension.map(X509Extension::parsed_extension) {
        None => Ok(Vec::new()),
        Some(ParsedExtension::SubjectAlternativeName(names)) => Ok(names
            .general_names
            .iter()
            .filter_map(|name| match name {
                GeneralName::DNSName(name) => Some(*name),
                _ => None,
            })
            .collect()),
        Some(_) => Err(CertificateError::BadEncoding),
    }
}

/// Compares without regard to case. A `*` stands for the first label alone, and only where wildcards are on.
fn matches(presented: &str, wanted: &str, wildcards: bool) -> bool {
    let presented = presented.strip_suffix('.').unwrap_or(presented);
    let wanted = wanted.strip_suffix('.').unwrap_or(wanted);
    if presented.eq_ignore_ascii_case(wanted) {
        return !presented.contains('*');
    }
    let (Some(domain), Some((label, rest))) = (presented.strip_prefix("*."), wanted.split_once('.')) else {
        return false;
    };
    // `*.com` would be the certificate of half the world.
    wildcards && !label.is_empty() && domain.contains('.') && domain.eq_ignore_ascii_case(rest)
}

fn mismatch(reference: &HostReference, certificate: &X509Certificate<'_>, names: Vec<&str>) -> rustls::Error {
    let presented = if names.is_empty() {
        vec![certificate.subject().to_string()]
    } else {
        names.into_iter().map(str::to_owned).collect()
    };
    let wanted = reference.dns.as_ref().or(reference.cn.as_ref());
    match wanted.and_then(|name| ServerName::try_from(name.clone()).ok()) {
        Some(expected) => CertificateError::NotValidForNameContext { expected, presented }.into(),
        None => CertificateError::NotValidForName.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn names_match_in_any_case_and_with_a_dot_at_the_end() {
        assert!(matches("FTP.Example.com", "ftp.example.com", false));
        assert!(matches("ftp.example.com.", "ftp.example.com", false));
        assert!(!matches("ftp.example.com", "ftp.example.org", true));
    }

    #[test]
    fn a_wildcard_stands_for_one_whole_label_where_it_is_on() {
        assert!(matches("*.example.com", "ftp.example.com", true));
        assert!(!matches("*.example.com", "ftp.example.com", false));
        assert!(!matches("*.example.com", "a.ftp.example.com", true));
        assert!(!matches("*.example.com", "example.com", true));
        assert!(!matches("*.com", "example.com", true));
        assert!(!matches("f*.example.com", "ftp.example.com", true));
        assert!(!matches("*", "com", true));
        assert!(!matches("*.example.com", "*.example.com", false));
    }
}
