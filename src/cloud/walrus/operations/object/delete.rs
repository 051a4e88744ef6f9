//! `DeleteObject`: deletes what a key stands for, or one version of it.
//!
//! What is not there is deleted already: the answer is the same.

use std::sync::Arc;

use hyper::StatusCode;

use crate::cloud::state::buckets;
use crate::cloud::walrus::Walrus;
use crate::cloud::walrus::access::no_such_bucket;
use crate::cloud::walrus::answer::Answer;
use crate::cloud::walrus::conditions::WriteConditions;
use crate::cloud::walrus::deletion::{Doomed, check_version_id, marker_owner};
use crate::cloud::walrus::error::{Code, S3Error, S3Result};
use crate::cloud::walrus::request::Request;
use crate::cloud::walrus::route::{Operation, Subject};

/// The operation.
pub const OPERATION: Operation = Operation {
    name: "DeleteObject",
    method: "DELETE",
    subject: Subject::Object,
    marks: &[],
    run: |walrus, request| Box::pin(run(walrus, request)),
};

/// Conditions that S3 has for directory buckets alone. Not to know them would be to delete what
/// shall stay.
const NOT_HERE: [&str; 2] = ["x-amz-if-match-last-modified-time", "x-amz-if-match-size"];

async fn run(walrus: Arc<Walrus>, request: Request) -> S3Result<Answer> {
    let bucket = walrus.bucket_for(&request).await?;
    let version_id = request.parameter("versionId");
    version_id.map(check_version_id).transpose()?;
    if let Some(name) = NOT_HERE.iter().find(|name| request.header(name).is_some()) {
        let message = "this condition is for directory buckets, which are not supported";
        return Err(S3Error::new(Code::NotImplemented, message).with("Header", *name));
    }
    let condition = request.header("if-match");
    let doomed = Doomed {
        key: request.key()?.to_owned(),
        version_id: version_id.map(str::to_owned),
        conditions: condition.map_or_else(WriteConditions::default, |etag| {
            WriteConditions::of_etag(etag)
        }),
        fresh: walrus.new_version_id(),
    };
    let (account, now_ms) = (marker_owner(&request, &bucket), request.now_ms);
    let deleted = walrus
        .state
        .write(move |db| {
            Box::pin(async move {
                let locked = buckets::lock(db, &bucket.name).await?;
                let bucket = locked.ok_or_else(|| no_such_bucket(&bucket.name))?;
                doomed.delete(db, &bucket, &account, now_ms).await?
            })
        })
        .await?;
    if deleted.leaves_garbage {
        walrus.sweep_soon();
    }
    let marker = deleted.is_marker.then_some("true");
    Ok(Answer::empty(StatusCode::NO_CONTENT)
        .maybe("x-amz-version-id", deleted.version_id)
        .maybe("x-amz-delete-marker", marker))
}
