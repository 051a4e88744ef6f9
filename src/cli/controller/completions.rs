//! `amikit-cloud completions`: writes a shell's completions of this program.

use clap::Arg;

use super::{PROGRAM, root};
use crate::cli::commands::completions;
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome, option};

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "cloud completions",
    about: "Write a shell's completions to stdout",
    details: "The manual pages are written by amikit man DIR, with those of amikit.",
    examples: &["amikit-cloud completions bash > /etc/bash_completion.d/amikit-cloud"],
    args,
    sources: &[],
    rows: false,
    run,
};

fn args() -> Vec<Arg> {
    vec![
        option("shell", "SHELL", "bash, elvish, fish, powershell or zsh")
            .long(None::<&str>)
            .required(true),
    ]
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let shell = session.required_text("shell")?;
    completions::write(session, &shell, root(), PROGRAM.to_owned())
}
