//! Decodes, hashes and writes; runs where it may block.

use std::io::{self, Write};

use bytes::Bytes;
use md5::{Digest as _, Md5};
use sha2::Sha256;

use super::batch::Batch;
use crate::cloud::walrus::body::checksum::Hasher;
use crate::cloud::walrus::body::chunked::Decoder;
use crate::cloud::walrus::body::expectation::{Expectation, Found};
use crate::cloud::walrus::error::{Code, S3Error, S3Result};

/// A body on its way into its sink.
pub(super) struct Work<W> {
    expectation: Expectation,
    decoder: Option<Decoder>,
    md5: Option<Md5>,
    sha256: Option<Sha256>,
    checksum: Option<Hasher>,
    size: u64,
    sink: W,
}

impl<W: Write> Work<W> {
    pub(super) fn new(mut expectation: Expectation, md5: bool, sink: W) -> S3Result<Self> {
        let sha256 = expectation.needs_sha256().then(Sha256::new);
        Ok(Self {
            decoder: expectation.decoder()?,
            md5: md5.then(Md5::new),
            sha256,
            checksum: expectation.algorithm().map(Hasher::new),
            expectation,
            size: 0,
            sink,
        })
    }

    /// Takes a batch in.
    pub(super) fn take_all(mut self, batch: Batch) -> S3Result<Self> {
        for piece in batch.into_pieces() {
            self.take(piece)?;
        }
        Ok(self)
    }

    /// Takes bytes in as they came.
    pub(super) fn take(&mut self, mut came: Bytes) -> S3Result<()> {
        let Some(mut decoder) = self.decoder.take() else {
            return self.take_data(&came);
        };
        while let Some(data) = decoder.next(&mut came)? {
            self.take_data(&data)?;
        }
        self.decoder = Some(decoder);
        Ok(())
    }

    fn take_data(&mut self, data: &[u8]) -> S3Result<()> {
        self.size += data.len() as u64;
        self.expectation.allows(self.size)?;
        if let Some(md5) = &mut self.md5 {
            md5.update(data);
        }
        if let Some(sha256) = &mut self.sha256 {
            sha256.update(data);
        }
        if let Some(checksum) = &mut self.checksum {
            checksum.update(data);
        }
        self.sink.write_all(data).map_err(|error| unwritten(&error))
    }

    /// What the body was, if it was what was expected, and the sink.
    pub(super) fn finish(self) -> S3Result<(Found, W)> {
        let trailers = self.decoder.map(Decoder::finish).transpose()?;
        let found = Found {
            size: self.size,
            md5: self.md5.map(|md5| md5.finalize().into()),
            sha256: self.sha256.map(|sha256| sha256.finalize().into()),
            checksum: self.checksum.map(Hasher::finish),
            trailers: trailers.unwrap_or_default(),
        };
        self.expectation.judge(&found)?;
        Ok((found, self.sink))
    }
}

/// The operator has to know why; the client need not.
pub(super) fn unwritten(error: &io::Error) -> S3Error {
    tracing::error!(%error, "the body of a request cannot be written");
    let full = [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded];
    if full.contains(&error.kind()) {
        return S3Error::disk_full();
    }
    S3Error::new(Code::InternalError, "the body cannot be stored")
}
