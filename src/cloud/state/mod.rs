//! What the cloud knows: accounts, buckets, versions of objects, uploads, in SQL.
//!
//! ```text
//! read  ─► any of a few connections
//! write ─► one transaction ─► commit ─► only then an answer to the client
//! ```
//!
//! SQLite in the data directory, or PostgreSQL by URL: the same tables and statements. A
//! transaction that changes a bucket's content begins with [`buckets::lock`], which makes
//! those of the same bucket follow each other in both engines. SQLite takes one transaction at a
//! time, so changes that wait for it share one, and its sync to the disk (`group.rs`).
//!
//! What was committed outlives a crash of the program and of the machine.

pub mod accounts;
pub mod buckets;
mod error;
pub mod facts;
pub mod garbage;
mod group;
mod migrations;
pub mod overview;
#[cfg(test)]
pub(in crate::cloud) mod tests;
pub mod uploads;
pub mod versions;

use std::fmt;
use std::future::{Future, ready};
use std::io::ErrorKind;
use std::path::Path;
use std::pin::Pin;
use std::time::Duration;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyConnection, AnyPool, Connection as _, Row as _};

pub use error::{StateError, StateResult};
use group::Group;

/// Connections that read at the same time. SQLite's each have a thread and a cache.
const READERS: u32 = 4;

/// How long a statement waits for a connection, or for another program's lock on SQLite's file.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long a database may take to let in whoever opens it.
const OPENING: Duration = Duration::from_secs(10);

/// Makes SQLite's file if it is not there.
const CREATE: &str = "?mode=rwc";

/// The program behind the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// A file, in this process.
    Sqlite,
    /// A server.
    Postgres,
}

impl Engine {
    /// The type of a text that is compared and sorted by its bytes.
    pub(in crate::cloud) const fn name_type(self) -> &'static str {
        match self {
            Self::Sqlite => "TEXT",
            Self::Postgres => "TEXT COLLATE \"C\"",
        }
    }

    /// How a transaction that writes begins. SQLite's takes the lock at once: a transaction
    /// that reads first and wants to write later may be refused.
    const fn begin(self) -> &'static str {
        match self {
            Self::Sqlite => "BEGIN IMMEDIATE",
            Self::Postgres => "BEGIN",
        }
    }
}

/// The database. Cheap to clone.
#[derive(Clone)]
pub struct State {
    engine: Engine,
    readers: AnyPool,
    writers: AnyPool,
    /// SQLite's changes, which share transactions.
    group: Option<Group>,
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State")
            .field("engine", &self.engine)
            .finish_non_exhaustive()
    }
}

/// A change on its way, boxed.
pub type Change<'c, T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'c>>;

impl State {
    /// Opens the database at a URL and brings its tables up to date. `sqlite:PATH` is made if it
    /// is not there. A server gets at most so many `connections`.
    ///
    /// # Errors
    /// When it cannot be opened, or its tables cannot be brought up to date.
    pub async fn open(url: &str, connections: u32) -> StateResult<Self> {
        let scheme = url.split(':').next().unwrap_or_default();
        match scheme {
            "sqlite" => Self::sqlite(url).await,
            "postgres" | "postgresql" => Self::postgres(url, connections).await,
            _ => Err(StateError::Scheme {
                scheme: scheme.to_owned(),
            }),
        }
    }

    /// The URL of SQLite's file in a data directory.
    #[must_use]
    pub fn url_below(data: &Path) -> String {
        let path = data.join("cloud.db").display().to_string();
        let plain = path.replace('%', "%25").replace('?', "%3F");
        format!("sqlite:{}", plain.replace('#', "%23"))
    }

    async fn sqlite(url: &str) -> StateResult<Self> {
        let url = format!("{url}{CREATE}");
        try_out(&url, Engine::Sqlite).await?;
        let writers = connect(&url, 1, Engine::Sqlite).await?;
        migrations::run(&writers, Engine::Sqlite).await?;
        Ok(Self {
            engine: Engine::Sqlite,
            readers: connect(&url, READERS, Engine::Sqlite).await?,
            group: Some(Group::new(writers.clone(), Engine::Sqlite.begin())),
            writers,
        })
    }

    async fn postgres(url: &str, connections: u32) -> StateResult<Self> {
        try_out(url, Engine::Postgres).await?;
        let pool = connect(url, connections.max(1), Engine::Postgres).await?;
        migrations::run(&pool, Engine::Postgres).await?;
        Ok(Self {
            engine: Engine::Postgres,
            readers: pool.clone(),
            writers: pool,
            group: None,
        })
    }

    /// Which engine it is.
    #[must_use]
    pub const fn engine(&self) -> Engine {
        self.engine
    }

    /// A connection to read with.
    ///
    /// # Errors
    /// When there is none.
    pub async fn reader(&self) -> StateResult<PoolConnection<Any>> {
        Ok(self.readers.acquire().await?)
    }

    /// Makes a change, whole or not at all: what `change` does is committed if it succeeds, and
    /// forgotten if it fails. One whose caller does not wait any more may be made all the same.
    ///
    /// # Errors
    /// Those of the change, or when it cannot be committed.
    pub async fn write<T, E>(
        &self,
        change: impl for<'c> FnOnce(&'c mut AnyConnection) -> Change<'c, T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StateError> + Send + 'static,
    {
        if let Some(group) = &self.group {
            return group.write(change).await;
        }
        let begun = self.writers.begin_with(self.engine.begin()).await;
        let mut transaction = begun.map_err(|error| E::from(error.into()))?;
        let done = change(&mut transaction).await?;
        let committed = transaction.commit().await;
        committed.map_err(|error| E::from(error.into()))?;
        Ok(done)
    }

    /// Waits until every transaction has ended that had written something before this call, also
    /// those of a program that was killed: a server goes on with a `COMMIT` that it has received.
    /// SQLite's transactions end with their program.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn older_writers_ended(&self) -> StateResult<()> {
        /// Time between two looks.
        const PAUSE: Duration = Duration::from_millis(50);
        if self.engine == Engine::Sqlite {
            return Ok(());
        }
        let ask = async |text: &'static str| {
            let mut db = self.reader().await?;
            let row = sqlx::query(text).fetch_one(&mut *db).await?;
            Ok::<i64, StateError>(row.try_get(0)?)
        };
        let now = ask("SELECT txid_current()").await?;
        while ask("SELECT txid_snapshot_xmin(txid_current_snapshot())").await? < now {
            tokio::time::sleep(PAUSE).await;
        }
        Ok(())
    }

    /// Asks the database whether it answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> StateResult<()> {
        let mut connection = self.reader().await?;
        sqlx::query("SELECT 1").execute(&mut *connection).await?;
        Ok(())
    }

    /// Ends all connections.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writers.close().await;
    }
}

/// Connects once: a pool would try again for half a minute, whatever stands in its way.
async fn try_out(url: &str, engine: Engine) -> StateResult<()> {
    sqlx::any::install_default_drivers();
    let trial = async {
        let mut connection = AnyConnection::connect(url).await?;
        prepare(&mut connection, engine).await?;
        connection.close().await
    };
    let tried = tokio::time::timeout(OPENING, trial).await;
    let tried = tried.unwrap_or_else(|_| Err(sqlx::Error::Io(ErrorKind::TimedOut.into())));
    tried.map_err(|source| unopened(url, source))
}

fn unopened(url: &str, source: sqlx::Error) -> StateError {
    let name = without_password(url.trim_end_matches(CREATE));
    StateError::Open { name, source }
}

async fn connect(url: &str, most: u32, engine: Engine) -> StateResult<AnyPool> {
    let options: AnyConnectOptions = url.parse().map_err(|source| unopened(url, source))?;
    let pool = AnyPoolOptions::new()
        .max_connections(most)
        .acquire_timeout(PATIENCE)
        .test_before_acquire(engine != Engine::Sqlite) // a file does not hang up
        .before_acquire(|connection, _| Box::pin(ready(Ok(is_at_rest(connection)))))
        .after_connect(move |connection, _| Box::pin(prepare(connection, engine)));
    let opened = pool.connect_with(options).await;
    opened.map_err(|source| unopened(url, source))
}

/// Whether a connection can begin a transaction; if not, it is replaced. When SQLite finds its disk
/// full it rolls back by itself; sqlx's own `ROLLBACK` then fails, and it counts the transaction
/// as open for ever.
fn is_at_rest(connection: &mut AnyConnection) -> bool {
    !connection.is_in_transaction()
}

/// Settings of a new connection. SQLite's log is synced at each commit.
async fn prepare(connection: &mut AnyConnection, engine: Engine) -> Result<(), sqlx::Error> {
    if engine == Engine::Sqlite {
        for setting in [
            "PRAGMA busy_timeout = 30000",
            "PRAGMA journal_mode = WAL",
            "PRAGMA synchronous = FULL",
            "PRAGMA foreign_keys = ON",
        ] {
            sqlx::query(setting).execute(&mut *connection).await?;
        }
    }
    Ok(())
}

/// A URL as it may be shown.
fn without_password(url: &str) -> String {
    let Some((head, tail)) = url.split_once('@') else {
        return url.to_owned();
    };
    match head.rsplit_once(':') {
        Some((user, _)) if user.contains("//") => format!("{user}@{tail}"),
        _ => url.to_owned(),
    }
}
