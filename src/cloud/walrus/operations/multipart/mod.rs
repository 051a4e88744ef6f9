//! Objects that come in parts.
//!
//! ```text
//! CreateMultipartUpload ─► id ─► UploadPart, UploadPartCopy …  ─► CompleteMultipartUpload
//!                          │       ListParts, ListMultipartUploads
//!                          └────────────────────────────────────► AbortMultipartUpload
//! ```

pub mod abort;
mod assembly;
mod checksums;
pub mod complete;
pub mod create;
pub mod list_parts;
pub mod list_uploads;
pub mod upload_part;
pub mod upload_part_copy;

use sqlx::AnyConnection;

use crate::cloud::state::accounts;
use crate::cloud::state::buckets::{self, Bucket};
use crate::cloud::state::uploads::{self, Part, Upload};
use crate::cloud::walrus::Walrus;
use crate::cloud::walrus::access::no_such_bucket;
use crate::cloud::walrus::blobs::check_room;
use crate::cloud::walrus::caller::Caller;
use crate::cloud::walrus::error::{Code, S3Error, S3Result};
use crate::cloud::walrus::landing::Landed;
use crate::cloud::walrus::request::Request;
use crate::cloud::walrus::xml::{Owner, excerpt, invalid_argument};

/// Most entries of a page of parts or uploads.
const MOST: u16 = 1000;

/// The upload that a request names.
fn upload_id(request: &Request) -> S3Result<&str> {
    let missing = || S3Error::new(Code::InvalidRequest, "the request names no upload");
    request.parameter("uploadId").ok_or_else(missing)
}

/// There is no upload of this id.
fn no_such_upload(id: &str) -> S3Error {
    let why = "there is no such upload: it was completed or aborted, or never begun";
    S3Error::new(Code::NoSuchUpload, why).with("UploadId", excerpt(id))
}

impl Walrus {
    /// The upload of a request, and its bucket.
    ///
    /// # Errors
    /// `NoSuchBucket`, `NoSuchUpload`, `AccessDenied`.
    async fn upload(&self, request: &Request) -> S3Result<(Bucket, Upload)> {
        let bucket = self.bucket_for(request).await?;
        let id = upload_id(request)?;
        let mut db = self.state.reader().await?;
        let found = uploads::get(&mut db, &bucket.name, request.key()?, id).await?;
        let upload = found.ok_or_else(|| no_such_upload(id))?;
        may_go_on(&request.caller, &bucket, &upload.account_id)?;
        Ok((bucket, upload))
    }

    /// Puts a part, whose bytes have landed, to its upload.
    ///
    /// # Errors
    /// `NoSuchUpload` when that has ended meanwhile; when the bucket would become too large.
    async fn store_part(&self, upload: &Upload, part: Part, landed: Landed) -> S3Result<()> {
        let (state, limit) = (self.state.clone(), self.settings.bucket_bytes);
        let (name, key, id) = (upload.bucket.clone(), upload.key.clone(), upload.id.clone());
        let commit = async move {
            state
                .write(move |db| {
                    Box::pin(async move {
                        let bucket = locked(db, &name).await?;
                        let upload = uploads::get(db, &name, &key, &id).await?;
                        let upload = upload.ok_or_else(|| no_such_upload(&id))?;
                        let put = uploads::put_part(db, &bucket, &upload.id, &part).await?;
                        check_room(bucket.bytes, put.growth, limit)?;
                        Ok::<_, S3Error>(put.has_replaced)
                    })
                })
                .await
        };
        if landed.keep(commit).await? {
            self.sweep_soon();
        }
        Ok(())
    }
}

/// Whether a caller may go on with an upload, or end it: who began it and who owns the bucket may.
///
/// # Errors
/// `AccessDenied`.
fn may_go_on(caller: &Caller, bucket: &Bucket, initiator: &str) -> S3Result<()> {
    let account = caller.account()?;
    let own = [bucket.account_id.as_str(), initiator];
    if account.is_admin || own.contains(&account.id.as_str()) {
        return Ok(());
    }
    Err(S3Error::access_denied())
}

/// A bucket, locked.
async fn locked(db: &mut AnyConnection, name: &str) -> S3Result<Bucket> {
    let bucket = buckets::lock(db, name).await?;
    bucket.ok_or_else(|| no_such_bucket(name))
}

/// An account as lists show it.
async fn owner(db: &mut AnyConnection, account_id: &str) -> S3Result<Owner> {
    let account = accounts::by_id(db, account_id).await?;
    let (id, display_name) = match account {
        Some(account) => (account.canonical_id, account.name),
        None => (account_id.to_owned(), String::new()),
    };
    Ok(Owner { id, display_name })
}

/// How many entries a page may have, by the parameter of this name.
fn page_size(request: &Request, name: &str) -> S3Result<u16> {
    let Some(text) = request.parameter(name).filter(|text| !text.is_empty()) else {
        return Ok(MOST);
    };
    let number = number(text).ok_or_else(|| {
        let why = format!("{name} must be an integer between 0 and 2147483647");
        invalid_argument(name, text, why)
    })?;
    Ok(u16::try_from(number).map_or(MOST, |number| number.min(MOST)))
}

/// A number as S3 takes it: digits alone, up to 2147483647.
fn number(text: &str) -> Option<u32> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit()); // parse takes a + too
    let number = text.parse::<i32>().ok().filter(|_| is_number)?;
    u32::try_from(number).ok()
}
