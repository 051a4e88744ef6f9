//! The way of parts into a bucket while they are made.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use md5::{Digest as _, Md5};

use crate::aws::s3::{ObjectInfo, ObjectName, S3};
use crate::bundle::{OutgoingPart, PartSink};
use crate::upload::{BucketPath, StoredPart, UploadError, Uploader};

/// Sends parts, unless the server has them already.
pub(super) struct BucketSink<'a> {
    s3: &'a S3,
    uploader: Uploader<'a>,
    to: &'a BucketPath,
    /// Whether the server may have parts already, so that asking is worth it.
    may_be_there: bool,
    stored: Mutex<BTreeMap<usize, StoredPart>>,
    sent: AtomicUsize,
    bytes_sent: AtomicU64,
}

impl<'a> BucketSink<'a> {
    pub(super) fn new(
        s3: &'a S3,
        uploader: Uploader<'a>,
        to: &'a BucketPath,
        may_be_there: bool,
    ) -> Self {
        Self {
            s3,
            uploader,
            to,
            may_be_there,
            stored: Mutex::default(),
            sent: AtomicUsize::new(0),
            bytes_sent: AtomicU64::new(0),
        }
    }

    /// Parts that are on the server.
    pub(super) fn there(&self) -> usize {
        let stored = self.stored.lock().unwrap_or_else(PoisonError::into_inner);
        stored.len()
    }

    /// Parts that were sent in this run.
    pub(super) fn sent(&self) -> usize {
        self.sent.load(Ordering::Relaxed)
    }

    /// Bytes that were sent in this run, the manifest's among them.
    pub(super) fn bytes_sent(&self) -> u64 {
        self.bytes_sent.load(Ordering::Relaxed)
    }

    /// The object of a part, if the server has it with this content and takes the ACL.
    fn found(&self, part: &OutgoingPart<'_>) -> Result<Option<StoredPart>, UploadError> {
        if !self.may_be_there {
            return Ok(None);
        }
        let key = self.to.key(part.name);
        let object = ObjectName {
            bucket: self.to.bucket(),
            key: &key,
        };
        let Some(there) = self.s3.head_object(object)? else {
            return Ok(None);
        };
        if !is_same(part, &there) {
            return Ok(None);
        }
        // Nobody knows the ACL that it was given.
        if !self.uploader.set_acl(&key)? {
            return Ok(None);
        }
        Ok(Some(StoredPart {
            size: part.size,
            sha1: part.digest,
            etag: Some(there.etag),
            key,
        }))
    }
}

impl PartSink for BucketSink<'_> {
    type Error = UploadError;

    fn part(&self, part: &OutgoingPart<'_>) -> Result<(), UploadError> {
        let stored = if let Some(stored) = self.found(part)? {
            stored
        } else {
            let stored = self.uploader.part(part.name, part.path, part.digest)?;
            self.sent.fetch_add(1, Ordering::Relaxed);
            self.bytes_sent.fetch_add(part.size, Ordering::Relaxed);
            stored
        };
        tracing::info!(key = stored.key, "on the server");
        let mut all = self.stored.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(part.index, stored);
        Ok(())
    }

    /// A bucket with a manifest has the whole bundle: so the parts are confirmed before.
    fn manifest(&self, name: &str, bytes: Vec<u8>) -> Result<(), UploadError> {
        let parts: Vec<StoredPart> = {
            let all = self.stored.lock().unwrap_or_else(PoisonError::into_inner);
            all.values().cloned().collect()
        };
        self.uploader.confirm(&parts)?;
        let stored = self.uploader.manifest(name, bytes)?;
        self.bytes_sent.fetch_add(stored.size, Ordering::Relaxed);
        self.uploader.confirm(&[stored])
    }
}

/// Whether the server's object has the part's bytes: by SHA-1 if it keeps that, else by the MD5
/// that the tag of an object sent in one request is.
fn is_same(part: &OutgoingPart<'_>, there: &ObjectInfo) -> bool {
    if there.size != part.size {
        return false;
    }
    match there.sha1 {
        Some(sha1) => sha1 == part.digest,
        None => md5_of(part.path).is_some_and(|md5| md5 == there.etag),
    }
}

/// The MD5 of a file in hex; none if it cannot be read, which sending it will tell.
fn md5_of(path: &Path) -> Option<String> {
    let mut file = fs::File::open(path).ok()?;
    let mut hasher = HashWriter(Md5::new());
    std::io::copy(&mut file, &mut hasher).ok()?;
    Some(hex::encode(hasher.0.finalize()))
}

/// A digest as a writer.
struct HashWriter(Md5);

impl std::io::Write for HashWriter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
