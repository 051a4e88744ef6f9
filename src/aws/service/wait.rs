//! How long is waited before a call is made again, and waiting.

use std::thread;
use std::time::Duration;

use super::super::AwsError;
use super::Connection;
use crate::units::Timestamp;

/// Longest time that a server may ask for.
const LONGEST_ASKED: Duration = Duration::from_mins(1);

/// How long the wish to stop goes unnoticed.
const NAP: Duration = Duration::from_millis(100);

/// The time that a `Retry-After` asks for, in seconds or as a date.
pub(super) fn asked_for(header: &str, now: Timestamp) -> Option<Duration> {
    let text = header.trim();
    let seconds = text.parse().ok().or_else(|| {
        let until = Timestamp::parse(text)?.0;
        Some(u64::try_from(until.saturating_sub(now.0)).unwrap_or(0))
    })?;
    Some(Duration::from_secs(seconds).min(LONGEST_ASKED))
}

/// The time before the attempt after `made` ones: random, so that many clients do not come back
/// together ("full jitter"), and no less than was asked for.
pub(super) fn time(connection: &Connection, made: u32, asked: Option<Duration>) -> Duration {
    let policy = &connection.retry;
    let doubled = 2_u32.saturating_pow(made.saturating_sub(1).min(31));
    let longest = policy.base.saturating_mul(doubled).min(policy.longest);
    let longest = u64::try_from(longest.as_millis()).unwrap_or(u64::MAX);
    let random = (connection.ambient.random)() % longest.saturating_add(1);
    Duration::from_millis(random).max(asked.unwrap_or_default())
}

/// Sleeps, unless the user wants to stop.
pub(super) fn sleep(connection: &Connection, mut left: Duration) -> Result<(), AwsError> {
    loop {
        if (connection.ambient.interrupted)() {
            return Err(AwsError::Interrupted);
        }
        if left.is_zero() {
            return Ok(());
        }
        let nap = left.min(NAP);
        thread::sleep(nap);
        left -= nap;
    }
}

/// What a log says of an error that is tried again.
pub(super) fn reason(error: &AwsError) -> String {
    match error {
        AwsError::Transport { source, .. } => source.to_string(),
        AwsError::Service(error) => format!("{} ({})", error.code, error.status),
        other => other.to_string(),
    }
}
