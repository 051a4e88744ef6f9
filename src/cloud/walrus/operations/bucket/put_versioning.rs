//! `PutBucketVersioning`: keeps older versions from now on, or keeps no more of them.

use std::sync::Arc;

use hyper::StatusCode;

use crate::cloud::state::buckets;
use crate::cloud::walrus::Walrus;
use crate::cloud::walrus::answer::Answer;
use crate::cloud::walrus::error::{Code, S3Error, S3Result};
use crate::cloud::walrus::request::Request;
use crate::cloud::walrus::route::{Mark, Operation, Subject};
use crate::cloud::walrus::versioning::Versioning;

/// The operation.
pub const OPERATION: Operation = Operation {
    name: "PutBucketVersioning",
    method: "PUT",
    subject: Subject::Bucket,
    marks: &[Mark::Parameter("versioning")],
    run: |walrus, request| Box::pin(run(walrus, request)),
};

async fn run(walrus: Arc<Walrus>, mut request: Request) -> S3Result<Answer> {
    let bucket = walrus.bucket_for(&request).await?;
    let document = request.setting().await?;
    let versioning = match Versioning::from_xml(&document)? {
        Versioning::Enabled => buckets::Versioning::Enabled,
        Versioning::Suspended => buckets::Versioning::Suspended,
        Versioning::Off => {
            let message = "versioning cannot be switched off, only suspended";
            let code = Code::IllegalVersioningConfigurationException;
            return Err(S3Error::new(code, message));
        }
    };
    let changed = walrus.change_bucket(&bucket.name, move |bucket| {
        bucket.versioning = versioning;
    });
    changed.await?;
    Ok(Answer::empty(StatusCode::OK))
}
