//! `CreateMultipartUpload`: begins an object that comes in parts.
//!
//! What the object will have beside its bytes is said here: headers, metadata, access list, tags,
//! and the algorithm of its checksum.

use std::sync::Arc;

use base64ct::{Base64UrlUnpadded, Encoding as _};

use super::checksums::Chosen;
use super::locked;
use crate::cloud::state::uploads::{self, Upload};
use crate::cloud::walrus::answer::Answer;
use crate::cloud::walrus::error::{S3Error, S3Result};
use crate::cloud::walrus::metadata::Metadata;
use crate::cloud::walrus::request::Request;
use crate::cloud::walrus::route::{Mark, Operation, Subject};
use crate::cloud::walrus::tags::{Tagged, Tags};
use crate::cloud::walrus::{Walrus, grants};

/// The operation.
pub const OPERATION: Operation = Operation {
    name: "CreateMultipartUpload",
    method: "POST",
    subject: Subject::Object,
    marks: &[Mark::Parameter("uploads")],
    run: |walrus, request| Box::pin(run(walrus, request)),
};

async fn run(walrus: Arc<Walrus>, request: Request) -> S3Result<Answer> {
    let bucket = walrus.bucket_for(&request).await?;
    let account = request.caller.account()?;
    let chosen = Chosen::from_headers(
        request.header("x-amz-checksum-algorithm"),
        request.header("x-amz-checksum-type"),
    )?;
    let tags = request.header("x-amz-tagging");
    let tags = tags.map(|tags| Tags::from_header(tags, Tagged::Object));
    let acl = {
        let mut db = walrus.state.reader().await?;
        let owners = (&account.canonical_id, &bucket.owner_canonical_id);
        grants::of_headers(&mut db, &request, owners.0, Some(owners.1)).await?
    };
    let metadata = Metadata::from_headers(&request.headers)?;
    let upload = Upload {
        id: new_id(&walrus, request.now_ms),
        bucket: bucket.name,
        key: request.key()?.to_owned(),
        account_id: account.id.clone(),
        created_ms: request.now_ms,
        acl: acl.to_text(),
        headers: metadata.to_text(),
        tags: tags.transpose()?.map(|tags| tags.to_text()),
        checksum: chosen.map(Chosen::to_text),
    };
    let answer = Answer::document("InitiateMultipartUploadResult", |writer| {
        writer.leaf("Bucket", &upload.bucket);
        writer.leaf("Key", &upload.key);
        writer.leaf("UploadId", &upload.id);
    });
    let begun = walrus.state.write(move |db| {
        Box::pin(async move {
            locked(db, &upload.bucket).await?;
            Ok::<_, S3Error>(uploads::begin(db, &upload).await?)
        })
    });
    begun.await?;
    Ok(answer
        .maybe(
            "x-amz-checksum-algorithm",
            chosen.map(|it| it.algorithm.name()),
        )
        .maybe("x-amz-checksum-type", chosen.map(|it| it.kind.name())))
}

/// An id that nobody guesses. It begins with the time, so that ids of a key sort by it.
fn new_id(walrus: &Walrus, now_ms: i64) -> String {
    let mut bytes = [0; 24];
    (walrus.surroundings.random)(&mut bytes);
    let tail = Base64UrlUnpadded::encode_string(&bytes);
    format!("{:012x}{tail}", now_ms.max(0))
}
