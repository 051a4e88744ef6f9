//! Bodies that are longer, shorter or framed otherwise than their head says.

use amikit::aws::sign::{Payload, sha256};

use super::{Siege, owned};

/// A PUT whose length and what follows is the test's.
fn put(siege: &Siege, rest: &str) -> Vec<u8> {
    let payload = Payload::Sha256(sha256(b"hello"));
    let head = siege.head("PUT", "/b-1/k", &[], &payload);
    format!("{head}{rest}").into_bytes()
}

#[test]
fn lengths_that_lie_store_nothing() {
    let siege = Siege::begin("lengths", "[limits]\nbody-timeout = \"2s\"\n");
    let close = "connection: close\r\n";
    let say = |rest: &str| siege.talk(&put(&siege, &format!("{close}{rest}")));

    // More is said than comes: the sender ends, or waits.
    let short = put(&siege, &format!("{close}content-length: 50\r\n\r\nhello"));
    let said = siege.talk_and_end(&short);
    assert!(
        matches!(said.code().as_str(), "IncompleteBody" | ""),
        "{}",
        said.text()
    );
    siege.talk(&short).is(400, "RequestTimeout");
    // Less is said: what follows is not the body's.
    say("content-length: 4\r\n\r\nhello").is(400, "XAmzContentSHA256Mismatch");
    for length in ["-1", "+5", "5,6", "0x5", "five", "18446744073709551616", ""] {
        let said = say(&format!("content-length: {length}\r\n\r\nhello"));
        assert_eq!(said.statuses(), [400], "{length}: {}", said.text());
    }
    say("content-length: 18446744073709551613\r\n\r\nhello").is(400, "EntityTooLarge");
    say("content-length: 18446744073709551614\r\n\r\nhello").is(431, ""); // hyper counts to there
    say("content-length: 5368709121\r\n\r\n").is(400, "EntityTooLarge");
    say("content-length: 5\r\ncontent-length: 6\r\n\r\nhello").is(400, "");
    say("\r\n").is(411, "MissingContentLength");
    siege.has_not("k");

    say("transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n").is(200, "");
    siege
        .talk(&siege.signed("DELETE", "/b-1/k", &[], b""))
        .is(204, "");
    for coding in [
        "gzip",
        "gzip, chunked",
        "chunked, gzip",
        "identity",
        "chunked, chunked",
        "xchunked",
    ] {
        let said = say(&format!(
            "transfer-encoding: {coding}\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
        ));
        assert!(
            said.statuses().iter().all(|status| *status >= 400),
            "{coding}: {}",
            said.text()
        );
    }
    for chunk in [
        "ffffffffffffffff\r\nhello",
        "fffffffffffffffff\r\n",
        "-5\r\nhello\r\n",
        "x\r\n",
    ] {
        let said = siege.talk_and_end(&put(
            &siege,
            &format!("transfer-encoding: chunked\r\n\r\n{chunk}"),
        ));
        assert!(
            said.statuses().iter().all(|status| *status >= 400),
            "{chunk}: {}",
            said.text()
        );
    }
    siege.has_not("k");
    siege.end();
}

/// Whatever two programs may read differently: no second request is found in a body.
#[test]
fn no_request_is_smuggled() {
    let siege = Siege::begin("smuggled", "[limits]\nbody-timeout = \"2s\"\n");
    siege
        .talk(&siege.signed("PUT", "/b-1/victim", &[], b"x"))
        .is(200, "");
    let hidden = siege.signed("DELETE", "/b-1/victim", &[], b"");
    let hidden = String::from_utf8(hidden).expect("text");
    for lengths in [
        "content-length: 5\r\ntransfer-encoding: chunked",
        "transfer-encoding: chunked\r\ncontent-length: 5",
        "transfer-encoding : chunked",
        "transfer-encoding: chunked\r\ntransfer-encoding: identity",
        "transfer-encoding:\u{b}chunked",
        "transfer-encoding\t: chunked",
        " transfer-encoding: chunked",
        "content-length: 5\r\ncontent-length: 0",
        "content-length: 5\r\n content-length: 0",
        "content-length : 5",
        "x: y\rcontent-length: 5",
        "x: y\ncontent-length: 0\n\n",
    ] {
        let rest = format!("{lengths}\r\n\r\n0\r\n\r\n{hidden}");
        let said = siege.talk(&put(&siege, &rest));
        assert_eq!(
            said.text().matches("204 No Content").count(),
            0,
            "{lengths}: {}",
            said.text()
        );
    }
    siege
        .talk(&siege.signed("GET", "/b-1/victim", &[], b""))
        .is(200, "");
    siege.end();
}

#[test]
fn requests_in_a_row_are_answered_in_a_row() {
    let siege = Siege::begin("row", "");
    let mut bytes = Vec::new();
    for _ in 0..50 {
        let put = siege.signed("PUT", "/b-1/k", &[], b"hello");
        let put = String::from_utf8(put).expect("text");
        bytes.extend(put.replace("connection: close\r\n", "").into_bytes());
    }
    bytes.extend(siege.signed("GET", "/b-1/k", &[], b""));

    let said = siege.talk_and_end(&bytes);

    assert_eq!(said.statuses(), [200; 51]);
    assert!(said.text().ends_with("hello"));
    siege.end();
}

#[test]
fn quotas_are_kept_by_forms_too_and_forms_without_end_are_cut() {
    let config = "[accounts]\nbytes-per-bucket = \"1 MiB\"\n[limits]\nbody-timeout = \"2s\"\nput-bytes = \"2 MiB\"\n";
    let siege = Siege::begin("forms", config);
    let acl = [("x-amz-acl", "public-read-write")];
    siege
        .talk(&siege.signed("PUT", "/b-1?acl", &acl, b""))
        .is(200, "");
    let head = |length: &str| {
        let host = siege.host();
        format!(
            "POST /b-1 HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n{length}\r\n\
             content-type: multipart/form-data; boundary=x\r\n\r\n\
             --x\r\ncontent-disposition: form-data; name=\"key\"\r\n\r\nk\r\n"
        )
    };
    let file = "--x\r\ncontent-disposition: form-data; name=\"file\"\r\n\r\n";
    let chunked = "transfer-encoding: chunked";
    let sized = |rest: &str| {
        let (_, begun) = head("x: y")
            .split_once("\r\n\r\n")
            .map(owned)
            .expect("an end");
        let length = begun.len() + rest.len();
        format!("{}{rest}", head(&format!("content-length: {length}"))).into_bytes()
    };
    let large = format!("{file}{}\r\n--x--\r\n", "x".repeat((1 << 20) + 1));
    siege.talk(&sized(&large)).is(400, "EntityTooLarge");
    let larger = format!("{file}{}", "x".repeat(3 << 20));
    let said = siege.talk(&sized(&larger));
    assert!(
        matches!(said.code().as_str(), "EntityTooLarge" | ""),
        "{}",
        said.text()
    );
    siege
        .talk(&sized(&format!("{file}never ends")))
        .is(400, "MalformedPOSTRequest");
    let waits = format!(
        "{}ffff\r\n{file}",
        head(chunked).replace("--x", "5000\r\n--x")
    );
    siege.talk(waits.as_bytes()).is(400, "RequestTimeout");
    let fields = "--x\r\ncontent-disposition: form-data; name=\"f\"\r\n\r\n\r\n".repeat(400);
    let said = siege.talk(&sized(&fields));
    assert_eq!(said.statuses(), [400], "{}", said.text());
    let after = format!("{file}x\r\n--x\r\n{}", "y".repeat(1 << 20));
    let said = siege.talk(&sized(&after));
    assert!(
        matches!(said.code().as_str(), "MalformedPOSTRequest" | ""),
        "{}",
        said.text()
    );
    siege.has_not("k");
    siege.end();
}
