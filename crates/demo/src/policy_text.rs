//! The policy of the demo: one environment, two ports, the built-in FTP controller.

use std::net::SocketAddr;

/// What the policy is about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Endpoints {
    /// The plain daemon.
    pub(crate) daemon: SocketAddr,
    /// Where clients speak explicit FTPS (AUTH TLS).
    pub(crate) explicit: SocketAddr,
    /// Where clients speak implicit FTPS (TLS first).
    pub(crate) implicit: SocketAddr,
}

/// The policy file.
pub(crate) fn text(endpoints: &Endpoints, ring: &str) -> String {
    let Endpoints {
        daemon,
        explicit,
        implicit,
    } = endpoints;
    let (explicit_port, implicit_port) = (explicit.port(), implicit.port());
    format!(
        "\
# Explicit FTPS on port {explicit_port} and implicit FTPS on port {implicit_port}, for the plain FTP daemon on {daemon}.
TTLSGateway                       demo_explicit_gateway
{{
  Listen                          {explicit}
  Target                          {daemon}
}}
TTLSGateway                       demo_implicit_gateway
{{
  Listen                          {implicit}
  Target                          {daemon}
}}
TTLSRule                          demo_explicit
{{
  LocalPortRange                  {explicit_port}
  Direction                       Inbound
  Priority                        20
  TTLSGroupActionRef              demo_group
  TTLSEnvironmentActionRef        demo_server
}}
TTLSRule                          demo_implicit
{{
  LocalPortRange                  {implicit_port}
  Direction                       Inbound
  Priority                        10
  TTLSGroupActionRef              demo_group
  TTLSEnvironmentActionRef        demo_server
}}
TTLSGroupAction                   demo_group
{{
  TTLSEnabled                     On
}}
TTLSEnvironmentAction             demo_server
{{
  HandshakeRole                   Server
  TTLSKeyringParms
  {{
    Keyring                       {ring}
  }}
  TTLSEnvironmentAdvancedParms
  {{
    ApplicationControlled         On
    SecondaryMap                  On
    TLSv1.2                       On
    TLSv1.3                       On
  }}
  TTLSFtpParmsRef                 demo_ftp
}}
# The daemon cannot control its TLS itself: these make the built-in FTP controller do it.
TTLSFtpParms                      demo_ftp
{{
  SECURE_FTP                      REQUIRED
  SECURE_DATACONN                 PRIVATE
  TLSPORT                         {implicit_port}
  SECUREIMPLICITZOS               FALSE
}}
"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> String {
        let endpoints = Endpoints {
            daemon: ([127, 0, 0, 1], 12121).into(),
            explicit: ([127, 0, 0, 1], 12021).into(),
            implicit: ([127, 0, 0, 1], 12990).into(),
        };
        text(&endpoints, "demo")
    }

    #[test]
    fn every_brace_stands_alone_on_its_line() {
        let sample = sample();
        let braces = sample.lines().filter(|line| line.contains(['{', '}']));
        assert!(
            braces.into_iter().all(|line| matches!(line.trim(), "{" | "}")),
            "{sample}"
        );
    }

    #[test]
    fn every_name_fits_the_32_characters_of_the_language() {
        for line in sample()
            .lines()
            .filter(|line| !line.starts_with([' ', '#', '{', '}']))
        {
            let name = line.split_whitespace().nth(1).unwrap_or_default();
            assert!((1..=32).contains(&name.len()), "{line}");
        }
    }

    #[test]
    fn only_the_implicit_port_is_the_tls_port() {
        let words: Vec<String> = sample().split_whitespace().map(str::to_owned).collect();
        let value_of = |keyword: &str| {
            words
                .iter()
                .position(|word| word == keyword)
                .and_then(|at| words.get(at + 1))
                .cloned()
        };
        assert_eq!(value_of("TLSPORT").as_deref(), Some("12990"));
    }
}
