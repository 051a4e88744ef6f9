//! Answers that no good server gives.

use super::*;
use crate::aws::AwsError;
use crate::aws::http::Body;
use crate::aws::http::tests::scripted::{Scripted, answer};

const OBJECT: ObjectName<'static> = ObjectName {
    bucket: "images",
    key: "key",
};

fn against(answers: &[String]) -> (S3, Scripted) {
    let server = Scripted::answering(answers.iter().map(String::as_str));
    (s3_at(&server.url, SignatureVersion::V4), server)
}

fn page(inside: &str) -> String {
    answer(
        200,
        &[],
        &format!("<ListBucketResult>{inside}</ListBucketResult>"),
    )
}

const ENTRY: &str = "<Contents><Key>k</Key><Size>1</Size><Unknown><a/></Unknown></Contents>";

#[test]
fn what_an_answer_does_not_tell_is_asked_for() {
    let silent = answer(200, &[], "");
    let other = answer(200, &["etag: \"0123456789abcdef0123456789abcdef\""], "");
    let (s3, server) = against(&[silent, other]);

    let error = s3
        .put_object(OBJECT, &Body::Bytes("abc".into()), &PutOptions::default())
        .unwrap_err();

    assert!(matches!(error, AwsError::Corrupted { .. }), "{error}");
    assert!(server.seen()[1].line.starts_with("HEAD "));
}

#[test]
fn a_list_that_repeats_its_marker_ends() {
    let again = page(&format!(
        "<IsTruncated>true</IsTruncated><NextMarker>m</NextMarker>{ENTRY}"
    ));
    let (s3, _server) = against(&[again.clone(), again]);

    let error = s3.list_all("images", "", 1000).unwrap_err();

    assert!(matches!(error, AwsError::Answer { .. }), "{error}");
}

#[test]
fn lists_that_make_no_sense_are_refused() {
    for inside in [
        "<IsTruncated>true</IsTruncated>",
        "<Contents><Size>1</Size></Contents>",
        "<Contents><Key>k</Key><Size>-1</Size></Contents>",
        "<Contents><Key>k</Key><Size>18446744073709551616</Size></Contents>",
        "<Contents><Key>k</Key></Contents>",
        "<!DOCTYPE x><Contents/>",
        "<Contents>",
    ] {
        let (s3, _server) = against(&[page(inside), page(inside)]);

        let error = s3.list_all("images", "", 1000).unwrap_err();

        assert!(
            matches!(error, AwsError::Answer { .. }),
            "{inside}: {error}"
        );
    }
}

#[test]
fn names_that_xml_cannot_say_are_asked_for_encoded() {
    let entry = |key: &str| format!("<Contents><Key>{key}</Key><Size>1</Size></Contents>");
    let encoded = entry("a+b%2B%01");
    let encoded = page(&format!("<EncodingType>url</EncodingType>{encoded}"));
    let (s3, server) = against(&[page(&entry("a b+&#1;")), encoded, page(&entry("a+%2B"))]);

    assert_eq!(s3.list_all("images", "", 9).unwrap()[0].key, "a b+\u{1}");
    assert_eq!(s3.list_all("images", "", 9).unwrap()[0].key, "a+%2B");

    let asked = server.seen();
    let asked: Vec<bool> = asked
        .iter()
        .map(|seen| seen.line.contains("encoding-type"))
        .collect();
    assert_eq!(asked, [false, true, false]);
}

fn uploads(inside: &str) -> String {
    let root = "ListMultipartUploadsResult";
    answer(200, &[], &format!("<{root}>{inside}</{root}>"))
}

#[test]
fn pending_uploads_are_listed_page_by_page() {
    let upload = |id| format!("<Upload><Key>k &amp;</Key><UploadId>{id}</UploadId></Upload>");
    let markers =
        "<NextKeyMarker>k &amp;</NextKeyMarker><NextUploadIdMarker>1</NextUploadIdMarker>";
    let first = format!("<IsTruncated>true</IsTruncated>{markers}{}", upload(1));
    let (s3, server) = against(&[uploads(&first), uploads(&upload(2))]);

    let found = s3.list_uploads("images", "k").unwrap();

    let ids: Vec<&str> = found.iter().map(|one| one.upload_id.as_str()).collect();
    assert_eq!(ids, ["1", "2"]);
    let second = "GET /images?key-marker=k%20%26&upload-id-marker=1&prefix=k&uploads";
    assert!(
        server.seen()[1].line.starts_with(second),
        "{}",
        server.seen()[1].line
    );
}

#[test]
fn pending_uploads_that_are_listed_for_ever_are_refused() {
    let upload = "<Upload><Key>k</Key><UploadId>1</UploadId></Upload>";
    let again = uploads(&format!("<IsTruncated>true</IsTruncated>{upload}"));
    let (s3, _server) = against(&[again.clone(), again]);

    let error = s3.list_uploads("images", "k").unwrap_err();

    assert!(matches!(error, AwsError::Answer { .. }), "{error}");
}

#[test]
fn parts_that_repeat_are_refused() {
    let part = "<Part><PartNumber>1</PartNumber><Size>5</Size><ETag>\"x\"</ETag></Part>";
    let body = format!("<ListPartsResult><IsTruncated>true</IsTruncated>{part}</ListPartsResult>");
    let again = answer(200, &[], &body);
    let (s3, server) = against(&[again.clone(), again]);

    assert!(s3.list_parts(OBJECT, "id").is_err());

    assert!(server.seen()[1].line.contains("part-number-marker=1"));
}

/// Ceph says `NoSuchKey` of an upload that was aborted.
#[test]
fn an_upload_that_is_gone_has_no_parts_whatever_it_is_called() {
    for code in ["NoSuchUpload", "NoSuchKey"] {
        let body = format!("<Error><Code>{code}</Code></Error>");
        let (s3, _server) = against(&[answer(404, &[], &body)]);

        assert_eq!(s3.list_parts(OBJECT, "id").unwrap(), None);
    }
}

/// moto's list of parts has a root of another name than Amazon's.
#[test]
fn a_response_is_as_good_as_a_result() {
    let part = "<Part><PartNumber>1</PartNumber><Size>5</Size><ETag>\"x\"</ETag></Part>";
    for (root, is_read) in [("ListPartsResponse", true), ("ListBucketResponse", false)] {
        let body = format!("<{root}>{part}</{root}>");
        let (s3, _server) = against(&[answer(200, &[], &body)]);

        assert_eq!(s3.list_parts(OBJECT, "id").is_ok(), is_read, "{root}");
    }
}

#[test]
fn other_bytes_than_were_sent_are_noticed_after_one_more_attempt() {
    let wrong = answer(200, &["etag: \"00000000000000000000000000000000\""], "");
    let right = answer(200, &["etag: \"900150983cd24fb0d6963f7d28e17f72\""], "");
    let body = Body::Bytes("abc".into());
    let (s3, server) = against(&[wrong.clone(), right, wrong.clone(), wrong]);

    s3.put_object(OBJECT, &body, &PutOptions::default())
        .unwrap();
    let error = s3
        .put_object(OBJECT, &body, &PutOptions::default())
        .unwrap_err();

    assert!(matches!(error, AwsError::Corrupted { .. }), "{error}");
    assert!(server.seen().iter().all(|seen| seen.body == b"abc"));
}

#[test]
fn an_etag_that_is_no_md5_is_not_compared() {
    let etag = "etag: \"00000000000000000000000000000000\"";
    for headers in [
        &["etag: \"opaque\""][..],
        &[etag, "x-amz-server-side-encryption: aws:kms"],
        &[etag, "x-amz-checksum-sha1: qZk+NkcGgWq6PiVxeFDCbJzQ2J0="],
    ] {
        let (s3, _server) = against(&[answer(200, headers, "")]);
        let options = PutOptions {
            sha1: Some(Sha1Digest::of(b"abc")),
            ..PutOptions::default()
        };

        s3.put_object(OBJECT, &Body::Bytes("abc".into()), &options)
            .unwrap();
    }
}

#[test]
fn a_service_without_checksums_gets_none() {
    let words = "<Error><Code>NotImplemented</Code><Message>header</Message></Error>";
    let good = answer(200, &["etag: \"opaque\""], "");
    let (s3, server) = against(&[answer(501, &[], words), good.clone(), good]);
    let options = PutOptions {
        sha1: Some(Sha1Digest::of(b"abc")),
        ..PutOptions::default()
    };

    s3.put_object(OBJECT, &Body::Bytes("abc".into()), &options)
        .unwrap();
    s3.put_object(OBJECT, &Body::Bytes("abc".into()), &options)
        .unwrap();

    let sent = server.seen();
    let sent: Vec<_> = sent
        .iter()
        .map(|seen| seen.header("x-amz-checksum-sha1"))
        .collect();
    assert_eq!(sent, [Some("qZk+NkcGgWq6PiVxeFDCbJzQ2J0="), None, None]);
}

#[test]
fn an_error_in_a_good_answer_is_an_error() {
    let body = "\n <Error><Code>InternalError</Code><Message>m</Message></Error>";
    let slow = answer(200, &[], body);
    let done = "<CopyObjectResult><ETag>\"e\"</ETag></CopyObjectResult>";
    let denied = "<Error><Code>AccessDenied</Code><Message>m</Message></Error>";
    let (s3, _server) = against(&[slow, answer(200, &[], done), answer(200, &[], denied)]);

    assert_eq!(s3.copy_object(OBJECT, OBJECT, None).unwrap().etag, "e");
    assert!(
        s3.copy_object(OBJECT, OBJECT, None)
            .unwrap_err()
            .is_code("AccessDenied")
    );
}

#[test]
fn a_range_that_was_not_asked_for_is_refused() {
    for (status, header) in [
        (206, "content-range: bytes 1-3/9"),
        (206, "content-range: bytes 0-3/9"),
        (206, "content-range: all"),
        (206, "x: y"),
        (200, "x: y"),
    ] {
        let (s3, _server) = against(&[answer(status, &[header], "abc")]);

        let error = s3.get_object(OBJECT, Some((0, 2))).unwrap_err();

        assert!(
            matches!(error, AwsError::Answer { .. }),
            "{header}: {error}"
        );
    }
    let (s3, _server) = against(&[answer(206, &["content-range: bytes 1-3/9"], "abc")]);
    assert_eq!(
        s3.get_object(OBJECT, Some((1, 3))).unwrap().object_size,
        Some(9)
    );
}

#[test]
fn a_complete_whose_answer_was_lost_is_recognised() {
    let etag = "900150983cd24fb0d6963f7d28e17f72";
    let part = UploadedPart {
        number: 1,
        size: 3,
        etag: etag.to_owned(),
    };
    let whole = checksum::multipart_etag(std::iter::once(etag)).unwrap();
    let gone = answer(
        404,
        &[],
        "<Error><Code>NoSuchUpload</Code><Message>m</Message></Error>",
    );
    let head = |etag: &str| {
        format!(
            "HTTP/1.1 200 OK\r\netag: \"{etag}\"\r\ncontent-length: 3\r\nconnection: close\r\n\r\n"
        )
    };
    let (s3, _server) = against(&[gone.clone(), head(&whole), gone, head("another")]);

    let stored = s3
        .complete_multipart(OBJECT, "id", std::slice::from_ref(&part))
        .unwrap();
    let error = s3.complete_multipart(OBJECT, "id", &[part]).unwrap_err();

    assert_eq!(stored.etag, whole);
    assert!(error.is_code("NoSuchUpload"));
}

#[test]
fn a_bucket_that_exists_already_may_be_ours() {
    let taken = "<Error><Code>BucketAlreadyExists</Code><Message>m</Message></Error>";
    let denied = "<Error><Code>AccessDenied</Code><Message>m</Message></Error>";
    let (taken, denied) = (answer(409, &[], taken), answer(403, &[], denied));
    let (s3, server) = against(&[taken.clone(), page(""), taken, denied]);

    s3.create_bucket("images", Some("eu-west-1")).unwrap();
    let error = s3.create_bucket("images", Some("US")).unwrap_err();

    assert!(error.is_code("BucketAlreadyExists"));
    let seen = server.seen();
    assert!(seen[0].body.ends_with(
        b"<LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>"
    ));
    assert_eq!(
        (seen[2].body.len(), seen[2].header("content-length")),
        (0, Some("0"))
    );
}

#[test]
fn a_form_has_its_fields_in_order_and_the_file_last() {
    let (s3, server) = against(&[answer(
        204,
        &["etag: \"900150983cd24fb0d6963f7d28e17f72\""],
        "",
    )]);
    let form = PostForm {
        acl: "ec2-bundle-read".to_owned(),
        policy: "cG9saWN5".to_owned(),
        signature: "c2ln".to_owned(),
        access_key_id: "AKID".to_owned(),
        security_token: None,
    };

    s3.post_object(OBJECT, &Body::Bytes("abc".into()), &form)
        .unwrap();

    let seen = &server.seen()[0];
    let body = String::from_utf8(seen.body.clone()).unwrap();
    let names: Vec<&str> = body
        .split("; name=\"")
        .skip(1)
        .map(|s| s.split('"').next().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "key",
            "acl",
            "Policy",
            "Signature",
            "AWSAccessKeyId",
            "file"
        ]
    );
    assert!(body.contains("\r\n\r\nabc\r\n--amikit-"));
    assert_eq!(seen.line, "POST /images HTTP/1.1");
    assert_eq!(seen.header("authorization"), None);
    assert!(!format!("{form:?}").contains("c2ln"));
}

#[test]
fn a_form_that_a_server_repeats_shows_neither_policy_nor_signature() {
    let page = "You posted Policy=cG9saWN5cG9saWN5 and Signature=c2lnbmF0dXJlIQ==";
    let (s3, _server) = against(&[answer(403, &[], page)]);
    let form = PostForm {
        acl: "ec2-bundle-read".to_owned(),
        policy: "cG9saWN5cG9saWN5".to_owned(),
        signature: "c2lnbmF0dXJlIQ==".to_owned(),
        access_key_id: "AKID".to_owned(),
        security_token: None,
    };

    let error = s3
        .post_object(OBJECT, &Body::Bytes("abc".into()), &form)
        .unwrap_err();

    let shown = format!("{error} {error:?}");
    assert!(shown.contains("You posted Policy=(hidden)"), "{shown}");
    assert!(!shown.contains("c2lnbmF0dXJl"), "{shown}");
}
