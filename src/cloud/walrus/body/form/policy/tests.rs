use super::*;

const NOW: Timestamp = Timestamp(1_795_242_111); // 2026-11-21T06:21:51Z

fn policy(conditions: &str) -> S3Result<Policy> {
    read(&format!(
        "{{\"expiration\": \"2026-11-21T06:21:51Z\", \"conditions\": [{conditions}]}}"
    ))
}

fn read(json: &str) -> S3Result<Policy> {
    Policy::parse(&Base64::encode_string(json.as_bytes()))
}

fn fields(pairs: &[(&str, &str)]) -> Fields {
    let own = |&(name, value): &(&str, &str)| (name.to_owned(), value.to_owned());
    let pairs = [("key", "image/a")].iter().chain(pairs).map(own).collect();
    Fields::of(pairs, None).unwrap()
}

/// Whether these conditions, and one about the key, allow a form.
fn allowed(conditions: &str, pairs: &[(&str, &str)]) -> bool {
    let all = format!("{conditions}, [\"starts-with\", \"$key\", \"\"]");
    match policy(&all).unwrap().allows(&fields(pairs), "b", NOW) {
        Ok(_) => true,
        Err(error) => {
            assert_eq!(error.code, Code::AccessDenied);
            false
        }
    }
}

#[test]
fn conditions_hold_or_not() {
    for (condition, value, holds) in [
        (r#"{"acl": "private"}"#, "private", true),
        (r#"{"ACL": "private"}"#, "private", true),
        (r#"{"acl": "private"}"#, "public-read", false),
        (r#"["eq", "$acl", "private"]"#, "private", true),
        (r#"["eq", "$acl", "private"]"#, "Private", false),
        (r#"["starts-with", "$acl", "p"]"#, "private", true),
        (r#"["starts-with", "$acl", ""]"#, "", true),
        (r#"["starts-with", "$acl", "x"]"#, "private", false),
    ] {
        assert_eq!(
            allowed(condition, &[("acl", value)]),
            holds,
            "{condition} {value}"
        );
    }
}

#[test]
fn the_bucket_is_that_of_the_address() {
    assert!(allowed(r#"{"bucket": "b"}"#, &[]));
    assert!(!allowed(r#"{"bucket": "c"}"#, &[]));
    assert!(!allowed(
        r#"["starts-with", "$bucket", ""]"#,
        &[("bucket", "c")]
    ));
}

#[test]
fn every_type_of_a_list_begins_so() {
    let condition = r#"["starts-with", "$Content-Type", "image/"]"#;

    assert!(allowed(
        condition,
        &[("Content-Type", "image/png, image/gif")]
    ));
    assert!(!allowed(
        condition,
        &[("Content-Type", "image/png,text/html")]
    ));
}

#[test]
fn a_field_without_a_condition_is_refused() {
    let condition = r#"{"bucket": "b"}"#;

    assert!(!allowed(condition, &[("x-amz-meta-a", "1")]));
    assert!(!allowed(condition, &[("acl", "private")]));
    assert!(allowed(
        condition,
        &[
            ("Policy", "p"),
            ("Signature", "s"),
            ("AWSAccessKeyId", "k"),
            ("x-amz-signature", "s"),
            ("x-ignore-me", "1"),
        ]
    ));
}

#[test]
fn a_condition_of_a_field_that_is_missing_does_not_hold() {
    assert!(!allowed(r#"{"acl": "private"}"#, &[]));
}

#[test]
fn a_policy_ends() {
    let policy = policy(r#"["eq", "$key", "image/a"]"#).unwrap();
    let later = Timestamp(NOW.0 + 1);

    assert!(policy.allows(&fields(&[]), "b", NOW).is_ok());
    let error = policy.allows(&fields(&[]), "b", later).unwrap_err();
    assert_eq!(error.code, Code::AccessDenied);
}

#[test]
fn sizes_are_the_narrowest_of_all_ranges() {
    let policy = policy(
        r#"["content-length-range", 1, 100], ["content-length-range", "2", "200"],
           {"key": "image/a"}"#,
    );

    let sizes = policy.unwrap().allows(&fields(&[]), "b", NOW).unwrap();

    assert_eq!(
        sizes,
        SizeRange {
            least: 2,
            most: 100
        }
    );
}

#[test]
fn what_is_no_policy_is_refused() {
    for json in [
        "",
        "{",
        "[]",
        "1",
        "{}",
        r#"{"expiration": "2030-01-01T00:00:00Z"}"#,
        r#"{"conditions": []}"#,
        r#"{"expiration": "soon", "conditions": []}"#,
        r#"{"expiration": "2030-01-01T00:00:00Z", "conditions": {}}"#,
        &"[".repeat(10_000),
    ] {
        assert_eq!(
            read(json).unwrap_err().code,
            Code::InvalidPolicyDocument,
            "{json}"
        );
    }
    for condition in [
        "1",
        "{}",
        r#"{"a": "1", "b": "2"}"#,
        r#"{"a": 1}"#,
        "[]",
        r#"["eq", "acl", "private"]"#,
        r#"["like", "$acl", "private"]"#,
        r#"["eq", "$acl"]"#,
        r#"["content-length-range", -1, 5]"#,
        r#"["content-length-range", 1]"#,
    ] {
        let code = policy(condition).unwrap_err().code;
        assert_eq!(code, Code::InvalidPolicyDocument, "{condition}");
    }
    assert_eq!(
        Policy::parse("e30").unwrap_err().code,
        Code::InvalidPolicyDocument
    );
}
