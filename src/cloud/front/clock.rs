//! The clock of time-outs and durations: tokio's. It tells no date.

use tokio::time::Instant;

/// Now, for time-outs and durations only.
pub(super) fn now() -> Instant {
    Instant::now()
}
