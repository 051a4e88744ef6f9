//! Ctrl-C and `SIGTERM`: the first asks the journey to stop, the second ends the process.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::flag;

use super::failure::{Exit, Failure};

/// Remembers which signal came.
#[derive(Debug, Clone, Default)]
pub struct Signals {
    /// 0, or the number of the latest signal.
    seen: Arc<AtomicUsize>,
}

impl Signals {
    /// Starts to catch both signals. Before, they end the process at once: nothing that takes
    /// long or leaves anything behind has begun.
    ///
    /// # Errors
    /// When the system refuses the handlers.
    pub fn catch() -> Result<Self, Failure> {
        let signals = Self::default();
        let again = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            // In this order: the handlers run in the order of their registration, so that the
            // first signal finds the flag down and only the next one ends the process.
            flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&again))
                .and_then(|_| flag::register(signal, Arc::clone(&again)))
                .and_then(|_| {
                    let number = usize::try_from(signal).unwrap_or_default();
                    flag::register_usize(signal, Arc::clone(&signals.seen), number)
                })
                .map_err(|error| Failure::io("cannot catch signals", &error))?;
        }
        // Beyond `ulimit -f` a write then fails, and what was written is cleaned up.
        flag::register(SIGXFSZ, Arc::default())
            .map_err(|error| Failure::io("cannot catch signals", &error))?;
        Ok(signals)
    }

    /// Whether a signal came.
    #[must_use]
    pub fn came(&self) -> bool {
        self.seen.load(Ordering::Relaxed) != 0
    }

    /// A journey's failure, told as the signal that caused it.
    #[must_use]
    pub fn explain(&self, mut failure: Failure) -> Failure {
        let number = i32::try_from(self.seen.load(Ordering::Relaxed)).unwrap_or_default();
        if number != 0 && matches!(failure.exit, Exit::Interrupted(_)) {
            failure.exit = Exit::Interrupted(number);
        }
        failure
    }
}
