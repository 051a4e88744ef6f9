//! Calls of services that word their refusals in JSON.

use super::*;

fn call(status: u16, headers: &[&str], page: &str) -> (Result<Answer, AwsError>, Scripted) {
    let server = Scripted::answering([answer(status, headers, page), good()]);
    let mut connection = connection(&server.url);
    connection.protocol = Protocol::Json { name: "ebs" };
    // There is no other signature for them.
    connection.signature = SignatureVersion::V2;
    let call = Call {
        key: Some("snapshots/snap-1/blocks"),
        query: vec![("maxResults".to_owned(), "100".to_owned())],
        ..Call::new("ListSnapshotBlocks", "GET")
    };
    (Service::new(connection).call_whole(&call, 1000), server)
}

#[test]
fn requests_have_a_path_and_version_4() {
    let (result, server) = call(200, &[], "{}");

    assert_eq!(result.unwrap().body, b"{}");
    let seen = &server.seen()[0];
    assert_eq!(
        seen.line,
        "GET /snapshots/snap-1/blocks?maxResults=100 HTTP/1.1"
    );
    let sent = seen.header("authorization").unwrap();
    assert!(
        sent.starts_with("AWS4-HMAC-SHA256 ") && sent.contains("/ebs/aws4_request"),
        "{sent}"
    );
}

#[test]
fn refusals_are_read_in_all_their_spellings() {
    let kind = "x-amzn-errortype: ValidationException:http://internal.amazon.com/coral/";
    for (headers, page, code, message) in [
        (
            vec![kind, "x-amzn-requestid: R-2"],
            r#"{"Message": "bad", "Reason": "INVALID_VOLUME_SIZE"}"#,
            "ValidationException",
            "bad (INVALID_VOLUME_SIZE)",
        ),
        (
            vec!["x-amzn-requestid: R-2"],
            r#"{"__type": "com.amazon.ebs#AccessDeniedException", "message": "no"}"#,
            "AccessDeniedException",
            "no",
        ),
        (
            vec!["x-amzn-requestid: R-2"],
            r#"{"code": "Odd", "Reason": "R"}"#,
            "Odd",
            "R",
        ),
        (
            vec!["x-amzn-requestid: R-2"],
            r#"{"message": null, "code": 7}"#,
            "BadRequest",
            "",
        ),
        (
            vec!["x-amzn-requestid: R-2"],
            "[1, 2",
            "BadRequest",
            "[1, 2",
        ),
    ] {
        let (result, _server) = call(400, &headers, page);

        let error = result.unwrap_err();
        let error = error.service().unwrap();
        assert_eq!(error.code, code, "{page}");
        assert!(error.message.starts_with(message), "{}", error.message);
        assert_eq!(error.request_id.as_deref(), Some("R-2"), "{page}");
    }
}

#[test]
fn throttling_and_failures_in_json_pass() {
    for (status, kind) in [
        (400, "RequestThrottledException"),
        (400, "ThrottlingException"),
        (500, "InternalServerException"),
    ] {
        let header = format!("x-amzn-errortype: {kind}");
        let (result, server) = call(status, &[&header], "{}");

        assert!(result.is_ok(), "{kind}: {}", result.unwrap_err());
        assert_eq!(server.seen().len(), 2);
    }
}

#[test]
fn an_answer_is_data_even_if_it_looks_like_an_error_of_xml() {
    let (result, _server) = call(200, &[], r#"{"Error": "in JSON is no refusal"}"#);

    assert!(result.is_ok());
}
