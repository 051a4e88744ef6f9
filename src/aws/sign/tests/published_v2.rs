//! "Signing and Authenticating REST Requests" of the Amazon S3 developer guide, with its
//! corrected host style.

use super::{example_credentials, pairs, request, value};
use crate::aws::sign::SignableRequest;
use crate::aws::sign::v2::{self, When};
use crate::units::Timestamp;

/// The page's URL has another signature than its string to sign; those of the edition of 2013,
/// whose bucket is this one, belong together.
const EARLIER_BUCKET: &str = "johnsmith";

/// The string to sign and the signature of an example.
fn signed(request: &SignableRequest<'_>, date: &str) -> (String, String) {
    signed_when(request, When::Made(date))
}

fn signed_when(request: &SignableRequest<'_>, when: When<'_>) -> (String, String) {
    let resource = v2::resource_path(request.path, request.service_path, request.virtual_bucket);
    let text = v2::string_to_sign(
        request.method,
        &resource,
        request.query,
        request.headers,
        when,
    );
    let signature = v2::sign_text(&example_credentials().secret_access_key, &text);
    (text, signature)
}

#[test]
fn example_object_get() {
    let mut example = request("GET", "", "/photos/puppy.jpg", &[], &[]);
    example.virtual_bucket = Some("awsexamplebucket1");

    let (text, signature) = signed(&example, "Tue, 27 Mar 2007 19:36:42 +0000");

    assert_eq!(
        text,
        "GET\n\n\nTue, 27 Mar 2007 19:36:42 +0000\n/awsexamplebucket1/photos/puppy.jpg"
    );
    assert_eq!(signature, "qgk2+6Sv9/oM7G3qLEjTH1a1l1g=");
}

#[test]
fn example_object_put() {
    let headers = pairs(&[("Content-Type", "image/jpeg"), ("Content-Length", "94328")]);
    let mut example = request("PUT", "", "/photos/puppy.jpg", &[], &headers);
    example.virtual_bucket = Some("awsexamplebucket1");

    let (text, signature) = signed(&example, "Tue, 27 Mar 2007 21:15:45 +0000");

    assert_eq!(
        text,
        "PUT\n\nimage/jpeg\nTue, 27 Mar 2007 21:15:45 +0000\n/awsexamplebucket1/photos/puppy.jpg"
    );
    assert_eq!(signature, "iqRzw+ileNPu1fhspnRs8nOjjIA=");
}

#[test]
fn example_list() {
    let query = pairs(&[
        ("prefix", "photos"),
        ("max-keys", "50"),
        ("marker", "puppy"),
    ]);
    let mut example = request("GET", "", "/", &query, &[]);
    example.virtual_bucket = Some("awsexamplebucket1");

    let (text, signature) = signed(&example, "Tue, 27 Mar 2007 19:42:41 +0000");

    assert_eq!(
        text,
        "GET\n\n\nTue, 27 Mar 2007 19:42:41 +0000\n/awsexamplebucket1/"
    );
    assert_eq!(signature, "m0WP8eCtspQl5Ahe6L1SozdX9YA=");
}

#[test]
fn example_fetch() {
    let query = pairs(&[("acl", "")]);
    let mut example = request("GET", "", "/", &query, &[]);
    example.virtual_bucket = Some("awsexamplebucket1");

    let (text, signature) = signed(&example, "Tue, 27 Mar 2007 19:44:46 +0000");

    assert_eq!(
        text,
        "GET\n\n\nTue, 27 Mar 2007 19:44:46 +0000\n/awsexamplebucket1/?acl"
    );
    assert_eq!(signature, "82ZHiFIjc+WbcwFKGUVEQspPn+0=");
}

/// The page signs a text with the `x-amz-date` header's value in the date's place. Its own rules
/// (and every server) leave the place empty and sign the header: the signature of that text is
/// openssl's.
#[test]
fn example_delete() {
    let headers = pairs(&[("x-amz-date", "Tue, 27 Mar 2007 21:20:26 +0000")]);
    let path = "/awsexamplebucket1/photos/puppy.jpg";
    let printed = request("DELETE", "", path, &[], &[]);
    let by_the_rules = request("DELETE", "", path, &[], &headers);

    let (_, signature) = signed(&printed, "Tue, 27 Mar 2007 21:20:26 +0000");
    assert_eq!(signature, "XbyTlbQdu9Xw5o8P4iMwPktxQd8=");

    let (text, signature) = signed(&by_the_rules, "Tue, 27 Mar 2007 21:20:27 +0000");
    assert_eq!(
        text,
        "DELETE\n\n\n\nx-amz-date:Tue, 27 Mar 2007 21:20:26 +0000\n\
         /awsexamplebucket1/photos/puppy.jpg"
    );
    assert_eq!(signature, "Ri1hpB1zpS9pGqR7y8kuNFCl4sE=");
}

#[test]
fn example_upload() {
    let headers = pairs(&[
        ("x-amz-acl", "public-read"),
        ("content-type", "application/x-download"),
        ("Content-MD5", "4gJE4saaMU4BqNR0kLY+lw=="),
        ("X-Amz-Meta-ReviewedBy", "joe@example.com"),
        ("X-Amz-Meta-ReviewedBy", "jane@example.com"),
        ("X-Amz-Meta-FileChecksum", "0x02661779"),
        ("X-Amz-Meta-ChecksumAlgorithm", "crc32"),
        ("Content-Disposition", "attachment; filename=database.dat"),
        ("Content-Encoding", "gzip"),
        ("Content-Length", "5913339"),
    ]);
    let mut example = request("PUT", "", "/db-backup.dat.gz", &[], &headers);
    example.virtual_bucket = Some("static.example.com");

    let (text, signature) = signed(&example, "Tue, 27 Mar 2007 21:06:08 +0000");

    assert_eq!(
        text,
        "PUT\n4gJE4saaMU4BqNR0kLY+lw==\napplication/x-download\n\
         Tue, 27 Mar 2007 21:06:08 +0000\n\
         x-amz-acl:public-read\n\
         x-amz-meta-checksumalgorithm:crc32\n\
         x-amz-meta-filechecksum:0x02661779\n\
         x-amz-meta-reviewedby:joe@example.com,jane@example.com\n\
         /static.example.com/db-backup.dat.gz"
    );
    assert_eq!(signature, "jtBQa0Aq+DkULFI8qrpwIjGEx0E=");
}

#[test]
fn example_list_all_my_buckets() {
    let (text, signature) = signed(
        &request("GET", "", "/", &[], &[]),
        "Wed, 28 Mar 2007 01:29:59 +0000",
    );

    assert_eq!(text, "GET\n\n\nWed, 28 Mar 2007 01:29:59 +0000\n/");
    assert_eq!(signature, "qGdzdERIC03wnaRNKh6OqZehG9s=");
}

#[test]
fn example_unicode_keys() {
    let path = "/dictionary/fran%C3%A7ais/pr%c3%a9f%c3%a8re";

    let (text, signature) = signed(
        &request("GET", "", path, &[], &[]),
        "Wed, 28 Mar 2007 01:49:49 +0000",
    );

    assert_eq!(
        text,
        format!("GET\n\n\nWed, 28 Mar 2007 01:49:49 +0000\n{path}")
    );
    assert_eq!(signature, "DNEZGsoieTZ92F3bUfSPQcbGmlM=");
}

#[test]
fn example_query_string_request_authentication() {
    let mut example = request("GET", "", "/photos/puppy.jpg", &[], &[]);
    example.virtual_bucket = Some(EARLIER_BUCKET);

    let (text, _) = signed_when(&example, When::Until(Timestamp(1_175_139_620)));
    let added = v2::presign(&example_credentials(), Timestamp(1_175_139_620), &example);

    assert_eq!(text, "GET\n\n\n1175139620\n/johnsmith/photos/puppy.jpg");
    assert_eq!(value(&added, "Signature"), "NpgCjnDzrM+WFzoENXmpNDUsSn8=");
}
