//! Length-limited Huffman codes from frequencies.

/// Code of one symbol: its bits in the order in which DEFLATE writes them, and their number.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Code {
    pub bits: u16,
    pub len: u8,
}

/// Makes a complete code in which no symbol that occurs has more than `limit` bits.
///
/// A code of fewer than two symbols is filled up with symbols that do not occur, since not
/// every reader takes an incomplete one. `limit` is at most 15 and enough for all symbols.
pub(super) fn make_code<const N: usize>(frequencies: &[u32; N], limit: u8) -> [Code; N] {
    let mut symbols: Vec<(u32, usize)> = (0..N)
        .filter(|symbol| frequencies[*symbol] > 0)
        .map(|symbol| (frequencies[symbol], symbol))
        .collect();
    let idle = (0..N).filter(|symbol| frequencies[*symbol] == 0);
    symbols.extend(
        idle.take(2_usize.saturating_sub(symbols.len()))
            .map(|symbol| (0, symbol)),
    );
    symbols.sort_unstable();
    let counts = limited(&depths(&symbols), limit);

    let mut codes = [Code::default(); N];
    // The rarest symbols get the longest codes.
    let mut rarest_first = symbols.iter();
    for len in (1..=limit).rev() {
        for (_, symbol) in rarest_first.by_ref().take(counts[usize::from(len)]) {
            codes[*symbol].len = len;
        }
    }
    let mut next = [0_u16; 17];
    for len in 1..=usize::from(limit) {
        next[len + 1] = (next[len] + u16::try_from(counts[len]).unwrap_or(0)) << 1; // at most 288
    }
    for code in codes.iter_mut().filter(|code| code.len > 0) {
        let word = &mut next[usize::from(code.len)];
        code.bits = word.reverse_bits() >> (16 - code.len);
        *word += 1;
    }
    codes
}

/// How many symbols have which depth in the Huffman tree, at most 63.
///
/// Leaves come sorted by weight, and inner nodes are made in order of weight: the two lightest
/// nodes are always at the fronts of two queues.
fn depths(leaves: &[(u32, usize)]) -> [usize; 64] {
    let inner = leaves.len() - 1;
    let mut weights: Vec<u64> = Vec::with_capacity(inner);
    // Of each node, leaves first, the inner node above it.
    let mut parents = vec![0; leaves.len() + inner];
    let (mut leaf, mut node) = (0, 0);
    for parent in 0..inner {
        let mut weight = 0;
        for _ in 0..2 {
            let lighter_leaf = leaf < leaves.len()
                && (node == weights.len() || u64::from(leaves[leaf].0) <= weights[node]);
            if lighter_leaf {
                weight += u64::from(leaves[leaf].0);
                parents[leaf] = parent;
                leaf += 1;
            } else {
                weight += weights[node];
                parents[leaves.len() + node] = parent;
                node += 1;
            }
        }
        weights.push(weight);
    }
    let mut depth = vec![0_usize; inner];
    for node in (0..inner.saturating_sub(1)).rev() {
        depth[node] = depth[parents[leaves.len() + node]] + 1;
    }
    let mut counts = [0; 64];
    for parent in &parents[..leaves.len()] {
        counts[(depth[*parent] + 1).min(63)] += 1;
    }
    counts
}

/// Shortens codes of more than `limit` bits, and lengthens others until all fit exactly.
fn limited(depths: &[usize; 64], limit: u8) -> [usize; 64] {
    let limit = usize::from(limit);
    let mut counts = [0; 64];
    for (depth, count) in depths.iter().enumerate() {
        counts[depth.min(limit)] += count;
    }
    // Room that codes take, in units of the longest code. There are 2^limit.
    let mut taken: usize = (1..=limit).map(|len| counts[len] << (limit - len)).sum();
    let room = 1 << limit;
    while taken > room {
        // The longest code that can still grow gives back the least room.
        let Some(len) = (1..limit).rev().find(|len| counts[*len] > 0) else {
            break;
        };
        counts[len] -= 1;
        counts[len + 1] += 1;
        taken -= 1 << (limit - len - 1);
    }
    while taken < room && counts[limit] > 0 {
        counts[limit] -= 1;
        counts[limit - 1] += 1;
        taken += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn assert_complete(frequencies: &[u32; 40], limit: u8) {
        let codes = make_code(frequencies, limit);
        let taken: usize = codes
            .iter()
            .filter(|code| code.len > 0)
            .map(|code| 1 << (limit - code.len))
            .sum();
        assert_eq!(taken, 1 << limit, "{frequencies:?}");
        for (code, frequency) in codes.iter().zip(frequencies) {
            assert!(code.len <= limit);
            assert!(code.len > 0 || *frequency == 0);
        }
    }

    proptest! {
        #[test]
        fn every_code_is_complete_and_within_the_limit(
            small in proptest::collection::vec(0_u32..9, 40),
            shifts in proptest::collection::vec(0_u32..20, 40),
        ) {
            let steep: Vec<u32> = small.iter().zip(&shifts).map(|(f, s)| f << s).collect();
            for limit in [7, 12, 15] {
                assert_complete(&small.clone().try_into().unwrap(), limit);
                assert_complete(&steep.clone().try_into().unwrap(), limit);
            }
        }
    }

    #[test]
    fn few_symbols_get_company() {
        assert_complete(&[0; 40], 7);
        for only in [0, 1, 39] {
            let mut frequencies = [0; 40];
            frequencies[only] = 5;
            assert_complete(&frequencies, 7);
        }
    }

    #[test]
    fn frequent_symbols_are_short() {
        let mut frequencies = [1; 40];
        frequencies[20] = 1000;

        let codes = make_code(&frequencies, 12);

        assert_eq!(codes[20].len, 1);
    }
}
