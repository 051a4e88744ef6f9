//! Buckets.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};

use super::versions::Span;
use super::{StateError, StateResult};

/// A bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    /// Its name.
    pub name: String,
    /// Whose it is.
    pub account_id: String,
    /// What S3 shows as `Owner/ID`.
    pub owner_canonical_id: String,
    /// Where it is said to be; empty for the classic region.
    pub location: String,
    /// Whether older versions of objects are kept.
    pub versioning: Versioning,
    /// Who may do what, as `walrus::acl` writes it.
    pub acl: String,
    /// Rules for browsers, as `walrus::cors` writes them.
    pub cors: Option<String>,
    /// Tags, as `walrus::tags` writes them.
    pub tags: Option<String>,
    /// When it was made, in ms since 1970.
    pub created_ms: i64,
    /// Number of the newest change.
    pub sequence: i64,
    /// Bytes of all that is in it.
    pub bytes: i64,
}

/// Whether a bucket keeps older versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Versioning {
    /// It never did.
    #[default]
    Off,
    /// It does.
    Enabled,
    /// It did, and has versions from then.
    Suspended,
}

impl Versioning {
    /// How it is kept in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Enabled => "enabled",
            Self::Suspended => "suspended",
        }
    }

    /// Whether answers name versions, and deleting leaves a marker.
    #[must_use]
    pub fn was_enabled(self) -> bool {
        self != Self::Off
    }

    /// Reads what [`Versioning::as_str`] wrote.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        [Self::Off, Self::Enabled, Self::Suspended]
            .into_iter()
            .find(|versioning| versioning.as_str() == text)
    }
}

/// A bucket's columns, in the order of [`Bucket::read`].
macro_rules! columns {
    () => {
        "name, account_id,
         (SELECT a.canonical_id FROM accounts a WHERE a.id = account_id) AS owner,
         location, versioning, acl, cors, tags, created_ms, sequence, bytes"
    };
}

impl Bucket {
    fn read(row: &AnyRow) -> StateResult<Self> {
        let name: String = row.try_get(0)?;
        let versioning: String = row.try_get(4)?;
        let versioning = Versioning::from_text(&versioning).ok_or(StateError::Damaged {
            column: "versioning",
            row: format!("bucket {name}"),
            found: versioning,
        })?;
        Ok(Self {
            account_id: row.try_get(1)?,
            owner_canonical_id: row.try_get(2)?,
            location: row.try_get(3)?,
            versioning,
            acl: row.try_get(5)?,
            cors: row.try_get(6)?,
            tags: row.try_get(7)?,
            created_ms: row.try_get(8)?,
            sequence: row.try_get(9)?,
            bytes: row.try_get(10)?,
            name,
        })
    }
}

/// The bucket of this name.
///
/// # Errors
/// When the database fails.
pub async fn get(db: &mut AnyConnection, name: &str) -> StateResult<Option<Bucket>> {
    let text = concat!("SELECT ", columns!(), " FROM buckets WHERE name = $1");
    let row = sqlx::query(text).bind(name).fetch_optional(db).await?;
    row.as_ref().map(Bucket::read).transpose()
}

/// The bucket of this name, for a transaction that changes it or its content: whoever else
/// does waits. Counts its sequence up.
///
/// # Errors
/// When the database fails.
pub async fn lock(db: &mut AnyConnection, name: &str) -> StateResult<Option<Bucket>> {
    lock_for(db, name, 0).await
}

/// As [`lock`], and counts bytes that are about to be added: those of the bucket that is returned
/// include them.
///
/// # Errors
/// When the database fails.
pub async fn lock_for(
    db: &mut AnyConnection,
    name: &str,
    bytes: i64,
) -> StateResult<Option<Bucket>> {
    let text = concat!(
        "UPDATE buckets SET sequence = sequence + 1, bytes = bytes + $2 WHERE name = $1 RETURNING ",
        columns!()
    );
    let query = sqlx::query(text).bind(name).bind(bytes);
    let row = query.fetch_optional(db).await?;
    row.as_ref().map(Bucket::read).transpose()
}

/// Which buckets of an account are wanted.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The account.
    pub account_id: &'a str,
    /// Between which names.
    pub span: &'a Span,
    /// In which region; none for any.
    pub region: Option<&'a str>,
    /// Whether buckets without location are in that region.
    pub is_default: bool,
    /// At most so many.
    pub most: i64,
}

/// An account's buckets, by name.
///
/// # Errors
/// When the database fails.
pub async fn of_account(db: &mut AnyConnection, wanted: &Wanted<'_>) -> StateResult<Vec<Bucket>> {
    let text = concat!(
        "SELECT ",
        columns!(),
        " FROM buckets WHERE account_id = $1 AND name >= $2 AND name < $3
          AND ($4 = '' OR location = $4 OR (location = '' AND $5 = 1))
          ORDER BY name LIMIT $6"
    );
    let rows = sqlx::query(text)
        .bind(wanted.account_id)
        .bind(&wanted.span.from)
        .bind(&wanted.span.until)
        .bind(wanted.region.unwrap_or_default())
        .bind(i64::from(wanted.is_default))
        .bind(wanted.most)
        .fetch_all(db)
        .await?;
    rows.iter().map(Bucket::read).collect()
}

/// How many buckets an account has.
///
/// # Errors
/// When the database fails.
pub async fn count(db: &mut AnyConnection, account_id: &str) -> StateResult<i64> {
    let row = sqlx::query("SELECT COUNT(*) FROM buckets WHERE account_id = $1")
        .bind(account_id)
        .fetch_one(db)
        .await?;
    Ok(row.try_get(0)?)
}

/// Adds a bucket, unless there is one of this name. Returns whether it was added.
///
/// # Errors
/// When the database fails.
pub async fn insert(db: &mut AnyConnection, bucket: &Bucket) -> StateResult<bool> {
    let done = sqlx::query(
        "INSERT INTO buckets (name, account_id, location, versioning, acl, cors, tags,
                              created_ms, sequence, bytes)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0) ON CONFLICT (name) DO NOTHING",
    )
    .bind(&bucket.name)
    .bind(&bucket.account_id)
    .bind(&bucket.location)
    .bind(bucket.versioning.as_str())
    .bind(&bucket.acl)
    .bind(&bucket.cors)
    .bind(&bucket.tags)
    .bind(bucket.created_ms)
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Writes back what may change of a bucket that is locked: versioning, ACL, CORS, tags.
///
/// # Errors
/// When the database fails.
pub async fn update(db: &mut AnyConnection, bucket: &Bucket) -> StateResult<()> {
    sqlx::query(
        "UPDATE buckets SET versioning = $2, acl = $3, cors = $4, tags = $5 WHERE name = $1",
    )
    .bind(&bucket.name)
    .bind(bucket.versioning.as_str())
    .bind(&bucket.acl)
    .bind(&bucket.cors)
    .bind(&bucket.tags)
    .execute(db)
    .await?;
    Ok(())
}

/// Counts bytes that were added (or, negative, taken away) in a bucket that is locked.
///
/// # Errors
/// When the database fails.
pub async fn count_bytes(db: &mut AnyConnection, name: &str, change: i64) -> StateResult<()> {
    if change != 0 {
        sqlx::query("UPDATE buckets SET bytes = bytes + $2 WHERE name = $1")
            .bind(name)
            .bind(change)
            .execute(db)
            .await?;
    }
    Ok(())
}

/// Writes back the sequence of a bucket that is locked, after it was counted up for several
/// changes.
///
/// # Errors
/// When the database fails.
pub async fn set_sequence(db: &mut AnyConnection, bucket: &Bucket) -> StateResult<()> {
    sqlx::query("UPDATE buckets SET sequence = $2 WHERE name = $1")
        .bind(&bucket.name)
        .bind(bucket.sequence)
        .execute(db)
        .await?;
    Ok(())
}

/// Removes a bucket that is locked, if nothing is in it: no version, no delete marker. Pending
/// uploads go with it, and their parts become garbage. Returns whether it is gone.
///
/// # Errors
/// When the database fails.
pub async fn remove_empty(db: &mut AnyConnection, name: &str, now_ms: i64) -> StateResult<bool> {
    let used = sqlx::query("SELECT 1 FROM versions WHERE bucket = $1 LIMIT 1")
        .bind(name)
        .fetch_optional(&mut *db)
        .await?;
    if used.is_some() {
        return Ok(false);
    }
    sqlx::query(
        "INSERT INTO garbage (blob, since_ms, due_ms)
         SELECT parts.blob, $2, $2 FROM parts JOIN uploads ON uploads.id = parts.upload
         WHERE uploads.bucket = $1 ON CONFLICT (blob) DO NOTHING",
    )
    .bind(name)
    .bind(now_ms)
    .execute(&mut *db)
    .await?;
    for text in [
        "DELETE FROM uploads WHERE bucket = $1",
        "DELETE FROM buckets WHERE name = $1",
    ] {
        sqlx::query(text).bind(name).execute(&mut *db).await?;
    }
    Ok(true)
}
