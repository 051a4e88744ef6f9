//! How versions come and go.

use sqlx::AnyConnection;

use super::{NULL, Piece, Version, pieces_to_text};
use crate::cloud::state::buckets::{self, Bucket, Versioning};
use crate::cloud::state::{StateResult, garbage};

/// A version to be put. What is unsaid here comes from the bucket.
#[derive(Debug, Clone)]
pub struct New {
    /// The key.
    pub key: String,
    /// The id it gets where versions are kept.
    pub version_id: String,
    /// Size in bytes.
    pub size: i64,
    /// The `ETag`, without quotes.
    pub etag: String,
    /// Now, in ms since 1970.
    pub now_ms: i64,
    /// Whose it is.
    pub account_id: String,
    /// Who may do what.
    pub acl: String,
    /// Headers and metadata: JSON.
    pub headers: String,
    /// Tags.
    pub tags: Option<String>,
    /// `ALGORITHM TYPE VALUE`.
    pub checksum: Option<String>,
    /// Where the bytes are.
    pub pieces: Vec<Piece>,
}

/// What a deletion did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deleted {
    /// The version that is gone, or the delete marker that was made.
    pub version_id: Option<String>,
    /// Whether that is a delete marker.
    pub is_marker: bool,
    /// Whether bytes are to be swept.
    pub leaves_garbage: bool,
}

/// Puts a version into a locked bucket and returns the id it has; what it replaces becomes
/// garbage. Pieces that came from parts are already counted in the bucket's bytes: those that
/// are not are told in `uncounted`.
///
/// # Errors
/// When the database fails.
pub async fn put(
    db: &mut AnyConnection,
    bucket: &Bucket,
    new: &New,
    uncounted: i64,
) -> StateResult<String> {
    let id = match bucket.versioning {
        Versioning::Enabled => new.version_id.as_str(),
        Versioning::Off | Versioning::Suspended => NULL,
    };
    let freed = make_room(db, bucket, &new.key, id, new.now_ms).await?;
    buckets::count_bytes(db, &bucket.name, uncounted - freed).await?;
    insert(db, bucket, new, id, false).await?;
    Ok(id.to_owned())
}

/// Deletes what a key stands for, as the bucket's versioning has it: really, or by a marker.
///
/// # Errors
/// When the database fails.
pub async fn add_marker(
    db: &mut AnyConnection,
    bucket: &Bucket,
    key: &str,
    (version_id, account_id, now_ms): (&str, &str, i64),
) -> StateResult<Deleted> {
    if bucket.versioning == Versioning::Off {
        return delete_version(db, bucket, key, NULL, now_ms)
            .await
            .map(|mut deleted| {
                deleted.version_id = None;
                deleted
            });
    }
    let id = match bucket.versioning {
        Versioning::Enabled => version_id,
        Versioning::Off | Versioning::Suspended => NULL,
    };
    let marker = New {
        key: key.to_owned(),
        version_id: id.to_owned(),
        size: 0,
        etag: String::new(),
        now_ms,
        account_id: account_id.to_owned(),
        acl: String::new(),
        headers: String::new(),
        tags: None,
        checksum: None,
        pieces: Vec::new(),
    };
    let freed = make_room(db, bucket, key, id, now_ms).await?;
    buckets::count_bytes(db, &bucket.name, -freed).await?;
    insert(db, bucket, &marker, id, true).await?;
    Ok(Deleted {
        version_id: Some(id.to_owned()),
        is_marker: true,
        leaves_garbage: freed > 0,
    })
}

/// Removes one version for good; the newest that is left becomes the latest. Nothing happens
/// when there is no such version.
///
/// # Errors
/// When the database fails.
pub async fn delete_version(
    db: &mut AnyConnection,
    bucket: &Bucket,
    key: &str,
    version_id: &str,
    now_ms: i64,
) -> StateResult<Deleted> {
    let Some(old) = super::by_id(db, &bucket.name, key, version_id).await? else {
        return Ok(Deleted {
            version_id: Some(version_id.to_owned()),
            is_marker: false,
            leaves_garbage: false,
        });
    };
    remove(db, &old, now_ms).await?;
    buckets::count_bytes(db, &bucket.name, -old.size).await?;
    if old.is_latest && bucket.versioning != Versioning::Off {
        sqlx::query(
            "UPDATE versions SET is_latest = 1 WHERE bucket = $1 AND object_key = $2
             AND sequence = (SELECT MAX(v.sequence) FROM versions v
                             WHERE v.bucket = $1 AND v.object_key = $2)",
        )
        .bind(&bucket.name)
        .bind(key)
        .execute(db)
        .await?;
    }
    Ok(Deleted {
        version_id: Some(old.version_id),
        is_marker: old.is_marker,
        leaves_garbage: !old.pieces.is_empty(),
    })
}

/// Writes back what may change of a version: ACL and tags.
///
/// # Errors
/// When the database fails.
pub async fn update(db: &mut AnyConnection, version: &Version) -> StateResult<()> {
    sqlx::query(
        "UPDATE versions SET acl = $4, tags = $5
         WHERE bucket = $1 AND object_key = $2 AND sequence = $3",
    )
    .bind(&version.bucket)
    .bind(&version.key)
    .bind(version.sequence)
    .bind(&version.acl)
    .bind(&version.tags)
    .execute(db)
    .await?;
    Ok(())
}

/// Takes away the version that a new one of this id replaces, and from the latest its rank.
/// Returns how many bytes became garbage.
async fn make_room(
    db: &mut AnyConnection,
    bucket: &Bucket,
    key: &str,
    id: &str,
    now_ms: i64,
) -> StateResult<i64> {
    let mut freed = 0;
    if id == NULL
        && let Some(old) = super::by_id(db, &bucket.name, key, NULL).await?
    {
        remove(db, &old, now_ms).await?;
        freed = old.size;
    }
    if bucket.versioning != Versioning::Off {
        sqlx::query(
            "UPDATE versions SET is_latest = 0
             WHERE bucket = $1 AND object_key = $2 AND is_latest = 1",
        )
        .bind(&bucket.name)
        .bind(key)
        .execute(db)
        .await?;
    }
    Ok(freed)
}

async fn remove(db: &mut AnyConnection, old: &Version, now_ms: i64) -> StateResult<()> {
    sqlx::query("DELETE FROM versions WHERE bucket = $1 AND object_key = $2 AND sequence = $3")
        .bind(&old.bucket)
        .bind(&old.key)
        .bind(old.sequence)
        .execute(&mut *db)
        .await?;
    garbage::add(
        db,
        old.pieces.iter().map(|piece| piece.blob.as_str()),
        now_ms,
    )
    .await
}

async fn insert(
    db: &mut AnyConnection,
    bucket: &Bucket,
    new: &New,
    id: &str,
    is_marker: bool,
) -> StateResult<()> {
    sqlx::query(
        "INSERT INTO versions (bucket, object_key, sequence, version_id, is_latest, is_marker,
                               size, etag, modified_ms, account_id, acl, headers, tags, checksum,
                               pieces)
         VALUES ($1, $2, $3, $4, 1, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(&bucket.name)
    .bind(&new.key)
    .bind(bucket.sequence)
    .bind(id)
    .bind(i64::from(is_marker))
    .bind(new.size)
    .bind(&new.etag)
    .bind(new.now_ms)
    .bind(&new.account_id)
    .bind(&new.acl)
    .bind(&new.headers)
    .bind(&new.tags)
    .bind(&new.checksum)
    .bind(pieces_to_text(&new.pieces))
    .execute(db)
    .await?;
    Ok(())
}
