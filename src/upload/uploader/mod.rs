//! Sends the files of a bundle one by one, and makes sure that they arrived.
//!
//! ```text
//! file ─► SHA-1 as it should be? ─┬─► up to 16 MiB: one PUT ────────────────┐
//!                                 └─► larger: multipart, chunk after chunk ─┴─► unchanged? ─► stored
//! all parts ─► sizes and tags on the server? ─► manifest ─► its size and tag?
//! ```
//!
//! What another manifest of the same name says is not true any more when the first part takes the
//! place of one of its own: [`Uploader::make_way`] removes it before.
//!
//! Nothing of a damaged part is sent. Bodies are read from the file while they are sent, so
//! memory does not depend on the size of parts. [`Uploader`] may be used from many threads.

mod multipart;

use std::collections::BTreeSet;
use std::path::Path;

use bytes::Bytes;
use md5::{Digest as _, Md5};

use super::local::{self, LocalPart};
use super::{BucketPath, CannedAcl, StoredPart, UploadError, present};
use crate::aws::AwsError;
use crate::aws::http::Body;
use crate::aws::s3::{ObjectInfo, ObjectName, PostForm, PutOptions, S3};
use crate::crypto::digest::Sha1Digest;

pub(super) use multipart::{Beginning, Large};
use multipart::{chunk_size, composite_etag};

/// Parts of more bytes go by multipart upload, so that a broken connection costs a chunk and not
/// the part. The usual parts of 10 MiB go in one request: three more for each would cost more
/// than sending one again.
pub(super) const LARGE: u64 = 16 << 20;

/// `Content-Type` of a manifest, as the old tools' successors write it.
const MANIFEST_TYPE: &str = "text/xml";

/// Sends files to a bucket.
#[derive(Debug, Clone)]
pub struct Uploader<'a> {
    s3: &'a S3,
    to: BucketPath,
    acl: Option<CannedAcl>,
    form: Option<PostForm>,
}

impl<'a> Uploader<'a> {
    /// An uploader that gives every object this ACL; with a form it posts, as its policy allows.
    #[must_use]
    pub fn new(s3: &'a S3, to: BucketPath, acl: Option<CannedAcl>, form: Option<PostForm>) -> Self {
        Self { s3, to, acl, form }
    }

    /// Sends a part, whose bytes must have this SHA-1, as the object `name`. A large one goes
    /// chunk after chunk.
    ///
    /// # Errors
    /// When the part cannot be read or is another, when the service refuses or stores other
    /// bytes, or the part changes meanwhile.
    pub fn part(
        &self,
        name: &str,
        path: &Path,
        sha1: Sha1Digest,
    ) -> Result<StoredPart, UploadError> {
        let local = LocalPart::open(path)?;
        local.check(sha1)?;
        let key = self.to.key(name);
        if self.goes_in_chunks(local.size())
            && let Beginning::Large(large) = self.begin_large(&key, &local, sha1, None)?
        {
            return large.whole();
        }
        self.whole(&key, &local, sha1)
    }

    /// The object of a part, if the server tells by SHA-1 or `ETag` that it has these bytes, and
    /// takes the ACL: nobody knows which one it was given.
    ///
    /// # Errors
    /// When the part cannot be read or is another, or the service does not answer.
    pub fn find(
        &self,
        name: &str,
        path: &Path,
        sha1: Sha1Digest,
    ) -> Result<Option<StoredPart>, UploadError> {
        let key = self.to.key(name);
        let Some(there) = self.head(&key)? else {
            return Ok(None);
        };
        let local = LocalPart::open(path)?;
        let same = there.size == local.size()
            && match there.sha1 {
                Some(kept) => kept == sha1,
                None => has_etag(&local, sha1, &there.etag)?,
            };
        if !same || !self.set_acl(&key)? {
            return Ok(None);
        }
        Ok(Some(StoredPart {
            key,
            size: there.size,
            sha1,
            etag: Some(there.etag),
        }))
    }

    /// Removes a manifest of this name that is not `ours`, before parts take the place of those
    /// it tells of: nobody then finds a manifest beside parts that are not its own. False if the
    /// service does not allow that, and the old manifest stays until it is replaced.
    ///
    /// # Errors
    /// When the service does not answer.
    pub fn make_way(&self, name: &str, ours: Option<&[u8]>) -> Result<bool, UploadError> {
        if self.form.is_some() {
            return Ok(true); // such a form does not allow to look
        }
        let key = self.to.key(name);
        // Listing is allowed to whoever may upload, and reading is not.
        let keys = BTreeSet::from([key.as_str()]);
        let mut listed = present::list(self.s3, self.to.bucket(), &keys)?;
        let Some(mut there) = listed.remove(&key) else {
            return Ok(true);
        };
        if there.etag.is_empty()
            && let Some(known) = self.head(&key)?
        {
            there = known;
        }
        let is_ours = |ours: &[u8]| there.etag == hex::encode(Md5::digest(ours));
        if ours.is_some_and(is_ours) {
            return Ok(true);
        }
        match self.s3.delete_object(self.object(&key)) {
            Ok(()) => Ok(true),
            Err(error) if error.is_status(403) || error.is_status(405) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Sends the manifest when the server has all parts, and makes sure that it has that too: a
    /// bucket with a manifest has the whole bundle.
    ///
    /// # Errors
    /// When a part is not there, the service refuses, or stores other bytes.
    pub fn complete(
        &self,
        parts: &[StoredPart],
        name: &str,
        bytes: Vec<u8>,
    ) -> Result<StoredPart, UploadError> {
        self.confirm(parts)?;
        let key = self.to.key(name);
        let sha1 = Sha1Digest::of(&bytes);
        let size = bytes.len() as u64;
        let body = Body::Bytes(Bytes::from(bytes));
        let stored = self.put(&key, &body, size, sha1, Some(MANIFEST_TYPE))?;
        self.confirm(std::slice::from_ref(&stored))?;
        Ok(stored)
    }

    /// Asks the server for objects that were stored, and compares size and tag of each: exit
    /// code 0 of a program then means that the server has every byte. What was posted by a form
    /// is passed over, since such a form does not allow to look.
    ///
    /// # Errors
    /// When one is missing or another, or the service refuses to tell.
    pub fn confirm(&self, parts: &[StoredPart]) -> Result<(), UploadError> {
        if self.form.is_some() {
            return Ok(());
        }
        let keys: BTreeSet<&str> = parts.iter().map(|part| part.key.as_str()).collect();
        let listed = present::list(self.s3, self.to.bucket(), &keys)?;
        for part in parts {
            let in_list = listed.get(&part.key);
            if in_list.is_some_and(|there| !there.etag.is_empty() && is_same(part, there)) {
                continue;
            }
            // Lists of some servers lag behind, or lack tags.
            let there = self.s3.head_object(self.object(&part.key))?;
            if !there.as_ref().is_some_and(|there| is_same(part, there)) {
                return Err(not_stored(part, there.as_ref()));
            }
        }
        Ok(())
    }

    /// Whether something of this size goes by multipart upload.
    pub(super) fn goes_in_chunks(&self, size: u64) -> bool {
        size > LARGE && self.form.is_none()
    }

    /// Sends a checked part in one request.
    pub(super) fn whole(
        &self,
        key: &str,
        local: &LocalPart,
        sha1: Sha1Digest,
    ) -> Result<StoredPart, UploadError> {
        let stored = self.put(key, &local.body(), local.size(), sha1, None)?;
        local.is_unchanged()?;
        Ok(stored)
    }

    fn put(
        &self,
        key: &str,
        body: &Body,
        size: u64,
        sha1: Sha1Digest,
        content_type: Option<&'static str>,
    ) -> Result<StoredPart, UploadError> {
        let object = self.object(key);
        let etag = if let Some(form) = &self.form {
            self.s3.post_object(object, body, form)?;
            None
        } else {
            let options = PutOptions {
                acl: self.acl.map(|acl| acl.as_str().to_owned()),
                content_type,
                sha1: Some(sha1),
            };
            let stored = self.s3.put_object(object, body, &options);
            Some(stored.map_err(|error| self.refused(error))?.etag)
        };
        Ok(StoredPart {
            key: key.to_owned(),
            size,
            sha1,
            etag,
        })
    }

    /// Gives an object the ACL, if one is wanted; a server that has no ACLs of objects needs none.
    /// False when it is refused: the object then has to be sent again, with the ACL.
    ///
    /// # Errors
    /// When the service does not answer.
    pub(super) fn set_acl(&self, key: &str) -> Result<bool, UploadError> {
        let Some(acl) = self.acl else {
            return Ok(true);
        };
        match self.s3.put_object_acl(self.object(key), acl.as_str()) {
            Ok(()) => Ok(true),
            Err(error) if error.is_status(501) || error.is_status(405) => Ok(true),
            // If it is the ACL that is refused, sending the object again will tell.
            Err(AwsError::Service(error)) if error.status < 500 => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// What the server tells of an object.
    pub(super) fn head(&self, key: &str) -> Result<Option<ObjectInfo>, AwsError> {
        self.s3.head_object(self.object(key))
    }

    fn object<'k>(&'k self, key: &'k str) -> ObjectName<'k> {
        ObjectName {
            bucket: self.to.bucket(),
            key,
        }
    }

    /// Tells a refusal of the ACL from others: buckets whose owner has turned ACLs off say so,
    /// servers without ACLs say that they have not implemented the header, and Ceph, which lacks
    /// Amazon's own, that an argument is invalid, without a word about which.
    fn refused(&self, error: AwsError) -> UploadError {
        match self.acl {
            Some(acl)
                if error.is_code("AccessControlListNotSupported")
                    || error.is_status(501)
                    || (error.is_code("InvalidArgument")
                        && (mentions_acl(&error) || acl.is_for_clouds())) =>
            {
                UploadError::AclRefused {
                    acl: acl.as_str(),
                    source: error,
                }
            }
            _ => error.into(),
        }
    }
}

/// Whether a part has this `ETag`: its MD5, or that of our chunks. Reads the part, which has to
/// be what it should.
fn has_etag(local: &LocalPart, sha1: Sha1Digest, etag: &str) -> Result<bool, UploadError> {
    let etag = etag.to_ascii_lowercase();
    if local::is_md5(&etag) {
        return Ok(hex::encode(local.check_with_md5(sha1)?) == etag);
    }
    let (chunk, size) = (chunk_size(local.size()), local.size());
    let count = size.div_ceil(chunk);
    if !etag.ends_with(&format!("-{count}")) {
        return Ok(false);
    }
    local.check(sha1)?;
    let starts = (0..count).map(|number| number * chunk);
    let digests: Result<Vec<_>, _> = starts
        .map(|at| local.md5(at, chunk.min(size - at)))
        .collect();
    Ok(composite_etag(&digests?) == etag)
}

fn mentions_acl(error: &AwsError) -> bool {
    let service = error.service();
    service.is_some_and(|error| error.message.to_ascii_lowercase().contains("acl"))
}

/// Whether what the server has is what was sent, as far as it tells.
fn is_same(sent: &StoredPart, there: &ObjectInfo) -> bool {
    let tag = sent.etag.as_deref().unwrap_or_default();
    there.size == sent.size && (tag.is_empty() || tag == there.etag)
}

fn not_stored(part: &StoredPart, there: Option<&ObjectInfo>) -> UploadError {
    let words = |size: u64, etag: &str| format!("{size} bytes with ETag \"{etag}\"");
    UploadError::NotStored {
        key: part.key.clone(),
        found: there.map_or_else(
            || "nothing is there".to_owned(),
            |there| words(there.size, &there.etag),
        ),
        expected: words(part.size, part.etag.as_deref().unwrap_or_default()),
    }
}
