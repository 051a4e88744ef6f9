//! `completions`: writes a shell's completions.

use std::str::FromStr as _;

use clap::{Arg, Command};
use clap_complete::Shell;

#[cfg(feature = "cloud")]
use crate::cli::controller;
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome, option};
use crate::cli::{app, dialect};

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "completions",
    about: "Write a shell's completions to stdout",
    details: "",
    examples: &[
        "amikit completions bash > /etc/bash_completion.d/amikit",
        "amikit completions zsh euca-bundle-image > _euca-bundle-image",
    ],
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
        option(
            "program",
            "PROGRAM",
            "Name to complete: amikit, amikit-cloud or one of the old tools' names",
        )
        .long(None::<&str>)
        .default_value("amikit"),
    ]
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let name = session
        .text("shell")?
        .ok_or_else(|| session.missing("shell"))?;
    let program = session.text("program")?.unwrap_or_default();
    let command = match app::dialect_command(&program) {
        Some(assembled) => assembled.clap,
        None if program == "amikit" => app::root(),
        #[cfg(feature = "cloud")]
        None if program == controller::PROGRAM => controller::root(),
        None => {
            let names: Vec<_> = dialect::names().collect();
            return Err(Failure::usage(format!(
                "\"{program}\" is not a program: expected amikit, {}",
                names.join(", ")
            )));
        }
    };
    write(session, &name, command, program)
}

/// Writes the completions of a program for the shell of this name.
pub(in crate::cli) fn write(
    session: &Session<'_>,
    name: &str,
    mut command: Command,
    program: String,
) -> Result<Outcome, Failure> {
    let shell = Shell::from_str(name).map_err(|_| {
        Failure::usage(format!(
            "\"{name}\" is not a shell: expected bash, elvish, fish, powershell or zsh"
        ))
    })?;
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut command, program, &mut text);
    session.print(&String::from_utf8_lossy(&text))?;
    Ok(Outcome::Done)
}
