//! `DeleteBucketTagging`: takes a bucket's tags away.

use std::sync::Arc;

use hyper::StatusCode;

use crate::cloud::walrus::Walrus;
use crate::cloud::walrus::answer::Answer;
use crate::cloud::walrus::error::S3Result;
use crate::cloud::walrus::request::Request;
use crate::cloud::walrus::route::{Mark, Operation, Subject};

/// The operation.
pub const OPERATION: Operation = Operation {
    name: "DeleteBucketTagging",
    method: "DELETE",
    subject: Subject::Bucket,
    marks: &[Mark::Parameter("tagging")],
    run: |walrus, request| Box::pin(run(walrus, request)),
};

async fn run(walrus: Arc<Walrus>, request: Request) -> S3Result<Answer> {
    let bucket = walrus.bucket_for(&request).await?;
    let changed = walrus.change_bucket(&bucket.name, |bucket| bucket.tags = None);
    changed.await?;
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}
