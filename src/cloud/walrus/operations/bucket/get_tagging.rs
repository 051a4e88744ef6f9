//! `GetBucketTagging`: the tags of a bucket.

use std::sync::Arc;

use crate::cloud::walrus::Walrus;
use crate::cloud::walrus::answer::Answer;
use crate::cloud::walrus::buckets::damaged;
use crate::cloud::walrus::error::{Code, S3Error, S3Result};
use crate::cloud::walrus::request::Request;
use crate::cloud::walrus::route::{Mark, Operation, Subject};
use crate::cloud::walrus::tags::Tags;

/// The operation.
pub const OPERATION: Operation = Operation {
    name: "GetBucketTagging",
    method: "GET",
    subject: Subject::Bucket,
    marks: &[Mark::Parameter("tagging")],
    run: |walrus, request| Box::pin(run(walrus, request)),
};

async fn run(walrus: Arc<Walrus>, request: Request) -> S3Result<Answer> {
    let bucket = walrus.bucket_for(&request).await?;
    let text = bucket.tags.as_deref().ok_or_else(|| {
        let message = "the bucket has no tags";
        S3Error::new(Code::NoSuchTagSet, message).with("BucketName", &bucket.name)
    })?;
    let kept = Tags::from_text(text).map_err(|_| damaged("tags", &bucket.name))?;
    Ok(Answer::xml(kept.to_xml()))
}
