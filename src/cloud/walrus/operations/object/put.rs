//! `PutObject`: stores an object whole, or not at all.
//!
//! ```text
//! body ─► blob, durable ─► version in the database ─► answer, and the blob to its place
//! ```

use std::sync::Arc;

use hyper::StatusCode;

use crate::cloud::state::versions::{self, New};
use crate::cloud::walrus::access::bucket_for;
use crate::cloud::walrus::answer::Answer;
use crate::cloud::walrus::blobs::{Condition, check_room};
use crate::cloud::walrus::body::{Expectation, Purpose};
use crate::cloud::walrus::conditions::WriteConditions;
use crate::cloud::walrus::error::S3Result;
use crate::cloud::walrus::metadata::Metadata;
use crate::cloud::walrus::request::Request;
use crate::cloud::walrus::route::{Operation, Subject};
use crate::cloud::walrus::tags::{Tagged, Tags};
use crate::cloud::walrus::{Walrus, grants};

/// The operation.
pub const OPERATION: Operation = Operation {
    name: "PutObject",
    method: "PUT",
    subject: Subject::Object,
    marks: &[],
    run: |walrus, request| Box::pin(run(walrus, request)),
};

async fn run(walrus: Arc<Walrus>, request: Request) -> S3Result<Answer> {
    let key = request.key()?.to_owned();
    let conditions = WriteConditions::from_headers(|name| request.header(name))?;
    let (bucket, owner, acl) = {
        let mut db = walrus.state.reader().await?;
        let bucket = bucket_for(&mut db, &request).await?;
        if !conditions.is_empty() {
            // Before the body is sent in vain; what counts is asked again when it is there.
            let there = versions::latest(&mut db, &bucket.name, &key).await?;
            let there = there.filter(|there| !there.is_marker);
            conditions.check(there.as_ref().map(|there| there.etag.as_str()))?;
        }
        let owner = request.caller.owner_in(&mut db, &bucket).await?;
        let owners = (&owner.canonical_id, &bucket.owner_canonical_id);
        let acl = grants::of_headers(&mut db, &request, owners.0, Some(owners.1)).await?;
        (bucket, owner, acl)
    };
    let most = walrus.settings.object_bytes;
    let verified = request.verified.as_ref();
    let expectation = Expectation::of(&request.headers, verified, Purpose::Object { most })?;
    if let Some(length) = expectation.length() {
        // As above: what does not fit is not sent in vain.
        let length = i64::try_from(length).unwrap_or(i64::MAX);
        check_room(bucket.bytes, length, walrus.settings.bucket_bytes)?;
    }
    let metadata = Metadata::from_headers(&request.headers)?;
    let tags = match request.header("x-amz-tagging") {
        Some(header) => Some(Tags::from_header(header, Tagged::Object)?.to_text()),
        None => None,
    };

    let taken = walrus.take_in(request.body, expectation).await?;

    let checksum = taken.checksum;
    let etag = taken.piece.md5.clone();
    let new = New {
        key,
        version_id: walrus.new_version_id(),
        size: i64::try_from(taken.piece.size).unwrap_or(i64::MAX),
        etag: etag.clone(),
        now_ms: (walrus.surroundings.now_ms)(),
        account_id: owner.id,
        acl: acl.to_text(),
        headers: metadata.to_text(),
        tags,
        checksum: checksum.map(|checksum| full_object(&checksum)),
        pieces: vec![taken.piece],
    };
    let version = walrus
        .store_version(&bucket.name, new, taken.landed, when(conditions))
        .await?;
    let mut answer = Answer::empty(StatusCode::OK)
        .header("etag", format!("\"{etag}\""))
        .maybe("x-amz-version-id", version);
    if let Some(checksum) = checksum {
        answer = answer
            .header(checksum.algorithm().header(), checksum.to_string())
            .header("x-amz-checksum-type", "FULL_OBJECT");
    }
    Ok(answer)
}

/// A checksum of the whole object, as the database keeps it.
pub(super) fn full_object(checksum: &crate::cloud::walrus::body::Checksum) -> String {
    format!("{} FULL_OBJECT {checksum}", checksum.algorithm().name())
}

/// Conditions of a request, for the moment of the change.
pub(super) fn when(conditions: WriteConditions) -> Option<Condition> {
    if conditions.is_empty() {
        return None;
    }
    Some(Box::new(move |there| {
        conditions.check(there.map(|there| there.etag.as_str()))
    }))
}
