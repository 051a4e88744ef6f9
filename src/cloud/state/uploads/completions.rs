//! Uploads that were completed, remembered for a while.
//!
//! A client that lost the answer to its `CompleteMultipartUpload` sends it again. The upload is gone
//! by then; what it made is found here, as long as it is still there.

use sqlx::{AnyConnection, Row as _};

use super::Upload;
use crate::cloud::state::StateResult;
use crate::cloud::state::buckets::Bucket;
use crate::cloud::state::versions::{self, Version};

/// Notes what an upload became. `bucket` is as it was locked: its sequence is the version's.
///
/// # Errors
/// When the database fails.
pub async fn note_completion(
    db: &mut AnyConnection,
    bucket: &Bucket,
    upload: &Upload,
    now_ms: i64,
) -> StateResult<()> {
    sqlx::query(
        "INSERT INTO completions (upload, bucket, object_key, sequence, account_id, completed_ms)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(&upload.id)
    .bind(&bucket.name)
    .bind(&upload.key)
    .bind(bucket.sequence)
    .bind(&upload.account_id)
    .bind(now_ms)
    .execute(db)
    .await?;
    Ok(())
}

/// The version that an upload became, and who began that; none if it is not known or the version
/// is gone.
///
/// # Errors
/// When the database fails.
pub async fn completed(
    db: &mut AnyConnection,
    bucket: &str,
    key: &str,
    upload: &str,
) -> StateResult<Option<(Version, String)>> {
    let row = sqlx::query(
        "SELECT v.version_id, v.sequence, c.account_id FROM completions c
         JOIN versions v ON v.bucket = c.bucket AND v.object_key = c.object_key
                        AND v.sequence = c.sequence
         WHERE c.upload = $1 AND c.bucket = $2 AND c.object_key = $3",
    )
    .bind(upload)
    .bind(bucket)
    .bind(key)
    .fetch_optional(&mut *db)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let (id, sequence): (String, i64) = (row.try_get(0)?, row.try_get(1)?);
    let account_id: String = row.try_get(2)?;
    let version = versions::by_id(db, bucket, key, &id).await?;
    let version = version.filter(|version| version.sequence == sequence);
    Ok(version.map(|version| (version, account_id)))
}

/// Forgets what was completed before a moment. Returns how many uploads that were.
///
/// # Errors
/// When the database fails.
pub async fn forget_completions(db: &mut AnyConnection, before_ms: i64) -> StateResult<u64> {
    let query = sqlx::query("DELETE FROM completions WHERE completed_ms < $1");
    Ok(query.bind(before_ms).execute(db).await?.rows_affected())
}
