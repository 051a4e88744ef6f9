//! The log on stderr.

use std::ffi::OsString;
use std::io;

use tracing_subscriber::EnvFilter;

use super::session::Verbosity;

/// Starts the log: `AMIKIT_LOG` is its filter, else the verbosity. For programs (`json`) each
/// line is an object. A log that was started before stays.
pub fn start(
    verbosity: Verbosity,
    (colour, json): (bool, bool),
    env: &dyn Fn(&str) -> Option<OsString>,
) {
    let level = match (verbosity.quiet, verbosity.level) {
        (true, _) => "error",
        (false, 0) => "warn",
        (false, 1) => "info",
        (false, 2) => "debug",
        (false, _) => "trace",
    };
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter(level, env))
        .with_writer(io::stderr)
        .with_ansi(colour)
        .without_time();
    // An error means that there is a log already, which is as good.
    let _ = if json {
        log.json().flatten_event(true).try_init()
    } else {
        log.try_init()
    };
}

/// Starts the log of a service, whose lines have the time. `AMIKIT_LOG` is its filter, else the
/// level: `error`, `warn`, `info`, `debug` or `trace`. A log that was started before stays.
pub fn start_service(
    level: &str,
    (colour, json): (bool, bool),
    env: &dyn Fn(&str) -> Option<OsString>,
) {
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter(level, env))
        .with_writer(io::stderr)
        .with_ansi(colour);
    let _ = if json {
        log.json().flatten_event(true).try_init()
    } else {
        log.try_init()
    };
}

/// The user's filter, else the level.
fn filter(level: &str, env: &dyn Fn(&str) -> Option<OsString>) -> EnvFilter {
    let wanted = env("AMIKIT_LOG").and_then(|text| text.into_string().ok());
    wanted
        .filter(|text| !text.is_empty())
        .and_then(|text| EnvFilter::try_new(text).ok())
        .unwrap_or_else(|| EnvFilter::new(level))
}
