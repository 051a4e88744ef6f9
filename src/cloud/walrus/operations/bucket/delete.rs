//! `DeleteBucket`: removes a bucket that nothing is in.
//!
//! Uploads that were begun and not completed do not count, as with S3: they end with the bucket,
//! and their parts become garbage.

use std::sync::Arc;

use hyper::StatusCode;

use crate::cloud::state::buckets;
use crate::cloud::walrus::Walrus;
use crate::cloud::walrus::access::no_such_bucket;
use crate::cloud::walrus::answer::Answer;
use crate::cloud::walrus::error::{Code, S3Error, S3Result};
use crate::cloud::walrus::request::Request;
use crate::cloud::walrus::route::{Operation, Subject};

/// The operation.
pub const OPERATION: Operation = Operation {
    name: "DeleteBucket",
    method: "DELETE",
    subject: Subject::Bucket,
    marks: &[],
    run: |walrus, request| Box::pin(run(walrus, request)),
};

async fn run(walrus: Arc<Walrus>, request: Request) -> S3Result<Answer> {
    let bucket = walrus.bucket_for(&request).await?;
    let now_ms = request.now_ms;
    walrus
        .state
        .write(move |db| {
            Box::pin(async move {
                let locked = buckets::lock(db, &bucket.name).await?;
                let bucket = locked.ok_or_else(|| no_such_bucket(&bucket.name))?;
                if buckets::remove_empty(db, &bucket.name, now_ms).await? {
                    return Ok(());
                }
                let message = "the bucket is not empty: delete its objects and versions first";
                Err(S3Error::new(Code::BucketNotEmpty, message).with("BucketName", bucket.name))
            })
        })
        .await?;
    walrus.sweep_soon();
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}
