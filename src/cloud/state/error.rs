//! Why the database is of no use.

/// A failure of the database. It is the operator's, never a client's, to mend.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// The URL is not one of a database that can be used.
    #[error("\"{scheme}\" is no database that can be used: expected sqlite: or postgres:")]
    Scheme {
        /// What the URL begins with.
        scheme: String,
    },
    /// It cannot be opened or connected to.
    #[error("cannot open the database {name}")]
    Open {
        /// The database, without its password.
        name: String,
        /// Why.
        source: sqlx::Error,
    },
    /// Its tables cannot be brought up to date.
    #[error("cannot bring the tables of the database up to date")]
    Migrate(#[source] sqlx::migrate::MigrateError),
    /// A statement failed.
    #[error("the database failed")]
    Statement(#[from] sqlx::Error),
    /// A change was made together with others, and the end of that is not known.
    #[error("the change may not have been committed: {why}")]
    Lost {
        /// What happened.
        why: String,
    },
    /// A row holds what no version of amikit writes.
    #[error("the database has {found:?} as {column} of {row}")]
    Damaged {
        /// The column.
        column: &'static str,
        /// Which row.
        row: String,
        /// What it holds, shortened.
        found: String,
    },
}

impl StateError {
    /// Whether the disk of the database is full: with room, the same succeeds.
    #[must_use]
    pub fn is_full(&self) -> bool {
        /// `SQLITE_FULL`, and PostgreSQL's `disk_full`.
        const CODES: [&str; 2] = ["13", "53100"];
        let Self::Statement(sqlx::Error::Database(error)) = self else {
            return false;
        };
        error.code().is_some_and(|code| CODES.contains(&&*code))
    }
}

/// What functions of the database return.
pub type StateResult<T> = Result<T, StateError>;
