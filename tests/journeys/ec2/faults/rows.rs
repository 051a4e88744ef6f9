//! The faults, one a row.

use super::{Answer, Command, Fault, Row, date_in};

use Command::{List, Make};

const fn row(fault: &'static str, command: Command, exit: i32, arrange: fn(&super::Stage)) -> Row {
    Row {
        fault,
        command,
        exit,
        arrange,
    }
}

/// A page that is no EC2's.
fn page(status: u16, text: &str) -> Answer {
    Answer {
        status,
        headers: Vec::new(),
        body: format!("<html><h1>{text}</h1></html>"),
    }
}

fn xml(body: &str) -> Answer {
    Answer {
        status: 200,
        headers: Vec::new(),
        body: body.to_owned(),
    }
}

/// A refusal with a header.
fn with(header: &str, mut answer: Answer) -> Answer {
    answer.headers.push(header.to_owned());
    answer
}

fn busy() -> Answer {
    with(
        "Retry-After: 1",
        Answer::refusal(503, "RequestLimitExceeded", "Request limit exceeded."),
    )
}

fn failed() -> Answer {
    Answer::refusal(500, "InternalError", "An internal error has occurred")
}

fn late(seconds: i64) -> Answer {
    with(
        &date_in(seconds),
        Answer::refusal(401, "AuthFailure", "could not validate"),
    )
}

pub const ROWS: &[Row] = &[
    row(
        "connection dropped before the form, once",
        List,
        0,
        |stage| {
            stage.fault(1..=1, Fault::DropBeforeBody);
        },
    ),
    row(
        "connection dropped before the form, each time",
        List,
        1,
        |stage| {
            stage.fault(1..=9, Fault::DropBeforeBody);
        },
    ),
    row("connection dropped before the form", Make, 1, |stage| {
        stage.fault(1..=1, Fault::DropBeforeBody);
    }),
    row("reply lost, once", List, 0, |stage| {
        stage.fault(1..=1, Fault::LoseReply);
    }),
    row("reply lost", Make, 1, |stage| {
        stage.fault(1..=1, Fault::LoseReply);
    }),
    row("reply broken off, once", List, 0, |stage| {
        stage.fault(1..=1, Fault::TruncateReply(40));
    }),
    row("reply broken off", Make, 1, |stage| {
        stage.fault(1..=1, Fault::TruncateReply(40));
    }),
    row("no answer, once", List, 0, |stage| {
        stage.fault(1..=1, Fault::Stall);
    }),
    row("no answer, each time", List, 5, |stage| {
        stage.fault(1..=9, Fault::Stall);
    }),
    row("no answer", Make, 5, |stage| {
        stage.fault(1..=1, Fault::Stall);
    }),
    row("answer stalls", Make, 5, |stage| {
        stage.fault(1..=1, Fault::StallInReply(40));
    }),
    row(
        "throttled twice, to come again in a second",
        List,
        0,
        |stage| {
            stage.says([busy(), busy(), stage.good()]);
        },
    ),
    row(
        "throttled once, to come again in a second",
        Make,
        0,
        |stage| {
            stage.says([busy(), stage.good()]);
        },
    ),
    row("throttled each time", Make, 3, |stage| stage.says([busy()])),
    row("status 500, once", List, 0, |stage| {
        stage.says([failed(), stage.good()]);
    }),
    row("status 500, each time", List, 3, |stage| {
        stage.says([failed()]);
    }),
    row("status 500", Make, 3, |stage| {
        stage.says([failed(), stage.good()]);
    }),
    row("status 503 of a proxy, once", List, 0, |stage| {
        stage.says([page(503, "no server is there"), stage.good()]);
    }),
    row("status 503 of a proxy", Make, 3, |stage| {
        stage.says([page(503, "no server is there"), stage.good()]);
    }),
    row("status 504 of a proxy", Make, 3, |stage| {
        stage.says([page(504, "the server did not answer"), stage.good()]);
    }),
    row(
        "status 200 with an error in the body, once",
        List,
        0,
        |stage| {
            let failed = Answer {
                status: 200,
                ..failed()
            };
            stage.says([failed, stage.good()]);
        },
    ),
    row("status 200 with a refusal in the body", Make, 3, |stage| {
        let refused = Answer::refusal(200, "InvalidVolume.NotFound", "There is no such volume");
        stage.says([refused]);
    }),
    row("no capacity, with status 500", Make, 3, |stage| {
        stage.says([Answer::refusal(
            500,
            "InsufficientVolumeCapacity",
            "No room",
        )]);
    }),
    row(
        "a secret that does not belong to the access key",
        List,
        3,
        |stage| {
            stage.says([late(0)]);
        },
    ),
    row("keys without the permission", Make, 3, |stage| {
        let words = "You are not authorized to perform this operation. Encoded authorization \
                     failure message: AbCd";
        stage.says([Answer::refusal(403, "UnauthorizedOperation", words)]);
    }),
    row(
        "the service's clock is 90 minutes ahead, told once",
        Make,
        0,
        |stage| {
            stage.says([late(5430), stage.good()]);
        },
    ),
    row(
        "the service's clock is 90 minutes ahead, told each time",
        List,
        3,
        |stage| {
            stage.says([late(5430)]);
        },
    ),
    row(
        "the service's clock is three days ahead",
        List,
        3,
        |stage| {
            stage.says([late(3 * 86_400 + 60), stage.good()]);
        },
    ),
    row(
        "a version of the API that the service does not know",
        List,
        3,
        |stage| {
            stage.says([Answer::refusal(
                400,
                "NoSuchVersion",
                "2015-10-01 is not known",
            )]);
        },
    ),
    row("an action that the service does not have", List, 3, |_| {}),
    row("redirect (301) to TLS", List, 3, |stage| {
        let moved = with(
            "Location: https://cloud.example/services/compute/",
            page(301, "moved"),
        );
        stage.says([moved]);
    }),
    row(
        "page of a proxy that asks for a login, status 200",
        List,
        1,
        |stage| {
            stage.says([page(200, "Please log in")]);
        },
    ),
    row(
        "page of a proxy that forbids it, status 403",
        List,
        3,
        |stage| {
            stage.says([page(403, "Blocked by policy")]);
        },
    ),
    row("page not found: the URL lacks its path", List, 3, |stage| {
        stage.says([page(404, "Not found")]);
    }),
    row(
        "answer that ends in the middle, well sent",
        List,
        1,
        |stage| {
            let mut good = stage.good();
            good.body.truncate(good.body.len() / 2);
            stage.says([good]);
        },
    ),
    row("answer of another action", List, 1, |stage| {
        stage.says([xml("<DescribeImagesResponse/>")]);
    }),
    row("entities that multiply", List, 1, |stage| {
        stage.says([xml(
            "<!DOCTYPE a [<!ENTITY b \"cccccccccc\"><!ENTITY d \"&b;&b;&b;\">]>\
                         <DescribeVolumesResponse>&d;</DescribeVolumesResponse>",
        )]);
    }),
    row("elements in elements, a thousand deep", List, 1, |stage| {
        stage.says([xml(&("<a>".repeat(1000) + &"</a>".repeat(1000)))]);
    }),
    row("a number that is none", List, 1, |stage| {
        stage.says([xml(
            "<DescribeVolumesResponse><volumeSet><item><volumeId>vol-1</volumeId>\
                         <size>much</size></item></volumeSet></DescribeVolumesResponse>",
        )]);
    }),
    row("elements that are not known", List, 0, |stage| {
        let mut good = stage.good();
        let future = "<requestId>r</requestId><future><of>EC2</of></future>";
        good.body = good
            .body
            .replacen("<volumeSet>", &format!("{future}<volumeSet>"), 1);
        assert!(good.body.contains("<future>"), "{}", good.body);
        stage.says([good]);
    }),
    row("pages that begin again", List, 1, |stage| {
        stage.says([xml(
            "<DescribeVolumesResponse><volumeSet/><nextToken>AAA</nextToken>\
                         </DescribeVolumesResponse>",
        )]);
    }),
];
