//! A bundle's parts as one stream, read ahead in parallel pieces.
//!
//! ```text
//! HEAD part ─► pieces of ≤ 8 MiB, in order ─► jobs threads: GET Range ─┐
//!                        └─ at most jobs + 1 ahead of the reader       ▼
//! Read ◄─ SHA-1, compared when the part ends ◄─ put in order ◄──── ready pieces
//! ```
//!
//! Memory is `jobs + 1` pieces, whatever the bundle's size. A broken connection is continued
//! from its last byte. A reader gets a part's bytes before the part's digest has been compared:
//! what it makes of them counts only when the stream has ended without an error.

mod pieces;
#[cfg(test)]
mod tests;

use std::fmt;
use std::io::{self, Read};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread::JoinHandle;

use super::downloader::DownloadError;
use crate::aws::s3::S3;
use crate::crypto::digest::Sha1Hasher;
use crate::manifest::Image;
use pieces::{Fetched, Pieces};

/// The parts of a bundle in a bucket, one after the other.
///
/// Its errors are [`DownloadError`]s in an [`io::Error`]: [`DownloadError::from_io`] takes them
/// out. After an error there is nothing more to read.
pub struct PartStream {
    pieces: Arc<Pieces>,
    threads: Vec<JoinHandle<()>>,
    piece: Option<Fetched>,
    /// Bytes of the piece that have been read.
    taken: usize,
    hasher: Sha1Hasher,
    /// Bytes that have been read in all.
    total: u64,
    ended: bool,
}

impl PartStream {
    /// Begins to fetch the parts of `image`, whose keys are `prefix` and the name of the part.
    #[must_use]
    pub fn open(s3: &S3, bucket: &str, prefix: &str, image: &Image, jobs: NonZeroUsize) -> Self {
        let pieces = Arc::new(Pieces::new(s3, bucket, prefix, image, jobs));
        let mut threads = vec![Pieces::run(&pieces, Pieces::plan)];
        for _ in 0..jobs.get() {
            threads.push(Pieces::run(&pieces, Pieces::fetch));
        }
        Self {
            pieces,
            threads,
            piece: None,
            taken: 0,
            hasher: Sha1Hasher::default(),
            total: 0,
            ended: false,
        }
    }

    /// Bytes that have been read so far.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.total
    }

    fn read_some(&mut self, buffer: &mut [u8]) -> Result<usize, DownloadError> {
        loop {
            if let Some(piece) = &self.piece {
                let rest = &piece.bytes[self.taken..];
                if !rest.is_empty() {
                    let count = rest.len().min(buffer.len());
                    buffer[..count].copy_from_slice(&rest[..count]);
                    self.hasher.update(&rest[..count]);
                    self.taken += count;
                    self.total += count as u64;
                    return Ok(count);
                }
                self.end_piece()?;
            }
            self.taken = 0;
            self.piece = self.pieces.next()?;
            if self.piece.is_none() {
                self.ended = true;
                return self.pieces.check_size(self.total).map(|()| 0);
            }
        }
    }

    /// Compares a part's digest if the piece was its last.
    fn end_piece(&mut self) -> Result<(), DownloadError> {
        let Some(piece) = self.piece.take().filter(|piece| piece.ends_part) else {
            return Ok(());
        };
        let found = std::mem::take(&mut self.hasher).finish();
        self.pieces.check_digest(piece.part, found)
    }
}

impl Read for PartStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.ended || buffer.is_empty() {
            return Ok(0);
        }
        self.read_some(buffer).map_err(|error| {
            self.ended = true;
            self.pieces.stop();
            io::Error::other(error)
        })
    }
}

impl Drop for PartStream {
    fn drop(&mut self) {
        self.pieces.stop();
        for thread in self.threads.drain(..) {
            // Its panic has been told by the reader, as an error.
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for PartStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PartStream")
            .field("position", &self.total)
            .finish_non_exhaustive()
    }
}
