//! What the service's refusals mean for a snapshot that is being written.

use std::time::Duration;

use crate::aws::AwsError;

/// How long is waited, one time after the other, for a snapshot that was just started and that the
/// part of the service which takes blocks does not know yet: about a minute.
pub(super) const WAITS: [Duration; 9] = [
    Duration::from_millis(250),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
    Duration::from_secs(15),
    Duration::from_secs(15),
    Duration::from_secs(15),
];

/// Whether the service does not know the snapshot.
pub(super) fn is_missing(error: &AwsError) -> bool {
    error.is_status(404) || error.is_code("ResourceNotFoundException")
}

/// Whether the service may be saying that the snapshot is not pending any more. It has no code of
/// its own for that.
pub(super) fn may_have_ended(error: &AwsError) -> bool {
    is_missing(error) || error.is_code("ValidationException") || error.is_code("ConflictException")
}
