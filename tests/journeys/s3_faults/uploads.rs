//! Faults of uploads.

use std::time::{SystemTime, UNIX_EPOCH};

use amikit::units::Timestamp;

use super::{MANIFEST, PART, Row};
use crate::support::faults::Fault;
use crate::support::s3_server::KEYS;

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
    row(
        "connection dropped before a part's body, once",
        0,
        |stage| {
            stage.fault("PUT", PART, 1..=1, Fault::DropBeforeBody);
        },
    ),
    row("connection dropped in a part's body, twice", 0, |stage| {
        stage.fault("PUT", PART, 1..=2, Fault::DropInBody(300_000));
    }),
    row("reply to a part lost, once", 0, |stage| {
        stage.fault("PUT", PART, 1..=1, Fault::LoseReply);
    }),
    row("reply to a part lost, each time", 7, |stage| {
        stage.fault("PUT", PART, ALWAYS, Fault::LoseReply);
    }),
    row("reply to the manifest lost, once", 0, |stage| {
        stage.fault("PUT", MANIFEST, 1..=1, Fault::LoseReply);
    }),
    row("reply to the bucket's creation lost, once", 0, |stage| {
        stage.fault("PUT", "/images", 1..=1, Fault::LoseReply);
    }),
    row("a part's body slow: 1 MiB a second", 0, |stage| {
        stage.fault("PUT", PART, ALWAYS, Fault::Slow(1 << 20));
    }),
    row("connection stalls before a part's body, once", 0, |stage| {
        stage.fault("PUT", PART, 1..=1, Fault::Stall);
    }),
    row("connection stalls in a part's body, once", 0, |stage| {
        stage.fault("PUT", PART, 1..=1, Fault::StallInBody(300_000));
    }),
    row(
        "connection stalls before a part's body, each time",
        7,
        |stage| {
            stage.fault("PUT", PART, ALWAYS, Fault::Stall);
        },
    ),
    row("a byte of a part changed on the way, once", 0, |stage| {
        stage.fault("PUT", PART, 1..=1, Fault::CorruptRequest(500_000));
    }),
    Row {
        fault: "the same with signature version 2",
        exit: 0,
        options: &["--signature", "v2"],
        arrange: |stage| stage.fault("PUT", PART, 1..=1, Fault::CorruptRequest(500_000)),
    },
    row(
        "a byte of a part changed on the way, each time",
        7,
        |stage| {
            stage.fault("PUT", PART, ALWAYS, Fault::CorruptRequest(500_000));
        },
    ),
    row("wrong ETag in the answer to a part, once", 0, |stage| {
        stage.fault("PUT", PART, 1..=1, Fault::WrongEtag);
    }),
    row(
        "wrong ETag in the answer to a part, each time",
        7,
        |stage| {
            stage.fault("PUT", PART, ALWAYS, Fault::WrongEtag);
        },
    ),
    row(
        "wrong ETag in the answer to the manifest, once",
        0,
        |stage| {
            stage.fault("PUT", MANIFEST, 1..=1, Fault::WrongEtag);
        },
    ),
    row("status 500 for a part, twice", 0, |stage| {
        stage.fault("PUT", PART, 1..=2, Fault::error(500, "InternalError"));
    }),
    row(
        "status 503 for a part, twice, to come again in a second",
        0,
        |stage| {
            stage.fault("PUT", PART, 1..=2, Fault::error_for(503, "SlowDown", 1));
        },
    ),
    row(
        "status 429 for a part, once, to come again in a second",
        0,
        |stage| {
            stage.fault(
                "PUT",
                PART,
                1..=1,
                Fault::error_for(429, "TooManyRequests", 1),
            );
        },
    ),
    row("status 503 for a part, each time", 7, |stage| {
        stage.fault("PUT", PART, ALWAYS, Fault::error(503, "SlowDown"));
    }),
    row(
        "status 200 with an error in the body, for a part, once",
        0,
        |stage| {
            stage.fault("PUT", PART, 1..=1, Fault::error(200, "InternalError"));
        },
    ),
    row(
        "status 200 with an error in the body, for a part, each time",
        7,
        |stage| {
            stage.fault("PUT", PART, ALWAYS, Fault::error(200, "InternalError"));
        },
    ),
    row("status 403 for a part", 3, |stage| {
        stage.fault("PUT", PART, ALWAYS, Fault::error(403, "AccessDenied"));
    }),
    row("status 403 for the manifest", 3, |stage| {
        stage.fault("PUT", MANIFEST, ALWAYS, Fault::error(403, "AccessDenied"));
    }),
    row("status 403 for the bucket", 3, |stage| {
        stage.fault("GET", "/images", ALWAYS, Fault::error(403, "AccessDenied"));
        stage.fault("PUT", "/images", ALWAYS, Fault::error(403, "AccessDenied"));
    }),
    row("a server without canned ACLs", 3, |stage| {
        let fault = || Fault::error(400, "AccessControlListNotSupported");
        stage.fault("PUT", "/golden.", ALWAYS, fault());
    }),
    row(
        "a server, such as Ceph's, without the ACL aws-exec-read",
        3,
        |stage| {
            let fault = || Fault::error(400, "InvalidArgument");
            stage.fault("PUT", "/golden.", ALWAYS, fault());
        },
    ),
    row(
        "redirect (301) to another host without its region",
        3,
        |stage| {
            stage.fault(
                "PUT",
                PART,
                ALWAYS,
                Fault::redirect(301, "http://192.0.2.1/images"),
            );
        },
    ),
    row("redirect (307) to the server itself, once", 0, |stage| {
        let url = format!("{}/images/{PART}", stage.server().url());
        stage.fault("PUT", PART, 1..=1, Fault::redirect(307, &url));
    }),
    row(
        "the server's clock is 10 minutes ahead, told once",
        0,
        |stage| {
            stage.fault("GET", "/images", 1..=1, skewed(10));
        },
    ),
    row(
        "the server's clock is 90 minutes ahead, told each time",
        3,
        |stage| {
            stage.fault("GET", "/images", ALWAYS, skewed(90));
        },
    ),
    Row {
        fault: "a secret that does not belong to the access key",
        exit: 3,
        options: &["--access-key-id", KEYS.0, "--secret-key", "another"],
        arrange: |_| {},
    },
];

/// What a server whose clock is so much ahead says to a signature of now.
fn skewed(minutes: i64) -> Fault {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.expect("after 1970").as_secs();
    let ahead =
        Timestamp(i64::try_from(now).expect("before the year 292 billion") + minutes * 60 + 30);
    let mut fault = Fault::error(403, "RequestTimeTooSkewed");
    if let Fault::Answer { headers, .. } = &mut fault {
        headers.push(("Date".to_owned(), ahead.http_date()));
    }
    fault
}
