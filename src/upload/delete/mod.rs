//! Deletes a bundle from a bucket: its manifest, its parts, nothing else.
//!
//! ```text
//! plan    manifest ─► names ─┐                 (asked: may they go?)
//!         no manifest: list ─┴─► keys ────────────────────┐
//! delete                          parts, in parallel ─► manifest ─► bucket
//! ```
//!
//! The manifest goes last (or first, as ec2-delete-bundle does), and deleting what is gone is no
//! error: running the same command again finishes what broke off. Keys are made of the key
//! prefix and plain file names that look like a part's, so that no manifest can name a
//! stranger's object.
//!
//! Source: docs/transfers.md.

mod error;
mod plan;
#[cfg(test)]
mod tests;

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::in_order::InOrder;
use super::pool::Pool;
use crate::aws::AwsError;
use crate::aws::s3::{ObjectName, S3};
use crate::progress::{Progress, Stage};
pub use error::DeleteError;
pub use plan::{DeletePlan, Knowledge};

/// Where the manifest stands in the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DeleteOrder {
    /// The parts, then the manifest: what was begun can be finished from the manifest.
    #[default]
    PartsFirst,
    /// The manifest, then the parts, as ec2-delete-bundle does: a bundle that is being deleted
    /// cannot be registered any more.
    ManifestFirst,
}

/// How a plan is carried out.
#[derive(Debug, Clone, Copy)]
pub struct DeleteOptions {
    /// The order.
    pub order: DeleteOrder,
    /// Objects that are deleted at the same time.
    pub jobs: NonZeroUsize,
}

/// What was deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeleteSummary {
    /// Keys that are gone, whether they were there or not.
    pub keys: Vec<String>,
    /// The bucket, if it is gone too.
    pub bucket: Option<String>,
}

/// Carries out a plan.
///
/// # Errors
/// When the service refuses, or the user wants to stop. Some objects are gone then;
/// [`DeleteError::Incomplete`] tells how many.
pub fn delete(
    s3: &S3,
    plan: &DeletePlan,
    options: DeleteOptions,
    progress: &dyn Progress,
) -> Result<DeleteSummary, DeleteError> {
    let manifest: Vec<&str> = plan.manifest_keys.iter().map(String::as_str).collect();
    let parts: Vec<&str> = plan.part_keys.iter().map(String::as_str).collect();
    let groups = match options.order {
        DeleteOrder::PartsFirst => [parts, manifest],
        DeleteOrder::ManifestFirst => [manifest, parts],
    };
    let total = plan.len();
    let deleted = AtomicUsize::new(0);
    progress.begin(Stage::Objects, Some(total as u64));
    for keys in &groups {
        let told = InOrder::new(progress);
        let result = Pool::run(options.jobs, keys.iter().enumerate(), |(index, key), _| {
            if progress.interrupted() {
                return Err(AwsError::Interrupted);
            }
            let key: &str = key;
            let object = ObjectName {
                bucket: &plan.bucket,
                key,
            };
            delete_one(s3, object)?;
            tracing::debug!(key, "deleted");
            deleted.fetch_add(1, Ordering::Relaxed);
            progress.advance(Stage::Objects, 1);
            told.done(index, key);
            Ok(())
        });
        result.map_err(|error| failed(error, deleted.load(Ordering::Relaxed), total))?;
    }
    let bucket = if plan.clears_bucket {
        delete_bucket(s3, plan)?;
        Some(plan.bucket.clone())
    } else {
        None
    };
    progress.finish(Stage::Objects);
    Ok(DeleteSummary {
        keys: groups.concat().into_iter().map(str::to_owned).collect(),
        bucket,
    })
}

/// What is gone with its bucket is gone.
fn delete_one(s3: &S3, object: ObjectName<'_>) -> Result<(), AwsError> {
    match s3.delete_object(object) {
        Err(error) if super::select::is_absent(&error) => Ok(()),
        result => result,
    }
}

fn failed(error: AwsError, deleted: usize, total: usize) -> DeleteError {
    match error {
        AwsError::Interrupted => DeleteError::Interrupted,
        source => DeleteError::Incomplete {
            deleted,
            total,
            source,
        },
    }
}

/// Deletes the bucket if nothing else is in it. S3 would refuse otherwise, but there are services
/// that delete everything, so the bucket is looked into first.
fn delete_bucket(s3: &S3, plan: &DeletePlan) -> Result<(), DeleteError> {
    let not_empty = |source| DeleteError::BucketNotEmpty {
        bucket: plan.bucket.clone(),
        source,
    };
    match s3.list_objects(&plan.bucket, "", None) {
        // A list may lag behind what was just deleted.
        Ok(page) if page.next.is_some() => return Err(not_empty(None)),
        Ok(page) if page.objects.iter().any(|object| !plan.has(&object.key)) => {
            return Err(not_empty(None));
        }
        Ok(_) => {}
        Err(error) if error.is_code("NoSuchBucket") => return Ok(()),
        Err(error) => return Err(error.into()),
    }
    match s3.delete_bucket(&plan.bucket) {
        Err(error) if error.is_code("BucketNotEmpty") || error.is_status(409) => {
            Err(not_empty(Some(error)))
        }
        result => Ok(result?),
    }
}
