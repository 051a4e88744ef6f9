//! A DEFLATE compressor for speed: one look at one candidate, and no second thoughts.
//!
//! ```text
//! data ─► match finder ─► sequences of one block ─► codes from their frequencies ─► bits
//!         one hash table      (literals, match)
//! ```
//!
//! Its blocks are never final, so what it makes can be continued as it stands. It is the
//! level that [`Level::Fast`](crate::bundle::Level::Fast) means; libdeflate's lowest level is
//! smaller by a few percent and takes half as long again.

mod block;
mod huffman;

use block::{BitWriter, BlockEncoder};

/// Bytes of data in one block. Codes fit the data better in shorter blocks; their description
/// costs less in longer ones.
const BLOCK: usize = 64 << 10;

/// Furthest that a match can reach back, shortest and longest match (RFC 1951, section 3.2.5).
/// Matches of three bytes are not looked for.
const WINDOW: usize = 32 << 10;
const SHORTEST: usize = 4;
const LONGEST: usize = 258;

/// Size of the hash table in bits: its positions stay in the second-level cache.
const HASH_BITS: u32 = 14;

/// After this many bytes without a match, as a power of two, one more byte is skipped at a time.
const PATIENCE: u32 = 6;

/// Compresses runs of data; one per thread.
pub(super) struct FastEncoder {
    /// The last position of each hash, modulo 2^16: twice the window, and half the memory. What
    /// is there is a guess, as every candidate is.
    table: Box<[u16; 1 << HASH_BITS]>,
    blocks: BlockEncoder,
}

impl FastEncoder {
    pub(super) fn new() -> Self {
        Self {
            table: Box::new([0; 1 << HASH_BITS]),
            blocks: BlockEncoder::default(),
        }
    }

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
