//! `amikit-cloud user credentials`.

use clap::Arg;

use super::{about_one, in_office, note_new_pair, show_secret, tell};
use crate::cli::controller::settings;
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome, path};

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "cloud user credentials",
    about: "Write a user's credentials folder again",
    details: "\
Nothing changes that works: the folder gets the newest access key there is, and where the cloud \
listens. The private key for bundles is in folders only. If neither the folder that is written \
nor the usual one has it, a new one is made, and its certificate is added to the old ones.",
    examples: &[
        "amikit-cloud user credentials jo",
        "amikit-cloud user credentials jo --to /mnt/usb/jo",
    ],
    args,
    sources: settings::SOURCES,
    rows: false,
    run,
};

fn args() -> Vec<Arg> {
    about_one(vec![
        path(
            "to",
            "DIR",
            "Folder to write, new or empty (default: credentials/NAME of the data directory)",
        ),
        show_secret(),
    ])
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let name = session.required_text("name")?;
    let to = session.path("to")?;
    let given = in_office(session, async |office| {
        office.credentials(&name, to.as_deref()).await
    })?;
    note_new_pair(session, &given);
    tell(session, &given)?;
    Ok(Outcome::Done)
}
