//! `CompleteMultipartUpload`: makes the object. No byte is moved.
//!
//! ```text
//! lock bucket ─► upload there? ─ yes ─► parts ─► assembly ─► conditions ─► version, rest: garbage
//!                     └ no ─► completed a short while ago, by the same list? ─► the same answer
//! ```
//!
//! All of it is one transaction. A client that lost the answer asks again and gets it, as long as
//! the version is there and the completion is remembered ([`crate::cloud::walrus::sweep`]).

use std::sync::Arc;

use sqlx::AnyConnection;

use super::assembly::{Assembly, Claims, Sum, assemble, etag_of};
use super::checksums::Chosen;
use super::{locked, may_go_on, no_such_upload, upload_id};
use crate::cloud::state::buckets::{Bucket, Versioning};
use crate::cloud::state::uploads::{self, Upload};
use crate::cloud::state::versions::{self, New, Version};
use crate::cloud::walrus::Walrus;
use crate::cloud::walrus::answer::Answer;
use crate::cloud::walrus::body::{Algorithm, Expectation, Purpose, gather};
use crate::cloud::walrus::caller::Caller;
use crate::cloud::walrus::complete_list::{self, CompletedPart};
use crate::cloud::walrus::conditions::WriteConditions;
use crate::cloud::walrus::error::S3Result;
use crate::cloud::walrus::request::Request;
use crate::cloud::walrus::route::{Mark, Operation, Subject};

/// The operation.
pub const OPERATION: Operation = Operation {
    name: "CompleteMultipartUpload",
    method: "POST",
    subject: Subject::Object,
    marks: &[Mark::Parameter("uploadId")],
    run: |walrus, request| Box::pin(run(walrus, request)),
};

/// What is asked for.
struct Completion {
    caller: Caller,
    bucket: String,
    key: String,
    id: String,
    named: Vec<CompletedPart>,
    claims: Claims,
    conditions: WriteConditions,
    version_id: String,
    now_ms: i64,
}

/// What came out.
struct Completed {
    etag: String,
    version_id: Option<String>,
    checksum: Option<Sum>,
}

async fn run(walrus: Arc<Walrus>, request: Request) -> S3Result<Answer> {
    let bucket = walrus.bucket_for(&request).await?;
    let id = upload_id(&request)?.to_owned();
    let key = request.key()?.to_owned();
    walrus.may_complete(&request, &bucket).await?;
    let claims = claims(&request);
    let conditions = WriteConditions::from_headers(|name| request.header(name))?;
    let (now_ms, host) = (request.now_ms, request.header("host").unwrap_or_default());
    let location = format!("http://{host}{}", request.target.path);
    let caller = request.caller.clone();
    let document = document(request).await?;
    let completion = Completion {
        caller,
        bucket: bucket.name.clone(),
        key: key.clone(),
        id,
        named: complete_list::read(&document)?,
        claims,
        conditions,
        version_id: walrus.new_version_id(),
        now_ms,
    };
    let done = walrus
        .state
        .write(move |db| Box::pin(async move { complete(db, completion).await }))
        .await?;
    walrus.sweep_soon();
    let answer = Answer::document("CompleteMultipartUploadResult", |writer| {
        writer.leaf("Location", &location);
        writer.leaf("Bucket", &bucket.name);
        writer.leaf("Key", &key);
        writer.leaf("ETag", &format!("\"{}\"", done.etag));
        if let Some(sum) = &done.checksum {
            writer.leaf(sum.algorithm.element(), &sum.value);
            writer.leaf("ChecksumType", sum.kind.name());
        }
    });
    Ok(answer.maybe("x-amz-version-id", done.version_id))
}

impl Walrus {
    /// Whether the list of parts is worth taking, which is long. What counts is asked again when it
    /// is there.
    async fn may_complete(&self, request: &Request, bucket: &Bucket) -> S3Result<()> {
        let mut db = self.state.reader().await?;
        let (key, id) = (request.key()?, upload_id(request)?);
        if let Some(upload) = uploads::get(&mut db, &bucket.name, key, id).await? {
            return may_go_on(&request.caller, bucket, &upload.account_id);
        }
        let found = uploads::completed(&mut db, &bucket.name, key, id).await?;
        let (version, _) = found.ok_or_else(|| no_such_upload(id))?;
        may_go_on(&request.caller, bucket, &version.account_id)
    }
}

/// The list of parts. Checksums in the headers are the object's and say nothing about it.
async fn document(request: Request) -> S3Result<Vec<u8>> {
    let mut headers = request.headers.clone();
    headers.retain(|(name, _)| {
        Algorithm::from_header(name).is_none() && name != "x-amz-sdk-checksum-algorithm"
    });
    let verified = request.verified.as_ref();
    let expectation = Expectation::of(
        &headers,
        verified,
        Purpose::Document {
            most: request.most_list,
        },
    )?;
    gather(request.body, expectation, request.pace).await
}

fn claims(request: &Request) -> Claims {
    let checksum =
        |algorithm: Algorithm| Some((algorithm, request.header(algorithm.header())?.to_owned()));
    Claims {
        checksum: Algorithm::ALL.into_iter().find_map(checksum),
        kind: request.header("x-amz-checksum-type").map(str::to_owned),
        size: request.header("x-amz-mp-object-size").map(str::to_owned),
    }
}

async fn complete(db: &mut AnyConnection, asked: Completion) -> S3Result<Completed> {
    let bucket = locked(db, &asked.bucket).await?;
    let upload = uploads::get(db, &asked.bucket, &asked.key, &asked.id).await?;
    let Some(upload) = upload else {
        return completed_before(db, &bucket, &asked).await;
    };
    may_go_on(&asked.caller, &bucket, &upload.account_id)?;
    let parts = uploads::parts(db, &upload.id).await?;
    let chosen = Chosen::of_text(upload.checksum.as_deref());
    let assembly = assemble(&asked.named, parts, chosen)?;
    asked.claims.check(&assembly)?;
    if !asked.conditions.is_empty() {
        let current = versions::latest(db, &bucket.name, &upload.key).await?;
        let current = current.filter(|version| !version.is_marker);
        let etag = current.as_ref().map(|version| version.etag.as_str());
        asked.conditions.check(etag)?;
    }
    put(db, &bucket, upload, assembly, &asked).await
}

/// Turns parts into a version; the bytes are counted already.
async fn put(
    db: &mut AnyConnection,
    bucket: &Bucket,
    upload: Upload,
    assembly: Assembly,
    asked: &Completion,
) -> S3Result<Completed> {
    uploads::take_parts(db, &upload.id, assembly.numbers.into_iter()).await?;
    uploads::note_completion(db, bucket, &upload, asked.now_ms).await?;
    uploads::remove(db, bucket, &upload.id, asked.now_ms).await?;
    let new = New {
        key: upload.key,
        version_id: asked.version_id.clone(),
        size: i64::try_from(assembly.size).unwrap_or(i64::MAX),
        etag: assembly.etag.clone(),
        now_ms: asked.now_ms,
        account_id: upload.account_id,
        acl: upload.acl,
        headers: upload.headers,
        tags: upload.tags,
        checksum: assembly.checksum.as_ref().map(Sum::to_text),
        pieces: assembly.pieces,
    };
    let id = versions::put(db, bucket, &new, 0).await?;
    Ok(Completed {
        etag: assembly.etag,
        version_id: Some(id).filter(|_| is_versioned(bucket)),
        checksum: assembly.checksum,
    })
}

/// The answer that was given, or lost, before: the same list made the version that is there.
async fn completed_before(
    db: &mut AnyConnection,
    bucket: &Bucket,
    asked: &Completion,
) -> S3Result<Completed> {
    let found = uploads::completed(db, &bucket.name, &asked.key, &asked.id).await?;
    let etag = etag_of(asked.named.iter().map(|part| part.etag.as_str()));
    let is_same = |version: &Version| Some(&version.etag) == etag.as_ref();
    let version = found.map(|(version, _)| version).filter(is_same);
    let version = version.ok_or_else(|| no_such_upload(&asked.id))?;
    may_go_on(&asked.caller, bucket, &version.account_id)?;
    Ok(Completed {
        etag: version.etag,
        version_id: Some(version.version_id).filter(|_| is_versioned(bucket)),
        checksum: Sum::of_text(version.checksum.as_deref()),
    })
}

fn is_versioned(bucket: &Bucket) -> bool {
    bucket.versioning != Versioning::Off
}
