//! `GetObjectAcl` and `PutObjectAcl`: who may do what with an object.

use std::sync::Arc;

use hyper::StatusCode;

use crate::cloud::state::{buckets, versions};
use crate::cloud::walrus::access::{bucket_for, no_such_key, object_for, read_acl};
use crate::cloud::walrus::acl::{Draft, Permission};
use crate::cloud::walrus::answer::Answer;
use crate::cloud::walrus::error::{S3Error, S3Result};
use crate::cloud::walrus::request::Request;
use crate::cloud::walrus::route::{Mark, Operation, Subject};
use crate::cloud::walrus::{Walrus, grants};

/// `GetObjectAcl`.
pub const GET: Operation = Operation {
    name: "GetObjectAcl",
    method: "GET",
    subject: Subject::Object,
    marks: &[Mark::Parameter("acl")],
    run: |walrus, request| Box::pin(get(walrus, request)),
};

/// `PutObjectAcl`.
pub const PUT: Operation = Operation {
    name: "PutObjectAcl",
    method: "PUT",
    subject: Subject::Object,
    marks: &[Mark::Parameter("acl")],
    run: |walrus, request| Box::pin(put(walrus, request)),
};

async fn get(walrus: Arc<Walrus>, request: Request) -> S3Result<Answer> {
    let mut db = walrus.state.reader().await?;
    let bucket = bucket_for(&mut db, &request).await?;
    let (key, id) = (request.key()?, request.parameter("versionId"));
    let (caller, permission) = (&request.caller, Permission::ReadAcp);
    let version = object_for(&mut db, caller, &bucket, key, id, permission).await?;
    let acl = read_acl(&version.acl)?;
    let owner = version.owner_canonical_id.as_deref().unwrap_or_default();
    let mut answer = walrus.acl_document(&mut db, &acl, owner).await?;
    if bucket.versioning.was_enabled() {
        answer = answer.header("x-amz-version-id", &version.version_id);
    }
    Ok(answer)
}

async fn put(walrus: Arc<Walrus>, mut request: Request) -> S3Result<Answer> {
    let (bucket, version) = {
        let mut db = walrus.state.reader().await?;
        let bucket = bucket_for(&mut db, &request).await?;
        let (key, id) = (request.key()?, request.parameter("versionId"));
        let (caller, permission) = (&request.caller, Permission::WriteAcp);
        let version = object_for(&mut db, caller, &bucket, key, id, permission).await?;
        (bucket, version)
    };
    let document = request.setting().await?;
    let owner = version.owner_canonical_id.as_deref().unwrap_or_default();
    let bucket_owner = Some(bucket.owner_canonical_id.as_str());
    let draft = Draft::from_request(|name| request.header(name), &document, owner, bucket_owner)?;
    let acl = {
        let mut db = walrus.state.reader().await?;
        grants::resolved(&mut db, draft).await?.to_text()
    };
    let (name, id) = (bucket.name.clone(), version.version_id.clone());
    let change = walrus.state.write(move |db| {
        Box::pin(async move {
            buckets::lock(db, &name).await?;
            let found = versions::by_id(db, &name, &version.key, &version.version_id).await?;
            let found = found.filter(|found| found.sequence == version.sequence);
            let mut found = found.ok_or_else(|| no_such_key(&version.key))?;
            found.acl = acl;
            Ok::<_, S3Error>(versions::update(db, &found).await?)
        })
    });
    change.await?;
    let id = bucket.versioning.was_enabled().then_some(id);
    Ok(Answer::empty(StatusCode::OK).maybe("x-amz-version-id", id))
}
