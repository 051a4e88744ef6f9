//! The way of an image through tar and gzip into a writer that encrypts.

use std::io::{self, Write};
use std::num::NonZeroUsize;

use crc32fast::Hasher;

use crate::crypto::digest::{Sha1Digest, Sha1Hasher};
use crate::progress::{Progress, Stage};

use super::gzip::{CHUNK_SIZE, ChunkEncoder, Stitcher};
use super::source::Source;
use super::tar::{Segment, TarLayout};
use super::{BundleError, Level, pipe};

/// How a stream is made.
pub(super) struct Stream<'a> {
    pub level: Level,
    pub jobs: NonZeroUsize,
    pub progress: &'a dyn Progress,
}

/// A chunk of the tar stream on its way through the pipe.
#[derive(Default)]
struct Chunk {
    plain: Vec<u8>,
    encoded: Vec<u8>,
    crc: Hasher,
}

impl Stream<'_> {
    /// Sends the whole tar stream through gzip into `writer`; returns the writer and the
    /// SHA-1 of the tar stream. `write_failure` makes an error of what the writer fails with.
    pub(super) fn run<W: Write>(
        &self,
        source: &mut Source,
        layout: &TarLayout,
        writer: W,
        write_failure: impl Fn(io::Error) -> BundleError,
    ) -> Result<(W, Sha1Digest), BundleError> {
        let mut stitcher = Stitcher::new(writer).map_err(&write_failure)?;
        let mut reader = TarReader::new(source, layout);
        let mut hasher = Sha1Hasher::default();
        self.progress.begin(Stage::Bundle, Some(layout.len()));
        pipe::run(
            self.jobs,
            |chunk: &mut Chunk| {
                if self.progress.interrupted() {
                    return Err(BundleError::Interrupted);
                }
                chunk.plain.resize(CHUNK_SIZE, 0);
                let filled = reader.fill(&mut chunk.plain)?;
                chunk.plain.truncate(filled);
                hasher.update(&chunk.plain);
                Ok(filled > 0)
            },
            || {
                let mut encoder = ChunkEncoder::new(self.level);
                move |chunk: &mut Chunk| {
                    chunk.encoded.clear();
                    encoder.encode(&chunk.plain, &mut chunk.encoded);
                    chunk.crc = Hasher::new();
                    chunk.crc.update(&chunk.plain);
                    Ok(())
                }
            },
            |chunk| {
                let pushed = stitcher.push(&chunk.encoded, &chunk.crc, chunk.plain.len());
                self.progress
                    .advance(Stage::Bundle, chunk.plain.len() as u64);
                pushed.map_err(&write_failure)
            },
        )?;
        source.expect_end()?;
        self.progress.finish(Stage::Bundle);
        let writer = stitcher.finish().map_err(write_failure)?;
        Ok((writer, hasher.finish()))
    }

    /// Gives the tar stream alone to `take`, chunk by chunk.
    pub(super) fn each_chunk(
        &self,
        source: &mut Source,
        layout: &TarLayout,
        mut take: impl FnMut(&[u8]),
    ) -> Result<(), BundleError> {
        let mut reader = TarReader::new(source, layout);
        let mut chunk = vec![0; CHUNK_SIZE];
        self.progress.begin(Stage::Check, Some(layout.len()));
        loop {
            if self.progress.interrupted() {
                return Err(BundleError::Interrupted);
            }
            let filled = reader.fill(&mut chunk)?;
            if filled == 0 {
                self.progress.finish(Stage::Check);
                return Ok(());
            }
            take(&chunk[..filled]);
            self.progress.advance(Stage::Check, filled as u64);
        }
    }
}

/// Reads the bytes of a tar stream, segment by segment.
struct TarReader<'a> {
    source: &'a mut Source,
    segments: &'a [Segment],
    /// Bytes of the first segment that have been read.
    position: u64,
}

impl<'a> TarReader<'a> {
    fn new(source: &'a mut Source, layout: &'a TarLayout) -> Self {
        Self {
            source,
            segments: layout.segments(),
            position: 0,
        }
    }

    /// Fills the buffer as far as the stream goes, and returns how far that is.
    fn fill(&mut self, buffer: &mut [u8]) -> Result<usize, BundleError> {
        let mut filled = 0;
        while filled < buffer.len() {
            let Some((segment, behind)) = self.segments.split_first() else {
                break;
            };
            let left = segment.len() - self.position;
            let room = buffer.len() - filled;
            let len = usize::try_from(left).map_or(room, |left| left.min(room));
            let piece = &mut buffer[filled..filled + len];
            match segment {
                Segment::Bytes(bytes) => {
                    let start = usize::try_from(self.position).unwrap_or(usize::MAX); // in a Vec
                    piece.copy_from_slice(&bytes[start..start + len]);
                }
                Segment::Zeros(_) => piece.fill(0),
                Segment::Image(extent) => {
                    self.source
                        .read_exact_at(piece, extent.offset + self.position)?;
                }
            }
            filled += len;
            self.position += len as u64;
            if self.position == segment.len() {
                self.segments = behind;
                self.position = 0;
            }
        }
        Ok(filled)
    }
}
