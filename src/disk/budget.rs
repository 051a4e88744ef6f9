//! How much may be read from an image that nobody vouches for.

use std::cell::Cell;

/// Bytes that a read costs at least: what a disk or the page cache moves anyway.
const SMALLEST_READ: u64 = 4096;
/// What a block costs that is still in memory, as a part of its size. Not nothing: a filesystem
/// may name the same block for ever.
const REMEMBERED: u64 = 16;

/// Bytes of an image that may still be read. Several readers can share one.
#[derive(Debug)]
pub struct Budget(Cell<u64>);

impl Budget {
    /// A budget of `bytes`.
    #[must_use]
    pub fn new(bytes: u64) -> Self {
        Self(Cell::new(bytes))
    }

    /// Whether a read of `len` bytes was paid.
    pub(super) fn pay_read(&self, len: usize) -> bool {
        self.pay((len as u64).max(SMALLEST_READ))
    }

    /// Whether looking again at a block of `len` bytes was paid.
    pub(super) fn pay_remembered(&self, len: usize) -> bool {
        self.pay((len as u64 / REMEMBERED).max(1))
    }

    /// What cannot be paid leaves nothing: whoever asks for less afterwards gets nothing either.
    fn pay(&self, amount: u64) -> bool {
        let left = self.0.get().checked_sub(amount);
        self.0.set(left.unwrap_or(0));
        left.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_reads_cost_a_page_and_an_empty_budget_stays_empty() {
        let budget = Budget::new(10_000);

        assert!(budget.pay_read(1));
        assert!(budget.pay_remembered(4096));
        assert!(!budget.pay_read(8192));
        assert!(!budget.pay_remembered(16));
    }
}
