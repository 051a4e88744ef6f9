//! Versions of objects: what a key stands for, and stood for.
//!
//! ```text
//! versioning   put                                   delete
//! off          replaces "null"                       removes "null"
//! enabled      adds a version                        adds a delete marker
//! suspended    replaces "null", older ones stay      replaces "null" by a delete marker
//! ```
//!
//! All changes want the bucket locked ([`super::buckets::lock`]); its sequence orders them.

mod change;
mod list;
mod pieces;

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};

use super::StateResult;

pub use change::{Deleted, New, add_marker, delete_version, put, update};
pub use list::{Listed, Span, listed, older, sequence_of, spanned};
pub use pieces::{Piece, pieces_from_text, pieces_to_text, visit_blobs};

/// The statements of lists, and the index that each goes by.
#[cfg(test)]
pub(super) const LIST_PLANS: [(&str, &str); 3] = [
    (list::LISTED, "listed_versions"),
    (list::SPANNED, "versions_in_order"),
    (list::OLDER, "versions_in_order"),
];

/// The version id of objects in buckets without versioning.
pub const NULL: &str = "null";

/// A version of an object, or a delete marker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// The bucket.
    pub bucket: String,
    /// The key.
    pub key: String,
    /// The bucket's sequence when it was made; newer versions have larger ones.
    pub sequence: i64,
    /// Its id, [`NULL`] without versioning.
    pub version_id: String,
    /// Whether the key stands for it.
    pub is_latest: bool,
    /// Whether it only says that the object was deleted.
    pub is_marker: bool,
    /// Size in bytes.
    pub size: i64,
    /// The `ETag`, without quotes.
    pub etag: String,
    /// When it was made, in ms since 1970.
    pub modified_ms: i64,
    /// Whose it is.
    pub account_id: String,
    /// What S3 shows as `Owner/ID`; none if that account is gone.
    pub owner_canonical_id: Option<String>,
    /// Who may do what, as `walrus::acl` writes it.
    pub acl: String,
    /// `Content-Type` and its like, and the user's metadata: JSON.
    pub headers: String,
    /// Tags, as `walrus::tags` writes them.
    pub tags: Option<String>,
    /// `ALGORITHM TYPE VALUE`, if a checksum was asked for.
    pub checksum: Option<String>,
    /// Where its bytes are, in order.
    pub pieces: Vec<Piece>,
}

macro_rules! columns {
    () => {
        "bucket, object_key, sequence, version_id, is_latest, is_marker, size, etag, modified_ms,
         account_id, acl, headers, tags, checksum, pieces,
         (SELECT a.canonical_id FROM accounts a WHERE a.id = account_id) AS owner"
    };
}

impl Version {
    fn read(row: &AnyRow) -> StateResult<Self> {
        let bucket: String = row.try_get(0)?;
        let key: String = row.try_get(1)?;
        let pieces: String = row.try_get(14)?;
        Ok(Self {
            sequence: row.try_get(2)?,
            version_id: row.try_get(3)?,
            is_latest: row.try_get::<i64, _>(4)? != 0,
            is_marker: row.try_get::<i64, _>(5)? != 0,
            size: row.try_get(6)?,
            etag: row.try_get(7)?,
            modified_ms: row.try_get(8)?,
            account_id: row.try_get(9)?,
            acl: row.try_get(10)?,
            headers: row.try_get(11)?,
            tags: row.try_get(12)?,
            checksum: row.try_get(13)?,
            owner_canonical_id: row.try_get(15)?,
            pieces: pieces_from_text(&pieces, &bucket, &key)?,
            bucket,
            key,
        })
    }
}

/// What a key stands for: a version or a delete marker; none if there never was one.
///
/// # Errors
/// When the database fails.
pub async fn latest(
    db: &mut AnyConnection,
    bucket: &str,
    key: &str,
) -> StateResult<Option<Version>> {
    let text = concat!(
        "SELECT ",
        columns!(),
        " FROM versions WHERE bucket = $1 AND object_key = $2 AND is_latest = 1"
    );
    let query = sqlx::query(text).bind(bucket).bind(key);
    let row = query.fetch_optional(db).await?;
    row.as_ref().map(Version::read).transpose()
}

/// One version.
///
/// # Errors
/// When the database fails.
pub async fn by_id(
    db: &mut AnyConnection,
    bucket: &str,
    key: &str,
    version_id: &str,
) -> StateResult<Option<Version>> {
    let text = concat!(
        "SELECT ",
        columns!(),
        " FROM versions WHERE bucket = $1 AND object_key = $2 AND version_id = $3"
    );
    let query = sqlx::query(text).bind(bucket).bind(key).bind(version_id);
    let row = query.fetch_optional(db).await?;
    row.as_ref().map(Version::read).transpose()
}

/// Whether a version that was read is there still.
///
/// # Errors
/// When the database fails.
pub async fn is_there(db: &mut AnyConnection, version: &Version) -> StateResult<bool> {
    let row = sqlx::query(
        "SELECT sequence FROM versions WHERE bucket = $1 AND object_key = $2 AND sequence = $3",
    )
    .bind(&version.bucket)
    .bind(&version.key)
    .bind(version.sequence)
    .fetch_optional(db)
    .await?;
    Ok(row.is_some())
}
