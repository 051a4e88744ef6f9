//! Why an image was not inspected.

use std::io;
use std::path::PathBuf;

/// Why an image was not inspected. What is wrong *on* a readable image is a warning in the
/// report instead.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DiskError {
    /// The image does not exist or may not be opened.
    #[error("cannot open image {path}")]
    Open {
        /// The image.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The path is a directory, a fifo, a socket or a character device.
    #[error("image {path} is a {found}, expected a regular file or a block device")]
    NotAnImage {
        /// The image.
        path: PathBuf,
        /// What it is.
        found: &'static str,
    },
    /// The image cannot be read.
    #[error("cannot read image {path} at byte {offset}")]
    Read {
        /// The image.
        path: PathBuf,
        /// Where reading began.
        offset: u64,
        /// Why.
        source: io::Error,
    },
}
