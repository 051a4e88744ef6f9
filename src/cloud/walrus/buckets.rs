//! What operations on buckets share.

use super::Walrus;
use super::access::no_such_bucket;
use super::error::{S3Error, S3Result};
use crate::cloud::state::StateError;
use crate::cloud::state::buckets::{self, Bucket};

impl Walrus {
    /// The region that a bucket is in: where its maker put it, or else the cloud's.
    pub(super) fn region_of<'a>(&'a self, bucket: &'a Bucket) -> &'a str {
        match bucket.location.as_str() {
            "" => &self.settings.region,
            location => location,
        }
    }

    /// Changes what is said about a bucket.
    ///
    /// # Errors
    /// `NoSuchBucket` when it is gone meanwhile.
    pub(super) async fn change_bucket(
        &self,
        name: &str,
        change: impl FnOnce(&mut Bucket) + Send + 'static,
    ) -> S3Result<()> {
        let name = name.to_owned();
        let written = self.state.write(move |db| {
            Box::pin(async move {
                let locked = buckets::lock(db, &name).await?;
                let mut bucket = locked.ok_or_else(|| no_such_bucket(&name))?;
                change(&mut bucket);
                Ok(buckets::update(db, &bucket).await?)
            })
        });
        written.await
    }
}

/// The database has something in a bucket's column that cannot be read.
pub(super) fn damaged(column: &'static str, bucket: &str) -> S3Error {
    S3Error::from(StateError::Damaged {
        column,
        row: format!("bucket {bucket}"),
        found: "what cannot be read".to_owned(),
    })
}
