//! `amikit-cloud user keys add|list|remove`: two access keys at most, so that one can follow the
//! other without a gap.

use clap::Arg;
use serde::Serialize;
use serde_json::json;

use super::{about_one, in_office, note_new_pair, show_secret, tell};
use crate::cli::controller::settings;
use crate::cli::dialect::Family;
use crate::cli::ec2::{Line, Row, show};
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome};
use crate::cloud::state::accounts::AccessKey;
use crate::cloud::walrus::iso_ms;

/// `keys add`.
pub static ADD: CommandSpec = CommandSpec {
    name: "cloud user keys add",
    about: "Make one more access key for a user",
    details: "\
The credentials folder gets the new key; the one before it opens everything until it is removed. \
A user may have two keys: to change them, add one, bring it to whatever uses the old one, and \
remove that.",
    examples: &[
        "amikit-cloud user keys add jo",
        "amikit-cloud user keys add jo --show-secret --output json",
    ],
    args: add_args,
    sources: settings::SOURCES,
    rows: false,
    run: add,
};

/// `keys list`.
pub static LIST: CommandSpec = CommandSpec {
    name: "cloud user keys list",
    about: "List the access keys of a user",
    details: "Only the ids are shown. The newest key is the one in the credentials folder.",
    examples: &["amikit-cloud user keys list jo"],
    args: list_args,
    sources: settings::SOURCES,
    rows: true,
    run: list,
};

/// `keys remove`.
pub static REMOVE: CommandSpec = CommandSpec {
    name: "cloud user keys remove",
    about: "Take an access key away from a user",
    details: "\
It opens nothing a second later, also while the cloud runs. The credentials folder gets the key \
that is left.",
    examples: &["amikit-cloud user keys remove jo AKIABCDEFGHIJKLMNOPQ"],
    args: remove_args,
    sources: settings::SOURCES,
    rows: false,
    run: remove,
};

/// A key in the list.
#[derive(Debug, Serialize)]
struct KeyRow {
    access_key_id: String,
    active: bool,
    created: String,
}

impl Row for KeyRow {
    const HEADS: &'static [&'static str] = &["access_key_id", "active", "created"];

    fn cells(&self) -> Vec<Option<String>> {
        let active = if self.active { "yes" } else { "no" };
        vec![
            Some(self.access_key_id.clone()),
            Some(active.to_owned()),
            Some(self.created.clone()),
        ]
    }

    /// No old tool lists them.
    fn lines(&self, _: Family) -> Vec<Line> {
        Vec::new()
    }
}

fn add_args() -> Vec<Arg> {
    about_one(vec![show_secret()])
}

fn list_args() -> Vec<Arg> {
    about_one(Vec::new())
}

fn remove_args() -> Vec<Arg> {
    let key = Arg::new("key")
        .value_name("ACCESS-KEY-ID")
        .help("The key to take away")
        .required(true);
    about_one(vec![key])
}

fn add(session: &Session<'_>) -> Result<Outcome, Failure> {
    let name = session.required_text("name")?;
    let given = in_office(session, async |office| office.add_key(&name).await)?;
    note_new_pair(session, &given);
    tell(session, &given)?;
    Ok(Outcome::Done)
}

fn list(session: &Session<'_>) -> Result<Outcome, Failure> {
    let name = session.required_text("name")?;
    let (_, keys) = in_office(session, async |office| office.keys(&name).await)?;
    let row = |key: &AccessKey| KeyRow {
        access_key_id: key.id.clone(),
        active: key.is_active,
        created: iso_ms(key.created_ms),
    };
    let rows: Vec<_> = keys.iter().map(row).collect();
    show(session, "keys", &rows)?;
    Ok(Outcome::Done)
}

fn remove(session: &Session<'_>) -> Result<Outcome, Failure> {
    let (name, id) = (
        session.required_text("name")?,
        session.required_text("key")?,
    );
    let left = in_office(session, async |office| office.remove_key(&name, &id).await)?;
    if session.is_json() {
        session.json(&json!({
            "name": name,
            "removed": id,
            "access_key_id": left.left_id,
            "credentials": left.folder,
        }))?;
        return Ok(Outcome::Done);
    }
    session.line(&format!("removed      {id}"))?;
    match &left.left_id {
        Some(id) => session.line(&format!("access key   {id}"))?,
        None => session.note(&format!(
            "{name} has no access key now: amikit-cloud user keys add {name}"
        )),
    }
    if let Some(folder) = &left.folder {
        session.line(&format!("credentials  {}", folder.display()))?;
    }
    Ok(Outcome::Done)
}
