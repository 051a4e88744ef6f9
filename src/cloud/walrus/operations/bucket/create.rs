//! `CreateBucket`: makes a bucket. Whose it is already may ask again; nothing changes then.

use std::sync::Arc;

use hyper::StatusCode;

use crate::cloud::state::accounts;
use crate::cloud::state::buckets::{self, Bucket, Versioning};
use crate::cloud::walrus::answer::Answer;
use crate::cloud::walrus::error::{Code, S3Error, S3Result};
use crate::cloud::walrus::request::Request;
use crate::cloud::walrus::route::{Operation, Subject};
use crate::cloud::walrus::xml::invalid_argument;
use crate::cloud::walrus::{Walrus, grants, location, names};

/// The operation.
pub const OPERATION: Operation = Operation {
    name: "CreateBucket",
    method: "PUT",
    subject: Subject::Bucket,
    marks: &[],
    run: |walrus, request| Box::pin(run(walrus, request)),
};

async fn run(walrus: Arc<Walrus>, mut request: Request) -> S3Result<Answer> {
    let account = request.caller.account()?.clone();
    let name = request.bucket()?.to_owned();
    names::check_bucket(&name, walrus.settings.names)?;
    check_wishes(&request)?;
    let document = request.setting().await?;
    let location = location::read(&document)?.unwrap_or_default();
    let mut db = walrus.state.reader().await?;
    let acl = grants::of_headers(&mut db, &request, &account.canonical_id, None).await?;
    drop(db);
    let shown = format!("/{name}");
    let limit = if account.is_admin {
        0
    } else {
        walrus.settings.buckets
    };
    let bucket = Bucket {
        name,
        account_id: account.id,
        owner_canonical_id: account.canonical_id,
        location,
        versioning: Versioning::Off,
        acl: acl.to_text(),
        cors: None,
        tags: None,
        created_ms: request.now_ms,
        sequence: 0,
        bytes: 0,
    };
    let made = walrus.state.write(move |db| {
        Box::pin(async move {
            accounts::lock(db, &bucket.account_id).await?;
            if !buckets::insert(db, &bucket).await? {
                return match buckets::get(db, &bucket.name).await? {
                    Some(there) if there.account_id == bucket.account_id => Ok(()),
                    _ => Err(S3Error::new(
                        Code::BucketAlreadyExists,
                        "somebody else has a bucket of this name: choose another",
                    )
                    .with("BucketName", bucket.name)),
                };
            }
            let count = buckets::count(db, &bucket.account_id).await?;
            if limit > 0 && count > limit {
                let message =
                    format!("the account has {limit} buckets, its limit: delete one first");
                return Err(S3Error::new(Code::TooManyBuckets, message));
            }
            Ok(())
        })
    });
    made.await?;
    Ok(Answer::empty(StatusCode::OK).header("location", shown))
}

/// Refuses what cannot be kept: whoever switches access lists off, or locks objects, relies on
/// it.
fn check_wishes(request: &Request) -> S3Result<()> {
    let no = |header: &str, why: &str| {
        Err(S3Error::new(Code::NotImplemented, why).with("Header", header))
    };
    let ownership = "x-amz-object-ownership";
    match request.header(ownership) {
        None | Some("ObjectWriter") => {}
        Some("BucketOwnerPreferred" | "BucketOwnerEnforced") => {
            let why = "objects belong to who writes them, and access lists are in force: \
                       expected ObjectWriter";
            return no(ownership, why);
        }
        Some(other) => {
            let why = "expected ObjectWriter, BucketOwnerPreferred or BucketOwnerEnforced";
            return Err(invalid_argument(ownership, other, why));
        }
    }
    let lock = "x-amz-bucket-object-lock-enabled";
    match request.header(lock) {
        None => Ok(()),
        Some(word) if word.eq_ignore_ascii_case("false") => Ok(()),
        Some(_) => no(lock, "objects cannot be locked here"),
    }
}
