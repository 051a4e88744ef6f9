//! `GetBucketVersioning`: whether a bucket keeps older versions.

use std::sync::Arc;

use crate::cloud::state::buckets;
use crate::cloud::walrus::Walrus;
use crate::cloud::walrus::answer::Answer;
use crate::cloud::walrus::error::S3Result;
use crate::cloud::walrus::request::Request;
use crate::cloud::walrus::route::{Mark, Operation, Subject};
use crate::cloud::walrus::versioning::Versioning;

/// The operation.
pub const OPERATION: Operation = Operation {
    name: "GetBucketVersioning",
    method: "GET",
    subject: Subject::Bucket,
    marks: &[Mark::Parameter("versioning")],
    run: |walrus, request| Box::pin(run(walrus, request)),
};

async fn run(walrus: Arc<Walrus>, request: Request) -> S3Result<Answer> {
    let bucket = walrus.bucket_for(&request).await?;
    let told = match bucket.versioning {
        buckets::Versioning::Off => Versioning::Off,
        buckets::Versioning::Enabled => Versioning::Enabled,
        buckets::Versioning::Suspended => Versioning::Suspended,
    };
    Ok(Answer::xml(told.to_xml()))
}
