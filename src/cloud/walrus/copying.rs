//! Copies bytes of a version into a blob of their own.
//!
//! ```text
//! source's pieces ─► read, compared with their MD5 ─► MD5, checksum ─► a new blob
//! ```
//!
//! Copies are real, so that a blob belongs to one version. What was damaged on the disk is found,
//! not copied.

use std::io::{self, Write};
use std::sync::Arc;

use md5::{Digest as _, Md5};

use super::Walrus;
use super::blobs::Taken;
use super::body::{Algorithm, Hasher};
use super::copy_source::Source;
use super::error::{Code, S3Error, S3Result};
use super::landing::{Landed, on_a_thread};
use super::range::Span;
use crate::cloud::objects::BlobWriter;

impl Walrus {
    /// Copies a span of a source. `algorithm` is that of a checksum wanted.
    ///
    /// # Errors
    /// When the bytes cannot be read or written, or are not what was put.
    pub(super) async fn copy_bytes(
        &self,
        source: Source,
        span: Span,
        algorithm: Option<Algorithm>,
    ) -> S3Result<Taken> {
        let (store, id) = (Arc::clone(&self.store), self.new_blob());
        let doubtful = self.doubtful.clone();
        let copied = on_a_thread(move || {
            let mut tee = Tee {
                writer: store.create(&id)?,
                md5: Md5::new(),
                hasher: algorithm.map(Hasher::new),
            };
            source.copy(&store, span, &mut tee)?;
            let size = tee.writer.finish()?;
            let landed = Landed::new(store, id, doubtful);
            if size != span.length {
                let (wanted, whole) = (span.length, source.version.size);
                tracing::error!(size, wanted, whole, "an object's pieces are not its size");
                let why = "the source is damaged: ask the operator";
                return Err(S3Error::new(Code::InternalError, why));
            }
            let checksum = tee.hasher.map(Hasher::finish);
            let content = (size, tee.md5.finalize().into());
            Ok(Taken::new(landed, id, content, checksum))
        });
        copied.await
    }
}

/// Hashes what is written.
struct Tee {
    writer: Box<dyn BlobWriter>,
    md5: Md5,
    hasher: Option<Hasher>,
}

impl Write for Tee {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.writer.write(bytes)?;
        self.md5.update(&bytes[..written]);
        if let Some(hasher) = &mut self.hasher {
            hasher.update(&bytes[..written]);
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}
