//! `HeadBucket`: whether a bucket is there and may be listed, and its region.

use std::sync::Arc;

use hyper::StatusCode;

use crate::cloud::walrus::Walrus;
use crate::cloud::walrus::answer::Answer;
use crate::cloud::walrus::error::S3Result;
use crate::cloud::walrus::request::Request;
use crate::cloud::walrus::route::{Operation, Subject};

/// The operation.
pub const OPERATION: Operation = Operation {
    name: "HeadBucket",
    method: "HEAD",
    subject: Subject::Bucket,
    marks: &[],
    run: |walrus, request| Box::pin(run(walrus, request)),
};

async fn run(walrus: Arc<Walrus>, request: Request) -> S3Result<Answer> {
    let bucket = walrus.bucket_for(&request).await?;
    Ok(Answer::empty(StatusCode::OK)
        .header("x-amz-bucket-region", walrus.region_of(&bucket))
        .header("x-amz-access-point-alias", "false"))
}
