//! S3's operations, typed.
//!
//! ```text
//! objects    put, get, head, copy, delete, ACL     ─┐
//! buckets    ask, create, delete                    ├─► service: one call, retried
//! multipart  begin, parts, complete, abort          │
//! lists      pages of keys                          │
//! form       POST with a signed policy             ─┘
//! ```
//!
//! What was put has been compared with what was sent before an operation says that it
//! succeeded: by the SHA-1 if the service tells it, else by the MD5 in its `ETag`.
//!
//! Answers are bounded; what is unknown in them is passed over, what is missing is an error.

mod answer;
mod buckets;
mod checksum;
mod form;
mod lists;
mod modified;
mod multipart;
mod objects;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::http::HttpResponse;
use super::service::{Call, Connection, Service};
use crate::crypto::digest::Sha1Digest;

pub use form::PostForm;

/// An S3 service.
#[derive(Debug, Clone)]
pub struct S3 {
    service: Service,
    /// Whether the service refused `x-amz-checksum-sha1` once.
    checksums_refused: Arc<AtomicBool>,
}

/// An object: its bucket and key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ObjectName<'a> {
    /// The bucket.
    pub bucket: &'a str,
    /// The key, as it is: not encoded, without a slash before it.
    pub key: &'a str,
}

/// What goes with an object that is put.
#[derive(Debug, Clone, Default)]
pub struct PutOptions {
    /// Canned ACL, `aws-exec-read`.
    pub acl: Option<String>,
    /// `Content-Type`.
    pub content_type: Option<&'static str>,
    /// SHA-1 of the body, when known: sent as `x-amz-checksum-sha1`, which today's servers check
    /// and keep.
    pub sha1: Option<Sha1Digest>,
}

/// What the service says of an object that was put. It has been compared with what was sent:
/// the SHA-1 if the service told it, else the MD5 in the `ETag` if that has the form of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The `ETag`, without quotes.
    pub etag: String,
}

/// What the service tells of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectInfo {
    /// The key.
    pub key: String,
    /// Size in bytes.
    pub size: u64,
    /// The `ETag`, without quotes.
    pub etag: String,
    /// SHA-1 that the service keeps (`HeadObject` only).
    pub sha1: Option<Sha1Digest>,
}

/// Objects of a bucket, one page of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectPage {
    /// The objects, sorted by key.
    pub objects: Vec<ObjectInfo>,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// A part of a multipart upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadedPart {
    /// From 1.
    pub number: u32,
    /// Size in bytes; 0 where only the number and tag are needed.
    pub size: u64,
    /// The part's `ETag`, without quotes.
    pub etag: String,
}

/// A multipart upload that is neither complete nor aborted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingUpload {
    /// The object's key.
    pub key: String,
    /// The upload's id.
    pub upload_id: String,
    /// When it began, as the service writes it.
    pub initiated: String,
}

/// An object on its way here.
#[derive(Debug)]
pub struct Download {
    /// The `ETag`, without quotes.
    pub etag: String,
    /// Size of the whole object, when the service told it.
    pub object_size: Option<u64>,
    /// The body: as many bytes as were asked for.
    pub response: HttpResponse,
}

impl S3 {
    /// The service at the other end of a connection.
    #[must_use]
    pub fn new(connection: Connection) -> Self {
        Self {
            service: Service::new(connection),
            checksums_refused: Arc::default(),
        }
    }

    /// The service that calls go to.
    #[must_use]
    pub fn service(&self) -> &Service {
        &self.service
    }
}

impl<'a> ObjectName<'a> {
    /// A call about this object, without parameters, headers and body.
    fn call(self, operation: &'static str, method: &'static str) -> Call<'a> {
        Call {
            key: Some(self.key),
            ..call(operation, method, Some(self.bucket))
        }
    }
}

/// A call about a bucket, or the service itself.
fn call<'a>(operation: &'static str, method: &'static str, bucket: Option<&'a str>) -> Call<'a> {
    Call {
        bucket,
        ..Call::new(operation, method)
    }
}

/// A parameter or header.
fn pair(name: &str, value: impl Into<String>) -> (String, String) {
    (name.to_owned(), value.into())
}
