//! A DEFLATE compressor for speed: one look at one candidate, and no second thoughts.
//!
//! ```text
//! data ─► match finder ─► sequences of one block ─► codes from their frequencies ─► bits
//!         one hash table      (literals, match)
//! ```
//!
//! Its blocks are never final, so what it makes can be continued as it stands. It is the
//! level that [`Level::Fast`](crate::bundle::Level::Fast) means; libdeflate's lowest level is
//! smaller by three percent and takes half as long again, or more with the walk it needs.

mod bit_writer;
mod block;
mod huffman;

use bit_writer::BitWriter;
use block::BlockEncoder;

/// Bytes of data in one block. Codes fit the data better in shorter blocks; their description
/// costs less in longer ones.
const BLOCK: usize = 64 << 10;

/// Furthest that a match can reach back, shortest and longest match (RFC 1951, section 3.2.5).
/// Matches of three bytes are not looked for.
const WINDOW: usize = 32 << 10;
const SHORTEST: usize = 4;
const LONGEST: usize = 258;

/// Size of the hash table in bits: it stays in the first-level cache.
const HASH_BITS: u32 = 13;

/// After this many bytes without a match, as a power of two, one more byte is skipped at a time.
const PATIENCE: u32 = 6;

/// Compresses runs of data; one per thread.
pub(super) struct FastEncoder {
    /// The last position of each hash, modulo 2^16: twice the window, and half the memory. What
    /// is there is a guess, as every candidate is.
    table: Box<[u16; 1 << HASH_BITS]>,
    blocks: BlockEncoder,
}

impl Default for FastEncoder {
    #[allow(clippy::large_stack_arrays)] // moved to the heap at once
    fn default() -> Self {
        Self {
            table: Box::new([0; 1 << HASH_BITS]),
            blocks: BlockEncoder::default(),
        }
    }
}

impl FastEncoder {
    /// Appends `data` to `out`, which is on a byte, as blocks that are not final, and an empty
    /// stored block that ends on a byte.
    pub(super) fn encode(&mut self, data: &[u8], out: &mut Vec<u8>) {
        self.table.fill(0);
        let mut bits = BitWriter::new(std::mem::take(out));
        let mut start = 0;
        while start < data.len() {
            let end = (start + BLOCK).min(data.len());
            self.blocks.begin();
            self.find_matches(data, start, end);
            self.blocks.write(&data[start..end], &mut bits);
            start = end;
        }
        bits.align();
        *out = bits.finish();
    }

    /// Finds the sequences of `data[start..end]`.
    fn find_matches(&mut self, data: &[u8], start: usize, end: usize) {
        let data = &data[..end];
        // A position must have this many bytes before the end to be looked at.
        let last = end.saturating_sub(8);
        let mut literals = start; // first byte that no sequence covers yet
        let mut position = start;
        while position < last {
            let Some(word) = load_u32(data, position) else {
                break;
            };
            let slot = &mut self.table[hash(word)];
            let distance = usize::from(low16(position).wrapping_sub(*slot));
            *slot = low16(position);
            let reachable = distance.wrapping_sub(1) < WINDOW.min(position);
            if !reachable || load_u32(data, position - distance) != Some(word) {
                position += 1 + ((position - literals) >> PATIENCE);
                continue;
            }
            let len = match_len(data, position - distance, position);
            self.blocks.push(&data[literals..position], len, distance);
            // One position inside the match is worth remembering, all of them are not.
            let inside = position + 1;
            if let Some(word) = load_u32(data, inside) {
                self.table[hash(word)] = low16(inside);
            }
            position += len;
            literals = position;
            if let Some(word) = load_u32(data, position - 2) {
                self.table[hash(word)] = low16(position - 2);
            }
        }
        self.blocks.push_rest(&data[literals..end]);
    }
}

#[inline]
fn load_u32(data: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*data.get(at..)?.first_chunk()?))
}

#[inline]
fn load_u64(data: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*data.get(at..)?.first_chunk()?))
}

#[allow(clippy::cast_possible_truncation)] // the low bits are what is wanted
fn low16(position: usize) -> u16 {
    position as u16
}

/// Knuth's multiplicative hash of four bytes.
#[inline]
fn hash(word: u32) -> usize {
    (word.wrapping_mul(0x9e37_79b1) >> (32 - HASH_BITS)) as usize
}

/// Length of the match at `position` with the earlier `candidate`; its first bytes are equal.
#[inline]
fn match_len(data: &[u8], candidate: usize, position: usize) -> usize {
    let most = LONGEST.min(data.len() - position);
    let mut len = SHORTEST;
    while len + 8 <= most {
        let (Some(a), Some(b)) = (
            load_u64(data, candidate + len),
            load_u64(data, position + len),
        ) else {
            break;
        };
        let difference = a ^ b;
        if difference != 0 {
            return len + (difference.trailing_zeros() / 8) as usize;
        }
        len += 8;
    }
    while len < most && data[candidate + len] == data[position + len] {
        len += 1;
    }
    len
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::super::sample::noise;
    use super::*;

    fn inflate(data: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        FastEncoder::default().encode(data, &mut out);
        out.extend_from_slice(&[3, 0]);
        let mut plain = Vec::new();
        flate2::read::DeflateDecoder::new(&out[..])
            .read_to_end(&mut plain)
            .unwrap();
        plain
    }

    #[test]
    fn matches_at_the_edge_of_the_window_and_beyond_come_back() {
        let noise = noise(40_000, 1);
        for gap in [
            1,
            2,
            3,
            100,
            WINDOW - 201,
            WINDOW - 200,
            WINDOW - 199,
            39_000,
        ] {
            let data = [
                &noise[..200],
                &noise[200..200 + gap],
                &noise[..200],
                b"the end",
            ]
            .concat();
            assert!(inflate(&data) == data, "{gap}");
        }
    }

    #[test]
    fn positions_that_look_alike_modulo_the_table_come_back() {
        let mut data = noise(3 << 16, 1);
        for block in 1..3 {
            data.copy_within(0..300, block << 16);
            data.copy_within(100..400, (block << 16) + 30_000);
        }
        assert!(inflate(&data) == data);
    }

    #[test]
    fn runs_of_every_length_come_back() {
        for len in (0..600).chain([BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK]) {
            let data = vec![7; len];
            assert!(inflate(&data) == data, "{len}");
        }
    }

    #[test]
    fn what_was_compressed_before_leaves_no_trace() {
        let text = include_bytes!("mod.rs");
        let mut encoder = FastEncoder::default();
        let (mut first, mut again) = (Vec::new(), Vec::new());
        encoder.encode(text, &mut first);
        encoder.encode(&noise(100_000, 1), &mut Vec::new());
        encoder.encode(text, &mut again);

        assert!(first == again);
    }
}
