//! The self-check: real FTPS sessions against the wrapped daemon, and what was negotiated in them.

mod control;
mod negotiated;
mod reply;
mod session;
mod trust;

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use rand::RngCore;
use rustls::ProtocolVersion;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::policy_text::Endpoints;
use crate::stage::WELCOME;
use crate::tell;
use control::Control;
use negotiated::Negotiated;
use session::{Mode, Passive, Session};

/// Size of the file that is uploaded: more than one TLS record, and no round number of them.
const FILE_SIZE: usize = 1_000_003;
/// Bound of one session.
const SESSION: Duration = Duration::from_secs(30);

/// What is checked.
pub(crate) struct Subject<'a> {
    /// The ports.
    pub(crate) endpoints: Endpoints,
    /// The certificate that is trusted, alone.
    pub(crate) authority: &'a Path,
    /// FTP user.
    pub(crate) user: &'a str,
    /// Its password.
    pub(crate) password: &'a str,
    /// The daemon's folder, to compare what arrived.
    pub(crate) files: &'a Path,
}

/// One session of the check.
struct Plan {
    title: &'static str,
    address: SocketAddr,
    mode: Mode,
    passive: Passive,
    protocol: ProtocolVersion,
}

/// Runs the whole check and tells each step.
///
/// # Errors
/// The first thing that is not as it should be.
pub(crate) async fn run(subject: &Subject<'_>) -> Result<()> {
    let Endpoints {
        daemon,
        explicit,
        implicit,
    } = subject.endpoints;
    let said = bounded(daemon_refuses_tls(daemon))
        .await
        .context("the daemon by itself")?;
    tell::fact(
        "ok",
        format_args!("the daemon by itself answers AUTH TLS with \"{said}\""),
    );
    let said = bounded(clear_login_is_refused(explicit, subject.user))
        .await
        .context("a login in clear")?;
    tell::fact(
        "ok",
        format_args!("a login in clear through ttls is answered \"{said}\""),
    );

    let explicit = |title, protocol| Plan {
        title,
        address: explicit,
        mode: Mode::Explicit,
        passive: Passive::Epsv,
        protocol,
    };
    let implicit = |title, protocol| Plan {
        title,
        address: implicit,
        mode: Mode::Implicit,
        passive: Passive::Pasv,
        protocol,
    };
    for plan in [
        explicit("explicit FTPS, TLS 1.3", ProtocolVersion::TLSv1_3),
        implicit("implicit FTPS, TLS 1.3", ProtocolVersion::TLSv1_3),
        explicit("explicit FTPS, TLS 1.2", ProtocolVersion::TLSv1_2),
    ] {
        tell::fact("", plan.title);
        bounded(one_session(subject, &plan)).await.context(plan.title)?;
    }
    Ok(())
}

async fn bounded<T>(step: impl Future<Output = Result<T>>) -> Result<T> {
    timeout(SESSION, step)
        .await
        .with_context(|| format!("not done after {} s", SESSION.as_secs()))?
}

/// The daemon must not know TLS, or the demo would show nothing.
async fn daemon_refuses_tls(daemon: SocketAddr) -> Result<String> {
    let mut control = Control::new(TcpStream::connect(daemon).await?);
    control.reply().await?;
    let reply = control.command("AUTH TLS").await?;
    ensure!(
        reply.class() == 5,
        "AUTH TLS is answered \"{reply}\", not refused"
    );
    Ok(reply.to_string())
}

/// `SECURE_FTP REQUIRED`: without AUTH there is no login, and the password is never asked for.
async fn clear_login_is_refused(explicit: SocketAddr, user: &str) -> Result<String> {
    let mut control = Control::new(TcpStream::connect(explicit).await?);
    control.reply().await?;
    let reply = control.command(&format!("USER {user}")).await?;
    ensure!(reply.class() >= 4, "USER is answered \"{reply}\", not refused");
    Ok(reply.to_string())
}

async fn one_session(subject: &Subject<'_>, plan: &Plan) -> Result<()> {
    let trust = trust::config(subject.authority, plan.protocol)?;
    let mut session = Session::open(plan.address, plan.mode, plan.passive, trust).await?;
    session.login(subject.user, subject.password).await?;
    let control = *session.negotiated();
    ensure!(control.protocol == plan.protocol, "negotiated {control}");
    tell::fact("ok", format_args!("  login     {control}"));

    let (listing, data) = session.list().await?;
    ensure!(
        listing.contains(WELCOME.0),
        "{} is missing in the listing:\n{listing}",
        WELCOME.0
    );
    protected("list", &control, &data, format_args!("{} is there", WELCOME.0))?;

    let mut content = vec![0; FILE_SIZE];
    rand::rng().fill_bytes(&mut content);
    let name = "self-check.bin";
    let data = session.store(name, &content).await?;
    let path = subject.files.join(name);
    let arrived = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    ensure!(
        arrived == content,
        "the daemon's file {} differs from what was uploaded",
        path.display()
    );
    protected(
        "upload",
        &control,
        &data,
        format_args!("{FILE_SIZE} bytes, the daemon's file is identical"),
    )?;

    let (back, data) = session.retrieve(name, FILE_SIZE).await?;
    ensure!(
        back == content,
        "what was downloaded differs from what was uploaded ({} bytes)",
        back.len()
    );
    protected(
        "download",
        &control,
        &data,
        format_args!("{FILE_SIZE} bytes, identical"),
    )?;

    session.delete(name).await?;
    session.quit().await
}

/// A data connection must have the protection of its control connection, and its session.
fn protected(
    step: &str,
    control: &Negotiated,
    data: &Negotiated,
    text: std::fmt::Arguments<'_>,
) -> Result<()> {
    ensure!(
        data.protocol == control.protocol,
        "{step}: control {control}, but data {data}"
    );
    ensure!(
        data.resumed,
        "{step}: the data connection did not resume the session: {data}"
    );
    tell::fact("ok", format_args!("  {step:<9} {data}; {text}"));
    Ok(())
}
