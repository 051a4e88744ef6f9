//! `amikit-cloud config print`: every setting, what it is, its default or the value in force.

use clap::Arg;

use super::settings;
use crate::cli::failure::{Exit, Failure};
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome, flag};
use crate::cloud::config::Config;

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "cloud config print",
    about: "Print every setting as a commented configuration file",
    details: "\
Prints the defaults, whatever is set; with --effective the values that amikit-cloud up would run \
with. Secrets are left out. With --output json, the settings that have a value, as an object.",
    examples: &[
        "amikit-cloud config print > /var/lib/amikit-cloud/amikit-cloud.toml",
        "amikit-cloud config print --effective --data /srv/cloud",
    ],
    args,
    sources: settings::SOURCES,
    rows: false,
    run,
};

fn args() -> Vec<Arg> {
    let effective = flag(
        "effective",
        "Print the values in force: of options, variables and the file",
    );
    let mut args = vec![effective];
    // They would change nothing without it.
    args.extend(
        settings::args()
            .into_iter()
            .map(|arg| arg.requires("effective")),
    );
    args
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let config = if session.values.flag("effective") {
        settings::read(session)?.config
    } else {
        Config::default()
    };
    let text = config.print();
    if session.is_json() {
        let failure = |error: &dyn std::fmt::Display| {
            Failure::new(
                Exit::Failed,
                format!("cannot tell the settings as JSON: {error}"),
            )
        };
        let table: toml::Table = text.parse().map_err(|error| failure(&error))?;
        let value = serde_json::to_value(table).map_err(|error| failure(&error))?;
        session.json(&value)?;
    } else {
        session.print(&text)?;
    }
    Ok(Outcome::Done)
}
