//! `GetBucketLocation`: the region that a bucket says it is in.

use std::sync::Arc;

use crate::cloud::walrus::Walrus;
use crate::cloud::walrus::answer::Answer;
use crate::cloud::walrus::error::S3Result;
use crate::cloud::walrus::location;
use crate::cloud::walrus::request::Request;
use crate::cloud::walrus::route::{Mark, Operation, Subject};

/// The operation.
pub const OPERATION: Operation = Operation {
    name: "GetBucketLocation",
    method: "GET",
    subject: Subject::Bucket,
    marks: &[Mark::Parameter("location")],
    run: |walrus, request| Box::pin(run(walrus, request)),
};

async fn run(walrus: Arc<Walrus>, request: Request) -> S3Result<Answer> {
    let bucket = walrus.bucket_for(&request).await?;
    let region = walrus.region_of(&bucket);
    Ok(Answer::xml(location::write(Some(region))))
}
