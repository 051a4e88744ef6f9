//! `GetBucketCors`: which pages of other sites may use a bucket.

use std::sync::Arc;

use crate::cloud::walrus::Walrus;
use crate::cloud::walrus::answer::Answer;
use crate::cloud::walrus::buckets::damaged;
use crate::cloud::walrus::cors::Cors;
use crate::cloud::walrus::error::{Code, S3Error, S3Result};
use crate::cloud::walrus::request::Request;
use crate::cloud::walrus::route::{Mark, Operation, Subject};

/// The operation.
pub const OPERATION: Operation = Operation {
    name: "GetBucketCors",
    method: "GET",
    subject: Subject::Bucket,
    marks: &[Mark::Parameter("cors")],
    run: |walrus, request| Box::pin(run(walrus, request)),
};

async fn run(walrus: Arc<Walrus>, request: Request) -> S3Result<Answer> {
    let bucket = walrus.bucket_for(&request).await?;
    let text = bucket.cors.as_deref().ok_or_else(|| {
        let message = "the bucket has no CORS configuration";
        S3Error::new(Code::NoSuchCORSConfiguration, message).with("BucketName", &bucket.name)
    })?;
    let kept = Cors::from_text(text).map_err(|_| damaged("cors", &bucket.name))?;
    Ok(Answer::xml(kept.to_xml()))
}
