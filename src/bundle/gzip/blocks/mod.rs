//! Finds where the last block of a DEFLATE stream begins and where the stream ends, in bits.
//!
//! ```text
//! │ block │ block │ … │1│type│ codes … end-of-block │000…│
//!                      ▲                            ▲
//!                      header                       end
//! ```
//!
//! A compressor that makes one stream at a time marks its last block as final. To continue
//! the stream, that one bit must be cleared, and nothing but the blocks' own codes says where
//! it is. So the codes are walked: symbols are skipped, not decoded. One table lookup skips
//! every symbol that its bits hold whole; which table comes next (literals and lengths, or
//! distances) is part of the entry, so the inner loop has no branch that depends on the data.
//! This costs less than a tenth of what compressing does.
//!
//! Source: RFC 1951, section 3.2.

mod bits;
mod code;
mod tables;
#[cfg(test)]
mod tests;

use bits::Bits;
use code::Canonical;
use tables::Tables;

/// Where the last block of a stream begins and the stream ends, in bits from its first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LastBlock {
    /// Position of the block's final-block bit.
    pub header: usize,
    /// Position behind the last bit of the stream.
    pub end: usize,
}

/// Bytes that must follow the stream in the slice, so that eight can be read from any place.
pub(super) const SLACK: usize = 16;

/// Walks the blocks of `stream[..len]`.
///
/// Returns nothing when it is not a whole DEFLATE stream. [`SLACK`] bytes must follow it.
pub(super) fn find_last_block(stream: &[u8], len: usize) -> Option<LastBlock> {
    let mut bits = Bits::new(stream.get(..len.checked_add(SLACK)?)?, len);
    let mut tables = Tables::default();
    loop {
        let header = bits.position();
        let is_final = bits.take(1)? == 1;
        match bits.take(2)? {
            0 => bits.skip_stored()?,
            1 => {
                set_fixed(&mut tables)?;
                tables.walk(&mut bits)?;
            }
            2 => {
                read_dynamic(&mut tables, &mut bits)?;
                tables.walk(&mut bits)?;
            }
            _ => return None,
        }
        if bits.position() > len * 8 {
            return None;
        }
        if is_final {
            return Some(LastBlock {
                header,
                end: bits.position(),
            });
        }
    }
}

/// Sets the codes of RFC 1951, section 3.2.6.
fn set_fixed(tables: &mut Tables) -> Option<()> {
    let mut lengths = [8; 288];
    lengths[144..256].fill(9);
    lengths[256..280].fill(7);
    tables.build(&lengths, &[5; 30])
}

/// Reads the codes of RFC 1951, section 3.2.7.
fn read_dynamic(tables: &mut Tables, bits: &mut Bits<'_>) -> Option<()> {
    const ORDER: [usize; 19] = [
        16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
    ];
    let literals = bits.take(5)? + 257;
    let distances = bits.take(5)? + 1;
    let precode_lengths = bits.take(4)? + 4;
    let mut lengths = [0_u8; 19];
    for &symbol in &ORDER[..precode_lengths] {
        lengths[symbol] = u8::try_from(bits.take(3)?).ok()?;
    }
    let precode = Canonical::new(&lengths)?;

    let mut lengths = [0_u8; 32 + 288];
    let total = literals + distances;
    let mut filled = 0;
    while filled < total {
        bits.refill()?;
        let symbol = precode.decode(bits)?;
        let (value, repeat) = match symbol {
            0..=15 => (u8::try_from(symbol).ok()?, 1),
            16 => (*lengths.get(filled.checked_sub(1)?)?, 3 + bits.take(2)?),
            17 => (0, 3 + bits.take(3)?),
            _ => (0, 11 + bits.take(7)?),
        };
        let end = filled + repeat;
        if end > total {
            return None;
        }
        lengths[filled..end].fill(value);
        filled = end;
    }
    tables.build(&lengths[..literals], &lengths[literals..total])
}
