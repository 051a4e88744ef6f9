//! `amikit-cloud user add`.

use clap::Arg;

use super::{about_one, in_office, show_secret, tell};
use crate::cli::controller::settings;
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome, flag, option};
use crate::cloud::accounts::NewUser;

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "cloud user add",
    about: "Make a user: an account, an access key and a credentials folder",
    details: "\
Names have 1 to 30 letters, digits, '_', '.', '@' or '-'. The folder is below credentials of the \
data directory, and works at once, also while the cloud runs: give it to the user whole. It has \
the only copy of the private key that bundles are signed with.",
    examples: &[
        "amikit-cloud user add jo",
        "amikit-cloud user add jo --email jo@example.org --output json",
    ],
    args,
    sources: settings::SOURCES,
    rows: false,
    run,
};

fn args() -> Vec<Arg> {
    about_one(vec![
        option(
            "email",
            "ADDRESS",
            "E-mail address, by which others may grant something",
        ),
        flag("admin", "May do everything with everybody's buckets"),
        show_secret(),
    ])
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let user = NewUser {
        name: session.required_text("name")?,
        email: session.text("email")?,
        is_admin: session.values.flag("admin"),
    };
    let given = in_office(session, async |office| office.add(&user).await)?;
    tell(session, &given)?;
    Ok(Outcome::Done)
}
