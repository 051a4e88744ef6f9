//! `amikit-cloud user …`: who may use the cloud, and with what. A file for each command.

pub mod add;
pub mod certificates;
pub mod credentials;
pub mod delete;
pub mod keys;
pub mod list;

use clap::Arg;
use serde_json::json;

use super::cloud::{describe, runtime};
use super::settings;
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::flag;
use crate::cloud::CloudError;
use crate::cloud::accounts::{Given, Office};
use crate::cloud::identity::folder::shell_quoted;
use crate::cloud::walrus::iso_ms;

/// Does something in the office of the cloud that the settings name, which may be running.
fn in_office<T>(
    session: &Session<'_>,
    work: impl AsyncFnOnce(&Office) -> Result<T, CloudError>,
) -> Result<T, Failure> {
    let cloud = describe(settings::read(session)?)?;
    let done = runtime()?.block_on(async {
        let office = Office::open(&cloud).await?;
        let done = work(&office).await;
        office.close().await;
        done
    });
    Ok(done?)
}

/// The user that a command is about.
fn name() -> Arg {
    Arg::new("name")
        .value_name("NAME")
        .help("The user's name")
        .required(true)
}

fn show_secret() -> Arg {
    flag(
        "show-secret",
        "Print the secret of the access key, too, which is in the folder anyway",
    )
}

/// The options of a command about one user.
fn about_one(own: Vec<Arg>) -> Vec<Arg> {
    let mut args = vec![name()];
    args.extend(own);
    args.extend(settings::place_args());
    args
}

/// Tells what a user was given. The secret is told only where that was asked for.
fn tell(session: &Session<'_>, given: &Given) -> Result<(), Failure> {
    let (account, key) = (&given.account, &given.key);
    let secret = session.values.flag("show-secret").then_some(&key.secret);
    if session.is_json() {
        let mut value = json!({
            "name": account.name,
            "account": account.id,
            "canonical_id": account.canonical_id,
            "email": account.email,
            "admin": account.is_admin,
            "created": iso_ms(account.created_ms),
            "access_key_id": key.id,
            "credentials": given.folder,
            "new_certificate": given.is_new_pair,
        });
        if let Some(secret) = secret {
            value["secret_access_key"] = json!(secret);
        }
        return session.json(&value);
    }
    let secret = secret.map_or_else(String::new, |secret| format!("secret       {secret}\n"));
    let eucarc = given.folder.join("eucarc");
    session.print(&format!(
        "\
user         {}
account      {}
access key   {}
{secret}credentials  {}

To use it, in a shell:

    . {}
",
        account.name,
        account.id,
        key.id,
        given.folder.display(),
        shell_quoted(&eucarc.to_string_lossy()),
    ))
}

/// Tells that bundles are signed with another key from now on.
fn note_new_pair(session: &Session<'_>, given: &Given) {
    if given.is_new_pair {
        session.note(&format!(
            "the private key for bundles was in no folder, so a new one was made, with a new \
             certificate; bundles signed with the old one stay good (amikit-cloud user \
             certificates {})",
            given.account.name
        ));
    }
}
