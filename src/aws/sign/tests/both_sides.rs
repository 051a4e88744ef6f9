//! What is signed verifies; what was changed does not.

use proptest::prelude::*;

use super::any::{Any, HOST, any_request};
use super::pairs;
use crate::aws::sign::verify::{Expected, LONGEST_SKEW, Verified};
use crate::aws::sign::{
    Claim, Payload, SignableRequest, SignatureError, SignatureVersion, SignedHeaders, sha256,
    sign_s3, v2, v4,
};
use crate::units::Timestamp;

/// The five ways to sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    V4Header,
    V4Url,
    V2Header,
    V2Url,
    Query,
}

const WAYS: [Way; 5] = [
    Way::V4Header,
    Way::V4Url,
    Way::V2Header,
    Way::V2Url,
    Way::Query,
];

impl Way {
    const fn service(self) -> &'static str {
        match self {
            Self::Query => "ec2",
            _ => "s3",
        }
    }

    /// Signs; what the request then has in headers and query.
    fn sign(self, any: &Any) -> (SignedHeaders, SignedHeaders) {
        let (mut headers, mut query) = (any.headers.clone(), any.query.clone());
        let (credentials, now, request) = (&any.credentials, any.now, any.request());
        let version = match self {
            Self::V2Header => SignatureVersion::V2,
            _ => SignatureVersion::V4,
        };
        match self {
            Self::V4Header | Self::V2Header => headers.extend(sign_s3(
                version,
                credentials,
                "r",
                now,
                &request,
                &any.payload,
            )),
            Self::V4Url => query.extend(v4::presign("s3", credentials, "r", now, 60, &request)),
            Self::V2Url => {
                query.extend(v2::presign(credentials, Timestamp(now.0 + 60), &request));
            }
            Self::Query => query.extend(v2::sign_query(
                credentials,
                now,
                any.method,
                HOST,
                &any.path,
                &any.query,
            )),
        }
        (headers, query)
    }
}

fn check(way: Way, any: &Any, request: &SignableRequest<'_>) -> Result<Verified, SignatureError> {
    check_at(way, any, request, any.now)
}

fn check_at(
    way: Way,
    any: &Any,
    request: &SignableRequest<'_>,
    now: Timestamp,
) -> Result<Verified, SignatureError> {
    let expected = Expected {
        now,
        service: way.service(),
        region: Some("r"),
        skew: LONGEST_SKEW,
    };
    let claim = Claim::read(request)?.expect("it is signed");
    assert_eq!(claim.access_key_id(), any.credentials.access_key_id);
    let token = any.credentials.session_token.as_ref();
    assert_eq!(claim.session_token(), token.map(|token| token.as_str()));
    let secret = &any.credentials.secret_access_key;
    claim.verify(secret, request, &expected, &any.payload)
}

proptest! {
    #[test]
    fn what_is_signed_verifies_and_no_change_does(
        any in any_request(), way in prop::sample::select(WAYS.to_vec()),
    ) {
        let (headers, query) = way.sign(&any);
        let good = SignableRequest { headers: &headers, query: &query, ..any.request() };
        prop_assert!(check(way, &any, &good).is_ok(), "{way:?}");

        let other = SignableRequest { method: "PATCH", ..good.clone() };
        prop_assert!(check(way, &any, &other).is_err(), "method, {way:?}");

        let path = format!("{}x", any.path);
        let other = SignableRequest { path: &path, ..good.clone() };
        prop_assert!(check(way, &any, &other).is_err(), "path, {way:?}");

        let mut added = headers.clone();
        added.push(("x-amz-acl".to_owned(), "public-read".to_owned()));
        let other = SignableRequest { headers: &added, ..good.clone() };
        prop_assert!(way == Way::Query || check(way, &any, &other).is_err(), "header, {way:?}");

        let mut added = query.clone();
        added.push(("acl".to_owned(), String::new()));
        let other = SignableRequest { query: &added, ..good.clone() };
        prop_assert!(check(way, &any, &other).is_err(), "query, {way:?}");

        let other = SignableRequest { host: "other.example.net", ..good.clone() };
        let covers_host = matches!(way, Way::V4Header | Way::V4Url | Way::Query);
        prop_assert!(!covers_host || check(way, &any, &other).is_err(), "host, {way:?}");

        let mut other = any.clone();
        other.credentials.secret_access_key.push('x');
        prop_assert_eq!(check(way, &other, &good).unwrap_err(), SignatureError::Mismatch);

        for seconds in [-901, 901] {
            let late = Timestamp(any.now.0 + seconds);
            let early_v2_url = way == Way::V2Url && seconds < 0; // it has no beginning
            prop_assert!(early_v2_url || check_at(way, &any, &good, late).is_err());
        }
    }

    #[test]
    fn another_body_than_the_signed_one_is_found(any in any_request(), body: Vec<u8>) {
        let mut any = any;
        any.payload = Payload::Sha256(sha256(&body));
        let (headers, query) = Way::V4Header.sign(&any);
        any.payload = Payload::Sha256(sha256(b"something else, longer than any other"));
        let request = SignableRequest { headers: &headers, query: &query, ..any.request() };

        let error = check(Way::V4Header, &any, &request).unwrap_err();

        prop_assert_eq!(error.code(), "XAmzContentSHA256Mismatch");
    }

    #[test]
    fn strangers_headers_and_urls_do_no_harm(
        header in ".{0,200}", query in proptest::collection::vec((".{0,20}", ".{0,40}"), 0..6),
    ) {
        let headers = pairs(&[("authorization", &header), ("date", &header)]);
        for headers in [&headers[..], &[]] {
            let request = super::request("GET", HOST, &header, &query, headers);
            if let Ok(Some(claim)) = Claim::read(&request) {
                let expected = Expected { now: Timestamp(0), service: "s3", region: None, skew: LONGEST_SKEW };
                prop_assert!(claim.verify("x", &request, &expected, &Payload::Unsigned).is_err());
            }
        }
    }
}

/// A simple request to a service below a path, signed; `signed_path` is what the signer saw.
fn below_a_path(way: Way, sent: &str, signed: &str) -> Result<Verified, SignatureError> {
    let mut any = Any {
        method: "GET",
        path: signed.to_owned(),
        query: Vec::new(),
        headers: Vec::new(),
        credentials: super::example_credentials(),
        now: Timestamp(1_369_353_600),
        payload: Payload::Unsigned,
    };
    let (headers, query) = way.sign(&any);
    any.path = sent.to_owned();
    let request = SignableRequest {
        headers: &headers,
        query: &query,
        service_path: "/services/Walrus",
        ..any.request()
    };
    check(way, &any, &request)
}

#[test]
fn the_path_of_the_service_may_be_signed_or_not() {
    let (long, short) = ("/services/Walrus/bucket/key", "/bucket/key");
    for way in WAYS {
        assert!(below_a_path(way, long, long).is_ok(), "{way:?}");
        assert!(below_a_path(way, long, short).is_ok(), "{way:?}");
        assert!(below_a_path(way, "/services/Walrusbucket/key", "bucket/key").is_err());
    }
}

#[test]
fn version_2_may_sign_a_slash_after_the_bucket() {
    for way in [Way::V2Header, Way::V2Url] {
        for sent in ["/services/Walrus/bucket", "/bucket"] {
            assert!(below_a_path(way, sent, "/bucket/").is_ok(), "{way:?}");
        }
        assert!(below_a_path(way, "/bucket/key", "/bucket/key/").is_err());
    }
    assert!(below_a_path(Way::V4Header, "/bucket", "/bucket/").is_err());
}

#[test]
fn version_2_leaves_the_path_of_the_service_out_and_puts_the_bucket_of_the_host_before() {
    let resource = v2::resource_path;

    assert_eq!(
        resource("/services/Walrus/b/k", "/services/Walrus", None),
        "/b/k"
    );
    assert_eq!(resource("/services/Walrus", "/services/Walrus", None), "/");
    assert_eq!(
        resource("/services/Walruses/k", "/services/Walrus", None),
        "/services/Walruses/k"
    );
    assert_eq!(resource("/k", "", Some("b")), "/b/k");
}

#[test]
fn a_get_may_have_gained_a_content_type_in_version_2() {
    let credentials = super::example_credentials();
    let now = Timestamp(1_369_353_600);
    for (method, is_good) in [("GET", true), ("HEAD", true), ("PUT", false)] {
        let request = super::request(method, HOST, "/bucket/key", &[], &[]);
        let mut headers = v2::sign(&credentials, now, &request);
        headers.extend(pairs(&[("content-type", "text/plain")]));
        let received = SignableRequest {
            headers: &headers,
            ..request
        };
        let expected = Expected {
            now,
            service: "s3",
            region: None,
            skew: LONGEST_SKEW,
        };
        let claim = Claim::read(&received).unwrap().unwrap();

        let secret = &credentials.secret_access_key;
        let result = claim.verify(secret, &received, &expected, &Payload::Unsigned);

        assert_eq!(result.is_ok(), is_good, "{method}");
    }
}

/// Both texts would be the same if a URL's end did not always count.
#[test]
fn a_signed_header_of_version_2_does_not_make_an_endless_url() {
    let credentials = super::example_credentials();
    let now = Timestamp(1_369_353_600);
    let date = pairs(&[("x-amz-date", &now.http_date())]);
    let request = super::request("GET", HOST, "/bucket/key", &[], &date);
    let signed = v2::sign(&credentials, now, &request);
    let signature = super::value(&signed, "authorization");
    let (_, signature) = signature.rsplit_once(':').unwrap();
    let query = pairs(&[
        ("AWSAccessKeyId", &credentials.access_key_id),
        ("Expires", "99999999999"),
        ("Signature", signature),
    ]);
    let stolen = SignableRequest {
        query: &query,
        ..request
    };
    let expected = Expected {
        now,
        service: "s3",
        region: None,
        skew: LONGEST_SKEW,
    };

    let claim = Claim::read(&stolen).unwrap().unwrap();
    let secret = &credentials.secret_access_key;
    let result = claim.verify(secret, &stolen, &expected, &Payload::Unsigned);

    assert_eq!(result.unwrap_err(), SignatureError::Mismatch);
}

#[test]
fn refusals_have_the_codes_of_s3() {
    let any = Any {
        method: "GET",
        path: "/b/k".to_owned(),
        query: Vec::new(),
        headers: Vec::new(),
        credentials: super::example_credentials(),
        now: Timestamp(1_369_353_600),
        payload: Payload::Unsigned,
    };
    let code = |way: Way, seconds: i64| {
        let (headers, query) = way.sign(&any);
        let request = SignableRequest {
            headers: &headers,
            query: &query,
            ..any.request()
        };
        check_at(way, &any, &request, Timestamp(any.now.0 + seconds))
            .unwrap_err()
            .code()
    };

    assert_eq!(code(Way::V4Header, 901), "RequestTimeTooSkewed");
    assert_eq!(code(Way::V2Header, -901), "RequestTimeTooSkewed");
    assert_eq!(code(Way::V4Url, 61), "AccessDenied");
    assert_eq!(code(Way::V2Url, 61), "AccessDenied");
    let twice = pairs(&[("authorization", "AWS a:b"), ("Authorization", "AWS a:b")]);
    let twice = super::request("GET", HOST, "/", &[], &twice);
    assert_eq!(Claim::read(&twice).unwrap_err().code(), "InvalidArgument");
    let bad = pairs(&[("authorization", "AWS4-HMAC-SHA256 Credential=x")]);
    let bad = super::request("GET", HOST, "/", &[], &bad);
    assert_eq!(
        Claim::read(&bad).unwrap_err().code(),
        "AuthorizationHeaderMalformed"
    );
    assert_eq!(Claim::read(&any.request()), Ok(None));
}
