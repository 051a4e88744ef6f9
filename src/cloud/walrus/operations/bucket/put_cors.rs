//! `PutBucketCors`: says which pages of other sites may use a bucket.

use std::sync::Arc;

use hyper::StatusCode;

use crate::cloud::walrus::Walrus;
use crate::cloud::walrus::answer::Answer;
use crate::cloud::walrus::cors::Cors;
use crate::cloud::walrus::error::S3Result;
use crate::cloud::walrus::request::Request;
use crate::cloud::walrus::route::{Mark, Operation, Subject};

/// The operation.
pub const OPERATION: Operation = Operation {
    name: "PutBucketCors",
    method: "PUT",
    subject: Subject::Bucket,
    marks: &[Mark::Parameter("cors")],
    run: |walrus, request| Box::pin(run(walrus, request)),
};

async fn run(walrus: Arc<Walrus>, mut request: Request) -> S3Result<Answer> {
    let bucket = walrus.bucket_for(&request).await?;
    let document = request.setting().await?;
    let text = Cors::from_xml(&document)?.to_text();
    let changed = walrus.change_bucket(&bucket.name, move |bucket| bucket.cors = Some(text));
    changed.await?;
    Ok(Answer::empty(StatusCode::OK))
}
