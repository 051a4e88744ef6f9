//! Checksums of parts, and of what is made of them.

use amikit::cloud::walrus::body::checksum::multipart::Composite;
use amikit::cloud::walrus::body::{Algorithm, Checksum};

use super::{LEAST, begin, complete, data, list, part_target, upload};
use crate::support::walrus::{Caller, on_every_backend};

/// Begins an upload with a checksum.
fn begin_with(caller: Caller<'_>, algorithm: &str, kind: &str) -> String {
    let begun = caller
        .post("/bkt1/k?uploads")
        .header("x-amz-checksum-algorithm", algorithm)
        .header("x-amz-checksum-type", kind)
        .expect(200);
    assert_eq!(begun.header("x-amz-checksum-algorithm"), Some(algorithm));
    begun.texts("UploadId").remove(0)
}

#[test]
fn crcs_of_parts_make_that_of_the_object() {
    on_every_backend(|api| {
        let alice = api.alice();
        alice.put("/bkt1").expect(200);
        let first = data(3, LEAST);
        let whole = [&first[..], b"end"].concat();
        let want = Checksum::of(Algorithm::Crc32, &whole).to_string();
        let id = begin_with(alice, "CRC32", "FULL_OBJECT");
        let one = upload(alice, "/bkt1/k", &id, 1, &first);
        let two = upload(alice, "/bkt1/k", &id, 2, b"end");
        let call = |value: &str| {
            let target = format!("/bkt1/k?uploadId={id}");
            let call = alice.post(&target).body(list(&[(1, &one), (2, &two)]));
            call.header("x-amz-checksum-crc32", value)
        };

        call("AAAAAA==").refused("BadDigest");
        call(&want)
            .header("x-amz-checksum-type", "COMPOSITE")
            .refused("InvalidRequest");
        call(&want)
            .header("x-amz-mp-object-size", "5")
            .refused("InvalidRequest");
        let size = whole.len().to_string();
        let done = call(&want)
            .header("x-amz-mp-object-size", &size)
            .expect(200);

        assert_eq!(done.texts("ChecksumCRC32"), [want]);
        assert_eq!(done.texts("ChecksumType"), ["FULL_OBJECT"]);
    });
}

#[test]
fn a_composite_checksum_is_that_of_the_parts_checksums() {
    on_every_backend(|api| {
        let alice = api.alice();
        alice.put("/bkt1").expect(200);
        let first = data(4, LEAST);
        let sums = [&first[..], b"end"].map(|part| Checksum::of(Algorithm::Sha256, part));
        let id = begin_with(alice, "SHA256", "COMPOSITE");
        let one = upload(alice, "/bkt1/k", &id, 1, &first);
        let sent = alice
            .put(&part_target("/bkt1/k", &id, 2))
            .header("x-amz-checksum-sha256", &sums[1].to_string())
            .body("end")
            .expect(200);
        assert_eq!(
            sent.header("x-amz-checksum-sha256"),
            Some(sums[1].to_string().as_str())
        );
        let two = sent.header("etag").expect("an ETag");
        let body = |sum: &Checksum| {
            format!(
                "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{one}</ETag>\
                 <ChecksumSHA256>{sum}</ChecksumSHA256></Part><Part><PartNumber>2</PartNumber>\
                 <ETag>{two}</ETag></Part></CompleteMultipartUpload>"
            )
        };
        let target = format!("/bkt1/k?uploadId={id}");

        alice
            .post(&target)
            .body(body(&sums[1]))
            .refused("InvalidPart");
        let done = alice.post(&target).body(body(&sums[0])).expect(200);

        let want = Composite::of(Algorithm::Sha256, &sums).expect("of one algorithm");
        assert_eq!(done.texts("ChecksumSHA256"), [want.to_string()]);
        assert!(want.to_string().ends_with("-2"));
    });
}

#[test]
fn a_part_of_another_algorithm_and_a_wrong_value_are_refused() {
    on_every_backend(|api| {
        let alice = api.alice();
        alice.put("/bkt1").expect(200);
        let id = begin_with(alice, "CRC32", "COMPOSITE");
        let put = |name: &str, value: &str| {
            let target = part_target("/bkt1/k", &id, 1);
            alice.put(&target).body("abc").header(name, value)
        };

        put("x-amz-checksum-crc32c", "NktLtw==").refused("InvalidRequest");
        put("x-amz-checksum-crc32", "AAAAAA==").refused("BadDigest");
        put("x-amz-checksum-crc32", "NSRBwg==").expect(200);

        let begin = |name: &str, value: &str| alice.post("/bkt1/k?uploads").header(name, value);
        begin("x-amz-checksum-algorithm", "MD5").refused("InvalidRequest");
        begin("x-amz-checksum-type", "COMPOSITE").refused("InvalidRequest");
    });
}

#[test]
fn an_upload_without_choice_gets_the_crc_that_s3_gives() {
    on_every_backend(|api| {
        let alice = api.alice();
        alice.put("/bkt1").expect(200);
        let id = begin(alice, "/bkt1/k");
        let one = upload(alice, "/bkt1/k", &id, 1, b"123456789");

        let done = complete(alice, "/bkt1/k", &id, &[(1, &one)]);

        assert_eq!(done.texts("ChecksumCRC64NVME"), ["rosUhgp5mIg="]);
    });
}
