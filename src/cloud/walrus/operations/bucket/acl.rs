//! `GetBucketAcl` and `PutBucketAcl`: who may do what with a bucket.

use std::sync::Arc;

use hyper::StatusCode;

use crate::cloud::state::buckets;
use crate::cloud::walrus::access::{bucket_for, no_such_bucket, read_acl};
use crate::cloud::walrus::acl::Draft;
use crate::cloud::walrus::answer::Answer;
use crate::cloud::walrus::error::{S3Error, S3Result};
use crate::cloud::walrus::request::Request;
use crate::cloud::walrus::route::{Mark, Operation, Subject};
use crate::cloud::walrus::{Walrus, grants};

/// `GetBucketAcl`.
pub const GET: Operation = Operation {
    name: "GetBucketAcl",
    method: "GET",
    subject: Subject::Bucket,
    marks: &[Mark::Parameter("acl")],
    run: |walrus, request| Box::pin(get(walrus, request)),
};

/// `PutBucketAcl`.
pub const PUT: Operation = Operation {
    name: "PutBucketAcl",
    method: "PUT",
    subject: Subject::Bucket,
    marks: &[Mark::Parameter("acl")],
    run: |walrus, request| Box::pin(put(walrus, request)),
};

async fn get(walrus: Arc<Walrus>, request: Request) -> S3Result<Answer> {
    let mut db = walrus.state.reader().await?;
    let bucket = bucket_for(&mut db, &request).await?;
    let acl = read_acl(&bucket.acl)?;
    let owner = &bucket.owner_canonical_id;
    walrus.acl_document(&mut db, &acl, owner).await
}

async fn put(walrus: Arc<Walrus>, mut request: Request) -> S3Result<Answer> {
    let bucket = walrus.bucket_for(&request).await?;
    let document = request.setting().await?;
    let owner = &bucket.owner_canonical_id;
    let draft = Draft::from_request(|name| request.header(name), &document, owner, None)?;
    let acl = {
        let mut db = walrus.state.reader().await?;
        grants::resolved(&mut db, draft).await?.to_text()
    };
    let name = bucket.name;
    let change = walrus.state.write(move |db| {
        Box::pin(async move {
            let locked = buckets::lock(db, &name).await?;
            let mut bucket = locked.ok_or_else(|| no_such_bucket(&name))?;
            bucket.acl = acl;
            Ok::<_, S3Error>(buckets::update(db, &bucket).await?)
        })
    });
    change.await?;
    Ok(Answer::empty(StatusCode::OK))
}
