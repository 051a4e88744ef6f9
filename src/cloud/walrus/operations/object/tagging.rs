//! `GetObjectTagging`, `PutObjectTagging` and `DeleteObjectTagging`.

use std::sync::Arc;

use hyper::StatusCode;

use crate::cloud::state::buckets::Bucket;
use crate::cloud::state::versions::Version;
use crate::cloud::state::{StateError, buckets, versions};
use crate::cloud::walrus::Walrus;
use crate::cloud::walrus::access::{bucket_for, no_such_bucket, no_such_key, object_for};
use crate::cloud::walrus::acl::Permission;
use crate::cloud::walrus::answer::Answer;
use crate::cloud::walrus::error::{S3Error, S3Result};
use crate::cloud::walrus::request::Request;
use crate::cloud::walrus::route::{Mark, Operation, Subject};
use crate::cloud::walrus::tags::{Tagged, Tags};

/// `GetObjectTagging`.
pub const GET: Operation = Operation {
    name: "GetObjectTagging",
    method: "GET",
    subject: Subject::Object,
    marks: &[Mark::Parameter("tagging")],
    run: |walrus, request| Box::pin(get(walrus, request)),
};

/// `PutObjectTagging`.
pub const PUT: Operation = Operation {
    name: "PutObjectTagging",
    method: "PUT",
    subject: Subject::Object,
    marks: &[Mark::Parameter("tagging")],
    run: |walrus, request| Box::pin(put(walrus, request)),
};

/// `DeleteObjectTagging`.
pub const DELETE: Operation = Operation {
    name: "DeleteObjectTagging",
    method: "DELETE",
    subject: Subject::Object,
    marks: &[Mark::Parameter("tagging")],
    run: |walrus, request| Box::pin(delete(walrus, request)),
};

/// The version that a request is about. Tags are the bucket owner's: its permissions were asked
/// with the bucket, those on the object do not count.
async fn tagged(walrus: &Walrus, request: &Request) -> S3Result<(Bucket, Version)> {
    let mut db = walrus.state.reader().await?;
    let bucket = bucket_for(&mut db, request).await?;
    let (key, id) = (request.key()?, request.parameter("versionId"));
    let found = match id {
        Some(id) => versions::by_id(&mut db, &bucket.name, key, id).await?,
        None => versions::latest(&mut db, &bucket.name, key).await?,
    };
    match found {
        Some(version) if !version.is_marker => Ok((bucket, version)),
        _ => {
            // Told as to a reader.
            let (caller, permission) = (&request.caller, Permission::Read);
            let version = object_for(&mut db, caller, &bucket, key, id, permission).await?;
            Ok((bucket, version))
        }
    }
}

fn answer(status: StatusCode, bucket: &Bucket, version_id: &str) -> Answer {
    let id = bucket.versioning.was_enabled().then_some(version_id);
    Answer::empty(status).maybe("x-amz-version-id", id)
}

async fn get(walrus: Arc<Walrus>, request: Request) -> S3Result<Answer> {
    let (bucket, version) = tagged(&walrus, &request).await?;
    let tags = match &version.tags {
        Some(text) => Tags::from_text(text).map_err(|_| StateError::Damaged {
            column: "tags",
            row: format!("version of {}/{}", version.bucket, version.key),
            found: text.chars().take(80).collect(),
        })?,
        None => Tags::default(),
    };
    let id = bucket.versioning.was_enabled();
    let id = id.then_some(version.version_id);
    Ok(Answer::xml(tags.to_xml()).maybe("x-amz-version-id", id))
}

async fn put(walrus: Arc<Walrus>, mut request: Request) -> S3Result<Answer> {
    let (bucket, version) = tagged(&walrus, &request).await?;
    let document = request.setting().await?;
    let tags = Tags::from_xml(&document, Tagged::Object)?.to_text();
    let id = version.version_id.clone();
    set(&walrus, version, Some(tags)).await?;
    Ok(answer(StatusCode::OK, &bucket, &id))
}

async fn delete(walrus: Arc<Walrus>, request: Request) -> S3Result<Answer> {
    let (bucket, version) = tagged(&walrus, &request).await?;
    let id = version.version_id.clone();
    set(&walrus, version, None).await?;
    Ok(answer(StatusCode::NO_CONTENT, &bucket, &id))
}

async fn set(walrus: &Walrus, version: Version, tags: Option<String>) -> S3Result<()> {
    let change = walrus.state.write(move |db| {
        Box::pin(async move {
            let bucket = buckets::lock(db, &version.bucket).await?;
            bucket.ok_or_else(|| no_such_bucket(&version.bucket))?;
            let id = &version.version_id;
            let found = versions::by_id(db, &version.bucket, &version.key, id).await?;
            let found = found.filter(|found| found.sequence == version.sequence);
            let mut found = found.ok_or_else(|| no_such_key(&version.key))?;
            found.tags = tags;
            Ok::<_, S3Error>(versions::update(db, &found).await?)
        })
    });
    change.await
}
