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
//! This costs a tenth of what compressing does.
//!
//! Source: RFC 1951, section 3.2.

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

/// Bits that one lookup looks at. More would skip more symbols at once, but the tables are
/// built anew for every block.
const TABLE_BITS: u32 = 10;
const TABLE_SIZE: usize = 1 << TABLE_BITS;

/// Entry: number of bits to skip, at most 10 of codes and 13 of a distance's extra bits. Six
/// bits wide, since that is what a shift looks at.
const SKIP: u16 = 0x3f;
/// Entry of one symbol: its extra bits, above those of its code.
const EXTRA_SHIFT: u32 = 6;
const EXTRA: u16 = 0xf << EXTRA_SHIFT;
/// Entry: the next lookup is in the distance table.
const THEN_DISTANCE: u16 = 1 << 14;
/// Entry: end of block, a code longer than [`TABLE_BITS`], or no code at all.
const SPECIAL: u16 = 1 << 15;

const END_OF_BLOCK: usize = 256;
const LENGTH_EXTRA_BITS: [u8; 29] = [
    0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
];

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
                tables.set_fixed()?;
                tables.walk(&mut bits)?;
            }
            2 => {
                tables.read_dynamic(&mut bits)?;
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

/// A little-endian bit reader that may look past the end, into the slack.
struct Bits<'a> {
    bytes: &'a [u8],
    len: usize,
    /// Next byte to load.
    next: usize,
    /// Bits loaded and not taken, lowest first; above `count` there may be more of the stream.
    buffer: u64,
    count: u32,
}

impl<'a> Bits<'a> {
    fn new(bytes: &'a [u8], len: usize) -> Self {
        Self {
            bytes,
            len,
            next: 0,
            buffer: 0,
            count: 0,
        }
    }

    fn position(&self) -> usize {
        self.next * 8 - self.count as usize
    }

    /// Makes at least 56 bits available, without a branch on how many there were.
    #[inline]
    fn refill(&mut self) -> Option<()> {
        let word: [u8; 8] = self.bytes.get(self.next..self.next + 8)?.try_into().ok()?;
        self.buffer |= u64::from_le_bytes(word) << self.count;
        self.next += ((63 - self.count) >> 3) as usize;
        self.count |= 56;
        Some(())
    }

    #[inline]
    fn skip(&mut self, bits: u32) {
        self.buffer >>= bits;
        self.count -= bits;
    }

    /// Takes up to 16 bits.
    fn take(&mut self, bits: u32) -> Option<usize> {
        self.refill()?;
        let value = usize::from(self.low16()) & ((1 << bits) - 1);
        self.skip(bits);
        Some(value)
    }

    #[allow(clippy::cast_possible_truncation)] // the low bits are what is wanted
    fn low16(&self) -> u16 {
        self.buffer as u16
    }

    fn skip_stored(&mut self) -> Option<()> {
        let start = self.position().div_ceil(8);
        let length: [u8; 2] = self.bytes.get(start..start + 2)?.try_into().ok()?;
        let end = start + 4 + usize::from(u16::from_le_bytes(length));
        if end > self.len {
            return None;
        }
        (self.next, self.buffer, self.count) = (end, 0, 0);
        Some(())
    }
}

/// A table for literals and lengths, and one for distances.
type TablePair = [[u16; TABLE_SIZE]; 2];

const LITERALS: usize = 0;
const DISTANCES: usize = 1;

/// The codes of one block.
struct Tables {
    /// How far each prefix goes, in whole symbols.
    packed: Box<TablePair>,
    /// The first symbol of each prefix.
    single: Box<TablePair>,
    codes: [Canonical; 2],
}

impl Default for Tables {
    fn default() -> Self {
        Self {
            packed: Box::new([[SPECIAL; TABLE_SIZE]; 2]),
            single: Box::new([[SPECIAL; TABLE_SIZE]; 2]),
            codes: Default::default(),
        }
    }
}

impl Tables {
    fn set_fixed(&mut self) -> Option<()> {
        let mut lengths = [8; 288];
        lengths[144..256].fill(9);
        lengths[256..280].fill(7);
        self.build(&lengths, &[5; 30])
    }

    fn read_dynamic(&mut self, bits: &mut Bits<'_>) -> Option<()> {
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
        self.build(&lengths[..literals], &lengths[literals..total])
    }

    fn build(&mut self, literals: &[u8], distances: &[u8]) -> Option<()> {
        self.codes = [Canonical::new(literals)?, Canonical::new(distances)?];
        let [literal_table, distance_table] = &mut *self.single;
        fill(
            literal_table,
            literals,
            &self.codes[LITERALS],
            |symbol| match symbol {
                0..END_OF_BLOCK => Some(0),
                END_OF_BLOCK => None,
                _ => length_extra_bits(symbol)
                    .map(|extra| THEN_DISTANCE | u16::from(extra) << EXTRA_SHIFT),
            },
        );
        fill(
            distance_table,
            distances,
            &self.codes[DISTANCES],
            |symbol| distance_extra_bits(symbol).map(|extra| u16::from(extra) << EXTRA_SHIFT),
        );
        let [literal_table, distance_table] = &mut *self.packed;
        for (prefix, entry) in literal_table.iter_mut().enumerate() {
            *entry = pack(&self.single, prefix);
        }
        for (entry, single) in distance_table.iter_mut().zip(&self.single[DISTANCES]) {
            *entry = (single & SPECIAL) | (single & SKIP) + ((single & EXTRA) >> EXTRA_SHIFT);
        }
        Some(())
    }

    /// Skips the symbols of one block, its end included.
    fn walk(&self, bits: &mut Bits<'_>) -> Option<()> {
        let mut table = LITERALS;
        loop {
            bits.refill()?;
            // An entry skips up to 23 bits: two lookups per refill.
            for _ in 0..2 {
                let entry = self.packed[table][usize::from(bits.low16()) % TABLE_SIZE];
                if entry & SPECIAL != 0 {
                    bits.refill()?;
                    match self.walk_special(bits, table)? {
                        Some(next) => table = next,
                        None => return Some(()),
                    }
                    break;
                }
                bits.skip(u32::from(entry & SKIP));
                table = usize::from(entry & THEN_DISTANCE != 0);
            }
        }
    }

    /// Skips one symbol bit by bit and returns the next table, or nothing at the block's end.
    #[cold]
    fn walk_special(&self, bits: &mut Bits<'_>, table: usize) -> Option<Option<usize>> {
        let symbol = self.codes[table].decode(bits)?;
        let (extra, next) = match symbol {
            _ if table == DISTANCES => (distance_extra_bits(symbol)?, LITERALS),
            END_OF_BLOCK => return Some(None),
            0..END_OF_BLOCK => (0, LITERALS),
            _ => (length_extra_bits(symbol)?, DISTANCES),
        };
        bits.skip(u32::from(extra));
        Some(Some(next))
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

/// Enters every symbol whose code fits into the table; `tail` gives its extra bits and next
/// table, or nothing for a symbol that must stay special.
fn fill(
    table: &mut [u16; TABLE_SIZE],
    lengths: &[u8],
    code: &Canonical,
    tail: impl Fn(usize) -> Option<u16>,
) {
    table.fill(SPECIAL);
    let mut next_word = code.first_word;
    for (symbol, &length) in lengths.iter().enumerate() {
        if length == 0 {
            continue;
        }
        let word = next_word[usize::from(length)];
        next_word[usize::from(length)] += 1;
        let fits = u32::from(length) <= TABLE_BITS;
        let Some(tail) = tail(symbol).filter(|_| fits) else {
            continue;
        };
        let reversed = word.reverse_bits() >> (16 - length);
        for entry in table
            .iter_mut()
            .skip(usize::from(reversed))
            .step_by(1 << length)
        {
            *entry = tail | u16::from(length);
        }
    }
}

/// The entry for a prefix that begins with a literal or length: all symbols it holds whole.
fn pack(single: &TablePair, prefix: usize) -> u16 {
    let mut table = LITERALS;
    let mut skipped = 0;
    while skipped < TABLE_BITS {
        let entry = single[table][(prefix >> skipped) % TABLE_SIZE];
        let code_bits = u32::from(entry & SKIP);
        if entry & SPECIAL != 0 || skipped + code_bits > TABLE_BITS {
            break;
        }
        skipped += code_bits + u32::from((entry & EXTRA) >> EXTRA_SHIFT);
        table = usize::from(entry & THEN_DISTANCE != 0);
    }
    match u16::try_from(skipped) {
        Ok(skipped @ 1..) if table == DISTANCES => skipped | THEN_DISTANCE,
        Ok(skipped @ 1..) => skipped,
        _ => SPECIAL,
    }
}

/// A canonical Huffman code, for decoding bit by bit.
#[derive(Default)]
struct Canonical {
    /// Number of codes of each length.
    count: [u16; 16],
    /// First code word of each length.
    first_word: [u16; 16],
    /// Symbols, by length of their code and then by value.
    symbols: Vec<u16>,
}

impl Canonical {
    fn new(lengths: &[u8]) -> Option<Self> {
        let mut code = Self::default();
        for &length in lengths {
            *code.count.get_mut(usize::from(length))? += 1;
        }
        code.count[0] = 0;
        let mut offsets = [0_usize; 17];
        let mut word = 0_u32;
        for length in 1..16 {
            word = (word + u32::from(code.count[length - 1])) << 1;
            if word + u32::from(code.count[length]) > 1 << length {
                return None; // more codes than there is room for
            }
            code.first_word[length] = u16::try_from(word).ok()?;
            offsets[length + 1] = offsets[length] + usize::from(code.count[length]);
        }
        code.symbols = vec![0; offsets[16]];
        for (symbol, &length) in lengths
            .iter()
            .enumerate()
            .filter(|(_, length)| **length != 0)
        {
            code.symbols[offsets[usize::from(length)]] = u16::try_from(symbol).ok()?;
            offsets[usize::from(length)] += 1;
        }
        Some(code)
    }

    /// Takes one code word, of at most 15 bits.
    fn decode(&self, bits: &mut Bits<'_>) -> Option<usize> {
        let mut word = 0;
        let mut index = 0;
        for length in 1..16 {
            word = word << 1 | usize::from(bits.low16() >> (length - 1) & 1);
            let count = usize::from(self.count[length]);
            if let Some(nth) = word.checked_sub(usize::from(self.first_word[length]))
                && nth < count
            {
                bits.skip(u32::try_from(length).ok()?);
                return self
                    .symbols
                    .get(index + nth)
                    .map(|symbol| usize::from(*symbol));
            }
            index += count;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::DeflateEncoder;
    use libdeflater::{CompressionLvl, Compressor};

    use super::*;

    fn with_slack(mut stream: Vec<u8>) -> (Vec<u8>, usize) {
        let len = stream.len();
        stream.resize(len + SLACK, 0xff);
        (stream, len)
    }

    fn text() -> Vec<u8> {
        include_bytes!("blocks.rs").repeat(20)
    }

    /// The stream must end in its last byte, and begin anew where the block before ended.
    #[test]
    fn every_level_of_two_compressors_is_walked_to_its_last_byte() {
        for level in 1..=12 {
            let mut compressor = Compressor::new(CompressionLvl::new(level).unwrap());
            let mut stream = vec![0; text().len()];
            let len = compressor.deflate_compress(&text(), &mut stream).unwrap();
            stream.truncate(len);
            let (stream, len) = with_slack(stream);

            let last = find_last_block(&stream, len).unwrap();

            assert_eq!(last.end.div_ceil(8), len, "libdeflate level {level}");
        }
        for level in 0..=9 {
            let mut encoder = DeflateEncoder::new(Vec::new(), Compression::new(level));
            encoder.write_all(&text()).unwrap();
            let (stream, len) = with_slack(encoder.finish().unwrap());

            let last = find_last_block(&stream, len).unwrap();

            assert_eq!(last.end.div_ceil(8), len, "zlib level {level}");
        }
    }

    /// RFC 1951: a final block with fixed codes that holds nothing is `03 00`.
    #[test]
    fn empty_fixed_block_has_ten_bits() {
        let (stream, len) = with_slack(vec![3, 0]);

        assert_eq!(
            find_last_block(&stream, len),
            Some(LastBlock { header: 0, end: 10 })
        );
    }

    #[test]
    fn what_is_cut_or_broken_is_refused() {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::new(6));
        encoder.write_all(&text()).unwrap();
        let whole = encoder.finish().unwrap();
        for cut in [0, 1, 5, 100, whole.len() / 2, whole.len() - 2] {
            let (stream, len) = with_slack(whole[..cut].to_vec());
            assert_eq!(find_last_block(&stream, len), None, "cut to {cut}");
        }
        let (stream, len) = with_slack(vec![7; 100]); // block type 3
        assert_eq!(find_last_block(&stream, len), None);
    }
}
