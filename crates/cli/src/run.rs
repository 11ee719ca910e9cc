//! `ttls run`.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitCode;

use ttls_agent::{AgentError, Program, run_program};
use ttls_intercept::InterceptError;

use crate::args::Run;
use crate::{admin, logging, metrics, policy};

pub(crate) fn run(args: Run) -> anyhow::Result<ExitCode> {
    let logging = logging::start(&args.common)?;
    let agent = policy::install(&args.common, None)?;
    logging.detach()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let program = Program {
        command: args.command,
        publish: args.publish,
    };
    let ended = runtime.block_on(async {
        admin::open(
            args.common.admin.as_deref(),
            "run",
            &agent,
            logging.level.clone(),
            false,
            None,
        )?;
        metrics::open(args.common.metrics.as_ref(), &agent)?;
        anyhow::Ok(run_program(agent, program).await)
    })?;
    runtime.shutdown_background();
    let status = match ended {
        Ok(status) => status,
        Err(AgentError::Namespace(InterceptError::Start { program, error })) => {
            eprintln!("ttls: cannot start {}: {error}", program.display());
            return Ok(ExitCode::from(not_started(&error)));
        }
        Err(error) => return Err(error.into()),
    };
    let code = status
        .code()
        .or_else(|| status.signal().map(|signal| 128 + signal));
    Ok(ExitCode::from(
        code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1),
    ))
}

/// As shells say it: 127 not found, 126 found and not executable.
fn not_started(error: &std::io::Error) -> u8 {
    match error.kind() {
        std::io::ErrorKind::NotFound => 127,
        _ => 126,
    }
}
