use bytes::Bytes;

use super::*;
use crate::aws::http::tests::scripted::{Scripted, answer};
use crate::aws::service::Protocol;
use crate::aws::service::tests::connection;

const ID: &str = "snap-0123456789abcdef0";

/// A client, and a server that gives these answers.
fn ebs(answers: &[String]) -> (Ebs, Scripted) {
    let server = Scripted::answering(answers.iter().map(String::as_str));
    let mut connection = connection(&server.url);
    connection.protocol = Protocol::Json { name: "ebs" };
    (Ebs::new(connection), server)
}

fn json(status: u16, body: &str) -> String {
    answer(status, &["content-type: application/json"], body)
}

fn checksum_of(bytes: &[u8]) -> String {
    format!("x-amz-Checksum: {}", Sha256Digest::of(bytes))
}

fn text(block: u8) -> String {
    String::from_utf8(vec![block; BLOCK]).unwrap()
}

#[test]
fn a_start_sends_what_was_given_and_nothing_else() {
    let body = format!("{{\"SnapshotId\":\"{ID}\",\"Status\":\"pending\",\"BlockSize\":524288}}");
    let (ebs, server) = ebs(&[json(201, &body)]);
    let new = NewSnapshot {
        volume_size: 8,
        client_token: "token".to_owned(),
        ..NewSnapshot::default()
    };

    let started = ebs.start_snapshot(&new).unwrap();

    assert_eq!(started.id, ID);
    assert!(started.is_pending && !started.is_encrypted);
    let seen = &server.seen()[0];
    assert_eq!(seen.line, "POST /snapshots HTTP/1.1");
    assert_eq!(seen.body, br#"{"VolumeSize":8,"ClientToken":"token"}"#);
    let signed = seen.header("authorization").unwrap();
    assert!(signed.contains("/us-east-1/ebs/aws4_request"), "{signed}");
}

#[test]
fn encryption_is_told_by_the_key_or_the_type() {
    for (more, encrypted) in [
        (r#""KmsKeyArn":"arn:aws:kms:x:1:key/k""#, true),
        (r#""SseType":"sse-kms""#, true),
        (r#""SseType":"sse-ebs""#, true),
        (r#""SseType":"none""#, false),
        (r#""KmsKeyArn":null,"SseType":null"#, false),
    ] {
        let body = format!("{{\"SnapshotId\":\"{ID}\",{more}}}");
        let (ebs, _server) = ebs(&[json(201, &body)]);

        let started = ebs.start_snapshot(&NewSnapshot::default()).unwrap();

        assert_eq!(started.is_encrypted, encrypted, "{more}");
    }
}

#[test]
fn starts_that_make_no_sense_are_refused() {
    for (body, words) in [
        ("{}", "the id of a snapshot"),
        (r#"{"SnapshotId":"snap-a/b"}"#, "the id of a snapshot"),
        (
            r#"{"SnapshotId":"snap-1","BlockSize":4096}"#,
            "blocks of 4096 bytes",
        ),
        (r#"{"SnapshotId":5}"#, "a document in JSON"),
        ("[]", "a document in JSON"),
        ("<html>", "a document in JSON"),
    ] {
        let (ebs, _server) = ebs(&[json(201, body)]);

        let error = ebs.start_snapshot(&NewSnapshot::default()).unwrap_err();

        assert!(error.to_string().contains(words), "{body}: {error}");
    }
}

#[test]
fn a_block_goes_with_its_length_and_checksum() {
    let block = Bytes::from(vec![7; BLOCK]);
    let digest = Sha256Digest::of(&block);
    let (ebs, server) = ebs(&[answer(201, &[&checksum_of(&block)], "{}")]);

    let put = ebs.put_block(ID, 5, &block, digest, 42).unwrap();

    assert!(!put.throttled);
    let seen = &server.seen()[0];
    assert_eq!(seen.line, format!("PUT /snapshots/{ID}/blocks/5 HTTP/1.1"));
    assert_eq!(seen.body, block);
    let checksum = digest.to_string();
    for (name, value) in [
        ("x-amz-data-length", "524288"),
        ("x-amz-progress", "42"),
        ("x-amz-checksum", checksum.as_str()),
        ("x-amz-checksum-algorithm", "SHA256"),
    ] {
        assert_eq!(seen.header(name), Some(value), "{name}");
    }
}

#[test]
fn throttling_is_told_though_the_block_arrived() {
    let block = Bytes::from_static(b"short");
    let good = answer(201, &[&checksum_of(&block)], "{}");
    let throttled = answer(
        400,
        &["x-amzn-errortype: RequestThrottledException"],
        r#"{"Message":"slow down","Reason":"ACCOUNT_THROTTLED"}"#,
    );
    for (first, expected) in [
        (throttled, true),
        (json(503, ""), true),
        (json(500, ""), false),
    ] {
        let (ebs, _server) = ebs(&[first, good.clone()]);

        let put = ebs.put_block(ID, 0, &block, Sha256Digest::of(&block), 0);

        assert_eq!(put.unwrap().throttled, expected);
    }
}

#[test]
fn an_answer_with_another_checksum_is_asked_for_once_more() {
    let block = Bytes::from_static(b"block");
    let digest = Sha256Digest::of(&block);
    let (good, bad) = (
        answer(201, &[&checksum_of(&block)], "{}"),
        answer(201, &[&checksum_of(b"other")], "{}"),
    );

    let (once, _server) = ebs(&[bad.clone(), good]);
    assert!(once.put_block(ID, 0, &block, digest, 0).is_ok());

    let (twice, server) = ebs(&[bad.clone(), bad]);
    let error = twice.put_block(ID, 0, &block, digest, 0).unwrap_err();
    assert!(matches!(error, AwsError::Corrupted { .. }), "{error}");
    assert_eq!(server.seen().len(), 2);
}

#[test]
fn an_answer_without_a_checksum_is_not_believed() {
    let block = Bytes::from_static(b"block");
    for header in [
        "x-amz-Checksum: ?",
        "x-other: 1",
        "x-amz-Checksum: ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFQ==",
    ] {
        let (ebs, _server) = ebs(&[answer(201, &[header], "{}")]);

        let error = ebs
            .put_block(ID, 0, &block, Sha256Digest::of(&block), 0)
            .unwrap_err();

        assert!(
            error.to_string().contains("a SHA-256 of the block"),
            "{error}"
        );
    }
}

#[test]
fn a_block_comes_with_its_token_and_is_compared() {
    let entry = BlockEntry {
        index: 3,
        token: "a+b/c=".to_owned(),
    };
    let (ebs, server) = ebs(&[
        answer(200, &[&checksum_of(text(b'x').as_bytes())], &text(b'y')),
        answer(200, &[&checksum_of(text(b'x').as_bytes())], &text(b'x')),
    ]);

    let got = ebs.get_block(ID, &entry).unwrap().value;

    assert_eq!(got.0, text(b'x').into_bytes());
    assert_eq!(got.1, Sha256Digest::of(&got.0));
    let line = format!("GET /snapshots/{ID}/blocks/3?blockToken=a%2Bb%2Fc%3D HTTP/1.1");
    assert_eq!(server.seen()[1].line, line);
}

#[test]
fn a_block_of_another_size_is_refused() {
    let long = format!("{}z", text(b'x'));
    for (body, words) in [
        ("short", "5 bytes"),
        (long.as_str(), "more than 524288 bytes"),
    ] {
        let (ebs, _server) = ebs(&[answer(200, &[&checksum_of(body.as_bytes())], body)]);
        let entry = BlockEntry {
            index: 0,
            token: String::new(),
        };

        let error = ebs.get_block(ID, &entry).unwrap_err();

        assert!(error.to_string().contains(words), "{error}");
    }
}

#[test]
fn a_completion_has_count_and_checksum() {
    let (ebs, server) = ebs(&[json(202, r#"{"Status":"pending"}"#)]);
    let written = Written {
        blocks: 12,
        checksum: Sha256Digest::of(b"all"),
    };

    ebs.complete_snapshot(ID, &written).unwrap();

    let seen = &server.seen()[0];
    assert_eq!(
        seen.line,
        format!("POST /snapshots/completion/{ID} HTTP/1.1")
    );
    assert_eq!(seen.header("x-amz-changedblockscount"), Some("12"));
    let checksum = written.checksum.to_string();
    assert_eq!(seen.header("x-amz-checksum"), Some(checksum.as_str()));
    assert_eq!(
        seen.header("x-amz-checksum-aggregation-method"),
        Some("LINEAR")
    );
}

#[test]
fn a_page_token_that_no_url_could_carry_is_refused() {
    let long = "t".repeat(5000);
    let body = format!(r#"{{"Blocks":[],"VolumeSize":1,"NextToken":"{long}"}}"#);
    let (bad, _server) = ebs(&[json(200, &body)]);

    let error = bad
        .list_snapshot_blocks(ID, PageStart::Block(0))
        .unwrap_err();

    let text = error.to_string();
    assert!(text.contains("a page token of 5000 bytes"), "{text}");
}

#[test]
fn pages_are_sorted_and_bounded() {
    let page = r#"{"Blocks":[{"BlockIndex":9,"BlockToken":"t9"},{"BlockIndex":"2","BlockToken":"t2"}],
        "VolumeSize":1,"BlockSize":512,"NextToken":"next","ExpiryTime":1.5}"#;
    let (good, server) = ebs(&[json(200, page)]);

    let found = good
        .list_snapshot_blocks(ID, PageStart::Token("a="))
        .unwrap();

    let indices: Vec<_> = found.blocks.iter().map(|block| block.index).collect();
    assert_eq!((indices, found.volume_size), (vec![2, 9], 1));
    assert_eq!(found.next.as_deref(), Some("next"));
    let line = format!("GET /snapshots/{ID}/blocks?maxResults=10000&pageToken=a%3D HTTP/1.1");
    assert_eq!(server.seen()[0].line, line);
    for (body, words) in [
        (
            r#"{"Blocks":[{"BlockIndex":2048,"BlockToken":"t"}],"VolumeSize":1}"#,
            "block 2048",
        ),
        (
            r#"{"Blocks":[{"BlockIndex":-1,"BlockToken":"t"}],"VolumeSize":1}"#,
            "JSON",
        ),
        (r#"{"Blocks":[],"VolumeSize":0}"#, "volume size"),
        (r#"{"Blocks":[]}"#, "volume size"),
        (r#"{"Blocks":[],"VolumeSize":99999999999}"#, "volume size"),
        (
            r#"{"Blocks":[{"BlockIndex":1,"BlockToken":"a"},{"BlockIndex":1,"BlockToken":"b"}],
                "VolumeSize":1}"#,
            "block 1 twice",
        ),
    ] {
        let (bad, _server) = ebs(&[json(200, body)]);
        let error = bad
            .list_snapshot_blocks(ID, PageStart::Block(0))
            .unwrap_err();
        assert!(error.to_string().contains(words), "{body}: {error}");
    }
}

#[test]
fn changed_blocks_may_be_in_one_snapshot_only() {
    let page = r#"{"ChangedBlocks":[{"BlockIndex":1,"FirstBlockToken":"f"},
        {"BlockIndex":2,"FirstBlockToken":"f","SecondBlockToken":"s"}],"VolumeSize":1}"#;
    let (ebs, server) = ebs(&[json(200, page)]);

    let found = ebs
        .list_changed_blocks("snap-1", ID, PageStart::Block(7))
        .unwrap();

    let second = |index: usize| found.blocks[index].second_token.as_deref();
    assert_eq!(
        (second(0), second(1), &found.next),
        (None, Some("s"), &None)
    );
    let line = format!(
        "GET /snapshots/{ID}/changedblocks?maxResults=10000&startingBlockIndex=7\
         &firstSnapshotId=snap-1 HTTP/1.1"
    );
    assert_eq!(server.seen()[0].line, line);
}

#[test]
fn what_is_no_id_never_becomes_a_url() {
    let (ebs, server) = ebs(&[]);
    for id in [
        "",
        "snap-",
        "vol-1",
        "snap-1/../x",
        "snap-1?x",
        "snap-é",
        "SNAP-1",
    ] {
        let error = ebs
            .list_snapshot_blocks(id, PageStart::Block(0))
            .unwrap_err();
        assert!(matches!(error, AwsError::Request { .. }), "{id}: {error}");
        assert!(
            ebs.list_changed_blocks(id, ID, PageStart::Block(0))
                .is_err()
        );
    }
    assert_eq!(server.seen().len(), 0);
}
