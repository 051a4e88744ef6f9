//! `AbortMultipartUpload`: ends an upload without an object. Its parts become garbage.

use std::sync::Arc;

use hyper::StatusCode;

use super::{locked, no_such_upload};
use crate::cloud::state::uploads;
use crate::cloud::walrus::Walrus;
use crate::cloud::walrus::answer::Answer;
use crate::cloud::walrus::error::{S3Error, S3Result};
use crate::cloud::walrus::request::Request;
use crate::cloud::walrus::route::{Mark, Operation, Subject};

/// The operation.
pub const OPERATION: Operation = Operation {
    name: "AbortMultipartUpload",
    method: "DELETE",
    subject: Subject::Object,
    marks: &[Mark::Parameter("uploadId")],
    run: |walrus, request| Box::pin(run(walrus, request)),
};

async fn run(walrus: Arc<Walrus>, request: Request) -> S3Result<Answer> {
    let (_, upload) = walrus.upload(&request).await?;
    let now_ms = request.now_ms;
    let aborted = walrus.state.write(move |db| {
        Box::pin(async move {
            let bucket = locked(db, &upload.bucket).await?;
            let parts = uploads::remove(db, &bucket, &upload.id, now_ms).await?;
            parts.ok_or_else(|| no_such_upload(&upload.id))
        })
    });
    let parts: Result<u64, S3Error> = aborted.await;
    if parts? > 0 {
        walrus.sweep_soon();
    }
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}
