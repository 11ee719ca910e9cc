//! The registry: every lint rule, one file each.

mod catch_all_rule;
mod ccc_without_clear;
mod certificate_chain;
mod certificate_expired;
mod certificate_expires_soon;
mod certificate_host_name;
mod certificate_key_size;
mod certificate_missing;
mod companion_missing;
mod deprecated_parameter;
mod equal_priority_overlap;
mod exposed_key_file;
mod ftp_contradiction;
mod identical_objects;
mod keyring_unusable;
mod names_differ_in_case;
mod not_on_zos;
mod other_default_on_zos;
mod outbound_to_anywhere;
mod parameter_for_other_role;
mod parameter_for_other_version;
mod passive_ports_shared;
mod passive_ports_unguarded;
mod password_in_clear;
mod payload_trace;
mod port_on_wrong_side;
mod repeated_value;
mod required_extension;
mod ring_without_authorities;
mod secondary_map_by_process;
mod secondary_map_without_control;
mod shadowed_rule;
mod tls_port_uncovered;
mod unchecked_client_certificate;
mod unchecked_host_name;
mod unknown_allow;
mod unused_allow;
mod unused_object;
mod unusual_role;
mod weak_cipher;
mod weak_peer_key;

pub(crate) use shadowed_rule::shadows;
pub(crate) use unknown_allow::UNKNOWN_ALLOW;
pub(crate) use unused_allow::UNUSED_ALLOW;

use crate::rule::LintRule;

/// Every lint rule, in order of number.
pub fn rules() -> &'static [&'static LintRule] {
    RULES
}

static RULES: &[&LintRule] = &[
    &shadowed_rule::SHADOWED_RULE,
    &equal_priority_overlap::EQUAL_PRIORITY_OVERLAP,
    &unused_object::UNUSED_OBJECT,
    &names_differ_in_case::NAMES_DIFFER_IN_CASE,
    &secondary_map_without_control::SECONDARY_MAP_WITHOUT_CONTROL,
    &outbound_to_anywhere::OUTBOUND_TO_ANYWHERE,
    &catch_all_rule::CATCH_ALL_RULE,
    &password_in_clear::PASSWORD_IN_CLEAR,
    &payload_trace::PAYLOAD_TRACE,
    &unchecked_client_certificate::UNCHECKED_CLIENT_CERTIFICATE,
    &weak_cipher::WEAK_CIPHER,
    &passive_ports_shared::PASSIVE_PORTS_SHARED,
    &tls_port_uncovered::TLS_PORT_UNCOVERED,
    &repeated_value::REPEATED_VALUE,
    &identical_objects::IDENTICAL_OBJECTS,
    &weak_peer_key::WEAK_PEER_KEY,
    &unchecked_host_name::UNCHECKED_HOST_NAME,
    &unusual_role::UNUSUAL_ROLE,
    &port_on_wrong_side::PORT_ON_WRONG_SIDE,
    &UNKNOWN_ALLOW,
    &UNUSED_ALLOW,
    &ftp_contradiction::FTP_CONTRADICTION,
    &deprecated_parameter::DEPRECATED_PARAMETER,
    &companion_missing::COMPANION_MISSING,
    &parameter_for_other_role::PARAMETER_FOR_OTHER_ROLE,
    &required_extension::REQUIRED_EXTENSION,
    &ccc_without_clear::CCC_WITHOUT_CLEAR,
    &passive_ports_unguarded::PASSIVE_PORTS_UNGUARDED,
    &parameter_for_other_version::PARAMETER_FOR_OTHER_VERSION,
    &not_on_zos::NOT_ON_ZOS,
    &other_default_on_zos::OTHER_DEFAULT_ON_ZOS,
    &secondary_map_by_process::SECONDARY_MAP_BY_PROCESS,
    &keyring_unusable::KEYRING_UNUSABLE,
    &certificate_missing::CERTIFICATE_MISSING,
    &certificate_expired::CERTIFICATE_EXPIRED,
    &certificate_expires_soon::CERTIFICATE_EXPIRES_SOON,
    &certificate_chain::CERTIFICATE_CHAIN,
    &certificate_host_name::CERTIFICATE_HOST_NAME,
    &certificate_key_size::CERTIFICATE_KEY_SIZE,
    &ring_without_authorities::RING_WITHOUT_AUTHORITIES,
    &exposed_key_file::EXPOSED_KEY_FILE,
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::rules;

    #[test]
    fn numbers_and_names_are_taken_once_also_by_the_compiler() {
        let mut seen = HashSet::new();
        let compiler = ttls_policy::codes().iter().copied();
        for code in compiler.chain(rules().iter().map(|rule| &rule.code)) {
            assert!(seen.insert(code.id), "{} twice", code.id);
            assert!(seen.insert(code.name), "{} twice", code.name);
        }
        assert!(rules().is_sorted_by_key(|rule| rule.code.id));
    }

    #[test]
    fn every_file_of_the_folder_is_in_the_registry_under_its_name() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rules");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .expect("the folder of the rules")
            .map(|entry| {
                entry
                    .expect("an entry")
                    .file_name()
                    .to_string_lossy()
                    .replace(".rs", "")
            })
            .collect();
        files.sort();
        let mut names: Vec<String> = rules()
            .iter()
            .map(|rule| rule.code.name.replace('-', "_"))
            .collect();
        names.sort();
        assert_eq!(files, names);
    }

    #[test]
    fn every_page_says_why_it_matters_and_what_to_write_instead() {
        for rule in rules() {
            for part in ["Why it matters", "Example", "Instead"] {
                assert!(rule.page.contains(part), "{}: {part}", rule.code.name);
            }
            assert!(rule.code.doc.ends_with('.'), "{}", rule.code.name);
        }
    }
}
