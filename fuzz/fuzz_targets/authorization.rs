//! A stranger's `Authorization` header or signed URL is read without harm, and is never believed.

#![no_main]

use amikit::aws::sign::verify::{Expected, LONGEST_SKEW};
use amikit::aws::sign::{Authorization, Claim, Payload, SignableRequest};
use amikit::units::Timestamp;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = Authorization::parse(text);
    // The first line is a header, the others are parameters.
    let mut lines = text.lines();
    let header = lines.next().unwrap_or_default().to_owned();
    let query: Vec<_> = lines
        .map(|line| line.split_once('=').unwrap_or((line, "")))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let headers = [
        ("authorization".to_owned(), header.clone()),
        ("x-amz-date".to_owned(), "20130524T000000Z".to_owned()),
    ];
    for headers in [&headers[..], &[]] {
        let request = SignableRequest {
            method: "GET",
            host: "localhost",
            path: &header,
            service_path: "/services/Walrus",
            virtual_bucket: None,
            query: &query,
            headers,
        };
        let Ok(Some(claim)) = Claim::read(&request) else {
            continue;
        };
        for service in ["s3", "ec2"] {
            let expected = Expected {
                now: Timestamp(1_369_353_600),
                service,
                region: None,
                skew: LONGEST_SKEW,
            };
            let result = claim.verify("a secret", &request, &expected, &Payload::Unsigned);
            assert!(result.is_err(), "nobody knows the secret");
        }
    }
});
