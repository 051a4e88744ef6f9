//! Tells data that is compressed or encrypted already, so that no time is spent on it.

/// Size of a cell: the unit in which data is stored or compressed.
pub(super) const CELL: usize = 64 << 10;

/// Bits per byte above which a whole cell counts as incompressible. Random bytes measure
/// 7.997 in a cell of 64 KiB, the packages and archives in a system image 7.99. What lies
/// between this limit and that would shrink by a percent, for full effort.
const CELL_LIMIT: f64 = 7.95;

/// A sample of a cell, and how often two of its bytes may be equal, as a multiple of chance,
/// for the cell to get a closer look. Text and machine code are at 3 and more.
const SAMPLES: usize = 16;
const SAMPLE: usize = 256;
const SAMPLE_LIMIT: u32 = 2;

/// Whether compressing `cell` would be wasted time.
///
/// Only byte frequencies are looked at: data that repeats itself but uses every byte equally
/// often is taken for incompressible, and so costs room. On system images that is 0.002 %.
pub(super) fn is_incompressible(cell: &[u8]) -> bool {
    if cell.len() < CELL {
        return false;
    }
    let mut sample = [0_u32; 256];
    for piece in cell.chunks(cell.len() / SAMPLES) {
        count(&mut sample, &piece[..SAMPLE]);
    }
    if pairs(&sample) > SAMPLE_LIMIT * chance() {
        return false;
    }
    // Four tables, so that equal bytes in a row do not wait for each other.
    let mut tables = [[0_u32; 256]; 4];
    let quarter = cell.len() / 4;
    let [a, b, c, d] = &mut tables;
    let (left, right) = cell.split_at(2 * quarter);
    let (first, second) = left.split_at(quarter);
    let (third, fourth) = right.split_at(quarter);
    for (((w, x), y), z) in first.iter().zip(second).zip(third).zip(fourth) {
        a[usize::from(*w)] += 1;
        b[usize::from(*x)] += 1;
        c[usize::from(*y)] += 1;
        d[usize::from(*z)] += 1;
    }
    let mut all = [0_u32; 256];
    for table in &tables {
        for (sum, count) in all.iter_mut().zip(table) {
            *sum += count;
        }
    }
    bits_per_byte(&all) > CELL_LIMIT
}

fn count(table: &mut [u32; 256], bytes: &[u8]) {
    for byte in bytes {
        table[usize::from(*byte)] += 1;
    }
}

/// Ordered pairs of equal bytes, a byte with itself included.
fn pairs(table: &[u32; 256]) -> u32 {
    table.iter().map(|count| count * count).sum()
}

/// How many such pairs a sample of random bytes has.
fn chance() -> u32 {
    let bytes = u32::try_from(SAMPLES * SAMPLE).unwrap_or(u32::MAX); // 4096
    bytes + bytes * (bytes / 256)
}

/// Shannon entropy of the byte frequencies.
fn bits_per_byte(table: &[u32; 256]) -> f64 {
    let total = f64::from(table.iter().sum::<u32>());
    let weighted: f64 = table
        .iter()
        .filter(|count| **count > 0)
        .map(|count| f64::from(*count) * f64::from(*count).log2())
        .sum();
    total.log2() - weighted / total
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(len: usize) -> Vec<u8> {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        std::iter::repeat_with(|| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()[3]
        })
        .take(len)
        .collect()
    }

    #[test]
    fn noise_is_incompressible() {
        assert!(is_incompressible(&noise(CELL)));
    }

    #[test]
    fn text_zeros_and_half_noise_are_not() {
        assert!(!is_incompressible(&vec![0; CELL]));
        assert!(!is_incompressible(
            &b"the same line of text\n".repeat(CELL / 22 + 1)[..CELL]
        ));
        let mut half = noise(CELL);
        half[CELL / 2..].fill(7);
        assert!(!is_incompressible(&half));
    }

    #[test]
    fn short_cells_are_always_compressed() {
        assert!(!is_incompressible(&noise(CELL - 1)));
    }
}
