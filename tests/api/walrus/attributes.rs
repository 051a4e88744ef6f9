//! What is told of objects: attributes, parts, checksums.

use base64ct::{Base64, Encoding as _};

use crate::support::walrus::{Caller, Reply, on_every_backend};

/// A part that may have another after it.
const PART: usize = 5 << 20;

/// Puts an object of two parts with their CRC32; the `ETag`s are not needed.
fn put_parts(caller: Caller<'_>, path: &str) {
    let begin = caller.post(&format!("{path}?uploads"));
    let begin = begin.header("x-amz-checksum-algorithm", "CRC32");
    let id = begin.expect(200).texts("UploadId").remove(0);
    let mut list = Vec::new();
    for (number, body) in [(1, vec![b'a'; PART]), (2, b"end".to_vec())] {
        let crc = Base64::encode_string(&crc32(&body).to_be_bytes());
        let put = caller.put(&format!("{path}?partNumber={number}&uploadId={id}"));
        let put = put
            .header("x-amz-checksum-crc32", &crc)
            .body(body)
            .expect(200);
        let etag = put.header("etag").expect("an ETag");
        list.push(format!(
            "<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag>\
             <ChecksumCRC32>{crc}</ChecksumCRC32></Part>"
        ));
    }
    let list = list.concat();
    let list = format!("<CompleteMultipartUpload>{list}</CompleteMultipartUpload>");
    let complete = caller.post(&format!("{path}?uploadId={id}")).body(list);
    complete.expect(200);
}

/// Bit by bit, independent of the library.
fn crc32(data: &[u8]) -> u32 {
    let step = |crc: u32| (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg());
    let byte = |crc: u32, byte: &u8| (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc));
    !data.iter().fold(u32::MAX, byte)
}

fn attributes(caller: Caller<'_>, path: &str, wanted: &str, more: &[(&str, &str)]) -> Reply {
    let mut call = caller.get(&format!("{path}?attributes"));
    for (name, value) in more {
        call = call.header(name, value);
    }
    call.header("x-amz-object-attributes", wanted).send()
}

const ALL: &str = "ETag, Checksum,ObjectParts,StorageClass,ObjectSize";

#[test]
fn attributes_tell_what_is_asked_for() {
    on_every_backend(|api| {
        let admin = api.admin();
        admin.put("/b-1").expect(200);
        let put = admin
            .put("/b-1/k")
            .header("x-amz-checksum-crc32", "jNwWgw==");
        let etag = put
            .body("x")
            .expect(200)
            .header("etag")
            .expect("one")
            .replace('"', "");

        let all = attributes(admin, "/b-1/k", ALL, &[]);
        assert_eq!(all.status, 200, "{}", all.text());
        assert_eq!(all.texts("ETag"), [etag]);
        assert_eq!(all.texts("ChecksumCRC32"), ["jNwWgw=="]);
        assert_eq!(all.texts("ChecksumType"), ["FULL_OBJECT"]);
        assert_eq!(all.texts("StorageClass"), ["STANDARD"]);
        assert_eq!(all.texts("ObjectSize"), ["1"]);
        assert!(all.texts("ObjectParts").is_empty());
        assert!(all.header("last-modified").is_some());
        let size = attributes(admin, "/b-1/k", "ObjectSize", &[]);
        assert_eq!(size.texts("ObjectSize"), ["1"]);
        assert!(size.texts("ETag").is_empty());

        for wrong in ["", "etag", "ETag,Colour"] {
            assert_eq!(
                attributes(admin, "/b-1/k", wrong, &[]).code(),
                "InvalidArgument"
            );
        }
        let header = [("x-amz-max-parts", "-1")];
        assert_eq!(
            attributes(admin, "/b-1/k", ALL, &header).code(),
            "InvalidArgument"
        );
        assert_eq!(attributes(admin, "/b-1/none", ALL, &[]).code(), "NoSuchKey");
        assert_eq!(
            attributes(api.bob(), "/b-1/k", ALL, &[]).code(),
            "AccessDenied"
        );
        let changed = [("if-match", "\"x\"")];
        assert_eq!(
            attributes(admin, "/b-1/k", ALL, &changed).code(),
            "PreconditionFailed"
        );
    });
}

#[test]
fn parts_are_told_page_by_page() {
    on_every_backend(|api| {
        let admin = api.admin();
        admin.put("/b-1").expect(200);
        put_parts(admin, "/b-1/k");

        let all = attributes(admin, "/b-1/k", "ObjectParts,Checksum", &[]);
        assert_eq!(all.texts("PartsCount"), ["2"], "{}", all.text());
        assert_eq!(all.texts("PartNumber"), ["1", "2"]);
        assert_eq!(all.texts("Size"), ["5242880", "3"]);
        assert_eq!(all.texts("ChecksumType"), ["COMPOSITE"]);
        let checksums = all.texts("ChecksumCRC32");
        assert_eq!(checksums.len(), 3);
        let head = admin
            .head("/b-1/k")
            .header("x-amz-checksum-mode", "ENABLED")
            .expect(200);
        let whole = head.header("x-amz-checksum-crc32").expect("a checksum");
        assert_eq!(whole, format!("{}-2", checksums[0]));
        let first = attributes(admin, "/b-1/k", "ObjectParts", &[("x-amz-max-parts", "1")]);
        assert_eq!(first.texts("PartNumber"), ["1"]);
        assert_eq!(first.texts("IsTruncated"), ["true"]);
        assert_eq!(first.texts("NextPartNumberMarker"), ["1"]);
        let marker = [("x-amz-part-number-marker", "1"), ("x-amz-max-parts", "1")];
        let second = attributes(admin, "/b-1/k", "ObjectParts", &marker);
        assert_eq!(second.texts("PartNumber"), ["2"]);
        assert_eq!(second.texts("IsTruncated"), ["false"]);
    });
}

#[test]
fn a_part_is_read_by_its_number() {
    on_every_backend(|api| {
        let admin = api.admin();
        admin.put("/b-1").expect(200);
        put_parts(admin, "/b-1/k");
        let part = |number: &str| {
            let call = admin.get("/b-1/k").query("partNumber", number);
            call.header("x-amz-checksum-mode", "ENABLED")
        };

        let last = part("2").expect(206);
        assert_eq!(last.text(), "end");
        assert_eq!(
            last.header("content-range"),
            Some("bytes 5242880-5242882/5242883")
        );
        assert_eq!(last.header("x-amz-mp-parts-count"), Some("2"));
        let crc = Base64::encode_string(&crc32(b"end").to_be_bytes());
        assert_eq!(last.header("x-amz-checksum-crc32"), Some(crc.as_str()));
        assert_eq!(last.header("x-amz-checksum-type"), Some("COMPOSITE"));
        let head = admin.head("/b-1/k").query("partNumber", "1").expect(206);
        assert_eq!(head.header("content-length"), Some("5242880"));
        let whole = admin
            .head("/b-1/k")
            .header("x-amz-checksum-mode", "ENABLED")
            .expect(200);
        assert!(
            whole
                .header("x-amz-checksum-crc32")
                .expect("one")
                .ends_with("-2")
        );
        assert_eq!(whole.header("x-amz-mp-parts-count"), None);
        assert_eq!(whole.header("x-amz-expiration"), None);
        part("3").refused("InvalidPartNumber");
        part("0").refused("InvalidArgument");
        part("1")
            .header("range", "bytes=0-1")
            .refused("InvalidRequest");
    });
}

#[test]
fn an_empty_object_has_one_part_and_no_range() {
    on_every_backend(|api| {
        let admin = api.admin();
        admin.put("/b-1").expect(200);
        let put = admin
            .put("/b-1/k")
            .header("expires", "Thu, 01 Dec 2044 16:00:00 GMT");
        put.expect(200);

        let got = admin.get("/b-1/k").expect(200);
        assert_eq!(
            (got.text().as_str(), got.header("content-length")),
            ("", Some("0"))
        );
        assert_eq!(got.header("expires"), Some("Thu, 01 Dec 2044 16:00:00 GMT"));
        let part = admin.get("/b-1/k?partNumber=1").expect(200);
        assert_eq!(
            (part.text().as_str(), part.header("x-amz-mp-parts-count")),
            ("", None)
        );
        admin
            .get("/b-1/k")
            .header("range", "bytes=0-")
            .refused("InvalidRange");
        let both = admin.get("/b-1/k?partNumber=1").header("range", "bytes=0-");
        both.refused("InvalidRequest");
        let stale = admin.get("/b-1/k").header("range", "bytes=0-");
        stale.header("if-range", "\"other\"").expect(200);
    });
}
