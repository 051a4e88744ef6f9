//! What may help after a refusal.

use super::super::ServiceError;

/// Servers refuse requests whose time differs more from theirs, in seconds.
const TOLERATED_SKEW: u64 = 15 * 60;

/// The most that this machine's clock is corrected by, in seconds: a day.
///
/// Whoever answers in a service's place without TLS could else have requests signed for a time
/// that is still to come, and use them then. And a clock that is wrong by more has other worries:
/// with it no certificate is valid.
pub const MAX_CLOCK_OFFSET: u64 = 24 * 60 * 60;

/// Whether our clock is to blame; `off` is the service's time minus that which was signed. An
/// answer to `HEAD` has no code: there the dates must do.
pub(super) fn is_skewed(error: &ServiceError, off: Option<i64>, is_head: bool) -> bool {
    let far = off.is_some_and(|off| off.unsigned_abs() > TOLERATED_SKEW);
    // EC2 has no code of its own for it: these may have other causes, if the clocks agree.
    let of_query = matches!(
        error.code.as_str(),
        "RequestExpired"
            | "RequestInTheFuture"
            | "SignatureDoesNotMatch"
            | "AuthFailure"
            | "InvalidSignatureException"
    );
    error.code == "RequestTimeTooSkewed" || far && (of_query || is_head && error.status == 403)
}

/// Whether temporary credentials have ended. An answer to `HEAD` that was signed with such has
/// no code: there any 400 may mean it.
pub(super) fn is_expired(error: &ServiceError, is_head_with_token: bool) -> bool {
    matches!(
        error.code.as_str(),
        "ExpiredToken" | "ExpiredTokenException" | "RequestExpired" | "TokenRefreshRequired"
    ) || is_head_with_token && error.status == 400
}
