//! Tests of calls.

mod json;
mod once;
mod query;
mod recovery;

use std::sync::atomic::{AtomicU32, Ordering};

use super::*;
use crate::aws::Credentials;
use crate::aws::http::HttpOptions;
use crate::aws::http::tests::scripted::{Scripted, Step, answer};
use crate::units::Timestamp;

/// Sat, 21 Nov 2026 06:21:51 GMT.
const NOW: i64 = 1_795_242_111;

pub(crate) fn credentials(key: &str) -> Credentials {
    Credentials {
        access_key_id: key.to_owned(),
        secret_access_key: "secret".to_owned().into(),
        session_token: None,
        expires: None,
    }
}

pub(crate) fn connection(url: &str) -> Connection {
    let interrupted: Arc<dyn Fn() -> bool + Send + Sync> = Arc::new(|| false);
    Connection {
        http: HttpClient::new(HttpOptions::default(), Arc::clone(&interrupted)).unwrap(),
        protocol: Protocol::S3,
        endpoint: Endpoint::parse(url, "us-east-1").unwrap(),
        credentials: Some(Arc::new(credentials("AKID"))),
        signature: SignatureVersion::V4,
        retry: RetryPolicy {
            attempts: 3,
            base: Duration::ZERO,
            longest: Duration::ZERO,
        },
        ambient: Ambient {
            now: || Timestamp(NOW),
            random: || u64::MAX,
            interrupted,
        },
    }
}

pub(super) fn put(body: &'static str) -> Call<'static> {
    Call {
        bucket: Some("images"),
        key: Some("key"),
        body: Body::Bytes(body.into()),
        ..Call::new("PutObject", "PUT")
    }
}

fn head() -> Call<'static> {
    Call {
        method: "HEAD",
        ..put("")
    }
}

pub(super) fn error(code: &str, more: &str) -> String {
    format!("<Error><Code>{code}</Code><Message>words</Message>{more}</Error>")
}

fn good() -> String {
    answer(200, &[], "")
}

/// Makes one call against these answers; returns its result and the server.
fn run(call: &Call<'_>, answers: &[String]) -> (Result<Answer, AwsError>, Scripted) {
    let server = Scripted::answering(answers.iter().map(String::as_str));
    let result = Service::new(connection(&server.url)).call_whole(call, 1000);
    (result, server)
}

#[test]
fn what_may_pass_is_tried_again_with_the_whole_body() {
    for first in [
        answer(500, &[], ""),
        answer(502, &[], "<html>bad gateway"),
        answer(503, &["retry-after: 0"], &error("SlowDown", "")),
        answer(429, &["retry-after: Sat, 21 Nov 2026 06:21:00 GMT"], ""),
        answer(400, &[], &error("RequestTimeout", "")),
        answer(400, &[], &error("BadDigest", "")),
        answer(400, &[], &error("InvalidDigest", "")),
        answer(400, &[], &error("IncompleteBody", "")),
        answer(400, &[], &error("XAmzContentSHA256Mismatch", "")),
        answer(400, &[], &error("XAmzContentChecksumMismatch", "")),
        answer(200, &[], &error("InternalError", "")),
        "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nabc".to_owned(),
        "nonsense".to_owned(),
        String::new(),
    ] {
        let (result, server) = run(&put("abc"), &[first.clone(), first.clone(), good()]);

        assert!(result.is_ok(), "{first}: {}", result.unwrap_err());
        let seen = server.seen();
        assert_eq!(seen.len(), 3);
        assert!(seen.iter().all(|seen| seen.body == b"abc"));
    }
}

#[test]
fn attempts_have_a_limit() {
    let bad = answer(503, &["x-amz-request-id: R1"], &error("SlowDown", ""));

    let (result, server) = run(&put("abc"), &[bad.clone(), bad.clone(), bad.clone(), bad]);

    let error = result.unwrap_err();
    let text = "PutObject of images/key: SlowDown (503): words (request R1)";
    assert_eq!(error.to_string(), text);
    assert_eq!(server.seen().len(), 3);
}

#[test]
fn a_connection_that_always_breaks_is_told() {
    let (result, server) = run(&put("abc"), &["", "", ""].map(str::to_owned));

    assert_eq!(server.seen().len(), 3);
    let error = result.unwrap_err();
    assert!(
        matches!(error, AwsError::Transport { attempts: 3, .. }),
        "{error}"
    );
}

#[test]
fn a_refusal_is_final() {
    for (status, code) in [
        (403, "AccessDenied"),
        (404, "NoSuchKey"),
        (400, "InvalidArgument"),
        (501, "NotImplemented"),
    ] {
        let (result, server) = run(&put("abc"), &[answer(status, &[], &error(code, ""))]);

        assert!(result.unwrap_err().is_code(code));
        assert_eq!(server.seen().len(), 1);
    }
}

#[test]
fn an_early_refusal_of_a_long_body_is_final() {
    let refusal = answer(403, &[], &error("AccessDenied", ""));
    let server = Scripted::new([vec![
        Step::ReadHead,
        Step::Send(refusal.into()),
        Step::Drain,
    ]]);
    let call = Call {
        body: Body::Bytes(vec![0; 32 << 20].into()),
        sha256: Some([0; 32]),
        ..put("")
    };

    let result = Service::new(connection(&server.url)).call(&call);

    assert!(result.unwrap_err().is_code("AccessDenied"));
}

#[test]
fn pages_of_proxies_are_shown_in_a_line() {
    let page = "<html>\r\n<h1>Access\u{7}\x1b[31m denied</h1> by <b>policy</b></html>";

    let (result, _server) = run(&put("abc"), &[answer(403, &[], page)]);

    let error = result.unwrap_err();
    let error = error.service().unwrap();
    assert_eq!(error.code, "AccessDenied");
    assert_eq!(error.message, "Access [31m denied by policy");
}

#[test]
fn the_right_region_is_asked_and_remembered() {
    let wrong = error("AuthorizationHeaderMalformed", "<Region>eu-west-1</Region>");
    let server = Scripted::answering([answer(400, &[], &wrong), good(), good()]);
    let service = Service::new(connection(&server.url));

    service.call(&put("abc")).unwrap();
    service.clone().call(&put("abc")).unwrap();

    let scopes: Vec<bool> = server
        .seen()
        .iter()
        .map(|seen| {
            seen.header("authorization")
                .unwrap()
                .contains("/eu-west-1/s3/")
        })
        .collect();
    assert_eq!(scopes, [false, true, true]);
    assert_eq!(service.endpoint_of(Some("images")).region, "eu-west-1");
    assert_eq!(service.endpoint_of(None).region, "us-east-1");
}

#[test]
fn a_head_that_is_told_the_region_only_by_header_goes_there() {
    let wrong =
        answer(400, &["x-amz-bucket-region: eu-west-1"], "").replace("length: 0", "length: 9");
    let (result, server) = run(&head(), &[wrong, good()]);

    result.unwrap();
    let seen = server.seen();
    assert!(
        seen[1]
            .header("authorization")
            .unwrap()
            .contains("/eu-west-1/")
    );
}

#[test]
fn a_service_that_sends_in_circles_is_left() {
    let to = |region: &str| {
        let region = format!("<Region>{region}</Region>");
        answer(301, &[], &error("PermanentRedirect", &region))
    };
    let (result, server) = run(&put("abc"), &[to("a"), to("b"), to("a"), good()]);

    assert!(result.unwrap_err().is_code("PermanentRedirect"));
    assert_eq!(server.seen().len(), 3);
}

#[test]
fn another_place_of_the_same_host_is_followed_with_the_whole_body() {
    let there = Scripted::answering([good()]);
    let location = format!("location: {}/services/Walrus/images/key?sig=1", there.url);
    let (result, _here) = run(&put("abc"), &[answer(307, &[&location], "")]);

    result.unwrap();
    let seen = &there.seen()[0];
    assert_eq!(seen.line, "PUT /services/Walrus/images/key HTTP/1.1");
    assert_eq!(seen.body, b"abc");
}

#[test]
fn credentials_are_not_sent_to_strangers() {
    for location in [
        "http://evil.example/images/key",
        "http://127.0.0.2/images/key",
        "http://user@127.0.0.1/images/key",
        "//evil.example/images/key",
        "/elsewhere",
    ] {
        let header = format!("location: {location}");
        let (result, server) = run(&put("abc"), &[answer(307, &[&header], "")]);

        assert!(result.unwrap_err().is_status(307), "{location}");
        assert_eq!(server.seen().len(), 1);
    }
    let stranger = error("PermanentRedirect", "<Endpoint>evil.example</Endpoint>");
    let (result, _server) = run(&put("abc"), &[answer(301, &[], &stranger)]);
    assert!(result.unwrap_err().is_status(301));
}

#[test]
fn a_wrong_clock_is_corrected_once_and_remembered() {
    let time = "<ServerTime>2026-11-21T08:21:51Z</ServerTime>";
    let skewed = answer(403, &[], &error("RequestTimeTooSkewed", time));
    let server = Scripted::answering([skewed.clone(), good(), skewed.clone(), skewed]);
    let service = Service::new(connection(&server.url));

    service.call(&put("abc")).unwrap();
    let error = service.call(&put("abc")).unwrap_err();

    assert_eq!(error.service().unwrap().clock_offset, Some(7200));
    let dates = server.seen();
    let dates: Vec<_> = dates
        .iter()
        .map(|seen| seen.header("x-amz-date").unwrap())
        .collect();
    assert_eq!(dates[0], "20261121T062151Z");
    assert_eq!(dates[1..], ["20261121T082151Z"; 3]);
}

#[test]
fn a_head_that_is_denied_for_its_time_is_understood_by_the_date() {
    let denied = answer(403, &["date: Sat, 21 Nov 2026 08:21:51 GMT"], "");
    let (result, server) = run(&head(), &[denied, good()]);

    result.unwrap();
    assert_eq!(
        server.seen()[1].header("x-amz-date"),
        Some("20261121T082151Z")
    );
}

#[test]
fn without_credentials_nothing_is_signed() {
    let server = Scripted::answering([good()]);
    let mut connection = connection(&server.url);
    connection.credentials = None;

    Service::new(connection).call(&put("abc")).unwrap();

    assert_eq!(server.seen()[0].header("authorization"), None);
}

#[test]
fn waiting_ends_when_the_user_stops_it() {
    let asked = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&asked);
    let server = Scripted::answering([answer(503, &["retry-after: 3600"], "")]);
    let mut connection = connection(&server.url);
    connection.ambient.interrupted = Arc::new(move || counted.fetch_add(1, Ordering::Relaxed) > 0);

    let error = Service::new(connection).call(&put("abc")).unwrap_err();

    assert!(matches!(error, AwsError::Interrupted), "{error}");
}

#[test]
fn names_that_would_lead_elsewhere_are_refused() {
    for (bucket, key) in [
        ("", "k"),
        ("a/b", "k"),
        ("..", "k"),
        ("b", ""),
        ("b", "x/../y"),
        ("b", "."),
    ] {
        let call = Call {
            bucket: Some(bucket),
            key: Some(key),
            ..put("")
        };
        let service = Service::new(connection("http://127.0.0.1:9"));

        let error = service.call(&call).unwrap_err();

        assert!(
            matches!(error, AwsError::Request { .. }),
            "{bucket}/{key}: {error}"
        );
    }
}

#[test]
fn errors_of_any_bytes_are_read() {
    use proptest::prelude::*;
    let server = Scripted::answering([answer(418, &[], "")]);
    let response = connection(&server.url)
        .http
        .send(&crate::aws::http::HttpRequest {
            method: "GET",
            url: server.url.clone(),
            headers: Vec::new(),
            body: Body::Empty,
            patient: false,
            fresh: false,
        });
    let response = response.unwrap();
    proptest!(|(body in proptest::collection::vec(any::<u8>(), 0..300))| {
        let error = refusal::of(&put(""), "host", &response, &body).error;
        prop_assert!(!error.message.chars().any(char::is_control));
        prop_assert!(error.message.chars().count() <= 1000);
    });
}
