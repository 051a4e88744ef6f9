//! `amikit-cloud user list`.

use serde::Serialize;

use super::in_office;
use crate::cli::controller::settings;
use crate::cli::dialect::Family;
use crate::cli::ec2::{Line, Row, show};
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome};
use crate::cloud::state::overview::Overview;
use crate::cloud::walrus::iso_ms;
use crate::units::Bytes;

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "cloud user list",
    about: "List the users, with their keys and what they have",
    details: "Of access keys only the ids are shown. Bytes count all versions and parts.",
    examples: &["amikit-cloud user list --output tsv"],
    args: settings::place_args,
    sources: settings::SOURCES,
    rows: true,
    run,
};

/// A user in the list.
#[derive(Debug, Serialize)]
struct UserRow {
    name: String,
    account: String,
    canonical_id: String,
    email: Option<String>,
    admin: bool,
    keys: Vec<String>,
    buckets: i64,
    bytes: i64,
    created: String,
}

impl Row for UserRow {
    const HEADS: &'static [&'static str] = &[
        "name", "account", "admin", "keys", "buckets", "size", "created",
    ];

    fn cells(&self) -> Vec<Option<String>> {
        let size = Bytes(self.bytes.try_into().unwrap_or(0));
        vec![
            Some(self.name.clone()),
            Some(self.account.clone()),
            self.admin.then(|| "admin".to_owned()),
            Some(self.keys.join(",")),
            Some(self.buckets.to_string()),
            Some(size.to_string()),
            Some(self.created.clone()),
        ]
    }

    /// No old tool lists them.
    fn lines(&self, _: Family) -> Vec<Line> {
        Vec::new()
    }
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let users = in_office(session, async |office| office.list().await)?;
    let row = |user: Overview| UserRow {
        name: user.account.name,
        account: user.account.id,
        canonical_id: user.account.canonical_id,
        email: user.account.email,
        admin: user.account.is_admin,
        keys: user.keys,
        buckets: user.buckets,
        bytes: user.bytes,
        created: iso_ms(user.account.created_ms),
    };
    let rows: Vec<_> = users.into_iter().map(row).collect();
    show(session, "users", &rows)?;
    Ok(Outcome::Done)
}
