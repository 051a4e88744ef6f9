//! `PutBucketTagging`: gives a bucket tags instead of those it has.

use std::sync::Arc;

use hyper::StatusCode;

use crate::cloud::walrus::Walrus;
use crate::cloud::walrus::answer::Answer;
use crate::cloud::walrus::error::S3Result;
use crate::cloud::walrus::request::Request;
use crate::cloud::walrus::route::{Mark, Operation, Subject};
use crate::cloud::walrus::tags::{Tagged, Tags};

/// The operation.
pub const OPERATION: Operation = Operation {
    name: "PutBucketTagging",
    method: "PUT",
    subject: Subject::Bucket,
    marks: &[Mark::Parameter("tagging")],
    run: |walrus, request| Box::pin(run(walrus, request)),
};

async fn run(walrus: Arc<Walrus>, mut request: Request) -> S3Result<Answer> {
    let bucket = walrus.bucket_for(&request).await?;
    let document = request.setting().await?;
    let text = Tags::from_xml(&document, Tagged::Bucket)?.to_text();
    let changed = walrus.change_bucket(&bucket.name, move |bucket| bucket.tags = Some(text));
    changed.await?;
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}
