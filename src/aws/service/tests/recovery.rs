//! What is put right between two attempts.

use std::io::Write as _;

use super::*;
use crate::aws::credentials::Renewing;

/// Longer than what leaves before an answer can come.
fn long(body: Body) -> Call<'static> {
    Call {
        body,
        sha256: Some([0; 32]),
        ..put("")
    }
}

fn zeros() -> Body {
    Body::Bytes(vec![0; 8 << 20].into())
}

fn file(bytes: &[u8]) -> Body {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    Body::File {
        file: Arc::new(file),
        offset: 0,
        len: bytes.len() as u64,
    }
}

fn denied() -> Step {
    Step::Send(answer(403, &[], &error("AccessDenied", "")).into())
}

#[test]
fn a_refusal_is_heard_although_the_server_closes_under_the_body() {
    for _ in 0..100 {
        let early = || vec![Step::ReadHead, denied()];
        let server = Scripted::new([early(), early()]);

        let result = Service::new(connection(&server.url)).call(&long(zeros()));

        let error = result.unwrap_err();
        assert!(error.is_code("AccessDenied"), "{error}");
        assert!(server.seen().len() <= 2);
    }
}

#[test]
fn after_a_broken_connection_a_long_body_waits_for_the_servers_opinion() {
    let server = Scripted::new([vec![Step::ReadHead], vec![Step::ReadHead, denied()]]);

    let result = Service::new(connection(&server.url)).call(&long(zeros()));

    assert!(result.unwrap_err().is_code("AccessDenied"));
    let expected = server.seen();
    let expected: Vec<_> = expected.iter().map(|seen| seen.header("expect")).collect();
    assert_eq!(expected, [None, Some("100-continue")]);
}

#[test]
fn a_server_that_does_not_know_what_is_expected_gets_the_body_at_once() {
    let unknown = Step::Send(answer(417, &[], "").into());
    let server = Scripted::new([
        vec![Step::ReadHead],
        vec![Step::ReadHead, unknown],
        vec![Step::Read, Step::Send(good().into())],
    ]);

    Service::new(connection(&server.url))
        .call(&long(zeros()))
        .unwrap();

    let last = &server.seen()[2];
    assert_eq!((last.header("expect"), last.body.len()), (None, 8 << 20));
}

#[test]
fn a_redirect_to_another_region_gets_the_file_from_its_start() {
    let bytes = vec![7; 300_000];
    let region = "x-amz-bucket-region: eu-west-1";
    let there = Scripted::answering([good()]);
    let location = format!("location: {}/images/key", there.url);
    let here = Scripted::answering([answer(307, &[region, &location], "")]);

    let call = Call {
        body: file(&bytes),
        ..put("")
    };
    Service::new(connection(&here.url)).call(&call).unwrap();

    let seen = &there.seen()[0];
    assert_eq!(seen.body, bytes);
    let scope = seen.header("authorization").unwrap();
    assert!(scope.contains("/eu-west-1/s3/"), "{scope}");
}

#[test]
fn a_clock_that_goes_wrong_between_two_parts_costs_no_part() {
    let time = "<ServerTime>2026-11-21T08:21:51Z</ServerTime>";
    let skewed = answer(403, &[], &error("RequestTimeTooSkewed", time));
    let server = Scripted::answering([good(), skewed, good(), good()]);
    let service = Service::new(connection(&server.url));

    for part in 1..=3_u8 {
        let call = Call {
            body: file(&vec![part; 70_000]),
            ..put("")
        };
        service.call(&call).unwrap();
    }

    let parts: Vec<u8> = server.seen().iter().map(|seen| seen.body[69_999]).collect();
    assert_eq!(parts, [1, 2, 2, 3]);
}

/// Credentials with a token that are others each time they are fetched, and last long.
fn role() -> (Arc<AtomicU32>, Arc<dyn CredentialsProvider>) {
    let fetched = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&fetched);
    let provider = Renewing::new(move |_| {
        let number = count.fetch_add(1, Ordering::Relaxed);
        Ok(Credentials {
            session_token: Some("token".to_owned().into()),
            expires: Some(Timestamp(NOW + 3600)),
            ..credentials(&format!("AKID{number}"))
        })
    });
    (fetched, Arc::new(provider))
}

#[test]
fn credentials_that_a_service_calls_expired_are_fetched_again_once_a_call() {
    let expired = answer(400, &[], &error("ExpiredToken", ""));
    let server = Scripted::answering([expired.clone(), good(), expired.clone(), expired]);
    let (fetched, provider) = role();
    let mut connection = connection(&server.url);
    connection.credentials = Some(provider);
    let service = Service::new(connection);

    service.call(&put("abc")).unwrap();
    let error = service.call(&put("abc")).unwrap_err();

    assert!(error.is_code("ExpiredToken"));
    assert_eq!(fetched.load(Ordering::Relaxed), 3);
    let ids = server.seen();
    let ids: Vec<&str> = ids
        .iter()
        .map(|seen| seen.header("authorization").unwrap())
        .map(|text| text.split(['=', '/']).nth(1).unwrap())
        .collect();
    assert_eq!(ids, ["AKID0", "AKID1", "AKID1", "AKID2"]);
}

#[test]
fn credentials_that_do_not_change_are_not_tried_twice() {
    let expired = answer(400, &[], &error("ExpiredToken", ""));
    let (result, server) = run(&put("abc"), &[expired]);

    assert!(result.unwrap_err().is_code("ExpiredToken"));
    assert_eq!(server.seen().len(), 1);
}

#[test]
fn a_head_that_is_refused_without_a_code_may_have_an_expired_token() {
    let bad = answer(400, &["x-amz-bucket-region: us-east-1"], "");
    let server = Scripted::answering([bad, good()]);
    let (fetched, provider) = role();
    let mut connection = connection(&server.url);
    connection.credentials = Some(provider);

    Service::new(connection).call(&head()).unwrap();

    assert_eq!(fetched.load(Ordering::Relaxed), 2);
}
