//! Signatures that are for something else.

use amikit::aws::sign::canonical::uri_encode;
use amikit::aws::sign::{Payload, SignableRequest, sha256, v2, v4};
use amikit::units::Timestamp;

use super::Siege;

/// A URL for a key, signed so that it is good from `from` on for `seconds`.
fn presigned(siege: &Siege, key: &str, from: i64, seconds: u64) -> String {
    let path = format!("/b-1/{key}");
    let request = signable(&path, &siege.host()).to_query(siege, from, seconds);
    format!("{path}?{request}")
}

struct Signable(String, String);

fn signable(path: &str, host: &str) -> Signable {
    Signable(path.to_owned(), host.to_owned())
}

impl Signable {
    fn request(&self) -> SignableRequest<'_> {
        SignableRequest {
            method: "GET",
            host: &self.1,
            path: &self.0,
            service_path: "",
            virtual_bucket: None,
            query: &[],
            headers: &[],
        }
    }

    fn to_query(&self, siege: &Siege, from: i64, seconds: u64) -> String {
        let keys = siege.credentials();
        query(&v4::presign(
            "s3",
            &keys,
            "us-east-1",
            Timestamp(from),
            seconds,
            &self.request(),
        ))
    }
}

fn query(pairs: &[(String, String)]) -> String {
    let encode = |text: &str| uri_encode(text.as_bytes(), false);
    let pairs = pairs
        .iter()
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)));
    pairs.collect::<Vec<_>>().join("&")
}

fn get(siege: &Siege, target: &str) -> super::Said {
    let host = siege.host();
    let request = format!("GET {target} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
    siege.talk(request.as_bytes())
}

#[test]
fn a_signed_url_is_good_for_what_was_signed_only() {
    let siege = Siege::begin("urls", "[s3]\nclock-skew = \"1m\"\n");
    for key in ["k", "other"] {
        siege
            .talk(&siege.signed("PUT", &format!("/b-1/{key}"), &[], b"x"))
            .is(200, "");
    }
    let now = Siege::now().0;
    let good = presigned(&siege, "k", now, 600);
    get(&siege, &good).is(200, "");
    get(&siege, &good).is(200, "");
    get(&siege, &good.replace("/b-1/k?", "/b-1/other?")).is(403, "SignatureDoesNotMatch");
    // The same key, written otherwise.
    get(&siege, &good.replace("/b-1/k?", "/b-1/%6b?")).is(200, "");
    get(&siege, &format!("{good}&versionId=null")).is(403, "SignatureDoesNotMatch");
    get(&siege, &format!("{good}&acl")).is(403, "SignatureDoesNotMatch");
    let longer = good.replace("X-Amz-Expires=600", "X-Amz-Expires=60000");
    get(&siege, &longer).is(403, "SignatureDoesNotMatch");
    for (from, to) in [
        ("=600", "=604801"),
        ("=600", "=-1"),
        ("=600", "=0"),
        ("=600", "="),
        ("HMAC-SHA256", "HMAC-SHA1"),
    ] {
        let said = get(&siege, &good.replacen(from, to, 1));
        assert_eq!(
            said.code(),
            "AuthorizationQueryParametersError",
            "{to}: {}",
            said.text()
        );
    }
    get(&siege, &format!("{good}&X-Amz-Expires=600")).is(400, "AuthorizationQueryParametersError");
    get(&siege, &presigned(&siege, "k", now - 700, 600)).is(403, "AccessDenied");
    get(&siege, &presigned(&siege, "k", now + 30, 600)).is(200, "");
    get(&siege, &presigned(&siege, "k", now + 100_000, 600)).is(403, "RequestTimeTooSkewed");
    let put = format!(
        "PUT {good} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncontent-length: 1\r\n\r\ny",
        siege.host()
    );
    siege.talk(put.as_bytes()).is(403, "SignatureDoesNotMatch");
    let header = format!(
        "GET {good} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\nx-amz-request-payer: y\r\n\r\n",
        siege.host()
    );
    siege.talk(header.as_bytes()).is(403, "AccessDenied");

    let of = signable("/b-1/k", &siege.host());
    let old = |until: i64| {
        let pairs = v2::presign(&siege.credentials(), Timestamp(until), &of.request());
        get(&siege, &format!("/b-1/k?{}", query(&pairs)))
    };
    old(now + 600).is(200, "");
    old(now - 1).is(403, "AccessDenied");
    siege.end();
}

#[test]
fn a_signed_request_is_good_for_itself_only() {
    let siege = Siege::begin("signed", "[s3]\nclock-skew = \"1m\"\n");
    let put = siege.signed("PUT", "/b-1/k", &[("x-amz-meta-a", "b")], b"hello");
    let put = String::from_utf8(put).expect("text");
    siege.talk(put.as_bytes()).is(200, "");
    // The answer may be lost: the same again is no attack.
    siege.talk(put.as_bytes()).is(200, "");
    let say = |from: &str, to: &str| {
        assert!(put.contains(from), "{from}");
        siege.talk(put.replacen(from, to, 1).as_bytes())
    };
    say("PUT /b-1/k", "PUT /b-1/other").is(403, "SignatureDoesNotMatch");
    say("PUT /b-1/k", "DELETE /b-1/k").is(403, "SignatureDoesNotMatch");
    say("PUT /b-1/k ", "PUT /b-1/k?acl ").is(403, "SignatureDoesNotMatch");
    say("x-amz-meta-a: b", "x-amz-meta-a: c").is(403, "SignatureDoesNotMatch");
    say("x-amz-meta-a: b\r\n", "").is(403, "SignatureDoesNotMatch");
    say(
        "x-amz-meta-a: b",
        "x-amz-acl: public-read\r\nx-amz-meta-a: b",
    )
    .is(403, "AccessDenied");
    say("x-amz-meta-a: b", "x-amz-meta-a: b\r\nx-amz-meta-a: c").is(403, "SignatureDoesNotMatch");
    say("\r\n\r\nhello", "\r\n\r\njello").is(400, "XAmzContentSHA256Mismatch");
    let digest = hex::encode(sha256(b"hello"));
    say(&digest, "UNSIGNED-PAYLOAD").is(403, "SignatureDoesNotMatch");
    say(&digest, "STREAMING-UNSIGNED-PAYLOAD-TRAILER").is(403, "SignatureDoesNotMatch");
    say(&digest, "none").is(400, "InvalidArgument");
    say("/s3/aws4_request", "/ec2/aws4_request").is(400, "AuthorizationHeaderMalformed");
    // Any region is taken, but it is what was signed.
    say("/us-east-1/s3", "/eu-west-1/s3").is(403, "SignatureDoesNotMatch");
    say("/us-east-1/s3", "//s3").is(400, "AuthorizationHeaderMalformed");
    say("Credential=", "Credential=X").is(403, "InvalidAccessKeyId");
    say("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA512").is(400, "InvalidArgument");
    say("authorization:", "authorization: AWS a:b\r\nauthorization:");
    let other_service = |service: &str, region: &str, skew: i64| {
        let host = siege.host();
        let of = SignableRequest {
            method: "GET",
            host: &host,
            path: "/b-1/k",
            service_path: "",
            virtual_bucket: None,
            query: &[],
            headers: &[],
        };
        let now = Timestamp(Siege::now().0 + skew);
        let payload = Payload::Sha256(sha256(b""));
        let signed = v4::sign(service, &siege.credentials(), region, now, &of, &payload);
        let head = siege.head_of("GET", "/b-1/k", &[], &signed);
        siege.talk(format!("{head}connection: close\r\n\r\n").as_bytes())
    };
    other_service("ec2", "us-east-1", 0).is(400, "AuthorizationHeaderMalformed");
    other_service("s3", "mars-1", 0).is(200, "");
    other_service("s3", "us-east-1", 30).is(200, "");
    let skewed = other_service("s3", "us-east-1", 90);
    skewed.is(403, "RequestTimeTooSkewed");
    assert!(
        skewed.text().contains("<MaxAllowedSkewMilliseconds>60000<"),
        "{}",
        skewed.text()
    );
    other_service("s3", "us-east-1", -90).is(403, "RequestTimeTooSkewed");
    siege.end();
}
