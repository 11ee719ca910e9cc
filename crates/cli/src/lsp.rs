//! `ttls lsp`.

use std::process::ExitCode;

use anyhow::Context;

pub(crate) fn lsp() -> anyhow::Result<ExitCode> {
    ttls_lsp::serve().context("language server")?;
    Ok(ExitCode::SUCCESS)
}
