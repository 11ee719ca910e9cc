//! `ttls explain`.

use std::process::ExitCode;

use anyhow::bail;

use crate::output;

pub(crate) fn explain(word: &str) -> anyhow::Result<ExitCode> {
    match ttls_lint::explain(word) {
        Ok(page) => output::print(&page)?,
        Err(Some(near)) => bail!("no finding or keyword is called {word}; did you mean {near}?"),
        Err(None) => {
            bail!("no finding or keyword is called {word}: say a number (TTLS301), name or keyword")
        }
    }
    Ok(ExitCode::SUCCESS)
}
