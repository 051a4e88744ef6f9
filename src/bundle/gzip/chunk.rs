//! Deflates one chunk of a stream so that the next can follow it.

use libdeflater::{CompressionLvl, Compressor};

use super::blocks::{self, LastBlock, SLACK};
use super::entropy::{self, CELL};
use super::fast::FastEncoder;
use crate::bundle::Level;

/// Bytes of the stream that are compressed on their own. Larger chunks compress no better by
/// more than 0.1 %, smaller ones lose what matches reach back for.
pub const CHUNK_SIZE: usize = 1 << 20;

/// Most bytes in one stored block (RFC 1951, section 3.2.4), rounded down to half a cell.
const STORED_BLOCK: usize = CELL / 2;

/// Shortest run that is compressed in two halves. Halves of a megabyte are 0.1 % larger
/// together; of less, they would be more.
const LEAST_HALVED: usize = 3 << 18;

/// An empty stored block that begins on a byte.
pub(super) const EMPTY_BLOCK: [u8; 5] = [0, 0, 0, 0xff, 0xff];

/// What a whole chunk ends with: the byte-aligned rest of one empty stored block, and another.
/// Two in a row come from no compressor, so a reader can look for them to cut the stream;
/// that data which happens to look the same gets cut is found out by the reader.
pub(super) const MARKER: [u8; 9] = [0, 0, 0xff, 0xff, 0, 0, 0, 0xff, 0xff];

/// Compresses chunks of a stream.
pub struct ChunkEncoder {
    engine: Engine,
    /// What a whole chunk of zeros becomes: plain tar streams of sparse images are full of it.
    zeros: Option<Vec<u8>>,
}

/// What compresses.
enum Engine {
    Fast(Box<FastEncoder>),
    Library(Library),
}

impl ChunkEncoder {
    /// An encoder; one per thread.
    #[must_use]
    pub fn new(level: Level) -> Self {
        let engine = match level {
            Level::Fast => Engine::Fast(Box::default()),
            Level::Balanced => Engine::Library(Library::new(5)),
            Level::Small => Engine::Library(Library::new(9)),
        };
        Self {
            engine,
            zeros: None,
        }
    }

    /// Appends `chunk` to `out` as DEFLATE blocks that end with two empty ones, on a byte.
    pub fn encode(&mut self, chunk: &[u8], out: &mut Vec<u8>) {
        if chunk.len() != CHUNK_SIZE || !is_zero(chunk) {
            return self.encode_afresh(chunk, out);
        }
        let mut zeros = self.zeros.take().unwrap_or_default();
        if zeros.is_empty() {
            self.encode_afresh(chunk, &mut zeros);
        }
        out.extend_from_slice(&zeros);
        self.zeros = Some(zeros);
    }

    fn encode_afresh(&mut self, chunk: &[u8], out: &mut Vec<u8>) {
        let mut cells = chunk.chunks(CELL).map(entropy::is_incompressible);
        let mut rest = chunk;
        let mut kind = cells.next();
        while let Some(incompressible) = kind {
            let mut len = CELL;
            loop {
                kind = cells.next();
                if kind != Some(incompressible) {
                    break;
                }
                len += CELL;
            }
            let (run, behind) = rest.split_at(len.min(rest.len()));
            if incompressible {
                store(run, out);
            } else {
                self.deflate(run, out);
            }
            rest = behind;
        }
        // A deflated run ends with an empty block already, a stored one does not.
        if !out.ends_with(&EMPTY_BLOCK[1..]) {
            out.extend_from_slice(&EMPTY_BLOCK);
        }
        out.extend_from_slice(&EMPTY_BLOCK);
    }

    /// Appends one run as compressed blocks and an empty stored one that ends on a byte.
    fn deflate(&mut self, run: &[u8], out: &mut Vec<u8>) {
        match &mut self.engine {
            Engine::Fast(encoder) => encoder.encode(run, out),
            Engine::Library(library) => library.encode(run, out),
        }
    }
}

/// libdeflate, and buffers that it writes to: its streams need room that is hardly used.
struct Library {
    compressor: Compressor,
    buffers: [Vec<u8>; 2],
}

impl Library {
    /// libdeflate's levels are 1 to 12.
    fn new(level: i32) -> Self {
        let level = CompressionLvl::new(level).unwrap_or_default();
        Self {
            compressor: Compressor::new(level),
            buffers: Default::default(),
        }
    }

    /// Compresses a run, in two halves so that their streams can be walked side by side, and
    /// opens the ends of both.
    fn encode(&mut self, run: &[u8], out: &mut Vec<u8>) {
        if run.len() < LEAST_HALVED {
            let len = deflate(&mut self.compressor, run, &mut self.buffers[0]);
            let last = blocks::find_last_block(&self.buffers[0], len);
            return append(run, &self.buffers[0], last, out);
        }
        let halves = run.split_at(run.len() / 2);
        let [left, right] = &mut self.buffers;
        let left_len = deflate(&mut self.compressor, halves.0, left);
        let right_len = deflate(&mut self.compressor, halves.1, right);
        let last = blocks::find_last_blocks([(left, left_len), (right, right_len)]);
        append(halves.0, left, last.0, out);
        append(halves.1, right, last.1, out);
    }
}

/// Compresses into a buffer, and returns the stream's length; 0 if it had not enough room.
fn deflate(compressor: &mut Compressor, run: &[u8], buffer: &mut Vec<u8>) -> usize {
    let bound = compressor.deflate_compress_bound(run.len());
    if buffer.len() < bound + SLACK {
        buffer.resize(bound + SLACK, 0);
    }
    let written = compressor.deflate_compress(run, &mut buffer[..bound]);
    written.unwrap_or(0)
}

/// Appends a stream whose last block has been found, opened and with an empty stored block
/// that ends on a byte.
fn append(run: &[u8], stream: &[u8], last: Option<LastBlock>, out: &mut Vec<u8>) {
    let Some(last) = last else {
        // Cannot happen with a bound that holds and a stream that is whole; stored data is
        // right in any case.
        return store(run, out);
    };
    let start = out.len();
    out.extend_from_slice(&stream[..last.end.div_ceil(8)]);
    out[start + last.header / 8] &= !(1 << (last.header % 8));
    // An empty stored block: three zero bits, zeros up to the next byte, and its lengths.
    out.resize(start + (last.end + 3).div_ceil(8), 0);
    out.extend_from_slice(&EMPTY_BLOCK[1..]);
}

fn is_zero(chunk: &[u8]) -> bool {
    // The first byte is zero, and every other byte equals the one before it.
    chunk.first() == Some(&0) && chunk[1..] == chunk[..chunk.len() - 1]
}

/// Appends `data` as stored blocks. The stream must be on a byte.
fn store(data: &[u8], out: &mut Vec<u8>) {
    for block in data.chunks(STORED_BLOCK) {
        let len = u16::try_from(block.len()).unwrap_or(u16::MAX); // at most STORED_BLOCK
        out.push(0);
        out.extend_from_slice(&len.to_le_bytes());
        out.extend_from_slice(&(!len).to_le_bytes());
        out.extend_from_slice(block);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::read::DeflateDecoder;
    use proptest::prelude::*;

    use super::super::sample::noise;
    use super::*;

    const LEVELS: [Level; 3] = [Level::Fast, Level::Balanced, Level::Small];

    /// What a reader that knows nothing of chunks makes of encoded chunks.
    fn inflate(mut encoded: Vec<u8>) -> Vec<u8> {
        encoded.extend_from_slice(&[3, 0]);
        let mut data = Vec::new();
        let mut decoder = DeflateDecoder::new(&encoded[..]);
        decoder.read_to_end(&mut data).unwrap();
        assert_eq!(decoder.total_in(), encoded.len() as u64);
        data
    }

    /// A chunk with text, machine code, noise and zeros, in runs that are not cells long.
    fn mixed() -> Vec<u8> {
        let mut chunk = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        chunk.truncate(300_000);
        chunk.extend(noise(200_000, 1));
        chunk.extend(vec![0; 150_000]);
        chunk.extend(include_bytes!("chunk.rs").repeat(9));
        chunk.extend(noise(170_000, 2));
        chunk
    }

    #[test]
    fn any_reader_gets_the_chunks_back_in_one_stream() {
        for level in LEVELS {
            let mut encoder = ChunkEncoder::new(level);
            let mut out = Vec::new();

            encoder.encode(&mixed(), &mut out);
            encoder.encode(&mixed()[7..], &mut out);

            assert!(
                inflate(out) == [&mixed()[..], &mixed()[7..]].concat(),
                "{level:?}"
            );
        }
    }

    #[test]
    fn every_chunk_ends_with_the_marker() {
        for chunk in [
            mixed(),
            noise(CELL, 3),
            vec![0; CHUNK_SIZE],
            vec![1],
            b"abcabc".to_vec(),
        ] {
            let mut out = Vec::new();

            ChunkEncoder::new(Level::Balanced).encode(&chunk, &mut out);

            assert!(out.ends_with(&MARKER));
            assert!(inflate(out) == chunk);
        }
    }

    #[test]
    fn noise_grows_by_less_than_a_thousandth() {
        let mut out = Vec::new();

        ChunkEncoder::new(Level::Balanced).encode(&noise(CHUNK_SIZE, 4), &mut out);

        assert!(out.len() < CHUNK_SIZE + CHUNK_SIZE / 1000, "{}", out.len());
    }

    proptest! {
        #[test]
        fn short_chunks_of_any_bytes_come_back(
            chunk in proptest::collection::vec(any::<u8>(), 1..3000),
            few in proptest::collection::vec(0_u8..3, 1..20_000),
        ) {
            for level in LEVELS {
                for data in [&chunk, &few] {
                    let mut out = Vec::new();
                    ChunkEncoder::new(level).encode(data, &mut out);
                    prop_assert!(inflate(out) == *data);
                }
            }
        }
    }
}
