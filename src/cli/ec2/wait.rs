//! `--wait`: until something is as it should be, failed, or took too long.

use std::time::{Duration, Instant};

use clap::Arg;

use crate::aws::AwsError;
use crate::cli::failure::{Exit, Failure};
use crate::cli::progress::Watcher;
use crate::cli::session::Session;
use crate::cli::spec::{flag, option};

/// The first pause; pauses grow by half each time.
const FIRST: Duration = Duration::from_millis(500);

/// The longest pause: services ask not to be asked more often.
const LONGEST: Duration = Duration::from_secs(15);

/// How long the wish to stop goes unnoticed.
const NAP: Duration = Duration::from_millis(100);

/// What was found when it was looked.
#[derive(Debug)]
pub enum Waiting<T> {
    /// It is as it should be.
    Done(T),
    /// Not yet: its state.
    Not(String),
    /// It will never be: its state, and the reason if there is one.
    Never(String),
}

/// The options `--wait` and `--wait-timeout`.
#[must_use]
pub fn wait_args() -> [Arg; 2] {
    [
        flag("wait", "Wait until it is done"),
        option(
            "wait-timeout",
            "SECONDS",
            "Give up waiting after so long [default: 600]",
        ),
    ]
}

/// Looks until `what` is as it should be. Pauses between looks grow from half a second to
/// fifteen.
///
/// # Errors
/// When it can never be, looking fails, it takes longer than `--wait-timeout`, or the user stops
/// it.
pub fn wait<T>(
    session: &Session<'_>,
    watcher: &Watcher,
    what: &str,
    mut look: impl FnMut() -> Result<Waiting<T>, AwsError>,
) -> Result<T, Failure> {
    let limit = wait_limit(session)?;
    let began = Instant::now();
    let stop = watcher.stop_sign();
    let mut pause = FIRST;
    loop {
        let state = match look()? {
            Waiting::Done(found) => return Ok(found),
            Waiting::Not(state) => state,
            Waiting::Never(why) => {
                let message = format!("{what} failed: {why}");
                return Err(Failure::new(Exit::Service, message));
            }
        };
        let left = limit.saturating_sub(began.elapsed());
        if left.is_zero() {
            let seconds = limit.as_secs();
            let message = format!("{what} is still {state} after {seconds} seconds");
            return Err(Failure::new(Exit::Timeout, message)
                .hint("it goes on without being waited for; --wait-timeout allows more time"));
        }
        tracing::info!(what, state, "waiting");
        let until = Instant::now() + pause.min(left);
        while let Some(rest) = until.checked_duration_since(Instant::now()) {
            if stop() {
                return Err(Failure::interrupted());
            }
            std::thread::sleep(rest.min(NAP));
        }
        pause = (pause * 3 / 2).min(LONGEST);
    }
}

/// How long is waited: `--wait-timeout`, or ten minutes. For those who wait at the end only, and
/// want to know before they begin whether it makes sense.
///
/// # Errors
/// When it is no time.
pub fn wait_limit(session: &Session<'_>) -> Result<Duration, Failure> {
    let Some(text) = session.text("wait-timeout")? else {
        return Ok(Duration::from_mins(10));
    };
    match text.parse::<u64>() {
        Ok(seconds) if (1..=86_400).contains(&seconds) => Ok(Duration::from_secs(seconds)),
        _ => {
            let why = format!("\"{text}\" is no time: expected 1 to 86400 seconds");
            Err(session.invalid("wait-timeout", &text, &why))
        }
    }
}
