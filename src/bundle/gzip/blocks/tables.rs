//! The tables by which the symbols of one block are skipped.
//!
//! ```text
//! entry   15 none │ 10 a distance is next │ 9…6 bits of the code │ 5…0 bits to skip
//! ```

use super::bits::Bits;
use super::code::Canonical;

/// Bits that one lookup looks at. More would skip more symbols at once, but the tables are
/// built anew for every block.
const TABLE_BITS: u16 = 10;
const TABLE_SIZE: usize = 1 << TABLE_BITS;

/// Entry: number of bits to skip, at most 10 of codes and 13 of a distance's extra bits. Six
/// bits wide, since that is what a shift looks at.
const SKIP: u16 = 0x3f;
/// Entry of one symbol: those of the bits to skip that the lookup must have seen.
const CODE_SHIFT: u16 = 6;
const CODE: u16 = 0xf << CODE_SHIFT;
/// Entry: the next lookup is in the distance table, which begins at this index.
const DISTANCES: u16 = 1 << TABLE_BITS;
/// Entry: end of block, a code longer than [`TABLE_BITS`], or no code at all. Its code seems
/// to be longer than any lookup sees.
const NONE: u16 = 1 << 15 | CODE;

/// Symbols that one entry skips at most. More rarely fit.
const PACKED: usize = 3;

const END_OF_BLOCK: usize = 256;
const LENGTH_EXTRA_BITS: [u8; 29] = [
    0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
];

/// A table for literals and lengths, and behind it one for distances.
type TablePair = [u16; 2 * TABLE_SIZE];

/// The codes of one block.
pub(super) struct Tables {
    /// How far each prefix goes, in whole symbols.
    packed: Box<TablePair>,
    /// The first symbol of each prefix.
    single: Box<TablePair>,
    literals: Canonical,
    distances: Canonical,
}

/// What comes after a symbol.
pub(super) enum Then {
    /// A symbol of the table that begins here.
    Table(u16),
    /// Nothing: the block is at its end.
    End,
}

impl Default for Tables {
    fn default() -> Self {
        Self {
            packed: Box::new([NONE; 2 * TABLE_SIZE]),
            single: Box::new([NONE; 2 * TABLE_SIZE]),
            literals: Canonical::default(),
            distances: Canonical::default(),
        }
    }
}

impl Tables {
    /// Makes the tables of two codes, given by the lengths of their words.
    pub fn build(&mut self, literals: &[u8], distances: &[u8]) -> Option<()> {
        self.literals = Canonical::new(literals)?;
        self.distances = Canonical::new(distances)?;
        let (literals, distances) = self.single.split_at_mut(TABLE_SIZE);
        self.literals
            .fill(literals, NONE, |symbol, code| match symbol {
                0..END_OF_BLOCK => entry(code, 0),
                _ => length_extra_bits(symbol).map_or(NONE, |extra| DISTANCES | entry(code, extra)),
            });
        self.distances.fill(distances, NONE, |symbol, code| {
            distance_extra_bits(symbol).map_or(NONE, |extra| entry(code, extra))
        });
        for (prefix, entry) in (0..).zip(&mut self.packed[..TABLE_SIZE]) {
            *entry = pack(&self.single, prefix);
        }
        self.packed[TABLE_SIZE..].copy_from_slice(&self.single[TABLE_SIZE..]);
        Some(())
    }

    /// Skips symbols up to one that the tables do not know, and returns the table it needs.
    /// The bits come and go by value, so that in between they stay in registers.
    #[inline]
    pub fn skip_known<'a>(&self, mut bits: Bits<'a>, mut table: u16) -> Option<(Bits<'a>, u16)> {
        loop {
            bits.refill()?;
            // An entry skips up to 23 bits: two lookups per refill.
            for _ in 0..2 {
                let entry = look_up(&self.packed, table, bits.low16());
                if entry >= NONE {
                    return Some((bits, table));
                }
                bits.skip(u32::from(entry)); // its low six bits
                table = entry & DISTANCES;
            }
        }
    }

    /// The same in two streams side by side, up to a symbol that one of them does not know:
    /// each lookup waits for the one before it, but not for the other stream's.
    #[inline]
    pub fn skip_known_in_both<'a, 'b>(
        (left, mut a, mut left_table): (&Self, Bits<'a>, u16),
        (right, mut b, mut right_table): (&Self, Bits<'b>, u16),
    ) -> Option<((Bits<'a>, u16), (Bits<'b>, u16))> {
        loop {
            a.refill()?;
            b.refill()?;
            for _ in 0..2 {
                let left_entry = look_up(&left.packed, left_table, a.low16());
                let right_entry = look_up(&right.packed, right_table, b.low16());
                if left_entry.max(right_entry) >= NONE {
                    return Some(((a, left_table), (b, right_table)));
                }
                a.skip(u32::from(left_entry));
                left_table = left_entry & DISTANCES;
                b.skip(u32::from(right_entry));
                right_table = right_entry & DISTANCES;
            }
        }
    }

    /// Whether the next symbol is one that [`Tables::skip_known`] goes past.
    pub fn knows_next(&self, bits: &mut Bits<'_>, table: u16) -> Option<bool> {
        bits.refill()?;
        Some(look_up(&self.packed, table, bits.low16()) < NONE)
    }

    /// Skips one symbol bit by bit.
    pub fn skip_one(&self, bits: &mut Bits<'_>, table: u16) -> Option<Then> {
        bits.refill()?;
        let (extra, next) = if table == DISTANCES {
            (distance_extra_bits(self.distances.decode(bits)?)?, 0)
        } else {
            match self.literals.decode(bits)? {
                0..END_OF_BLOCK => (0, 0),
                END_OF_BLOCK => return Some(Then::End),
                symbol => (length_extra_bits(symbol)?, DISTANCES),
            }
        };
        bits.skip(u32::from(extra));
        Some(Then::Table(next))
    }
}

/// The entry for the next bits in the table that begins at 0 or [`DISTANCES`].
#[inline]
fn look_up(tables: &TablePair, table: u16, bits: u16) -> u16 {
    tables[usize::from(table & DISTANCES | bits & (DISTANCES - 1))]
}

/// The entry of a symbol.
fn entry(code_bits: u16, extra_bits: u8) -> u16 {
    code_bits << CODE_SHIFT | (code_bits + u16::from(extra_bits))
}

/// The entry for a prefix that begins with a literal or length: all symbols it holds whole.
fn pack(single: &TablePair, prefix: u16) -> u16 {
    let mut table = 0;
    let mut skipped = 0;
    for _ in 0..PACKED {
        let bits = prefix.unbounded_shr(skipped.into());
        let entry = look_up(single, table, bits);
        let seen = skipped + ((entry & CODE) >> CODE_SHIFT);
        // What does not fit is computed away: a branch would be mispredicted.
        let fits = seen <= TABLE_BITS;
        skipped += if fits { entry & SKIP } else { 0 };
        table = if fits { entry & DISTANCES } else { table };
    }
    match skipped {
        0 => NONE,
        _ => table | skipped,
    }
}

fn length_extra_bits(symbol: usize) -> Option<u8> {
    LENGTH_EXTRA_BITS
        .get(symbol.checked_sub(END_OF_BLOCK + 1)?)
        .copied()
}

fn distance_extra_bits(symbol: usize) -> Option<u8> {
    match symbol {
        0..30 => u8::try_from((symbol / 2).saturating_sub(1)).ok(),
        _ => None,
    }
}
