//! From a request's body to a version in the database.
//!
//! ```text
//! body ─► Taken: a blob, durable ─► commit ─► settled        landing.rs has what may go wrong
//! ```

use std::sync::Arc;

use http_body::Body;

use super::Walrus;
use super::access::no_such_bucket;
use super::answer::BodyError;
use super::body::{Checksum, Expectation, receive_with};
use super::error::{Code, S3Error, S3Result};
use super::landing::Landed;
use crate::cloud::objects::BlobId;
use crate::cloud::state::State;
use crate::cloud::state::buckets::{self, Versioning};
use crate::cloud::state::versions::{self, New, Piece, Version};

/// A blob that is durable, and what was found while it came.
pub(super) struct Taken {
    /// Nothing points to it yet.
    pub(super) landed: Landed,
    /// As a version or part has it, without checksum.
    pub(super) piece: Piece,
    /// Its checksum, if one was sent or wanted.
    pub(super) checksum: Option<Checksum>,
}

impl Taken {
    /// A blob that was just finished, of this size and MD5.
    pub(super) fn new(
        landed: Landed,
        id: BlobId,
        (size, md5): (u64, [u8; 16]),
        checksum: Option<Checksum>,
    ) -> Self {
        let piece = Piece {
            blob: id.to_string(),
            size,
            md5: hex::encode(md5),
            checksum: None,
        };
        Self {
            landed,
            piece,
            checksum,
        }
    }
}

/// Judges what a key stands for before it is replaced.
pub(super) type Condition = Box<dyn FnOnce(Option<&Version>) -> S3Result<()> + Send>;

impl Walrus {
    /// Takes a request's body into a new blob.
    ///
    /// # Errors
    /// When the body is not what was expected, or cannot be kept.
    pub(super) async fn take_in<B>(&self, body: B, expectation: Expectation) -> S3Result<Taken>
    where
        B: Body<Data = bytes::Bytes> + Unpin,
        B::Error: Into<BodyError>,
    {
        let id = self.new_blob();
        let (store, kept) = (Arc::clone(&self.store), Arc::clone(&self.store));
        let doubtful = self.doubtful.clone();
        let open = move || Ok(store.create(&id)?);
        receive_with(
            body,
            expectation,
            self.settings.pace,
            open,
            move |received| {
                received.sink.finish()?;
                let content = (received.size, received.md5);
                let landed = Landed::new(kept, id, doubtful);
                Ok(Taken::new(landed, id, content, received.checksum))
            },
        )
        .await
    }

    /// Puts a version whose bytes have landed. Returns its id where versions are kept. Goes on to
    /// the end even if the client does not wait for it.
    ///
    /// # Errors
    /// When the condition does not hold, the bucket is gone or would become too large.
    pub(super) async fn store_version(
        &self,
        bucket: &str,
        new: New,
        landed: Landed,
        condition: Option<Condition>,
    ) -> S3Result<Option<String>> {
        let (state, name) = (self.state.clone(), bucket.to_owned());
        let limit = self.settings.bucket_bytes;
        let commit = commit_version(state, name, new, limit, condition);
        let (id, versioning) = landed.keep(commit).await?;
        if versioning != Versioning::Enabled {
            self.sweep_soon();
        }
        Ok(versioning.was_enabled().then_some(id))
    }
}

async fn commit_version(
    state: State,
    name: String,
    new: New,
    limit: i64,
    condition: Option<Condition>,
) -> S3Result<(String, Versioning)> {
    let write = state.write(move |db| {
        Box::pin(async move {
            let locked = buckets::lock_for(db, &name, new.size).await?;
            let bucket = locked.ok_or_else(|| no_such_bucket(&name))?;
            if let Some(condition) = condition {
                let there = versions::latest(db, &name, &new.key).await?;
                condition(there.filter(|there| !there.is_marker).as_ref())?;
            }
            check_room(bucket.bytes.saturating_sub(new.size), new.size, limit)?;
            let id = versions::put(db, &bucket, &new, 0).await?;
            Ok((id, bucket.versioning))
        })
    });
    write.await
}

/// Whether a bucket may take in more bytes; `limit` 0 is none.
///
/// # Errors
/// `EntityTooLarge` when it may not.
pub(super) fn check_room(there: i64, more: i64, limit: i64) -> S3Result<()> {
    if limit > 0 && there.saturating_add(more) > limit {
        let message = format!("the bucket has {there} bytes of {limit} allowed, {more} do not fit");
        return Err(S3Error::new(Code::EntityTooLarge, message)
            .with("ProposedSize", more.to_string())
            .with("MaxSizeAllowed", limit.to_string()));
    }
    Ok(())
}
