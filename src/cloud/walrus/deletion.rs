//! Deleting what a key stands for, or one version of it: alone and in lists.

use sqlx::AnyConnection;

use super::caller::Caller;
use super::conditions::WriteConditions;
use super::error::S3Result;
use super::request::Request;
use super::xml::invalid_argument;
use crate::cloud::state::StateResult;
use crate::cloud::state::buckets::Bucket;
use crate::cloud::state::versions::{self, Deleted};

/// Longest version id that is looked for, in bytes; ours have 32.
const MAX_VERSION_ID: usize = 1024;

/// What is to be deleted.
#[derive(Debug)]
pub(super) struct Doomed {
    /// The key.
    pub(super) key: String,
    /// The version; none for what the key stands for.
    pub(super) version_id: Option<String>,
    /// What has to be true of what the key stands for.
    pub(super) conditions: WriteConditions,
    /// The id that a delete marker gets.
    pub(super) fresh: String,
}

impl Doomed {
    /// Deletes it from a locked bucket. Where the condition does not hold, that is the inner
    /// result.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn delete(
        &self,
        db: &mut AnyConnection,
        bucket: &Bucket,
        account_id: &str,
        now_ms: i64,
    ) -> StateResult<S3Result<Deleted>> {
        if !self.conditions.is_empty() {
            let current = versions::latest(db, &bucket.name, &self.key).await?;
            let current = current.filter(|current| !current.is_marker);
            let etag = current.as_ref().map(|current| current.etag.as_str());
            if let Err(refusal) = self.conditions.check(etag) {
                return Ok(Err(refusal));
            }
        }
        let deleted = if let Some(id) = &self.version_id {
            versions::delete_version(db, bucket, &self.key, id, now_ms).await?
        } else {
            let marker = (self.fresh.as_str(), account_id, now_ms);
            versions::add_marker(db, bucket, &self.key, marker).await?
        };
        Ok(Ok(deleted))
    }
}

/// Whose a delete marker is: who deletes, or the bucket's owner where nobody signed.
pub(super) fn marker_owner(request: &Request, bucket: &Bucket) -> String {
    match &request.caller {
        Caller::Account(account) => account.id.clone(),
        Caller::Anonymous => bucket.account_id.clone(),
    }
}

/// Judges a version id of a request: one that nobody could have is a mistake, any other may
/// have been deleted before.
///
/// # Errors
/// `InvalidArgument`.
pub(super) fn check_version_id(id: &str) -> S3Result<()> {
    let wrong = |message| Err(invalid_argument("versionId", id, message));
    match id.len() {
        0 => wrong("the version id cannot be empty"),
        1..=MAX_VERSION_ID => Ok(()),
        _ => wrong("the version id is too long, expected at most 1024 bytes"),
    }
}
