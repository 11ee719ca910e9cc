//! The command lines that the user can paste.

use std::path::Path;

use crate::policy_text::Endpoints;
use crate::shell::word;
use crate::stage::WELCOME;

/// curl and lftp lines for both ports. The certificate holds the name `localhost`, so that is what clients are given.
pub(crate) fn lines(endpoints: &Endpoints, authority: &Path, user: &str, password: &str) -> Vec<String> {
    let (explicit, implicit) = (endpoints.explicit.port(), endpoints.implicit.port());
    let file = WELCOME.0;
    let authority = word(authority);
    let curl = format!("curl --cacert {authority} --user {user}:{password}");
    let trust = format!("lftp -u {user},{password} -e \"set ssl:ca-file {authority}; set ftp:ssl-force true");
    vec![
        format!("{curl} --ssl-reqd ftp://localhost:{explicit}/"),
        format!("{curl} --ssl-reqd ftp://localhost:{explicit}/{file}"),
        format!("{curl} --ssl-reqd --upload-file /etc/hostname ftp://localhost:{explicit}/"),
        format!("{curl} ftps://localhost:{implicit}/"),
        format!("{trust}; set ftp:ssl-protect-data true; ls; bye\" ftp://localhost:{explicit}"),
        format!("{trust}; ls; bye\" ftps://localhost:{implicit}"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn explicit_lines_never_fall_back_to_clear() {
        let endpoints = Endpoints {
            daemon: ([127, 0, 0, 1], 1).into(),
            explicit: ([127, 0, 0, 1], 2).into(),
            implicit: ([127, 0, 0, 1], 3).into(),
        };
        for line in lines(&endpoints, Path::new("/ca.pem"), "demo", "secret") {
            let forced =
                line.contains("--ssl-reqd") || line.contains("ssl-force true") || line.contains("ftps://");
            assert!(forced, "{line}");
        }
    }
}
