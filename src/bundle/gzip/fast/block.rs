//! Writes one DEFLATE block with codes made for it.
//!
//! Source: RFC 1951, sections 3.2.4 to 3.2.7.

use super::bit_writer::BitWriter;
use super::huffman::{Code, make_code};

/// Longest codes. Literals have fewer bits than allowed, so that four fit between two flushes.
const LITERAL_LIMIT: u8 = 12;
const DISTANCE_LIMIT: u8 = 15;
const PRECODE_LIMIT: u8 = 7;

const END_OF_BLOCK: usize = 256;
const LITERALS: usize = 286;
const DISTANCES: usize = 30;
const PRECODES: usize = 19;

/// The order in which lengths of the code of lengths are written.
const ORDER: [usize; PRECODES] = [
    16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
];

/// First length and extra bits of each length symbol from 257 on.
const LENGTHS: [(u16, u8); 29] = [
    (3, 0),
    (4, 0),
    (5, 0),
    (6, 0),
    (7, 0),
    (8, 0),
    (9, 0),
    (10, 0),
    (11, 1),
    (13, 1),
    (15, 1),
    (17, 1),
    (19, 2),
    (23, 2),
    (27, 2),
    (31, 2),
    (35, 3),
    (43, 3),
    (51, 3),
    (59, 3),
    (67, 4),
    (83, 4),
    (99, 4),
    (115, 4),
    (131, 5),
    (163, 5),
    (195, 5),
    (227, 5),
    (258, 0),
];

/// Some literals and the match behind them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sequence {
    literals: u32,
    len: u16,
    /// Distance minus one.
    distance: u16,
}

/// A length or distance as it is written: symbol, extra bits.
#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    symbol: u8,
    extra_bits: u8,
}

/// Collects the sequences of a block and writes it.
pub(super) struct BlockEncoder {
    sequences: Vec<Sequence>,
    literals: [[u32; 256]; 2],
    lengths: [u32; 30],
    distances: [u32; DISTANCES],
    /// Slot of every match length.
    length_slots: Box<[Slot; 259]>,
}

impl Default for BlockEncoder {
    fn default() -> Self {
        let mut length_slots = Box::new([Slot::default(); 259]);
        for (symbol, (first, extra_bits)) in (0_u8..).zip(LENGTHS) {
            let last = usize::from(first) + (1 << extra_bits);
            for slot in &mut length_slots[usize::from(first)..last.min(259)] {
                *slot = Slot { symbol, extra_bits };
            }
        }
        Self {
            sequences: Vec::new(),
            literals: [[0; 256]; 2],
            lengths: [0; 30],
            distances: [0; DISTANCES],
            length_slots,
        }
    }
}

impl BlockEncoder {
    pub(super) fn begin(&mut self) {
        self.sequences.clear();
        self.literals = [[0; 256]; 2];
        self.lengths = [0; 30];
        self.distances = [0; DISTANCES];
    }

    /// Adds literals and the match behind them.
    #[inline]
    pub(super) fn push(&mut self, literals: &[u8], len: usize, distance: usize) {
        self.count(literals);
        self.lengths[usize::from(self.length_slots[len].symbol)] += 1;
        let distance = distance - 1;
        self.distances[distance_slot(distance).0] += 1;
        self.sequences.push(Sequence {
            literals: low32(literals.len()),
            len: low16(len),
            distance: low16(distance),
        });
    }

    /// Adds the literals at the block's end.
    pub(super) fn push_rest(&mut self, literals: &[u8]) {
        self.count(literals);
    }

    #[inline]
    fn count(&mut self, literals: &[u8]) {
        // Two tables, so that equal bytes in a row do not wait for each other.
        let [even, odd] = &mut self.literals;
        let mut pairs = literals.chunks_exact(2);
        for pair in &mut pairs {
            even[usize::from(pair[0])] += 1;
            odd[usize::from(pair[1])] += 1;
        }
        for byte in pairs.remainder() {
            even[usize::from(*byte)] += 1;
        }
    }

    /// Writes the block whose bytes are `data`: with its codes, or stored if that is shorter.
    pub(super) fn write(&self, data: &[u8], bits: &mut BitWriter) {
        let mut frequencies = [0; LITERALS];
        for (symbol, frequency) in frequencies[..256].iter_mut().enumerate() {
            *frequency = self.literals[0][symbol] + self.literals[1][symbol];
        }
        frequencies[END_OF_BLOCK] = 1;
        frequencies[END_OF_BLOCK + 1..].copy_from_slice(&self.lengths[..29]);
        let literal_code = make_code(&frequencies, LITERAL_LIMIT);
        let distance_code = make_code(&self.distances, DISTANCE_LIMIT);

        let cost = cost(&frequencies, &literal_code) + cost(&self.distances, &distance_code);
        let extra: u64 = LENGTHS
            .iter()
            .zip(&self.lengths)
            .map(|((_, e), f)| u64::from(*e) * u64::from(*f))
            .sum::<u64>()
            + self
                .distances
                .iter()
                .enumerate()
                .map(|(symbol, f)| distance_extra(symbol) * u64::from(*f))
                .sum::<u64>();
        let bytes = usize::try_from((cost + extra) / 8).unwrap_or(usize::MAX);
        if bytes >= data.len() {
            for piece in data.chunks(usize::from(u16::MAX)) {
                bits.put_stored(piece);
            }
            return;
        }
        bits.reserve(bytes + 512);
        bits.put(0b100, 3); // not final, codes of its own
        write_codes(&literal_code, &distance_code, bits);
        self.write_sequences(data, &literal_code, &distance_code, bits);
    }

    fn write_sequences(
        &self,
        data: &[u8],
        literal_code: &[Code; LITERALS],
        distance_code: &[Code; DISTANCES],
        bits: &mut BitWriter,
    ) {
        let literals: [Code; 256] = std::array::from_fn(|symbol| literal_code[symbol]);
        // Code and extra bits of every length, ready to be written.
        let mut lengths = [(0_u32, 0_u32); 259];
        for (len, (word, count)) in lengths.iter_mut().enumerate().skip(3) {
            let slot = self.length_slots[len];
            let symbol = usize::from(slot.symbol);
            let code = literal_code[END_OF_BLOCK + 1 + symbol];
            let extra = low32(len) - u32::from(LENGTHS[symbol].0);
            *word = u32::from(code.bits) | extra << code.len;
            *count = u32::from(code.len + slot.extra_bits);
        }
        let mut rest = data;
        for sequence in &self.sequences {
            let Some((run, behind)) = rest.split_at_checked(sequence.literals as usize) else {
                break;
            };
            write_literals(run, &literals, bits);
            let (word, count) = lengths[usize::from(sequence.len).min(258)];
            bits.put(u64::from(word), count);
            let distance = usize::from(sequence.distance);
            let (symbol, extra_bits) = distance_slot(distance);
            let code = distance_code[symbol];
            bits.put(u64::from(code.bits), u32::from(code.len));
            bits.put((distance & ((1 << extra_bits) - 1)) as u64, extra_bits);
            bits.flush();
            rest = behind.get(usize::from(sequence.len)..).unwrap_or_default();
        }
        write_literals(rest, &literals, bits);
        let end = literal_code[END_OF_BLOCK];
        bits.put(u64::from(end.bits), u32::from(end.len));
        bits.flush();
    }
}

#[inline]
fn write_literals(run: &[u8], literals: &[Code; 256], bits: &mut BitWriter) {
    let mut fours = run.chunks_exact(4);
    for four in &mut fours {
        for byte in four {
            let code = literals[usize::from(*byte)];
            bits.put(u64::from(code.bits), u32::from(code.len));
        }
        bits.flush();
    }
    for byte in fours.remainder() {
        let code = literals[usize::from(*byte)];
        bits.put(u64::from(code.bits), u32::from(code.len));
    }
    bits.flush();
}

/// Symbol and number of extra bits of a distance minus one.
#[inline]
fn distance_slot(distance: usize) -> (usize, u32) {
    if distance < 4 {
        return (distance, 0);
    }
    let extra_bits = distance.ilog2() - 1;
    (
        2 * extra_bits as usize + (distance >> extra_bits),
        extra_bits,
    )
}

fn distance_extra(symbol: usize) -> u64 {
    (symbol as u64 / 2).saturating_sub(1)
}

fn cost<const N: usize>(frequencies: &[u32; N], code: &[Code; N]) -> u64 {
    frequencies
        .iter()
        .zip(code)
        .map(|(f, code)| u64::from(*f) * u64::from(code.len))
        .sum()
}

/// Writes the lengths of both codes, run-length encoded and with a code of their own.
fn write_codes(literals: &[Code; LITERALS], distances: &[Code; DISTANCES], bits: &mut BitWriter) {
    let used = |codes: &[Code], least: usize| {
        codes
            .iter()
            .rposition(|code| code.len > 0)
            .map_or(least, |last| (last + 1).max(least))
    };
    let literal_count = used(literals, 257);
    let distance_count = used(distances, 1);
    let lengths: Vec<u8> = literals[..literal_count]
        .iter()
        .chain(&distances[..distance_count])
        .map(|code| code.len)
        .collect();
    let symbols = run_lengths(&lengths);
    let mut frequencies = [0; PRECODES];
    for (symbol, _, _) in &symbols {
        frequencies[usize::from(*symbol)] += 1;
    }
    let precode = make_code(&frequencies, PRECODE_LIMIT);
    let count = ORDER
        .iter()
        .rposition(|symbol| precode[*symbol].len > 0)
        .map_or(4, |last| (last + 1).max(4));
    bits.put((literal_count - 257) as u64, 5);
    bits.put((distance_count - 1) as u64, 5);
    bits.put((count - 4) as u64, 4);
    for symbol in &ORDER[..count] {
        bits.put(u64::from(precode[*symbol].len), 3);
        bits.flush();
    }
    for (symbol, extra, extra_bits) in symbols {
        let code = precode[usize::from(symbol)];
        bits.put(u64::from(code.bits), u32::from(code.len));
        bits.put(u64::from(extra), extra_bits);
        bits.flush();
    }
}

/// Lengths as symbols of the code of lengths: symbol, extra value, its bits.
fn run_lengths(lengths: &[u8]) -> Vec<(u8, u8, u32)> {
    let mut symbols = Vec::with_capacity(lengths.len());
    for run in lengths.chunk_by(|a, b| a == b) {
        let value = run[0];
        let mut left = run.len();
        if value != 0 {
            symbols.push((value, 0, 0));
            left -= 1;
        }
        while left > 0 {
            let (symbol, least, most, extra_bits) = match (value, left) {
                (0, 11..) => (18, 11, 138, 7),
                (0, 3..) => (17, 3, 10, 3),
                (1.., 3..) => (16, 3, 6, 2),
                _ => {
                    symbols.push((value, 0, 0));
                    left -= 1;
                    continue;
                }
            };
            let taken = left.min(most);
            symbols.push((symbol, u8::try_from(taken - least).unwrap_or(0), extra_bits)); // < 128
            left -= taken;
        }
    }
    symbols
}

#[allow(clippy::cast_possible_truncation)] // lengths and distances of a block
fn low16(number: usize) -> u16 {
    number as u16
}

#[allow(clippy::cast_possible_truncation)] // lengths within a block
fn low32(number: usize) -> u32 {
    number as u32
}
