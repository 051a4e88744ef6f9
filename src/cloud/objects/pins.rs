//! Which blobs are being read.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::BlobId;

/// Counts the readers of each blob, so that a sweeper leaves alone what is being read.
///
/// ```text
/// reader:   which blobs? ─► pin them ─► still those? ─► read ─► drop the pins
/// sweeper:  (a transaction makes them garbage) ─► is_pinned? ─► delete
/// ```
///
/// A reader asks the database once more after it pinned: blobs that are the object's at that
/// moment became garbage after they were pinned, if at all, so the sweeper sees the pins. Clones
/// count together.
#[derive(Debug, Clone, Default)]
pub struct Pins(Arc<Mutex<HashMap<BlobId, usize>>>);

/// One reader of a blob; it reads until this is dropped.
#[derive(Debug)]
pub struct Pin {
    pins: Pins,
    id: BlobId,
}

impl Pins {
    /// Counts one more reader.
    #[must_use]
    pub fn pin(&self, id: &BlobId) -> Pin {
        *self.counts().entry(*id).or_default() += 1;
        Pin {
            pins: self.clone(),
            id: *id,
        }
    }

    /// Whether somebody reads it.
    #[must_use]
    pub fn is_pinned(&self, id: &BlobId) -> bool {
        self.counts().contains_key(id)
    }

    /// The counts are whole even after a panic elsewhere: each change is one step.
    fn counts(&self) -> MutexGuard<'_, HashMap<BlobId, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Pin {
    fn drop(&mut self) {
        let mut counts = self.pins.counts();
        if let Some(count) = counts.get_mut(&self.id) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blob_is_pinned_until_its_last_reader_ends() {
        let pins = Pins::default();
        let (id, other) = (BlobId::from_bits([1; 16]), BlobId::from_bits([2; 16]));

        let first = pins.pin(&id);
        let second = pins.clone().pin(&id);
        assert!(pins.is_pinned(&id));
        assert!(!pins.is_pinned(&other));

        drop(first);
        assert!(pins.is_pinned(&id));
        drop(second);
        assert!(!pins.is_pinned(&id));
        assert!(pins.counts().is_empty(), "nothing is remembered");
    }

    #[test]
    fn readers_in_many_threads_leave_no_pin() {
        let pins = Pins::default();
        let id = BlobId::from_bits([7; 16]);

        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..1000 {
                        let pin = pins.pin(&id);
                        assert!(pins.is_pinned(&id));
                        drop(pin);
                    }
                });
            }
        });

        assert!(!pins.is_pinned(&id));
    }
}
