//! Multipart uploads that are going on, and those that ended a short while ago.
//!
//! ```text
//! begin ─► uploads ─┬─ put_part ─► parts ─┐
//!                   │                     ├─ complete ─► pieces of a version, completions
//!                   │                     └─ the rest ─► garbage
//!                   └─ remove (aborted) ─► all parts ─► garbage
//! ```
//!
//! A part is a blob of its own, so completing moves rows and no bytes. Whatever changes an upload
//! has its bucket locked ([`super::buckets::lock`]): of a complete, an abort and a part that come
//! at the same time, each sees all or nothing of the others.

mod completions;
mod parts;

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};

use super::buckets::{self, Bucket};
use super::{StateError, StateResult};

pub use completions::{completed, forget_completions, note_completion};
pub use parts::{Part, Put, holds_blob, parts, parts_after, put_part, take_parts};

/// An upload that is neither complete nor aborted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// Its id. Those of a key sort by the time they were begun.
    pub id: String,
    /// The bucket.
    pub bucket: String,
    /// The key that the object will have.
    pub key: String,
    /// Who began it: the object's owner.
    pub account_id: String,
    /// When it was begun, in ms since 1970.
    pub created_ms: i64,
    /// Who may do what with the object.
    pub acl: String,
    /// Headers and metadata of the object: JSON.
    pub headers: String,
    /// Its tags.
    pub tags: Option<String>,
    /// `ALGORITHM TYPE` of the checksum it is to have, if the client chose one.
    pub checksum: Option<String>,
}

macro_rules! columns {
    () => {
        "id, bucket, object_key, account_id, created_ms, acl, headers, tags, checksum"
    };
}

impl Upload {
    fn read(row: &AnyRow) -> StateResult<Self> {
        Ok(Self {
            id: row.try_get(0)?,
            bucket: row.try_get(1)?,
            key: row.try_get(2)?,
            account_id: row.try_get(3)?,
            created_ms: row.try_get(4)?,
            acl: row.try_get(5)?,
            headers: row.try_get(6)?,
            tags: row.try_get(7)?,
            checksum: row.try_get(8)?,
        })
    }
}

/// Where a list of uploads goes on: from a key and an id on, or after them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Start {
    /// The key.
    pub key: String,
    /// The id. Every id is after the empty one.
    pub after_id: String,
}

impl Start {
    /// What is after every id.
    const LAST_ID: &str = "~";

    /// With the uploads of this key.
    #[must_use]
    pub fn key(key: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            after_id: String::new(),
        }
    }

    /// After the uploads of this key, or after one of them.
    #[must_use]
    pub fn after(key: impl Into<String>, id: Option<&str>) -> Self {
        Self {
            key: key.into(),
            after_id: id.unwrap_or(Self::LAST_ID).to_owned(),
        }
    }
}

/// Notes that an upload was begun. Its bucket is locked.
///
/// # Errors
/// When the database fails.
pub async fn begin(db: &mut AnyConnection, upload: &Upload) -> StateResult<()> {
    let text = concat!(
        "INSERT INTO uploads (",
        columns!(),
        ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
    );
    sqlx::query(text)
        .bind(&upload.id)
        .bind(&upload.bucket)
        .bind(&upload.key)
        .bind(&upload.account_id)
        .bind(upload.created_ms)
        .bind(&upload.acl)
        .bind(&upload.headers)
        .bind(&upload.tags)
        .bind(&upload.checksum)
        .execute(db)
        .await?;
    Ok(())
}

/// The upload of this id, if it is one of this bucket and key.
///
/// # Errors
/// When the database fails.
pub async fn get(
    db: &mut AnyConnection,
    bucket: &str,
    key: &str,
    id: &str,
) -> StateResult<Option<Upload>> {
    let text = concat!(
        "SELECT ",
        columns!(),
        " FROM uploads WHERE id = $1 AND bucket = $2 AND object_key = $3"
    );
    let query = sqlx::query(text).bind(id).bind(bucket).bind(key);
    let row = query.fetch_optional(db).await?;
    row.as_ref().map(Upload::read).transpose()
}

/// Some uploads of a bucket, by key and id.
///
/// # Errors
/// When the database fails.
pub async fn list(
    db: &mut AnyConnection,
    bucket: &str,
    from: &Start,
    most: i64,
) -> StateResult<Vec<Upload>> {
    let text = concat!(
        "SELECT ",
        columns!(),
        " FROM uploads
         WHERE bucket = $1 AND (object_key > $2 OR (object_key = $2 AND id > $3))
         ORDER BY object_key, id LIMIT $4"
    );
    let query = sqlx::query(text).bind(bucket).bind(&from.key);
    let rows = query.bind(&from.after_id).bind(most).fetch_all(db).await?;
    rows.iter().map(Upload::read).collect()
}

/// Some uploads of any bucket that were begun before a moment, oldest first, after the one given
/// by its time and id.
///
/// # Errors
/// When the database fails.
pub async fn begun_before(
    db: &mut AnyConnection,
    (after_ms, after): (i64, &str),
    before_ms: i64,
    most: i64,
) -> StateResult<Vec<Upload>> {
    let text = concat!(
        "SELECT ",
        columns!(),
        " FROM uploads
         WHERE created_ms < $3 AND (created_ms > $1 OR (created_ms = $1 AND id > $2))
         ORDER BY created_ms, id LIMIT $4"
    );
    let query = sqlx::query(text).bind(after_ms).bind(after);
    let rows = query.bind(before_ms).bind(most).fetch_all(db).await?;
    rows.iter().map(Upload::read).collect()
}

/// Removes an upload of a locked bucket; what parts it still has become garbage. Returns their
/// number; none when there is no such upload.
///
/// # Errors
/// When the database fails.
pub async fn remove(
    db: &mut AnyConnection,
    bucket: &Bucket,
    id: &str,
    now_ms: i64,
) -> StateResult<Option<u64>> {
    let text = "SELECT COUNT(*), CAST(COALESCE(SUM(p.size), 0) AS BIGINT) FROM parts p
                WHERE p.upload = $1";
    let row = sqlx::query(text).bind(id).fetch_one(&mut *db).await?;
    let (count, bytes): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
    if count > 0 {
        let text = "INSERT INTO garbage (blob, since_ms, due_ms)
                    SELECT p.blob, $2, $2 FROM parts p WHERE p.upload = $1
                    ON CONFLICT (blob) DO NOTHING";
        let query = sqlx::query(text).bind(id).bind(now_ms);
        query.execute(&mut *db).await?;
        buckets::count_bytes(db, &bucket.name, -bytes).await?;
    }
    let query = sqlx::query("DELETE FROM uploads WHERE id = $1 AND bucket = $2");
    let done = query.bind(id).bind(&bucket.name).execute(db).await?;
    Ok((done.rows_affected() == 1).then_some(count.unsigned_abs()))
}

/// A number that cannot be negative, from a column.
fn unsigned(row: &AnyRow, index: usize, column: &'static str) -> StateResult<u64> {
    let found: i64 = row.try_get(index)?;
    u64::try_from(found).map_err(|_| StateError::Damaged {
        column,
        row: "a part".to_owned(),
        found: found.to_string(),
    })
}
