//! Where metrics are served: `ADDRESS:PORT` or `unix:PATH`.

use std::fmt;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::FileTypeExt;
use std::path::PathBuf;
use std::str::FromStr;

use tokio::net::{TcpListener, UnixListener};

/// Where metrics are to be served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MetricsPlace {
    /// A TCP address.
    Tcp(SocketAddr),
    /// A unix socket.
    Unix(PathBuf),
}

/// Why metrics are not served.
#[derive(Debug, thiserror::Error)]
pub enum MetricsPlaceError {
    /// The text is no place.
    #[error(
        "`{0}` is neither ADDRESS:PORT nor unix:PATH; examples: 127.0.0.1:9478, [::1]:9478, unix:/run/ttls/metrics.sock"
    )]
    NoPlace(String),
    /// The system refuses.
    #[error("metrics on {place}: {error}; choose another place with --metrics")]
    System {
        /// Where.
        place: MetricsPlace,
        /// What the system says.
        error: io::Error,
    },
}

/// Open, and not yet served.
#[derive(Debug)]
pub enum MetricsSocket {
    /// On a TCP address.
    Tcp(TcpListener),
    /// On a unix socket.
    Unix(UnixListener),
}

impl FromStr for MetricsPlace {
    type Err = MetricsPlaceError;

    fn from_str(text: &str) -> Result<Self, MetricsPlaceError> {
        if let Some(path) = text.strip_prefix("unix:") {
            return Ok(Self::Unix(PathBuf::from(path)));
        }
        let address = text.parse();
        address
            .map(Self::Tcp)
            .map_err(|_| MetricsPlaceError::NoPlace(text.to_owned()))
    }
}

impl fmt::Display for MetricsPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

impl MetricsPlace {
    /// Opens it. Needs a tokio runtime.
    ///
    /// # Errors
    /// What the system says.
    pub fn open(&self) -> Result<MetricsSocket, MetricsPlaceError> {
        let open = || match self {
            Self::Tcp(address) => ttls_intercept::listen::bind(*address).map(MetricsSocket::Tcp),
            Self::Unix(path) => {
                let dead = fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_socket())
                    && std::os::unix::net::UnixStream::connect(path).is_err();
                if dead {
                    fs::remove_file(path)?;
                }
                UnixListener::bind(path).map(MetricsSocket::Unix)
            }
        };
        open().map_err(|error| MetricsPlaceError::System {
            place: self.clone(),
            error,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_reads_as_it_is_written() {
        for text in ["127.0.0.1:9478", "[::1]:9478", "unix:/run/ttls/metrics.sock"] {
            assert_eq!(text.parse::<MetricsPlace>().unwrap().to_string(), text);
        }
        assert!("9478".parse::<MetricsPlace>().is_err());
    }
}
