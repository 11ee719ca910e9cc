//! `ttls fmt`.

use std::process::ExitCode;

use anyhow::bail;
use ttls_policy::render;

use crate::args::Fmt;
use crate::files::{self, Input};
use crate::output;

pub(crate) fn fmt(args: &Fmt) -> anyhow::Result<ExitCode> {
    let (mut unusable, mut differs) = (false, false);
    for input in files::inputs(&args.files) {
        match input.and_then(|input| one(args, &input)) {
            Ok(changed) => differs |= changed,
            Err(error) => {
                eprintln!("ttls: {error:#}");
                unusable = true;
            }
        }
    }
    let found = differs && (args.check || args.diff);
    Ok(ExitCode::from(if unusable {
        crate::EXIT_UNUSABLE
    } else {
        u8::from(found)
    }))
}

/// Whether formatting changes it.
fn one(args: &Fmt, input: &Input) -> anyhow::Result<bool> {
    let source = &input.source;
    if args.diff || (input.path.is_none() && !args.check) {
        input.writable()?;
    }
    let formatted = match ttls_policy::format(source) {
        Ok(formatted) => formatted,
        Err(findings) => {
            for finding in &findings {
                eprint!("{}", render(finding, std::slice::from_ref(source)));
            }
            bail!("{} was left alone: mend this first", source.name);
        }
    };
    let changed = formatted != source.text;
    if args.diff {
        output::print(&files::diff(source, &formatted))?;
    } else if args.check {
        if changed {
            output::print(&format!("{}\n", source.name))?;
        }
    } else if let Some(path) = &input.path {
        if changed {
            files::replace(path, &source.text, &formatted)?;
            eprintln!("{}: formatted", source.name);
        }
    } else {
        output::print(&formatted)?;
    }
    Ok(changed)
}
