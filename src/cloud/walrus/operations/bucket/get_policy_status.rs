//! `GetBucketPolicyStatus`: whether everybody may do something with a bucket.

use std::sync::Arc;

use crate::cloud::walrus::Walrus;
use crate::cloud::walrus::acl::{Acl, policy_status};
use crate::cloud::walrus::answer::Answer;
use crate::cloud::walrus::buckets::damaged;
use crate::cloud::walrus::error::S3Result;
use crate::cloud::walrus::request::Request;
use crate::cloud::walrus::route::{Mark, Operation, Subject};

/// The operation.
pub const OPERATION: Operation = Operation {
    name: "GetBucketPolicyStatus",
    method: "GET",
    subject: Subject::Bucket,
    marks: &[Mark::Parameter("policyStatus")],
    run: |walrus, request| Box::pin(run(walrus, request)),
};

async fn run(walrus: Arc<Walrus>, request: Request) -> S3Result<Answer> {
    let bucket = walrus.bucket_for(&request).await?;
    // A bucket that was made without a list has the owner's alone.
    let is_public = match bucket.acl.as_str() {
        "" => false,
        text => {
            let acl = Acl::from_text(text).map_err(|_| damaged("acl", &bucket.name))?;
            acl.is_public()
        }
    };
    Ok(Answer::xml(policy_status(is_public)))
}
