//! What to do when the small cloud cannot be configured, or its keys cannot be made or used.
//!
//! No `match` here has a rest within the crate's own words: whoever adds an error says what helps.

use std::io::ErrorKind;

use sqlx::error::DatabaseError;
use sqlx::migrate::MigrateError;

use super::{Exit, Failure};
use crate::aws::AwsError;
use crate::cloud::CloudError;
use crate::cloud::accounts::AccountError;
use crate::cloud::config::ConfigError;
use crate::cloud::front::FrontError;
use crate::cloud::identity::IdentityError;
use crate::cloud::objects::StoreError;
use crate::cloud::state::StateError;

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        let hint = match &error {
            ConfigError::Read { .. } => "amikit-cloud config print writes a file to begin with",
            ConfigError::Line { .. } | ConfigError::Unfit { .. } => {
                "amikit-cloud config print tells every setting and what it may be"
            }
        };
        Self::from_error(Exit::Credentials, &error).hint(hint)
    }
}

impl From<IdentityError> for Failure {
    fn from(error: IdentityError) -> Self {
        use IdentityError as E;
        let (exit, hint) = match &error {
            E::Folder { .. } | E::Write { .. } | E::Workspace(_) => (
                Exit::Failed,
                "the data directory must be yours to write, with room on its disk: --data DIR",
            ),
            E::Read { .. } => (Exit::Credentials, "the file must be readable for you"),
            E::Damaged { .. } | E::Apart { .. } => (
                Exit::Credentials,
                "put both files back from a backup, or move both away to have new ones made",
            ),
            E::KeyMissing { .. } => (
                Exit::Credentials,
                "put the key back from a backup: what was sealed for it opens with no other. \
                 Without one, move the certificate away to begin with a new pair",
            ),
            E::Make { .. } => (Exit::Failed, "try again"),
            E::Clock { .. } => (Exit::Failed, "set the clock of this machine"),
            E::UserName { .. } => (
                Exit::Usage,
                "1 to 30 letters, digits, '_', '.', '@' or '-', such as jo@example.org",
            ),
            E::Path { .. } => (Exit::Usage, "choose another data directory: --data DIR"),
        };
        Self::from_error(exit, &error).hint(hint)
    }
}

impl From<CloudError> for Failure {
    fn from(error: CloudError) -> Self {
        match error {
            CloudError::Identity(error) => error.into(),
            CloudError::Account(error) => error.into(),
            CloudError::State(error) => error.into(),
            CloudError::Store(error) => error.into(),
            CloudError::Front(error) => error.into(),
            CloudError::NoCloud { .. } => Self::from_error(Exit::Failed, &error)
                .hint("name its data directory with --data DIR, or its database with --database"),
            CloudError::NoStore => Self::from_error(Exit::Credentials, &error)
                .hint("amikit-cloud config print tells what [objects] needs"),
            CloudError::Failed { .. } => {
                Self::from_error(Exit::Failed, &error).hint("the log tells more: -v")
            }
        }
    }
}

impl From<FrontError> for Failure {
    fn from(error: FrontError) -> Self {
        use FrontError as E;
        let (exit, hint) = match &error {
            E::Occupied { .. } => (
                Exit::Failed,
                "stop that program, or choose another port: --port, --s3-port, --tls-port; \
                 --port 0 takes any free ones",
            ),
            E::Forbidden { .. } => (
                Exit::Failed,
                "choose a port from 1024 on, or let the program have this one: CAP_NET_BIND_SERVICE",
            ),
            E::NotOurs { .. } => (
                Exit::Failed,
                "choose an address of this machine, or 0.0.0.0 for all: --bind ADDRESS",
            ),
            E::Listen { .. } => (
                Exit::Failed,
                "choose another address or port: --bind, --port",
            ),
            E::ReadPem { .. } | E::NoPem { .. } | E::Tls { .. } => (
                Exit::Credentials,
                "[tls] of the configuration names certificate and private-key, both PEM",
            ),
        };
        Self::from_error(exit, &error).hint(hint)
    }
}

impl From<AccountError> for Failure {
    fn from(error: AccountError) -> Self {
        use AccountError as E;
        let (exit, hint) = match &error {
            E::Unknown { .. } => (
                Exit::Failed,
                "amikit-cloud user list tells who there is".into(),
            ),
            E::Taken { name, .. } => (
                Exit::Failed,
                format!("amikit-cloud user credentials {name} writes its credentials again"),
            ),
            E::Email { .. } => (Exit::Usage, "such as jo@example.org".into()),
            E::EmailTaken { .. } => (
                Exit::Failed,
                "grants name accounts by their address: choose another, or none".into(),
            ),
            E::TooManyKeys { name, ids } => (
                Exit::Failed,
                format!(
                    "when nothing uses the older one any more: amikit-cloud user keys remove \
                     {name} {}",
                    ids.first().map_or("ID", String::as_str)
                ),
            ),
            E::NoSuchKey { name, .. } => (
                Exit::Failed,
                format!("amikit-cloud user keys list {name} tells which there are"),
            ),
            E::NoKey { name } => (
                Exit::Failed,
                format!("amikit-cloud user keys add {name} makes one"),
            ),
            E::HasBuckets { .. } => (
                Exit::Failed,
                "--with-buckets deletes them with all their objects, for good".into(),
            ),
            E::Occupied { .. } => (Exit::Usage, "name a new folder: --to DIR".into()),
            E::Needed { .. } => (
                Exit::Failed,
                "to lock it out of keys that others know: amikit-cloud user keys".into(),
            ),
        };
        Self::from_error(exit, &error).hint(hint)
    }
}

/// What to do about a database that cannot be opened.
fn unopened(name: &str, source: &sqlx::Error) -> (Exit, &'static str) {
    if name.starts_with("sqlite:") {
        // SQLite's SQLITE_NOTADB.
        let is_another = |error: &dyn DatabaseError| error.code().is_some_and(|code| code == "26");
        if source.as_database_error().is_some_and(is_another) {
            let hint =
                "put the file back from a backup, or choose another data directory: --data DIR";
            return (Exit::Integrity, hint);
        }
        let hint = "the data directory must be yours to write, with room on its disk: --data DIR";
        return (Exit::Failed, hint);
    }
    match source {
        sqlx::Error::Io(why) if why.kind() == ErrorKind::TimedOut => (
            Exit::Timeout,
            "check host and port, and whether a firewall is between: --database URL",
        ),
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) => (
            Exit::Unreachable,
            "is PostgreSQL started, and does it listen there? Check host and port: --database URL",
        ),
        sqlx::Error::Configuration(_) => (
            Exit::Usage,
            "--database postgres://USER:PASSWORD@HOST:PORT/NAME, or none for SQLite",
        ),
        _ => (
            Exit::Credentials,
            "user, password and database must be there: does psql URL let you in?",
        ),
    }
}

impl From<StateError> for Failure {
    fn from(error: StateError) -> Self {
        let (exit, hint) = match &error {
            StateError::Scheme { .. } => (
                Exit::Usage,
                "--database postgres://USER:PASSWORD@HOST/NAME, or none for SQLite",
            ),
            StateError::Open { name, source } => unopened(name, source),
            StateError::Migrate(MigrateError::Execute(_) | MigrateError::ExecuteMigration(..)) => (
                Exit::Failed,
                "the database must be yours to change, with room on its disk",
            ),
            StateError::Migrate(_) => (
                Exit::Failed,
                "a newer amikit-cloud may have used this database: use that one",
            ),
            StateError::Statement(_) | StateError::Lost { .. } => {
                (Exit::Failed, "try again; the disk may be full")
            }
            StateError::Damaged { .. } => (Exit::Integrity, "amikit-cloud fsck tells more"),
        };
        Self::from_error(exit, &error).hint(hint)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        use StoreError as E;
        let (exit, hint) = match &error {
            E::Full { .. } => (Exit::Failed, "make room on the disk"),
            E::Io { .. } => (
                Exit::Failed,
                "the data directory must be yours to write: --data DIR",
            ),
            E::Kind { .. } => (
                Exit::Failed,
                "move it away, or choose another data directory: --data DIR",
            ),
            E::Exposed { .. } => (Exit::Failed, "take that from the others: chmod go-w"),
            E::InUse { .. } => (
                Exit::Failed,
                "stop the amikit-cloud that runs with this data",
            ),
            E::Foreign { .. } => (
                Exit::Failed,
                "choose another bucket or prefix: --objects s3://BUCKET/PREFIX",
            ),
            E::Service { source, .. } => (
                match **source {
                    AwsError::Transport { .. } => Exit::Unreachable,
                    _ => Exit::Service,
                },
                "the S3 that objects are kept in must be reachable, and let the keys in: \
                 endpoint and keys are in [objects], or AMIKIT_CLOUD_OBJECTS_…",
            ),
            E::NotFound { .. }
            | E::Exists { .. }
            | E::Size { .. }
            | E::TooLarge { .. }
            | E::Unwritten { .. } => (Exit::Integrity, "amikit-cloud fsck tells more"),
        };
        Self::from_error(exit, &error).hint(hint)
    }
}
