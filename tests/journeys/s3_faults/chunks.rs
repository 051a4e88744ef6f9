//! Faults of a large part, which goes in three chunks.

use super::Row;
use crate::support::faults::Fault;

/// All the occurrences there can be.
const ALWAYS: std::ops::RangeInclusive<usize> = 1..=usize::MAX;

/// The chunk that faults are done to.
const CHUNK: &str = "partNumber=2";
/// What begins a multipart upload.
const BEGIN: &str = "?uploads";
/// What makes an object of the chunks.
const COMPLETE: &str = "uploadId=";

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
    row("reply to the beginning lost, once", 0, |stage| {
        stage.fault("POST", BEGIN, 1..=1, Fault::LoseReply);
    }),
    row("connection dropped in a chunk, twice", 0, |stage| {
        stage.fault("PUT", CHUNK, 1..=2, Fault::DropInBody(9_000_000));
    }),
    row("connection stalls in a chunk, once", 0, |stage| {
        stage.fault("PUT", CHUNK, 1..=1, Fault::StallInBody(9_000_000));
    }),
    row("reply to a chunk lost, once", 0, |stage| {
        stage.fault("PUT", CHUNK, 1..=1, Fault::LoseReply);
    }),
    row("reply to a chunk lost, each time", 7, |stage| {
        stage.fault("PUT", CHUNK, ALWAYS, Fault::LoseReply);
    }),
    row("a byte of a chunk changed on the way, once", 0, |stage| {
        stage.fault("PUT", CHUNK, 1..=1, Fault::CorruptRequest(9_000_000));
    }),
    row("wrong ETag in the answer to a chunk, once", 0, |stage| {
        stage.fault("PUT", CHUNK, 1..=1, Fault::WrongEtag);
    }),
    row(
        "wrong ETag in the answer to a chunk, each time",
        7,
        |stage| {
            stage.fault("PUT", CHUNK, ALWAYS, Fault::WrongEtag);
        },
    ),
    row("status 503 for a chunk, twice", 0, |stage| {
        stage.fault("PUT", CHUNK, 1..=2, Fault::error(503, "SlowDown"));
    }),
    row("status 503 for a chunk, each time", 7, |stage| {
        stage.fault("PUT", CHUNK, ALWAYS, Fault::error(503, "SlowDown"));
    }),
    row(
        "status 200 with an error in the body, for the completion, once",
        0,
        |stage| {
            stage.fault("POST", COMPLETE, 1..=1, Fault::error(200, "InternalError"));
        },
    ),
    row(
        "status 200 with an error in the body, for the completion, each time",
        7,
        |stage| {
            stage.fault("POST", COMPLETE, ALWAYS, Fault::error(200, "InternalError"));
        },
    ),
    row("reply to the completion lost, once", 0, |stage| {
        stage.fault("POST", COMPLETE, 1..=1, Fault::LoseReply);
    }),
    row("reply to the completion cut off, once", 0, |stage| {
        stage.fault("POST", COMPLETE, 1..=1, Fault::TruncateReply(20));
    }),
];
