//! Calls of query APIs: what is sent, how it is signed, what is told of a refusal.

use super::*;
use crate::aws::http::tests::scripted::Seen;
use crate::aws::sign::v2::{QueryMethod, query_signature};
use crate::aws::sign::{Payload, SignableRequest, sha256, v4};

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

pub(super) fn run_instances() -> Call<'static> {
    Call {
        form: vec![
            pair("Action", "RunInstances"),
            pair("Version", "2016-11-15"),
            pair("UserData", "c2VjcmV0IHVzZXIgZGF0YQ=="),
        ],
        secrets: [&"c2VjcmV0IHVzZXIgZGF0YQ==".to_owned()]
            .into_iter()
            .collect(),
        repeatable: false,
        ..Call::new("RunInstances", "POST")
    }
}

pub(super) fn describe() -> Call<'static> {
    Call {
        form: vec![pair("Action", "DescribeImages"), pair("Version", "x")],
        ..Call::new("DescribeImages", "POST")
    }
}

/// A connection to EC2.
pub(super) fn ec2(url: &str) -> Connection {
    Connection {
        protocol: Protocol::Query { name: "ec2" },
        ..connection(&format!("{url}/services/compute"))
    }
}

pub(super) fn refusal(code: &str) -> String {
    format!(
        "<Response><Errors><Error><Code>{code}</Code><Message>words</Message></Error></Errors>\
         <RequestID>R-1</RequestID></Response>"
    )
}

pub(super) fn call(
    call: &Call<'_>,
    answers: &[String],
    change: impl FnOnce(&mut Connection),
) -> (Result<Answer, AwsError>, Scripted) {
    let server = Scripted::answering(answers.iter().map(String::as_str));
    let mut connection = ec2(&server.url);
    change(&mut connection);
    (Service::new(connection).call_whole(call, 10_000), server)
}

/// The form that arrived, decoded as far as the tests need it.
fn form(seen: &Seen) -> Vec<(String, String)> {
    let text = String::from_utf8(seen.body.clone()).unwrap();
    let decoded = |text: &str| {
        let text = text.replace("%3D", "=").replace("%2F", "/");
        text.replace("%3A", ":")
            .replace("%2B", "+")
            .replace("%20", " ")
    };
    let pairs = text.split('&').map(|pair| pair.split_once('=').unwrap());
    pairs
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect()
}

#[test]
fn version_4_signs_the_form_as_amazons_signer_is_known_to() {
    let (result, server) = call(&describe(), &[good()], |_| {});

    result.unwrap();
    let seen = &server.seen()[0];
    assert_eq!(seen.line, "POST /services/compute/ HTTP/1.1");
    assert_eq!(seen.body, b"Action=DescribeImages&Version=x");
    let kind = "application/x-www-form-urlencoded; charset=utf-8";
    assert_eq!(seen.header("content-type"), Some(kind));
    // `v4::sign` is held against Amazon's own signer in `sign::tests::oracle`.
    let headers = [pair("content-type", kind)];
    let request = SignableRequest {
        method: "POST",
        host: seen.header("host").unwrap(),
        path: "/services/compute/",
        service_path: "",
        virtual_bucket: None,
        query: &[],
        headers: &headers,
    };
    let payload = Payload::Sha256(sha256(&seen.body));
    let credentials = credentials("AKID");
    let now = Timestamp(NOW);
    let wanted = v4::sign("ec2", &credentials, "us-east-1", now, &request, &payload);
    let sent = seen.header("authorization").unwrap();
    assert!(
        sent.ends_with(&format!("Signature={}", wanted.signature)),
        "{sent}"
    );
    assert!(sent.contains("/us-east-1/ec2/aws4_request"), "{sent}");
}

#[test]
fn version_2_signs_the_form_in_the_form() {
    let token = Some("TOKEN/TOKEN+==".to_owned().into());
    let (result, server) = call(&describe(), &[good()], |connection| {
        connection.signature = SignatureVersion::V2;
        connection.credentials = Some(Arc::new(Credentials {
            session_token: token,
            ..credentials("AKID")
        }));
    });

    result.unwrap();
    let seen = &server.seen()[0];
    assert_eq!(seen.header("authorization"), None);
    let mut sent = form(seen);
    let signature = sent.pop().unwrap();
    let names: Vec<&str> = sent.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "Action",
            "Version",
            "AWSAccessKeyId",
            "SignatureMethod",
            "SignatureVersion",
            "Timestamp",
            "SecurityToken"
        ]
    );
    assert_eq!(sent[5].1, "2026-11-21T06:21:51Z");
    assert_eq!(sent[6].1, "TOKEN/TOKEN+==");
    let host = seen.header("host").unwrap();
    let (how, path) = (QueryMethod::Sha256, "/services/compute/");
    let wanted = query_signature("secret", how, "POST", host, path, &sent);
    assert_eq!(signature, pair("Signature", &wanted));
}

#[test]
fn a_form_is_sent_again_as_it_was_but_for_the_time_of_version_2() {
    let clock: fn() -> Timestamp = || {
        static TICKS: AtomicU32 = AtomicU32::new(0);
        Timestamp(NOW + i64::from(TICKS.fetch_add(1, Ordering::Relaxed)))
    };
    for (version, same) in [(SignatureVersion::V4, true), (SignatureVersion::V2, false)] {
        let busy = answer(503, &["retry-after: 0"], &refusal("RequestLimitExceeded"));
        let (result, server) = call(&describe(), &[busy, good()], |connection| {
            connection.signature = version;
            connection.ambient.now = clock;
        });

        result.unwrap();
        let forms: Vec<_> = server.seen().iter().map(form).collect();
        assert_eq!(forms[0] == forms[1], same);
        let stays = |form: &[(String, String)]| {
            let changes = |name: &str| matches!(name, "Timestamp" | "Signature");
            let kept = form.iter().filter(|(name, _)| !changes(name));
            kept.cloned().collect::<Vec<_>>()
        };
        assert_eq!(stays(&forms[0]), stays(&forms[1]));
    }
}

#[test]
fn without_credentials_the_form_goes_unsigned() {
    for version in [SignatureVersion::V4, SignatureVersion::V2] {
        let (result, server) = call(&describe(), &[good()], |connection| {
            connection.credentials = None;
            connection.signature = version;
        });

        result.unwrap();
        let seen = &server.seen()[0];
        assert_eq!(seen.body, b"Action=DescribeImages&Version=x");
        assert_eq!(seen.header("authorization"), None);
    }
}

#[test]
fn a_refusal_is_read_with_its_code_words_and_request() {
    let said = answer(400, &[], &refusal("InvalidAMIID.NotFound"));

    let (result, server) = call(&describe(), &[said], |_| {});

    let error = result.unwrap_err();
    let error = error.service().unwrap();
    assert_eq!(
        (error.code.as_str(), error.status),
        ("InvalidAMIID.NotFound", 400)
    );
    assert_eq!(error.message, "words");
    assert_eq!(error.request_id.as_deref(), Some("R-1"));
    assert_eq!(server.seen().len(), 1);
}

#[test]
fn a_refusal_that_comes_with_a_good_status_is_one() {
    let said = answer(200, &[], &refusal("InvalidAMIID.NotFound"));

    let (result, _server) = call(&describe(), &[said], |_| {});

    assert!(result.unwrap_err().is_code("InvalidAMIID.NotFound"));
}

#[test]
fn nothing_secret_comes_back_whoever_repeats_it() {
    let data = "c2VjcmV0IHVzZXIgZGF0YQ==";
    for version in [SignatureVersion::V4, SignatureVersion::V2] {
        // A server that repeats, in its words, all that it was sent.
        let server = Scripted::new([vec![Step::Read]]);
        let mut connection = ec2(&server.url);
        connection.signature = version;
        connection.retry.attempts = 1;
        connection.credentials = Some(Arc::new(Credentials {
            session_token: Some("TOKENTOKEN/+=".to_owned().into()),
            ..credentials("AKID")
        }));
        let lost = Service::new(connection.clone()).call_whole(&run_instances(), 1000);
        let shown = format!("{:?}", lost.unwrap_err());
        assert!(
            !shown.contains("TOKENTOKEN") && !shown.contains(data),
            "{shown}"
        );
        let seen = server.seen().remove(0);
        let body = String::from_utf8(seen.body.clone()).unwrap();
        let authorization = seen.header("authorization").unwrap_or_default().to_owned();
        let echo = format!("{body} {authorization} {data} TOKENTOKEN/+=");
        let in_xml = echo.replace('&', "&amp;");
        for (status, page) in [
            (400, refusal("Odd").replace("words", &in_xml)),
            (
                400,
                refusal("Odd").replace("words", &in_xml.replace("/+=", "/&#43;=")),
            ),
            (400, echo.clone()),
            (400, format!("{{\"message\": \"{echo}\"}}")),
        ] {
            let server = Scripted::answering([answer(status, &[], &page)]);
            let mut connection = connection.clone();
            connection.endpoint.host = server.url.replace("http://", "");
            let result = Service::new(connection).call_whole(&run_instances(), 1000);
            let text = result.unwrap_err().to_string();
            assert!(text.contains("(hidden)"), "{text}");
            for secret in [data, "c2VjcmV0IHVzZXIgZGF0YQ%3D%3D", "TOKENTOKEN"] {
                assert!(!text.contains(secret), "{secret} in {text}");
            }
        }
    }
}

#[test]
fn an_empty_secret_hides_nothing() {
    let mut request = run_instances();
    request.secrets = [&String::new()].into_iter().collect();

    let (result, _server) = call(&request, &[answer(400, &[], &refusal("Odd"))], |_| {});

    let text = result.unwrap_err().to_string();
    assert!(text.contains("Odd (400): words"), "{text}");
}

#[test]
fn forms_are_sent_nowhere_else() {
    let there = Scripted::answering([good()]);
    let host = there.url.replace("http://", "");
    let region = "x-amz-bucket-region: eu-west-1".to_owned();
    for (status, header, page) in [
        (
            307,
            format!("location: {}/services/compute/?x=SECRET", there.url),
            String::new(),
        ),
        (
            308,
            "location: https://127.0.0.1/services/compute/".to_owned(),
            String::new(),
        ),
        (
            301,
            "x-y: z".to_owned(),
            error("PermanentRedirect", &format!("<Endpoint>{host}</Endpoint>")),
        ),
        (
            400,
            region,
            error("AuthorizationHeaderMalformed", "<Region>eu-west-1</Region>"),
        ),
    ] {
        for protocol in [
            Protocol::Query { name: "ec2" },
            Protocol::Json { name: "ebs" },
        ] {
            let (result, server) = call(&describe(), &[answer(status, &[&header], &page)], |c| {
                c.protocol = protocol;
            });

            let error = result.unwrap_err();
            assert!(error.is_status(status), "{error}");
            assert!(!error.to_string().contains("SECRET"), "{error}");
            assert_eq!(server.seen().len(), 1);
        }
    }
    assert!(there.seen().is_empty());
}

#[test]
fn a_redirect_says_where_it_leads() {
    let header = "location: https://cloud.example/services/compute/?Signature=x";

    let (result, _server) = call(
        &describe(),
        &[answer(301, &[header], "<html>moved")],
        |_| {},
    );

    let text = result.unwrap_err().to_string();
    assert!(
        text.ends_with("sends to https://cloud.example/services/compute/"),
        "{text}"
    );
}
