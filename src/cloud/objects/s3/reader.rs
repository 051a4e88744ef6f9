//! Reads ranges of one object as they come.

use std::io::{self, Read};
use std::sync::Arc;

use bytes::{Buf as _, Bytes};

use super::super::{BlobHandle, BlobId, BlobReader, StoreError};
use super::Place;
use crate::aws::AwsError;
use crate::aws::http::{HttpResponse, TransportError};

/// A blob whose ranges are asked for one by one.
pub(super) struct ObjectBlob {
    place: Arc<Place>,
    id: BlobId,
    size: u64,
    etag: String,
}

/// A range on its way here. When the connection breaks, the rest is asked for anew, as long as
/// each connection brings something.
pub(super) struct ObjectReader {
    place: Arc<Place>,
    id: BlobId,
    /// The object that the first bytes are of: the rest must be of the same.
    etag: String,
    response: HttpResponse,
    /// What has come and was not read yet.
    chunk: Bytes,
    /// Where the next bytes that come are in the blob.
    offset: u64,
    /// How many have not come yet.
    left: u64,
    /// Whether this connection brought something.
    moved: bool,
}

impl ObjectBlob {
    pub(super) fn new(place: &Arc<Place>, id: BlobId, size: u64, etag: String) -> Self {
        Self {
            place: Arc::clone(place),
            id,
            size,
            etag,
        }
    }
}

impl BlobHandle for ObjectBlob {
    fn size(&self) -> u64 {
        self.size
    }

    fn range(&self, offset: u64, length: u64) -> Result<BlobReader, StoreError> {
        let end = offset.saturating_add(length);
        if end > self.size {
            return Err(self.place.size_error(&self.id, self.size, end));
        }
        if length == 0 {
            return Ok(Box::new(io::empty()));
        }
        let etag = Some(self.etag.clone());
        let reader = ObjectReader::begin(&self.place, self.id, etag, offset, length)?;
        Ok(Box::new(reader))
    }
}

impl ObjectReader {
    /// Asks for a range that is not empty, of the object that has this `ETag` if one is given.
    pub(super) fn begin(
        place: &Arc<Place>,
        id: BlobId,
        etag: Option<String>,
        offset: u64,
        length: u64,
    ) -> Result<Self, StoreError> {
        let key = place.key(&id);
        let range = Some((offset, length));
        let condition = etag.as_deref().filter(|etag| !etag.is_empty());
        let found = place.s3.get_object_if(place.object(&key), range, condition);
        let found = found.map_err(|error| place.failed("read", &id, error))?;
        Ok(Self {
            place: Arc::clone(place),
            id,
            etag: etag.unwrap_or(found.etag),
            response: found.response,
            chunk: Bytes::new(),
            offset,
            left: length,
            moved: false,
        })
    }

    /// Waits for more bytes; there are some to come.
    fn next_chunk(&mut self) -> Result<(), StoreError> {
        loop {
            let broken = match self.response.chunk() {
                Ok(Some(chunk)) if chunk.is_empty() => continue,
                Ok(Some(chunk)) if chunk.len() as u64 <= self.left => {
                    self.left -= chunk.len() as u64;
                    self.offset += chunk.len() as u64;
                    self.moved = true;
                    self.chunk = chunk;
                    return Ok(());
                }
                Ok(Some(chunk)) => {
                    let found = self.offset + chunk.len() as u64;
                    let expected = self.offset + self.left;
                    return Err(self.place.size_error(&self.id, found, expected));
                }
                Ok(None) => TransportError::Truncated("the body ended early".to_owned()),
                Err(error) => error,
            };
            let stopped = matches!(broken, TransportError::Interrupted { .. });
            if stopped || !self.moved {
                return Err(self.lost(broken));
            }
            tracing::warn!(blob = %self.id, offset = self.offset, error = %broken, "reading on");
            let etag = Some(self.etag.clone());
            *self = Self::begin(&self.place, self.id, etag, self.offset, self.left)?;
        }
    }

    /// The connection is gone for good.
    fn lost(&self, source: TransportError) -> StoreError {
        let endpoint = self
            .place
            .s3
            .service()
            .endpoint_of(Some(&self.place.bucket));
        let error = AwsError::Transport {
            operation: "GetObject",
            host: endpoint.host,
            attempts: 1,
            source,
        };
        self.place.failed("read", &self.id, error)
    }
}

impl Read for ObjectReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        if self.chunk.is_empty() {
            if self.left == 0 {
                return Ok(0);
            }
            self.next_chunk().map_err(StoreError::into_io)?;
        }
        let count = self.chunk.len().min(buffer.len());
        self.chunk.copy_to_slice(&mut buffer[..count]);
        Ok(count)
    }
}
