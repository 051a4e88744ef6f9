//! `GetObject`: an object's bytes, all or some.

use std::sync::Arc;

use http_body_util::BodyExt;
use hyper::StatusCode;
use tokio::task::spawn_blocking;

use crate::cloud::objects::{BlobId, StoreError};
use crate::cloud::state::StateError;
use crate::cloud::state::versions::{self, Version};
use crate::cloud::walrus::Walrus;
use crate::cloud::walrus::answer::{Answer, AnswerBody, BodyError};
use crate::cloud::walrus::error::{Code, S3Error, S3Result};
use crate::cloud::walrus::range::Span;
use crate::cloud::walrus::request::Request;
use crate::cloud::walrus::route::{Operation, Subject};
use crate::cloud::walrus::stream::{ObjectBody, extents, is_gone};

/// The operation.
pub const OPERATION: Operation = Operation {
    name: "GetObject",
    method: "GET",
    subject: Subject::Object,
    marks: &[],
    run: |walrus, request| Box::pin(run(walrus, request)),
};

/// How often an object that is replaced while it is opened is looked up again.
const ATTEMPTS: u32 = 5;

async fn run(walrus: Arc<Walrus>, request: Request) -> S3Result<Answer> {
    let mut attempts = ATTEMPTS;
    loop {
        let reading = walrus.reading(&request).await?;
        attempts -= 1;
        match body(&walrus, &reading.version, reading.span).await? {
            Ok(body) => {
                let mut answer = reading.answer;
                answer.body = body;
                return Ok(answer);
            }
            Err(error) if is_gone(&error) && attempts > 0 => {}
            Err(error) => {
                let causes = crate::cloud::causes(error.as_ref());
                tracing::error!(%causes, "an object cannot be opened");
                let message = "the object cannot be opened: try again, or ask the operator";
                return Err(S3Error::new(Code::InternalError, message));
            }
        }
    }
}

/// Opens an object. Its blobs are pinned first, so that the sweeper leaves them alone. When there
/// are several, or one that has to stay while it is read, they are the object's still after that,
/// or it is looked up again: one that was swept before it was pinned, or is just being swept, would
/// be missed only in the middle of the answer.
async fn body(
    walrus: &Walrus,
    version: &Version,
    span: Option<Span>,
) -> S3Result<Result<AnswerBody, BodyError>> {
    let Some(span) = span else {
        return Ok(Ok(Answer::empty(StatusCode::OK).body));
    };
    let extents = extents(&version.pieces, span).ok_or_else(|| StateError::Damaged {
        column: "pieces",
        row: format!("version of {}/{}", version.bucket, version.key),
        found: format!("{} pieces", version.pieces.len()),
    })?;
    let ids: Vec<BlobId> = extents.iter().map(|(id, _, _)| *id).collect();
    let pins = ids.iter().map(|id| walrus.pins.pin(id)).collect();
    if let [first, rest @ ..] = &ids[..]
        && (!rest.is_empty() || !walrus.store.reads_what_is_deleted())
    {
        let mut db = walrus.state.reader().await?;
        if !versions::is_there(&mut db, version).await? {
            let place = "the database".to_owned();
            return Ok(Err(StoreError::NotFound { id: *first, place }.into()));
        }
    }
    let store = Arc::clone(&walrus.store);
    let opened = spawn_blocking(move || ObjectBody::open(store, extents, pins)).await;
    let opened = opened.map_err(|error| {
        tracing::error!(%error, "opening an object failed");
        S3Error::new(Code::InternalError, "the object cannot be opened")
    })?;
    Ok(opened.map(BodyExt::boxed_unsync))
}
