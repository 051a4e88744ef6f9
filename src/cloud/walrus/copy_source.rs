//! What `x-amz-copy-source` names, and the bytes behind it.
//!
//! ```text
//! /images/disk.img?versionId=3        bucket, key, version; percent-encoded
//!     ─► version ─► pins ─► still that version? ─► Source: nobody sweeps its blobs
//! ```
//!
//! Source: Amazon S3 API reference, `CopyObject` and `UploadPartCopy`.

use std::io::{self, Read, Write};
use std::sync::Arc;

use md5::{Digest as _, Md5};

use super::Walrus;
use super::access::{no_such_bucket, object_for};
use super::acl::Permission;
use super::caller::Caller;
use super::error::{Code, S3Error, S3Result};
use super::names;
use super::range::Span;
use super::xml::invalid_argument;
use crate::aws::sign::canonical::uri_decode;
use crate::cloud::objects::{BlobId, BlobStore, Pin, StoreError};
use crate::cloud::state::buckets::{self, Bucket};
use crate::cloud::state::versions::{Piece, Version};

/// How often a source is looked up that is replaced all the time.
const ATTEMPTS: usize = 5;

/// Bytes that are copied at once.
const CHUNK: usize = 256 * 1024;

/// The name of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CopySource {
    /// The bucket.
    pub(super) bucket: String,
    /// The key.
    pub(super) key: String,
    /// The version, if one is named.
    pub(super) version_id: Option<String>,
}

impl CopySource {
    /// Reads the header.
    ///
    /// # Errors
    /// `InvalidArgument` when it is not of that form.
    pub(super) fn parse(text: &str) -> S3Result<Self> {
        let wrong = || {
            let why = "expected BUCKET/KEY, percent-encoded, perhaps with ?versionId=ID";
            invalid_argument("x-amz-copy-source", text, why)
        };
        let (path, version_id) = match text.split_once("?versionId=") {
            Some((path, id)) => (path, Some(id)),
            None => (text, None),
        };
        let path = path.strip_prefix('/').unwrap_or(path);
        // Some clients encode the slash between bucket and key too.
        let path = uri_decode(path);
        let at = path
            .iter()
            .position(|&byte| byte == b'/')
            .ok_or_else(wrong)?;
        let (bucket, key) = (path[..at].to_vec(), path[at + 1..].to_vec());
        let version_id = version_id.map(|id| {
            let id = String::from_utf8(uri_decode(id)).ok();
            id.filter(|id| !id.is_empty() && !id.contains('\0'))
                .ok_or_else(wrong)
        });
        let bucket = String::from_utf8(bucket).map_err(|_| wrong())?;
        if bucket.is_empty() || bucket.contains('\0') || key.is_empty() {
            return Err(wrong());
        }
        Ok(Self {
            bucket,
            key: names::key(key)?,
            version_id: version_id.transpose()?,
        })
    }
}

/// A version that may be read: its blobs stay as long as this.
pub(super) struct Source {
    /// The version.
    pub(super) version: Version,
    /// Whether its bucket keeps versions, so that its id means something.
    pub(super) is_versioned: bool,
    _pins: Vec<Pin>,
}

impl Walrus {
    /// Finds a source and pins its blobs.
    ///
    /// # Errors
    /// `NoSuchBucket`, `NoSuchKey`, `NoSuchVersion`, `AccessDenied`; `InvalidRequest` for a delete
    /// marker.
    pub(super) async fn source(&self, name: &CopySource, caller: &Caller) -> S3Result<Source> {
        for _ in 0..ATTEMPTS {
            let (bucket, version) = self.source_version(name, caller).await?;
            let pins = pins_of(self, &version)?;
            let (_, again) = self.source_version(name, caller).await?;
            if again.sequence == version.sequence {
                return Ok(Source {
                    version,
                    is_versioned: bucket.versioning != buckets::Versioning::Off,
                    _pins: pins,
                });
            }
        }
        let why = "the source is replaced all the time: try again";
        Err(S3Error::new(Code::OperationAborted, why))
    }

    async fn source_version(
        &self,
        name: &CopySource,
        caller: &Caller,
    ) -> S3Result<(Bucket, Version)> {
        let mut db = self.state.reader().await?;
        let bucket = buckets::get(&mut db, &name.bucket).await?;
        let bucket = bucket.ok_or_else(|| no_such_bucket(&name.bucket))?;
        let (key, id) = (name.key.as_str(), name.version_id.as_deref());
        let version = object_for(&mut db, caller, &bucket, key, id, Permission::Read).await;
        let version = version.map_err(|error| match error.code {
            Code::MethodNotAllowed => {
                let why = "the source of a copy cannot be a delete marker";
                S3Error::new(Code::InvalidRequest, why)
            }
            _ => error,
        })?;
        Ok((bucket, version))
    }
}

fn pins_of(walrus: &Walrus, version: &Version) -> S3Result<Vec<Pin>> {
    let pin = |piece: &Piece| Ok(walrus.pins.pin(&blob_of(piece)?));
    version.pieces.iter().map(pin).collect()
}

/// The blob of a piece.
pub(super) fn blob_of(piece: &Piece) -> S3Result<BlobId> {
    piece.blob.parse().map_err(|error| {
        tracing::error!(%error, "the database has a damaged piece");
        S3Error::new(
            Code::InternalError,
            "the object is damaged: ask the operator",
        )
    })
}

impl Source {
    /// Writes a span of its bytes to a sink. Pieces that are read from end to end are compared
    /// with their MD5. Blocks; needs 256 KiB.
    ///
    /// # Errors
    /// When the store or the sink fails, or a piece is not what it was.
    pub(super) fn copy(
        &self,
        store: &Arc<dyn BlobStore>,
        span: Span,
        sink: &mut dyn Write,
    ) -> S3Result<()> {
        let mut buffer = vec![0; CHUNK];
        let (mut at, end) = (0, span.offset.saturating_add(span.length));
        for piece in &self.version.pieces {
            let (first, last) = (at, at + piece.size);
            at = last;
            let (from, until) = (first.max(span.offset), last.min(end));
            if from >= until {
                continue;
            }
            let reader = store.open(&blob_of(piece)?, from - first, until - from)?;
            let digest = copy(reader, sink, &mut buffer).map_err(unread)?;
            if until - from == piece.size && hex::encode(digest) != piece.md5 {
                let (blob, found) = (&piece.blob, hex::encode(digest));
                let expected = &piece.md5;
                tracing::error!(%blob, %found, %expected, "a blob is damaged");
                let why = "the source is damaged: ask the operator";
                return Err(S3Error::new(Code::InternalError, why));
            }
        }
        Ok(())
    }
}

/// Copies to the end and returns the MD5.
fn copy(mut from: impl Read, to: &mut dyn Write, buffer: &mut [u8]) -> io::Result<[u8; 16]> {
    let mut md5 = Md5::new();
    loop {
        match from.read(buffer) {
            Ok(0) => return Ok(md5.finalize().into()),
            Ok(count) => {
                md5.update(&buffer[..count]);
                to.write_all(&buffer[..count])?;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// What a store's reader or writer says.
pub(super) fn unread(error: io::Error) -> S3Error {
    StoreError::of(error).map_or_else(
        |error| {
            let causes = crate::cloud::causes(&error);
            tracing::error!(%causes, "the object store failed");
            let why = "the store failed: try again, or ask the operator";
            S3Error::new(Code::InternalError, why)
        },
        S3Error::from,
    )
}
