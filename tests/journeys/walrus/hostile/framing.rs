//! `aws-chunked` bodies that are not what they say.

use amikit::aws::sign::v4::HeaderSignature;
use amikit::aws::sign::{Payload, Streaming, sha256};

use super::Siege;

/// A PUT whose body is framed, with the length that its data is said to have.
fn put(
    siege: &Siege,
    kind: Streaming,
    said: &str,
    more: &[(&str, &str)],
) -> (String, HeaderSignature) {
    let mut headers = vec![
        ("content-encoding", "aws-chunked"),
        ("x-amz-decoded-content-length", said),
    ];
    headers.extend(more);
    let payload = Payload::Streaming(kind);
    let signed = siege.sign("PUT", "/b-1/k", &headers, &payload);
    (siege.head_of("PUT", "/b-1/k", &headers, &signed), signed)
}

fn whole(head: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("{head}connection: close\r\ncontent-length: {length}\r\n\r\n{body}").into_bytes()
}

#[test]
fn frames_that_lie_are_refused() {
    let siege = Siege::begin("frames", "");
    let crc = ("x-amz-trailer", "x-amz-checksum-crc32");
    let f16 = "f".repeat(16);
    let long = format!("{}\r\n", "0".repeat(300));
    let cases: &[(&str, &str, &str)] = &[
        (
            "5",
            "ffffffffffffffff\r\nhello\r\n0\r\n\r\n",
            "IncompleteBody",
        ),
        (
            "5",
            "fffffffffffffffff\r\nhello\r\n0\r\n\r\n",
            "InvalidRequest",
        ),
        ("5", "-5\r\nhello\r\n0\r\n\r\n", "InvalidRequest"),
        ("5", "+5\r\nhello\r\n0\r\n\r\n", "InvalidRequest"),
        ("5", "5;x=y\r\nhello\r\n0\r\n\r\n", "InvalidRequest"),
        ("5", "5\r\nhelloXX0\r\n\r\n", "InvalidRequest"),
        ("5", "5\r\nhello\r\n", "IncompleteBody"),
        ("5", "5\r\nhel", "IncompleteBody"),
        ("5", "0\r\n\r\n", "IncompleteBody"),
        ("4", "5\r\nhello\r\n0\r\n\r\n", "IncompleteBody"),
        ("6", "5\r\nhello\r\n0\r\n\r\n", "IncompleteBody"),
        ("5", "5\r\nhello\r\n0\r\n\r\nmore", "InvalidRequest"),
        (
            "5",
            "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n",
            "MalformedTrailerError",
        ),
        (
            "5",
            "5\r\nhello\r\n0\r\nx-amz-meta-a: b\r\n\r\n",
            "MalformedTrailerError",
        ),
        ("5", &long, "InvalidRequest"),
        ("-5", "5\r\nhello\r\n0\r\n\r\n", "InvalidArgument"),
        ("5 ", "", "IncompleteBody"),
        ("five", "", "InvalidArgument"),
        (
            "18446744073709551615",
            "5\r\nhello\r\n0\r\n\r\n",
            "EntityTooLarge",
        ),
        (
            "18446744073709551616",
            "5\r\nhello\r\n0\r\n\r\n",
            "InvalidArgument",
        ),
        ("5368709120", &f16, "IncompleteBody"),
    ];
    for (said, body, code) in cases {
        let (head, _) = put(&siege, Streaming::UnsignedTrailer, said, &[]);
        let answer = siege.talk(&whole(&head, body));
        assert_eq!(answer.code(), *code, "{said} {body:?}: {}", answer.text());
    }
    for (body, code) in [
        ("5\r\nhello\r\n0\r\n\r\n", "MalformedTrailerError"),
        (
            "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n",
            "BadDigest",
        ),
        (
            "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:x\r\n\r\n",
            "MalformedTrailerError",
        ),
    ] {
        let (head, _) = put(&siege, Streaming::UnsignedTrailer, "5", &[crc]);
        let answer = siege.talk(&whole(&head, body));
        assert_eq!(answer.code(), code, "{body:?}: {}", answer.text());
    }
    siege.has_not("k");
    siege.end();
}

#[test]
fn chunks_that_are_not_signed_rightly_are_refused() {
    let siege = Siege::begin("chunks", "");
    let framed = |chunks: &[(&str, String)]| -> String {
        let line = |(data, signature): &(&str, String)| {
            format!("{:x};chunk-signature={signature}\r\n{data}\r\n", data.len())
        };
        chunks.iter().map(line).collect()
    };
    let kind = Streaming::Signed;
    let zeros = "0".repeat(64);

    let (head, mut signed) = put(&siege, kind, "5", &[]);
    let first = signed.chunks.sign(sha256(b"hello"));
    let last = signed.chunks.sign(sha256(b""));
    let good = framed(&[("hello", first.clone()), ("", last.clone())]);
    siege.talk(&whole(&head, &good)).is(200, "");
    siege
        .talk(&siege.signed("DELETE", "/b-1/k", &[], b""))
        .is(204, "");

    for body in [
        framed(&[("jello", first.clone()), ("", last.clone())]),
        framed(&[("hello", zeros.clone()), ("", last.clone())]),
        framed(&[("hello", first.clone()), ("", zeros.clone())]),
        framed(&[("hello", first.clone()), ("", first.clone())]),
        framed(&[("hello", last), ("", first.clone())]),
    ] {
        siege
            .talk(&whole(&head, &body))
            .is(403, "SignatureDoesNotMatch");
    }
    let missing = framed(&[("hello", first.clone())]);
    siege
        .talk(&whole(&head, &missing))
        .is(400, "IncompleteBody");
    siege
        .talk(&whole(&head, "5\r\nhello\r\n0\r\n\r\n"))
        .is(400, "InvalidRequest");
    let short = framed(&[("hello", first[..63].to_owned())]);
    siege.talk(&whole(&head, &short)).is(400, "InvalidRequest");
    // A length that is changed on the way is one that was signed.
    let longer = head.replace("content-length: 5", "content-length: 6");
    siege
        .talk(&whole(&longer, &good))
        .is(403, "SignatureDoesNotMatch");
    siege.has_not("k");
    siege.end();
}
