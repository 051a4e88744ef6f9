//! URLs that are signed for others.

use amikit::aws::sign::{SignableRequest, v2, v4};
use amikit::units::Timestamp;

use crate::support::walrus::{Api, Reply, credentials, now_ms, on_every_backend};

/// The host that calls go to.
const HOST: &str = "127.0.0.1:9000";

/// Does what a URL of version 4 or 2 allows, which alice has signed for the next minute.
fn follow(api: &Api, version: u8, method: &str, path: &str, headers: &[(&str, &str)]) -> Reply {
    let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let headers: Vec<_> = headers.iter().map(pair).collect();
    let (alice, now) = (credentials("alice"), Timestamp(now_ms() / 1000));
    let mut request = SignableRequest {
        method,
        host: HOST,
        path,
        service_path: "",
        virtual_bucket: None,
        query: &headers, // version 4 signs them as parameters
        headers: &[],
    };
    let signed = if version == 4 {
        v4::presign("s3", &alice, "us-east-1", now, 60, &request)
    } else {
        (request.query, request.headers) = (&[], &headers);
        v2::presign(&alice, Timestamp(now.0 + 60), &request)
    };
    let call = api.nobody().call(method, path).body("by others");
    let pairs = headers.iter().chain(&signed);
    pairs
        .fold(call, |call, (name, value)| call.query(name, value))
        .send()
}

#[test]
fn headers_of_a_signed_url_count_as_headers() {
    on_every_backend(|api| {
        let alice = api.alice();
        alice.put("/given").expect(200);

        for version in [4, 2] {
            let headers = [("x-amz-acl", "public-read"), ("x-amz-meta-a", "1 & 2")];
            let put = follow(api, version, "PUT", "/given/k", &headers);
            assert_eq!(put.status, 200, "{}", put.text());

            let read = api.nobody().get("/given/k").expect(200);
            assert_eq!(read.header("x-amz-meta-a"), Some("1 & 2"));
            assert_eq!(read.text(), "by others");
            alice.delete("/given/k").expect(204);
        }
    });
}

#[test]
fn headers_in_the_url_of_nobody_do_not_count() {
    on_every_backend(|api| {
        let alice = api.alice();
        alice
            .put("/open")
            .header("x-amz-acl", "public-read-write")
            .expect(200);

        api.nobody()
            .put("/open/k")
            .query("x-amz-meta-a", "1")
            .body("x")
            .expect(200);

        assert_eq!(
            alice.head("/open/k").expect(200).header("x-amz-meta-a"),
            None
        );
    });
}
