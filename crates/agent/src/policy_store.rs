//! Reading policy files for the compiler, which does no I/O itself.

use std::path::{Path, PathBuf};

use ttls_policy::{Compilation, SourceText, compile, decode};

/// A policy file with everything it includes, compiled; it may hold errors.
#[derive(Debug)]
pub struct LoadedPolicy {
    /// The file that was asked for.
    pub path: PathBuf,
    /// What the compiler made of it.
    pub compilation: Compilation,
}

/// Reads and compiles one policy file. The compiler looks for the
/// files that it names beside it; a main file of the agent (pagent.conf) leads to its policies.
///
/// # Errors
/// The file itself cannot be read. Everything else is a diagnostic of the compilation.
pub fn load_policy(path: &Path) -> std::io::Result<LoadedPolicy> {
    let text = decode(std::fs::read(path)?);
    let source = SourceText {
        name: path.display().to_string(),
        text,
    };
    let compilation = compile(&[source], &mut |included: &Path| {
        std::fs::read(included).map(decode)
    });
    Ok(LoadedPolicy {
        path: path.to_owned(),
        compilation,
    })
}
