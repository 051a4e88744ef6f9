//! The small cloud that comes with amikit.
//!
//! ```text
//! front     listeners, TLS, limits, health, metrics
//!   │
//! walrus    S3: routes, signatures, operations
//!   │    │
//! state  objects     SQL: what is there │ bytes: a directory, or any S3
//!   └──┬─┘
//!    fsck             compares both
//! ```

pub mod accounts;
pub mod config;
mod error;
pub mod front;
pub mod fsck;
pub mod identity;
pub mod objects;
mod s3_front;
mod start;
pub mod state;
pub mod walrus;

use std::fmt::{self, Write as _};

pub use error::CloudError;
pub use start::{Cloud, Running};

/// What the cloud needs from the machine, given by whoever owns the process.
#[derive(Clone, Copy)]
pub struct Surroundings {
    /// The time now, in ms since 1970.
    pub now_ms: fn() -> i64,
    /// Fills a buffer with bytes that nobody can guess.
    pub random: fn(&mut [u8]),
}

impl fmt::Debug for Surroundings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Surroundings").finish_non_exhaustive()
    }
}

/// An error with all its causes, for the operator's log.
pub(crate) fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let _ = write!(text, ": {error}"); // a String takes everything
        cause = error.source();
    }
    text
}
