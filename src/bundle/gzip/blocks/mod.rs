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
use tables::{Tables, Then};

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
    Walker::new(stream, len)?.finish()
}

/// Walks the blocks of two streams side by side, in little more time than one takes.
pub(super) fn find_last_blocks(
    [left, right]: [(&[u8], usize); 2],
) -> (Option<LastBlock>, Option<LastBlock>) {
    let together = || {
        let mut walkers = (Walker::new(left.0, left.1)?, Walker::new(right.0, right.1)?);
        while walkers.0.walk_beside(&mut walkers.1)? {}
        Some((walkers.0.finish()?, walkers.1.finish()?))
    };
    match together() {
        Some((left, right)) => (Some(left), Some(right)),
        // One is broken; the other may be whole.
        None => (
            find_last_block(left.0, left.1),
            find_last_block(right.0, right.1),
        ),
    }
}

/// A stream on which somebody walks.
struct Walker<'a> {
    bits: Bits<'a>,
    len: usize,
    tables: Tables,
    /// The table that the next symbol of a block is in.
    table: u16,
    /// Whether it stands between two symbols of a block, or between two blocks.
    in_block: bool,
    header: usize,
    is_final: bool,
}

impl<'a> Walker<'a> {
    fn new(stream: &'a [u8], len: usize) -> Option<Self> {
        Some(Self {
            bits: Bits::new(stream.get(..len.checked_add(SLACK)?)?, len),
            len,
            tables: Tables::default(),
            table: 0,
            in_block: false,
            header: 0,
            is_final: false,
        })
    }

    /// Walks to the end.
    fn finish(mut self) -> Option<LastBlock> {
        while self.enter_block()? {
            (self.bits, self.table) = self.tables.skip_known(self.bits, self.table)?;
            self.skip_one()?;
        }
        Some(LastBlock {
            header: self.header,
            end: self.bits.position(),
        })
    }

    /// Goes on in both streams up to a symbol that one does not know, and past it. Returns
    /// false at the end of one of them.
    fn walk_beside(&mut self, other: &mut Self) -> Option<bool> {
        if !self.enter_block()? || !other.enter_block()? {
            return Some(false);
        }
        ((self.bits, self.table), (other.bits, other.table)) = Tables::skip_known_in_both(
            (&self.tables, self.bits, self.table),
            (&other.tables, other.bits, other.table),
        )?;
        for walker in [self, other] {
            if !walker.tables.knows_next(&mut walker.bits, walker.table)? {
                walker.skip_one()?;
            }
        }
        Some(true)
    }

    fn skip_one(&mut self) -> Option<()> {
        match self.tables.skip_one(&mut self.bits, self.table)? {
            Then::Table(next) => self.table = next,
            Then::End => self.in_block = false,
        }
        Some(())
    }

    /// Goes past headers and stored blocks into the next block with symbols. Returns false at
    /// the end of the stream.
    fn enter_block(&mut self) -> Option<bool> {
        while !self.in_block {
            let position = self.bits.position();
            if position > self.len * 8 {
                return None;
            }
            if self.is_final {
                return Some(false);
            }
            self.header = position;
            self.is_final = self.bits.take(1)? == 1;
            match self.bits.take(2)? {
                0 => {
                    self.bits.skip_stored()?;
                    continue;
                }
                1 => set_fixed(&mut self.tables)?,
                2 => read_dynamic(&mut self.tables, &mut self.bits)?,
                _ => return None,
            }
            self.in_block = true;
            self.table = 0;
        }
        Some(true)
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
