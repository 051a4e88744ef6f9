use super::*;
use crate::cli::dialect::Family;

fn said(code: &str, status: u16, operation: &'static str) -> ServiceError {
    ServiceError {
        operation,
        host: "s3.example".into(),
        resource: "images/part".into(),
        status,
        code: code.into(),
        message: "words".into(),
        request_id: Some("42".into()),
        region: None,
        clock_offset: None,
    }
}

fn failure(error: ServiceError) -> Failure {
    AwsError::Service(Box::new(error)).into()
}

#[test]
fn each_tool_tells_a_service_error_in_its_own_words() {
    let failure = failure(said("AccessDenied", 403, "PutObject"));

    let first = |family, program| {
        let text = failure.render(family, program, false);
        text.lines().next().unwrap_or_default().to_owned()
    };

    assert_eq!(
        first(Family::Native, "amikit upload-bundle"),
        "amikit: error: PutObject of images/part: AccessDenied (403): words (request 42)"
    );
    assert_eq!(
        first(Family::Euca, "euca-upload-bundle"),
        "euca-upload-bundle: error (AccessDenied): words"
    );
    assert_eq!(
        first(Family::Ec2, "ec2-upload-bundle"),
        "ERROR: Error talking to S3: Server.AccessDenied(403): words"
    );
    let codes = [Family::Native, Family::Euca, Family::Ec2].map(|family| failure.code(family));
    assert_eq!(codes, [3, 1, 3]);
    assert!(
        failure
            .to_json(Family::Native)
            .contains("\"code\":\"AccessDenied\"")
    );
}

#[test]
fn hints_name_the_permission_the_region_the_clock_or_the_option() {
    for (error, word) in [
        (said("AccessDenied", 403, "PutObject"), "s3:PutObjectAcl"),
        (said("AccessDenied", 403, "ListObjects"), "s3:ListBucket"),
        (said("AccessDenied", 403, "CreateBucket"), "s3:CreateBucket"),
        (
            said("AccessControlListNotSupported", 400, "PutObject"),
            "--acl none",
        ),
        (
            said("SignatureDoesNotMatch", 403, "PutObject"),
            "--signature v2",
        ),
        (
            said("InvalidAccessKeyId", 403, "PutObject"),
            "amikit doctor",
        ),
        (said("NotSignedUp", 403, "ListObjects"), "amikit doctor"),
        (said("NoSuchBucket", 404, "ListObjects"), "bucket's name"),
        (said("NoSuchKey", 404, "GetObject"), "check the bucket"),
        (
            ServiceError {
                resource: "images".into(),
                ..said("NoSuchKey", 404, "ListObjects")
            },
            "whole URL",
        ),
        (
            ServiceError {
                resource: "images".into(),
                ..said("MethodNotAllowed", 405, "CreateBucket")
            },
            "whole URL",
        ),
        (
            said("IllegalLocationConstraintException", 400, "CreateBucket"),
            "--location",
        ),
        (said("SlowDown", 503, "PutObject"), "--jobs"),
        (said("InternalError", 500, "PutObject"), "--retries"),
        (said("NotImplemented", 501, "UploadPart"), "UploadPart"),
        (said("ProxyAuth", 407, "UploadPart"), "HTTPS_PROXY"),
        (
            ServiceError {
                region: Some("eu-west-1".into()),
                ..said("PermanentRedirect", 301, "GetObject")
            },
            "--region eu-west-1",
        ),
        (
            ServiceError {
                clock_offset: Some(-1260),
                ..said("RequestTimeTooSkewed", 403, "GetObject")
            },
            "your clock is 21 minutes ahead",
        ),
        (
            ServiceError {
                clock_offset: Some(100_000),
                ..said("SignatureDoesNotMatch", 403, "GetObject")
            },
            "your clock is 27 hours behind",
        ),
    ] {
        let code = error.code.clone();
        let hint = failure(error).hint.unwrap_or_default();
        assert!(hint.contains(word), "{code}: {hint}");
    }
    assert_eq!(failure(said("Odd", 400, "PutObject")).hint, None);
}

#[test]
fn a_url_that_is_none_is_a_usage_error_on_the_command_line_only() {
    use crate::aws::endpoint::Endpoint;
    let code = |origin| {
        let source = Endpoint::parse("ftp://x", "us-east-1").expect_err("no URL of a service");
        let failure = Failure::from(CloudError::Endpoint { origin, source });
        failure.code(Family::Native)
    };

    assert_eq!(code(Origin::Flag("--url")), 2);
    assert_eq!(code(Origin::Variable("S3_URL".into())), 6);
}

#[test]
fn one_attempt_is_not_many() {
    let error = |attempts| AwsError::Transport {
        operation: "PutObject",
        host: "h".into(),
        attempts,
        source: TransportError::Connect("refused".into()),
    };

    assert_eq!(
        error(1).to_string(),
        "PutObject at h failed after 1 attempt"
    );
    assert!(error(2).to_string().ends_with("2 attempts"));
}

#[test]
fn exit_codes_tell_unreachable_from_slow_and_from_stopped() {
    use std::time::Duration;
    let code = |source| {
        let error = AwsError::Transport {
            operation: "PutObject",
            host: "h".into(),
            attempts: 5,
            source,
        };
        let failure = Failure::from(error);
        [Family::Native, Family::Euca, Family::Ec2].map(|family| failure.code(family))
    };

    assert_eq!(code(TransportError::Connect("refused".into())), [1, 1, 3]);
    assert_eq!(code(TransportError::Tls("expired".into())), [1, 1, 3]);
    assert_eq!(code(TransportError::Stalled(Duration::from_secs(30)))[0], 5);
    assert_eq!(
        code(TransportError::Interrupted { sent: true }),
        [130, 130, 255]
    );
    let keys = Failure::from(AwsError::Credentials(CredentialsError::None));
    assert_eq!(keys.code(Family::Native), 6);
}
