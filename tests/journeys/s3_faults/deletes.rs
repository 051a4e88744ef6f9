//! Faults of deletions.

use super::{MANIFEST, PART, Row};
use crate::support::faults::Fault;

/// All the occurrences there can be.
const ALWAYS: std::ops::RangeInclusive<usize> = 1..=usize::MAX;

/// A row without options of its own.
const fn row(fault: &'static str, exit: i32, arrange: fn(&super::Stage)) -> Row {
    Row {
        fault,
        exit,
        options: &[],
        arrange,
    }
}

pub const ROWS: &[Row] = &[
    row("status 503 for each object, twice", 0, |stage| {
        for name in ["part.00", "part.01", "part.02", "part.03", "manifest"] {
            stage.fault("DELETE", name, 1..=2, Fault::error(503, "SlowDown"));
        }
    }),
    row("status 503 for a part, each time", 7, |stage| {
        stage.fault("DELETE", PART, ALWAYS, Fault::error(503, "SlowDown"));
    }),
    row("status 503 for the manifest, each time", 7, |stage| {
        stage.fault("DELETE", MANIFEST, ALWAYS, Fault::error(503, "SlowDown"));
    }),
    row("reply to a part's deletion lost, once", 0, |stage| {
        stage.fault("DELETE", PART, 1..=1, Fault::LoseReply);
    }),
    row(
        "connection stalls before a part's deletion, once",
        0,
        |stage| {
            stage.fault("DELETE", PART, 1..=1, Fault::Stall);
        },
    ),
    row("status 403 for a part", 3, |stage| {
        stage.fault("DELETE", PART, ALWAYS, Fault::error(403, "AccessDenied"));
    }),
];
