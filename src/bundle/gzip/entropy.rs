//! Tells data that is compressed or encrypted already, so that no time is spent on it.

/// Size of a cell: the unit in which data is stored or compressed.
pub(super) const CELL: usize = 64 << 10;

/// What is looked at of a cell: pieces all over it, 8 KiB together.
const SAMPLES: usize = 32;
const SAMPLE: usize = 256;

/// How many percent of chance's equal pairs of bytes a sample of incompressible data has at
/// most. Random bytes stay within 1 percent of chance, packages and archives within 2; 5 stand
/// for 7.96 bits a byte, data that would shrink by half a percent for full effort. Text and
/// machine code are beyond 300.
const LIMIT: u64 = 105;

/// Whether compressing `cell` would be wasted time.
///
/// Only byte frequencies are looked at: data that repeats itself but uses every byte equally
/// often is taken for incompressible, and so costs room. On system images that is 0.02 %.
pub(super) fn is_incompressible(cell: &[u8]) -> bool {
    if cell.len() < CELL {
        return false;
    }
    let mut counts = [0_u64; 256];
    for piece in cell.chunks(cell.len() / SAMPLES) {
        for byte in &piece[..SAMPLE] {
            counts[usize::from(*byte)] += 1;
        }
    }
    let bytes = (SAMPLES * SAMPLE) as u64;
    let pairs: u64 = counts
        .iter()
        .map(|count| count * count.saturating_sub(1))
        .sum();
    let chance = bytes * (bytes - 1) / 256;
    100 * pairs <= LIMIT * chance
}

#[cfg(test)]
mod tests {
    use super::super::sample::noise;
    use super::*;

    #[test]
    fn noise_is_incompressible() {
        assert!(is_incompressible(&noise(CELL, 1)));
    }

    #[test]
    fn text_zeros_and_half_noise_are_not() {
        assert!(!is_incompressible(&vec![0; CELL]));
        assert!(!is_incompressible(
            &b"the same line of text\n".repeat(CELL / 22 + 1)[..CELL]
        ));
        let mut half = noise(CELL, 1);
        half[CELL / 2..].fill(7);
        assert!(!is_incompressible(&half));
    }

    #[test]
    fn short_cells_are_always_compressed() {
        assert!(!is_incompressible(&noise(CELL - 1, 1)));
    }
}
