//! Blobs as objects of any S3.
//!
//! ```text
//! BUCKET/PREFIX/amikit-store.json     whose store it is; written at first use
//! BUCKET/PREFIX/blobs/xx/ID           finished, by the first two digits of the id
//! ```
//!
//! An object appears whole when its writer finishes, in its final place, so nothing is ever
//! unsettled and [`BlobStore::settle`] has nothing to do. What the database never committed, as
//! its program was killed in between, is found by `fsck`, which compares the list with the
//! database. A multipart upload whose writer was killed costs room that no list shows:
//! [`BlobStore::discard_abandoned`] ends those.
//!
//! A writer holds one part in memory, 8 MiB at most; a reader what the connection has just
//! brought. Retries are the service layer's; a body that breaks off is taken up where it broke.
//! Errors say what the service said, and never a key.

mod marker;
mod reader;
mod writer;

use std::io;
use std::ops::ControlFlow;
use std::sync::Arc;

use self::reader::{ObjectBlob, ObjectReader};
use self::writer::ObjectWriter;
use super::{BlobHandle, BlobId, BlobInfo, BlobReader, BlobStore, BlobWriter, StoreError};
use crate::aws::AwsError;
use crate::aws::s3::{ObjectName, S3};
use crate::units::Timestamp;

/// Blobs in a bucket, below a prefix that nobody else writes to.
#[derive(Debug, Clone)]
pub struct S3Store(Arc<Place>);

/// Where the blobs are.
#[derive(Debug)]
struct Place {
    s3: S3,
    bucket: String,
    /// Empty, or ends with a slash.
    prefix: String,
}

impl S3Store {
    /// Opens the store below a prefix of an existing bucket, as the cloud `cloud`: an id of its
    /// own choosing, which stays the same for ever. Several programs of one cloud may share it.
    ///
    /// # Errors
    /// [`StoreError::Foreign`] when the marker there names another cloud, cannot be understood,
    /// or is missing although there are blobs; when the service refuses.
    pub fn open(s3: S3, bucket: &str, prefix: &str, cloud: &str) -> Result<Self, StoreError> {
        let prefix = match prefix.trim_matches('/') {
            "" => String::new(),
            prefix => format!("{prefix}/"),
        };
        let place = Place {
            s3,
            bucket: bucket.to_owned(),
            prefix,
        };
        marker::claim(&place, cloud)?;
        Ok(Self(Arc::new(place)))
    }

    /// Its URL: `https://host/bucket/prefix`.
    #[must_use]
    pub fn url(&self) -> String {
        self.0.url("")
    }
}

impl Place {
    /// The key of a blob.
    fn key(&self, id: &BlobId) -> String {
        format!("{}{}/{id}", self.blobs(), id.shelf())
    }

    /// What the keys of all blobs begin with.
    fn blobs(&self) -> String {
        format!("{}blobs/", self.prefix)
    }

    /// The URL of a key below the prefix, for words.
    fn url(&self, key: &str) -> String {
        let endpoint = self.s3.service().connection().endpoint.url();
        let key = key.strip_prefix(&self.prefix).unwrap_or(key);
        let url = format!("{endpoint}/{}/{}{key}", self.bucket, self.prefix);
        url.trim_end_matches('/').to_owned()
    }

    fn object<'a>(&'a self, key: &'a str) -> ObjectName<'a> {
        ObjectName {
            bucket: &self.bucket,
            key,
        }
    }

    /// What the service said about a key.
    fn refused(&self, action: &'static str, key: &str, source: AwsError) -> StoreError {
        StoreError::Service {
            action,
            url: self.url(key),
            source: Box::new(source),
        }
    }

    /// What the service said about a blob. That it has none is told apart.
    fn failed(&self, action: &'static str, id: &BlobId, source: AwsError) -> StoreError {
        if source.is_code("NoSuchKey") {
            return self.not_found(id);
        }
        self.refused(action, &self.key(id), source)
    }

    fn not_found(&self, id: &BlobId) -> StoreError {
        StoreError::NotFound {
            id: *id,
            place: self.url(""),
        }
    }

    fn size_error(&self, id: &BlobId, found: u64, expected: u64) -> StoreError {
        StoreError::Size {
            id: *id,
            place: self.url(""),
            found,
            expected,
        }
    }

    /// Size and `ETag` of a blob; none if there is none.
    fn look_at(&self, id: &BlobId) -> Result<Option<(u64, String)>, StoreError> {
        let key = self.key(id);
        let found = self.s3.head_object(self.object(&key));
        let found = found.map_err(|error| self.failed("look at", id, error))?;
        Ok(found.map(|info| (info.size, info.etag)))
    }

    fn delete(&self, id: &BlobId) -> Result<(), StoreError> {
        let key = self.key(id);
        let deleted = self.s3.delete_object(self.object(&key));
        deleted.map_err(|error| self.failed("delete", id, error))
    }

    /// Opens a blob for several ranges.
    fn blob(self: &Arc<Self>, id: &BlobId) -> Result<ObjectBlob, StoreError> {
        let (size, etag) = self.look_at(id)?.ok_or_else(|| self.not_found(id))?;
        Ok(ObjectBlob::new(self, *id, size, etag))
    }
}

impl BlobStore for S3Store {
    /// Asks nothing yet. That there is no blob of this name is left to its randomness.
    fn create(&self, id: &BlobId) -> Result<Box<dyn BlobWriter>, StoreError> {
        Ok(Box::new(ObjectWriter::new(&self.0, *id)))
    }

    /// Does nothing, and asks nothing: a finished blob is in its place.
    fn settle(&self, _id: &BlobId) -> Result<(), StoreError> {
        Ok(())
    }

    /// Cannot tell whether there was one.
    fn discard(&self, id: &BlobId) -> Result<bool, StoreError> {
        self.delete(id)
    }

    fn open(&self, id: &BlobId, offset: u64, length: u64) -> Result<BlobReader, StoreError> {
        if length == 0 {
            return self.0.blob(id)?.range(offset, length); // no range of S3's is empty
        }
        match ObjectReader::begin(&self.0, *id, None, offset, length) {
            Ok(reader) => Ok(Box::new(reader)),
            // The blob may be shorter, for which services have many words. Its size decides.
            Err(error @ StoreError::Service { .. }) => match self.0.look_at(id) {
                Ok(Some((size, _))) if size < offset.saturating_add(length) => {
                    let expected = offset.saturating_add(length);
                    Err(self.0.size_error(id, size, expected))
                }
                Ok(None) => Err(self.0.not_found(id)),
                _ => Err(error),
            },
            Err(error) => Err(error),
        }
    }

    /// A connection to the service that breaks is replaced by another request.
    fn reads_what_is_deleted(&self) -> bool {
        false
    }

    fn handle(&self, id: &BlobId) -> Result<Box<dyn BlobHandle>, StoreError> {
        Ok(Box::new(self.0.blob(id)?))
    }

    /// Cannot tell whether there was one. Who reads the blob may be cut off.
    fn delete(&self, id: &BlobId) -> Result<bool, StoreError> {
        self.0.delete(id).map(|()| true)
    }

    /// None, ever.
    fn unsettled(&self) -> Result<Vec<BlobId>, StoreError> {
        Ok(Vec::new())
    }

    /// A page of the service's at a time, a thousand as a rule.
    fn list(&self, visit: &mut dyn FnMut(BlobInfo) -> ControlFlow<()>) -> Result<(), StoreError> {
        let (place, prefix) = (&self.0, self.0.blobs());
        let mut marker: Option<String> = None;
        loop {
            let page = place
                .s3
                .list_objects(&place.bucket, &prefix, marker.as_deref());
            let page = page.map_err(|error| place.refused("list", &prefix, error))?;
            for object in &page.objects {
                let name = object.key.rsplit('/').next().unwrap_or_default();
                let id = name.parse::<BlobId>().ok();
                let Some(id) = id.filter(|id| place.key(id) == object.key) else {
                    tracing::warn!(key = object.key, "not a blob's name");
                    continue;
                };
                let info = BlobInfo {
                    id,
                    size: object.size,
                    settled: true,
                };
                if visit(info).is_break() {
                    return Ok(());
                }
            }
            match page.next {
                None => return Ok(()),
                // Keys are listed in order, so a list that goes back would never end.
                Some(next) if marker.as_ref().is_some_and(|marker| *marker >= next) => {
                    return Err(StoreError::Io {
                        action: "list",
                        path: place.url(&prefix).into(),
                        source: io::Error::other(format!("the list goes back to {next:?}")),
                    });
                }
                next => marker = next,
            }
        }
    }

    /// By the service's clock.
    fn written(&self, id: &BlobId) -> Result<Option<Timestamp>, StoreError> {
        let key = self.0.key(id);
        let found = self.0.s3.last_modified(self.0.object(&key));
        let found = found.map_err(|error| self.0.failed("look at", id, error))?;
        found.map(Some).ok_or_else(|| self.0.not_found(id))
    }

    /// Multipart uploads of killed writers. A service that cannot list them has none that we
    /// could end: that is no error.
    fn discard_abandoned(&self, before: Timestamp) -> Result<usize, StoreError> {
        let (place, prefix) = (&self.0, self.0.blobs());
        let pending = match place.s3.list_uploads(&place.bucket, &prefix) {
            Err(error) if error.is_status(501) => return Ok(0),
            pending => pending.map_err(|error| place.refused("list uploads to", &prefix, error))?,
        };
        let mut ended = 0;
        for upload in pending {
            // One whose age cannot be told may be at work.
            let old = Timestamp::parse(&upload.initiated).is_some_and(|began| began < before);
            if !old || !upload.key.starts_with(&prefix) {
                continue;
            }
            let object = place.object(&upload.key);
            let aborted = place.s3.abort_multipart(object, &upload.upload_id);
            aborted.map_err(|error| place.refused("end an upload to", &upload.key, error))?;
            ended += 1;
        }
        Ok(ended)
    }
}
