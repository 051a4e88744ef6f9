//! Writes one blob to an object.
//!
//! ```text
//! write ─► part of 8 MiB ─┬─► finish before it is full ─► one PUT
//!                         └─► full, and more comes ─► multipart: parts ─► complete ─► size?
//! ```
//!
//! Each answer's checksum is compared with what was sent, by the S3 client.

use std::io::{self, Write};
use std::sync::Arc;

use bytes::BytesMut;

use super::super::{BlobId, BlobWriter, StoreError};
use super::Place;
use crate::aws::http::Body;
use crate::aws::s3::{PutOptions, UploadedPart};

/// Size of a part, and the most that one writer keeps in memory. S3 wants 5 MiB at least.
const PART: usize = 8 << 20;

/// Most parts of an upload.
///
/// Source: Amazon S3, User Guide, "Amazon S3 multipart upload limits".
const MAX_PARTS: u32 = 10_000;

/// A blob in the making. What was uploaded of it is given up when this is dropped unfinished.
pub(super) struct ObjectWriter {
    place: Arc<Place>,
    id: BlobId,
    key: String,
    /// What has not been sent; grows as bytes come, so that a small blob takes little.
    buffer: BytesMut,
    /// Begun when the first part is full.
    upload: Option<Upload>,
    written: u64,
    /// Whether a part could not be sent.
    failed: bool,
}

struct Upload {
    id: String,
    parts: Vec<UploadedPart>,
}

impl ObjectWriter {
    /// Begins a blob.
    pub(super) fn new(place: &Arc<Place>, id: BlobId) -> Self {
        Self {
            place: Arc::clone(place),
            id,
            key: place.key(&id),
            buffer: BytesMut::new(),
            upload: None,
            written: 0,
            failed: false,
        }
    }

    /// Sends the buffer as a part.
    fn send_part(&mut self) -> Result<(), StoreError> {
        let object = self.place.object(&self.key);
        let failed = |error| self.place.failed("write", &self.id, error);
        if self.upload.is_none() {
            let options = PutOptions::default();
            let begun = self.place.s3.create_multipart(object, &options);
            self.upload = Some(Upload {
                id: begun.map_err(failed)?,
                parts: Vec::new(),
            });
        }
        let upload = self.upload.as_mut().expect("begun above if it was not");
        let number = upload.parts.last().map_or(1, |part| part.number + 1);
        if number > MAX_PARTS {
            return Err(StoreError::TooLarge {
                id: self.id,
                place: self.place.url(""),
                limit: u64::from(MAX_PARTS) * PART as u64,
            });
        }
        let bytes = self.buffer.split().freeze();
        let body = Body::Bytes(bytes.clone());
        let stored = self.place.s3.upload_part(object, &upload.id, number, &body);
        upload.parts.push(UploadedPart {
            number,
            size: bytes.len() as u64,
            etag: stored.map_err(failed)?.etag,
        });
        drop(body);
        // The same memory again, if nobody else has it any more.
        if let Ok(mut buffer) = bytes.try_into_mut() {
            buffer.clear();
            self.buffer = buffer;
        }
        Ok(())
    }

    /// Sends what is left, and makes an object of the parts.
    fn complete(&mut self) -> Result<(), StoreError> {
        self.send_part()?;
        let object = self.place.object(&self.key);
        let Some(upload) = &self.upload else {
            return Ok(()); // `send_part` has begun it
        };
        let completed = self
            .place
            .s3
            .complete_multipart(object, &upload.id, &upload.parts);
        completed.map_err(|error| self.place.failed("write", &self.id, error))?;
        // Now it is an object, and no longer an upload that could be given up.
        self.upload = None;
        let size = self.place.look_at(&self.id)?.map_or(0, |(size, _)| size);
        if size != self.written {
            self.place.delete(&self.id)?;
            return Err(self.place.size_error(&self.id, size, self.written));
        }
        Ok(())
    }

    /// Puts it whole.
    fn put(&mut self) -> Result<(), StoreError> {
        let body = Body::Bytes(self.buffer.split().freeze());
        let object = self.place.object(&self.key);
        let stored = self
            .place
            .s3
            .put_object(object, &body, &PutOptions::default());
        stored.map_err(|error| self.place.failed("write", &self.id, error))?;
        Ok(())
    }
}

impl Write for ObjectWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.failed {
            return Err(StoreError::Unwritten { id: self.id }.into_io());
        }
        if bytes.is_empty() {
            return Ok(0);
        }
        if self.buffer.len() == PART {
            self.send_part().map_err(|error| {
                self.failed = true;
                error.into_io()
            })?;
        }
        let count = bytes.len().min(PART - self.buffer.len());
        self.buffer.extend_from_slice(&bytes[..count]);
        self.written += count as u64;
        Ok(count)
    }

    /// Does nothing: only whole parts are sent.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl BlobWriter for ObjectWriter {
    fn finish(mut self: Box<Self>) -> Result<u64, StoreError> {
        if self.failed {
            return Err(StoreError::Unwritten { id: self.id });
        }
        if self.upload.is_some() {
            self.complete()?;
        } else {
            self.put()?;
        }
        Ok(self.written)
    }
}

impl Drop for ObjectWriter {
    fn drop(&mut self) {
        let Some(upload) = self.upload.take() else {
            return;
        };
        let object = self.place.object(&self.key);
        if let Err(error) = self.place.s3.abort_multipart(object, &upload.id) {
            // `discard_abandoned` finds it.
            tracing::warn!(blob = %self.id, %error, "an unfinished upload stays");
        }
    }
}
