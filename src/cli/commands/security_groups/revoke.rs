//! `revoke`.

use super::rules::{self, Verb};
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome};

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "revoke",
    about: "Take a rule of a group away",
    details: "The rule is told as it was to authorize.",
    examples: &["amikit revoke web -P tcp -p 443"],
    args: rules::args,
    sources: &[],
    rows: true,
    run,
};

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    rules::run(session, Verb::Revoke)
}
