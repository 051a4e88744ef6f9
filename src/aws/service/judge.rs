//! What may help after a refusal.

use super::super::ServiceError;

/// Servers refuse requests whose time differs more from theirs, in seconds.
const TOLERATED_SKEW: u64 = 15 * 60;

/// Whether our clock is to blame. An answer to `HEAD` has no code: there the dates must do.
pub(super) fn is_skewed(error: &ServiceError, is_head: bool) -> bool {
    let far = error
        .clock_offset
        .is_some_and(|offset| offset.unsigned_abs() > TOLERATED_SKEW);
    error.code == "RequestTimeTooSkewed" || is_head && error.status == 403 && far
}

/// Whether temporary credentials have ended. An answer to `HEAD` that was signed with such has
/// no code: there any 400 may mean it.
pub(super) fn is_expired(error: &ServiceError, is_head_with_token: bool) -> bool {
    matches!(error.code.as_str(), "ExpiredToken" | "TokenRefreshRequired")
        || is_head_with_token && error.status == 400
}
