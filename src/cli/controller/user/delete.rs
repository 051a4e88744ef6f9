//! `amikit-cloud user delete`.

use std::io::{self, IsTerminal as _};

use clap::Arg;
use serde_json::json;

use super::{about_one, in_office};
use crate::cli::controller::settings;
use crate::cli::failure::Failure;
use crate::cli::host;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome, flag};

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "cloud user delete",
    about: "Delete a user, with all keys",
    details: "\
A user who has buckets stays, unless they are to be deleted as well. The keys open nothing a \
second later, also while the cloud runs. The credentials folder is put aside, into \
credentials-of-deleted of the data directory: it may have the only key that opens the user's \
bundles. What was broken off is finished by the same command.",
    examples: &[
        "amikit-cloud user delete jo",
        "amikit-cloud user delete jo --with-buckets --yes",
    ],
    args,
    sources: settings::SOURCES,
    rows: false,
    run,
};

fn args() -> Vec<Arg> {
    about_one(vec![
        flag(
            "with-buckets",
            "Delete the user's buckets with all their objects and versions, for good",
        ),
        flag("yes", "Delete buckets without asking").short('y'),
    ])
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let name = session.required_text("name")?;
    let with_buckets = session.values.flag("with-buckets");
    if with_buckets && !session.values.flag("yes") {
        consent(session, &name)?;
    }
    let deleted = in_office(session, async |office| {
        office.delete(&name, with_buckets).await
    })?;
    if session.is_json() {
        session.json(&json!({
            "name": deleted.account.name,
            "account": deleted.account.id,
            "deleted_buckets": deleted.buckets,
            "deleted_versions": deleted.versions,
            "credentials": deleted.folder,
        }))?;
        return Ok(Outcome::Done);
    }
    session.line(&format!("deleted      {name}"))?;
    if deleted.buckets > 0 {
        let (buckets, versions) = (deleted.buckets, deleted.versions);
        session.line(&format!("buckets      {buckets}, with {versions} versions"))?;
    }
    if let Some(folder) = &deleted.folder {
        session.line(&format!("credentials  {}", folder.display()))?;
    }
    Ok(Outcome::Done)
}

/// Objects do not come back: the user is asked, and told how many there are.
fn consent(session: &Session<'_>, name: &str) -> Result<(), Failure> {
    let all = in_office(session, async |office| office.list().await)?;
    let found = all.into_iter().find(|user| user.account.name == name);
    let Some(user) = found.filter(|user| user.buckets > 0) else {
        return Ok(()); // nothing is lost; who does not exist is told later
    };
    let (buckets, bytes) = (user.buckets, user.bytes);
    let can_answer = session.surroundings.may_ask && io::stdin().is_terminal();
    if !can_answer || session.is_json() {
        let message = format!("nobody can be asked whether to delete {buckets} buckets of {name}");
        return Err(Failure::usage(message).hint("pass --yes"));
    }
    let question = format!("Delete {name} and {buckets} buckets with {bytes} bytes, for good?");
    if host::confirm(session, &question)? {
        Ok(())
    } else {
        Err(Failure::declined())
    }
}
