//! `HeadObject`: what `GetObject` would answer, without the bytes.

use std::sync::Arc;

use crate::cloud::walrus::Walrus;
use crate::cloud::walrus::answer::Answer;
use crate::cloud::walrus::error::S3Result;
use crate::cloud::walrus::request::Request;
use crate::cloud::walrus::route::{Operation, Subject};

/// The operation.
pub const OPERATION: Operation = Operation {
    name: "HeadObject",
    method: "HEAD",
    subject: Subject::Object,
    marks: &[],
    run: |walrus, request| Box::pin(run(walrus, request)),
};

async fn run(walrus: Arc<Walrus>, request: Request) -> S3Result<Answer> {
    Ok(walrus.reading(&request).await?.answer)
}
