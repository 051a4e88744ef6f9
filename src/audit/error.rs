//! Why an image was not audited.

use crate::disk::DiskError;

/// Why an image was not audited. What could not be read *on* a readable image is in the report
/// instead.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuditError {
    /// The image cannot be opened or read.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The user wants to stop.
    #[error("the audit was interrupted")]
    Interrupted,
}
