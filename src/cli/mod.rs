//! The command line: `amikit`, and the old tools' names that it answers to.
//!
//! ```text
//! app ─► dialect ─► spec ─► values ─► commands/* ─► library
//!                                        └─► failure: hint and exit code, nowhere else
//! ```
//!
//! One command is one file in `commands`, listed in one table from which help, dispatch,
//! completions, manuals and links come. Results go to stdout, everything else to stderr.

pub mod app;
pub mod cloud;
mod cloud_certificate;
pub mod commands;
#[cfg(feature = "cloud")]
pub mod controller;
pub mod credentials;
pub mod dialect;
pub mod ec2;
pub mod failure;
pub mod globals;
pub mod host;
pub mod logging;
mod passphrase;
pub mod progress;
mod root_help;
pub mod session;
pub mod signals;
pub mod spec;
pub mod usage;
pub mod values;

use std::cell::RefCell;
use std::ffi::OsString;
use std::io::{self, IsTerminal as _};
use std::process::ExitCode;

/// Runs the command line of this process.
#[must_use]
pub fn main() -> ExitCode {
    run_process(app::run)
}

/// Runs the command line of this process as `amikit-cloud`'s.
#[cfg(feature = "cloud")]
#[must_use]
pub fn cloud_main() -> ExitCode {
    run_process(app::run_controller)
}

fn run_process(run: fn(&[OsString], &session::Surroundings<'_>) -> u8) -> ExitCode {
    let argv: Vec<OsString> = std::env::args_os().collect();
    let surroundings = session::Surroundings {
        env: &|name| std::env::var_os(name),
        out: &RefCell::new(io::stdout()),
        err: &RefCell::new(io::stderr()),
        err_is_terminal: io::stderr().is_terminal(),
        may_ask: true,
        owns_process: true,
    };
    ExitCode::from(run(&argv, &surroundings))
}

#[cfg(test)]
mod tests;
