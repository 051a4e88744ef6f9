//! Compares database and store, and puts in order what is not.
//!
//! ```text
//! rows that stand on nothing ─► columns ─┐
//! store ──► fsck_blobs  ─┐               ├─► latest, sequence, bytes of buckets
//! parts ──► fsck_pieces ─┼─► compared ───┘
//! versions ► fsck_pieces ┘    └─ deep: every blob read, its MD5 compared
//! ```
//!
//! **Memory** does not depend on the number of blobs: what the store has and what the rows say go
//! into two temporary tables of the database, a page at a time, and SQL compares them. SQLite keeps
//! these in a file of its own, PostgreSQL in the session; both go when the check ends. Of each kind
//! of finding the first [`MOST`] are told, all are counted and mended.
//!
//! **Beside a running cloud.** A directory is locked by the cloud that uses it, so nothing moves
//! meanwhile. With an S3 as store the cloud may run. The store is listed first, then parts, then
//! versions, since a blob goes from part to version and never back. Whatever seems wrong is looked
//! at once more before it counts, and blobs younger than the grace time are left alone.
//!
//! **What is mended.** Everything that loses nothing. An object whose bytes are gone or damaged is
//! only removed where that was asked for by name ([`Options::remove_lost`]); damaged bytes are
//! copied to `DATA/quarantine` before.

mod columns;
mod compare;
mod deep;
mod lost;
mod report;
mod rows;
mod tally;
mod totals;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sqlx::pool::PoolConnection;
use sqlx::{Any, AssertSqlSafe};

use super::error::CloudError;
use super::objects::{BlobStore, StoreError};
use super::state::{State, StateError, StateResult};
use super::{Cloud, Surroundings};

pub use report::{Checked, Count, Finding, Kind, MOST, Report};

/// What is to be done.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Mend what can be mended without losing anything.
    pub repair: bool,
    /// Remove objects whose bytes are gone or damaged.
    pub remove_lost: bool,
    /// Read every blob.
    pub deep: bool,
    /// How old a blob must be that nothing points to, in ms, where a cloud may be writing it.
    pub grace_ms: i64,
}

impl Cloud {
    /// Compares database and store.
    ///
    /// # Errors
    /// When one of them is of no use, or the cloud runs and has the store for itself.
    pub async fn fsck(self: &Arc<Self>, options: Options) -> Result<Report, CloudError> {
        let is_sqlite = self.config.database.url.is_none();
        if is_sqlite && !self.data.join("cloud.db").exists() {
            return Err(CloudError::NoCloud {
                data: self.data.clone(),
            });
        }
        let state = self.state().await?;
        let id = self.id(&state).await?;
        let cloud = Arc::clone(self);
        let store = blocking(move || cloud.store(&id)).await?;
        let quarantine = self.data.join("quarantine");
        let fsck = Fsck::new(&state, &store, self.surroundings, &quarantine, options);
        let report = fsck.run().await;
        state.close().await;
        report
    }
}

/// A check on its way.
pub struct Fsck {
    state: State,
    store: Arc<dyn BlobStore>,
    surroundings: Surroundings,
    quarantine: PathBuf,
    options: Options,
    report: Report,
    /// Versions whose blobs nobody knows.
    unreadable: u64,
    /// Pieces that were noted.
    noted: i64,
}

impl std::fmt::Debug for Fsck {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fsck")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// The connection that has the temporary tables.
type Db = PoolConnection<Any>;

impl Fsck {
    /// A check of this database and store. What is taken out of the store goes to `quarantine`.
    #[must_use]
    pub fn new(
        state: &State,
        store: &Arc<dyn BlobStore>,
        surroundings: Surroundings,
        quarantine: &Path,
        options: Options,
    ) -> Self {
        Self {
            state: state.clone(),
            store: Arc::clone(store),
            surroundings,
            quarantine: quarantine.to_owned(),
            options: Options {
                repair: options.repair || options.remove_lost,
                ..options
            },
            report: Report::default(),
            unreadable: 0,
            noted: 0,
        }
    }

    /// Does it.
    ///
    /// # Errors
    /// When database or store fail. What was mended until then stays so.
    pub async fn run(mut self) -> Result<Report, CloudError> {
        let mut db = self.state.reader().await?;
        tally::make_tables(&mut db, self.state.engine()).await?;
        let done = self.check(&mut db).await;
        let dropped = tally::drop_tables(&mut db).await;
        done?;
        dropped?;
        Ok(self.report)
    }

    async fn check(&mut self, db: &mut Db) -> Result<(), CloudError> {
        self.check_buckets(db).await?;
        self.check_standing(db).await?;
        self.check_uploads(db).await?;
        self.tally_store(db).await?;
        self.tally_parts(db).await?;
        self.tally_versions(db).await?;
        tally::index(db).await?;
        self.check_garbage(db).await?;
        self.check_unsettled(db).await?;
        self.check_shared(db).await?;
        self.check_lost(db).await?;
        if self.options.deep {
            self.check_content(db).await?;
        }
        self.check_orphans(db).await?;
        self.check_latest(db).await?;
        self.check_sequences(db).await?;
        self.check_bytes(db).await
    }

    fn now_ms(&self) -> i64 {
        (self.surroundings.now_ms)()
    }

    /// Notes a finding, after mending it by these statements if that is wished. Without any it
    /// cannot be mended.
    async fn found(
        &mut self,
        kind: Kind,
        place: String,
        detail: String,
        mend: Vec<Statement>,
    ) -> Result<(), CloudError> {
        let is_mended = self.options.repair && !mend.is_empty();
        if is_mended {
            self.write(mend).await?;
        }
        self.report.note(Finding {
            kind,
            place,
            blob: None,
            detail,
            is_mended,
        });
        Ok(())
    }

    /// Carries out statements, all or none.
    async fn write(&self, statements: Vec<Statement>) -> StateResult<()> {
        let change = self.state.write::<_, StateError>(move |db| {
            Box::pin(async move {
                for Statement(text, values) in statements {
                    let mut query = sqlx::query(AssertSqlSafe(text));
                    for value in values {
                        query = match value {
                            Value::Text(text) => query.bind(text),
                            Value::Number(number) => query.bind(number),
                        };
                    }
                    query.execute(&mut *db).await?;
                }
                Ok(())
            })
        });
        change.await
    }
}

/// A statement, whose text has nothing from outside of this program, and its values.
struct Statement(String, Vec<Value>);

/// A value of a statement.
enum Value {
    Text(String),
    Number(i64),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

/// Does what blocks, such as the store.
async fn blocking<T: Send + 'static, E>(
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, CloudError>
where
    E: Into<CloudError> + Send + 'static,
{
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done.map_err(Into::into),
        Err(error) => {
            tracing::error!(%error, "a task of fsck has failed");
            Err(CloudError::Failed { part: "fsck" })
        }
    }
}

/// Whether a store's error is about one blob, and not about the store.
fn is_about_blob(error: &StoreError) -> bool {
    matches!(
        error,
        StoreError::NotFound { .. }
            | StoreError::Size { .. }
            | StoreError::Kind { .. }
            | StoreError::Io { .. }
    )
}
