//! Faults of downloads.

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
    row("connection dropped before the answer, once", 0, |stage| {
        stage.fault("GET", PART, 1..=1, Fault::LoseReply);
    }),
    row("a part cut off in its middle, once", 0, |stage| {
        stage.fault("GET", PART, 1..=1, Fault::TruncateReply(300_000));
    }),
    row(
        "a part cut off before its first byte, each time",
        7,
        |stage| {
            stage.fault("GET", PART, ALWAYS, Fault::TruncateReply(0));
        },
    ),
    row("a part stalls in its middle, once", 0, |stage| {
        stage.fault("GET", PART, 1..=1, Fault::StallInReply(300_000));
    }),
    row(
        "a part stalls before its first byte, each time",
        7,
        |stage| {
            stage.fault("GET", PART, ALWAYS, Fault::Stall);
        },
    ),
    row("a byte of a part changed on the way, once", 0, |stage| {
        stage.fault("GET", PART, 1..=1, Fault::CorruptReply(500_000));
    }),
    row(
        "a byte of a part changed on the way, each time",
        4,
        |stage| {
            stage.fault("GET", PART, ALWAYS, Fault::CorruptReply(500_000));
        },
    ),
    row("a byte of the manifest changed on the way", 4, |stage| {
        stage.fault("GET", MANIFEST, ALWAYS, Fault::CorruptReply(0));
    }),
    row("status 503 for a part, twice", 0, |stage| {
        stage.fault("GET", PART, 1..=2, Fault::error(503, "SlowDown"));
    }),
    row("status 503 for a part, each time", 7, |stage| {
        stage.fault("GET", PART, ALWAYS, Fault::error(503, "SlowDown"));
    }),
    row(
        "status 200 with an error in the body, for a part, once",
        0,
        |stage| {
            stage.fault("GET", PART, 1..=1, Fault::error(200, "InternalError"));
        },
    ),
    row("status 403 for a part", 3, |stage| {
        stage.fault("GET", PART, ALWAYS, Fault::error(403, "AccessDenied"));
    }),
    row("status 403 for the manifest", 3, |stage| {
        stage.fault("GET", MANIFEST, ALWAYS, Fault::error(403, "AccessDenied"));
    }),
    row("a part is not on the server", 3, |stage| {
        stage.fault("GET", PART, ALWAYS, Fault::error(404, "NoSuchKey"));
    }),
    row("no ETag in the answers", 0, |stage| {
        stage.fault("GET", "/golden.", ALWAYS, Fault::WithoutHeader("etag"));
    }),
];
