//! `ttls check`: what this host lacks, found out by doing it.

use std::path::PathBuf;
use std::process::ExitCode;

use ttls_agent::admin::AdminSocket;
use ttls_keyring::Keyrings;

use crate::args::Check;
use crate::output::print;
use crate::policy;

/// Exit code where something is lacking.
const EXIT_LACKS: u8 = 1;

/// What was tried and what came of it: a remark, or why it cannot be done.
type Tried = (&'static str, Result<String, String>);

pub(crate) fn check(args: &Check) -> anyhow::Result<ExitCode> {
    let keyrings = policy::keyrings(args.keyrings.clone())?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let tried = runtime.block_on(try_all(keyrings));
    let mut lacks = 0;
    let mut text = String::new();
    for (what, result) in tried {
        let (word, remark) = match result {
            Ok(remark) => ("ok", remark),
            Err(why) => {
                lacks += 1;
                ("lacks", why)
            }
        };
        text.push_str(&format!("{word:<6} {what:<26} {remark}\n"));
    }
    print(&text)?;
    Ok(if lacks == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(EXIT_LACKS)
    })
}

async fn try_all(keyrings: PathBuf) -> Vec<Tried> {
    vec![
        ("private namespace (run)", namespace().await),
        ("low ports (agent)", low_port().await),
        ("runtime folder", runtime_folder()),
        ("key rings", rings(keyrings)),
        ("open files", open_files()),
        ("confinement (--confine)", ttls_agent::try_confinement()),
    ]
}

/// A namespace with its addresses, routes and TPROXY rules is made, and ended.
async fn namespace() -> Result<String, String> {
    let (namespace, _caught) = ttls_intercept::Namespace::create()
        .await
        .map_err(|error| error.to_string())?;
    namespace.end().await;
    Ok("made with its addresses, routes and TPROXY rules".to_owned())
}

/// Any port below 1024 that is free.
async fn low_port() -> Result<String, String> {
    for port in (512..1024).rev() {
        match ttls_intercept::listen::bind(([127, 0, 0, 1], port).into()) {
            Ok(_) => return Ok(format!("listened on 127.0.0.1:{port}")),
            Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {}
            Err(error) => {
                return Err(format!(
                    "{error}; ports below 1024 need root or CAP_NET_BIND_SERVICE"
                ));
            }
        }
    }
    Err("every port from 512 to 1023 is in use".to_owned())
}

/// An admin socket is opened there, and removed.
fn runtime_folder() -> Result<String, String> {
    let socket = AdminSocket::in_runtime_folder("check").map_err(|error| error.to_string())?;
    Ok(format!("opened {}", socket.path().display()))
}

/// Every ring is opened.
fn rings(folder: PathBuf) -> Result<String, String> {
    if !folder.exists() {
        return Err(format!(
            "{} does not exist; `ttls keyring new` makes it",
            folder.display()
        ));
    }
    let keyrings = Keyrings::new(folder);
    let rings = keyrings.list().map_err(|error| error.to_string())?;
    Ok(format!("{} in {}", rings.len(), keyrings.root().display()))
}

/// Each connection takes two descriptors, a data connection two more.
fn open_files() -> Result<String, String> {
    const ENOUGH: u64 = 40_000;
    let (_, hard) = nix::sys::resource::getrlimit(nix::sys::resource::Resource::RLIMIT_NOFILE)
        .map_err(|error| error.to_string())?;
    if hard < ENOUGH {
        Err(format!(
            "{hard} at most; 10,000 FTP sessions need {ENOUGH} (LimitNOFILE=, ulimit -Hn)"
        ))
    } else {
        Ok(format!("{hard} at most"))
    }
}
