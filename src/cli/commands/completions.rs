//! `completions`: writes a shell's completions.

use std::str::FromStr as _;

use clap::Arg;
use clap_complete::Shell;

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
            "Name to complete: amikit or one of the old tools' names",
        )
        .long(None::<&str>)
        .default_value("amikit"),
    ]
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let name = session
        .text("shell")?
        .ok_or_else(|| session.missing("shell"))?;
    let shell = Shell::from_str(&name).map_err(|_| {
        Failure::usage(format!(
            "\"{name}\" is not a shell: expected bash, elvish, fish, powershell or zsh"
        ))
    })?;
    let program = session.text("program")?.unwrap_or_default();
    let mut command = match app::dialect_command(&program) {
        Some(assembled) => assembled.clap,
        None if program == "amikit" => app::root(),
        None => {
            let names: Vec<_> = dialect::names().collect();
            return Err(Failure::usage(format!(
                "\"{program}\" is not a program: expected amikit, {}",
                names.join(", ")
            )));
        }
    };
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut command, program, &mut text);
    session.print(&String::from_utf8_lossy(&text))?;
    Ok(Outcome::Done)
}
