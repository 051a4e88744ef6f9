//! `authorize`.

use super::rules::{self, Verb};
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome};

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "authorize",
    about: "Let traffic pass to or from the instances of a group",
    details: "Without --cidr and --source-group, traffic may come from everywhere.",
    examples: &[
        "amikit authorize web -P tcp -p 443",
        "amikit authorize db -P tcp -p 5432 -o web -u 123456789012",
        "amikit authorize web -P icmp -t 8:0 -s 10.0.0.0/8",
    ],
    args: rules::args,
    sources: &[],
    rows: true,
    run,
};

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    rules::run(session, Verb::Authorize)
}
