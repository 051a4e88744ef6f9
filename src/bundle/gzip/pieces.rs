//! Cuts a gzip file of our own making where its chunks end, so that they inflate in parallel.
//!
//! The cut is a guess: data that was stored as it is may contain the marker too. Nothing is
//! taken on trust. A piece must inflate on its own, the CRC over all must be right, and where
//! either fails the caller reads the file again from the start, as any other gzip file.

use crc32fast::Hasher;
use libdeflater::Decompressor;
use memchr::memmem::Finder;

use super::chunk::{CHUNK_SIZE, MARKER};
use super::stitch::{FINAL_BLOCK, HEADER};

/// Longest piece: a chunk that does not compress, with its blocks' headers.
const LONGEST_PIECE: usize = CHUNK_SIZE + CHUNK_SIZE / 64;

/// CRC-32 and length.
const TRAILER: usize = 8;

/// The file is not one of ours, or damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotPieces;

/// Finds the pieces of a gzip file as it comes.
pub struct PieceCutter {
    finder: Finder<'static>,
    pending: Vec<u8>,
    /// Bytes of `pending` that have been cut off.
    start: usize,
    /// Bytes of `pending` in which no marker begins.
    searched: usize,
    seen_header: bool,
}

impl Default for PieceCutter {
    fn default() -> Self {
        Self {
            finder: Finder::new(&MARKER),
            pending: Vec::new(),
            start: 0,
            searched: 0,
            seen_header: false,
        }
    }
}

impl PieceCutter {
    /// Takes the next bytes of the file.
    ///
    /// # Errors
    /// When the file does not begin as ours do.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), NotPieces> {
        self.pending.drain(..self.start);
        self.searched -= self.start;
        self.start = 0;
        self.pending.extend_from_slice(bytes);
        if !self.seen_header && self.pending.len() >= HEADER.len() {
            if !self.pending.starts_with(&HEADER) {
                return Err(NotPieces);
            }
            self.seen_header = true;
            self.start = HEADER.len();
            self.searched = self.start;
        }
        Ok(())
    }

    /// Moves the next piece into `piece` if it has come whole.
    ///
    /// # Errors
    /// When so much has come without a marker that there is none.
    pub fn next(&mut self, piece: &mut Vec<u8>) -> Result<bool, NotPieces> {
        if !self.seen_header {
            return Ok(false);
        }
        let Some(found) = self.finder.find(&self.pending[self.searched..]) else {
            let keep = self.pending.len().saturating_sub(MARKER.len() - 1);
            self.searched = self.searched.max(keep);
            let waiting = self.pending.len() - self.start;
            return if waiting > LONGEST_PIECE {
                Err(NotPieces)
            } else {
                Ok(false)
            };
        };
        let end = self.searched + found + MARKER.len();
        piece.clear();
        piece.extend_from_slice(&self.pending[self.start..end]);
        piece.extend_from_slice(&FINAL_BLOCK); // so that it is a whole stream
        self.start = end;
        self.searched = end;
        Ok(true)
    }

    /// Checks what follows the last piece against the CRC and length of all of them.
    ///
    /// # Errors
    /// When it is not the end of a file of ours, or the sums differ.
    pub fn finish(&self, crc: Hasher, len: u64) -> Result<(), NotPieces> {
        let rest = &self.pending[self.start..];
        let trailer = rest
            .strip_prefix(&FINAL_BLOCK)
            .filter(|rest| rest.len() == TRAILER);
        let sums = [
            crc.finalize().to_le_bytes().as_slice(),
            &len.to_le_bytes()[..4],
        ]
        .concat();
        if trailer == Some(&sums[..]) {
            Ok(())
        } else {
            Err(NotPieces)
        }
    }
}

/// Inflates pieces; one per thread.
#[derive(Default)]
pub struct PieceDecoder {
    decompressor: Decompressor,
}

impl PieceDecoder {
    /// Inflates one piece into `plain`, which is made exactly as long as what comes out.
    ///
    /// # Errors
    /// When it is not a chunk of ours.
    pub fn decode(&mut self, piece: &[u8], plain: &mut Vec<u8>) -> Result<(), NotPieces> {
        plain.resize(CHUNK_SIZE, 0);
        let len = self
            .decompressor
            .deflate_decompress(piece, plain)
            .map_err(|_| NotPieces)?;
        plain.truncate(len);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::Level;
    use crate::bundle::gzip::{ChunkEncoder, Stitcher};

    fn file_of(chunks: &[Vec<u8>]) -> Vec<u8> {
        let mut encoder = ChunkEncoder::new(Level::Fast);
        let mut stitcher = Stitcher::new(Vec::new()).unwrap();
        for chunk in chunks {
            let mut encoded = Vec::new();
            encoder.encode(chunk, &mut encoded);
            let mut crc = Hasher::new();
            crc.update(chunk);
            stitcher.push(&encoded, &crc, chunk.len()).unwrap();
        }
        stitcher.finish().unwrap()
    }

    /// Reads a file that comes in steps of this many bytes.
    fn read(file: &[u8], step: usize) -> Result<Vec<u8>, NotPieces> {
        let mut cutter = PieceCutter::default();
        let mut decoder = PieceDecoder::default();
        let (mut piece, mut plain, mut all) = (Vec::new(), Vec::new(), Vec::new());
        for bytes in file.chunks(step) {
            cutter.push(bytes)?;
            while cutter.next(&mut piece)? {
                decoder.decode(&piece, &mut plain)?;
                all.extend_from_slice(&plain);
            }
        }
        let mut crc = Hasher::new();
        crc.update(&all);
        cutter.finish(crc, all.len() as u64)?;
        Ok(all)
    }

    fn chunks() -> Vec<Vec<u8>> {
        vec![
            vec![0; CHUNK_SIZE],
            b"some text, some text".repeat(1000),
            vec![1, 2, 3],
        ]
    }

    #[test]
    fn pieces_are_found_however_the_file_comes() {
        let file = file_of(&chunks());

        for step in [1, 7, 1000, file.len()] {
            assert!(
                read(&file, step) == Ok(chunks().concat()),
                "steps of {step}"
            );
        }
        assert_eq!(read(&file_of(&[]), 3), Ok(vec![]));
    }

    #[test]
    fn anything_else_is_refused() {
        let file = file_of(&chunks());
        let mut changed = file.clone();
        changed[200] ^= 1;
        let mut behind = file.clone();
        behind.push(0);

        for bad in [
            &changed,
            &behind,
            &file[..file.len() - 1],
            &file[1..],
            &vec![7; 3 << 20],
        ] {
            assert_eq!(read(bad, 500), Err(NotPieces));
        }
    }

    #[test]
    fn a_piece_that_inflates_to_more_than_a_chunk_is_refused() {
        let mut bomb = vec![0; 20 << 20];
        let mut compressor = libdeflater::Compressor::new(libdeflater::CompressionLvl::best());
        let len = compressor
            .deflate_compress(&vec![0; 10 << 20], &mut bomb)
            .unwrap();
        bomb.truncate(len);

        assert_eq!(
            PieceDecoder::default().decode(&bomb, &mut Vec::new()),
            Err(NotPieces)
        );
    }
}
