//! A Huffman code, known by the lengths of its words (RFC 1951, section 3.2.2).

use super::bits::Bits;

/// Longest code word.
const LONGEST: usize = 15;

/// A canonical Huffman code, for decoding bit by bit.
#[derive(Default)]
pub(super) struct Canonical {
    /// Number of codes of each length.
    count: [u16; LONGEST + 1],
    /// First code word of each length.
    first_word: [u16; LONGEST + 1],
    /// Symbols, by length of their code and then by value.
    symbols: Vec<u16>,
}

impl Canonical {
    /// The code whose symbols have words of these lengths; 0 for a symbol that has none.
    pub fn new(lengths: &[u8]) -> Option<Self> {
        let mut code = Self::default();
        for &length in lengths {
            *code.count.get_mut(usize::from(length))? += 1;
        }
        code.count[0] = 0;
        let mut offsets = [0_usize; LONGEST + 2];
        let mut word = 0_u32;
        for length in 1..=LONGEST {
            word = (word + u32::from(code.count[length - 1])) << 1;
            if word + u32::from(code.count[length]) > 1 << length {
                return None; // more codes than there is room for
            }
            code.first_word[length] = u16::try_from(word).ok()?;
            offsets[length + 1] = offsets[length] + usize::from(code.count[length]);
        }
        code.symbols = vec![0; offsets[LONGEST + 1]];
        for (symbol, &length) in (0..).zip(lengths) {
            if length != 0 {
                let offset = &mut offsets[usize::from(length)];
                code.symbols[*offset] = symbol;
                *offset += 1;
            }
        }
        Some(code)
    }

    /// Takes one code word, of at most 15 bits. They must be available.
    pub fn decode(&self, bits: &mut Bits<'_>) -> Option<usize> {
        let mut word = 0;
        let mut index = 0;
        for length in 1..=LONGEST {
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

    /// Fills a table of a power of two entries: at each index the entry of the symbol whose
    /// word the index begins with, lowest bit first, or `none` where the word is longer.
    ///
    /// Words are entered by length into as much of the table as their bits distinguish, which
    /// is then doubled for those that are a bit longer.
    pub fn fill(&self, table: &mut [u16], none: u16, entry: impl Fn(usize, u16) -> u16) {
        let mut symbols = self.symbols.iter();
        let mut filled = 1;
        table[0] = none;
        for length in 1_u16..=15 {
            if filled == table.len() {
                break;
            }
            table.copy_within(..filled, filled);
            filled *= 2;
            let at = usize::from(length);
            let words = self.first_word[at]..self.first_word[at] + self.count[at];
            for (word, symbol) in words.zip(&mut symbols) {
                let reversed = word.reverse_bits() >> (16 - length);
                table[usize::from(reversed)] = entry(usize::from(*symbol), length);
            }
        }
    }
}
