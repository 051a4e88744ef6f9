//! "Signature Calculations for the Authorization Header", "Authenticating Requests: Using Query
//! Parameters" and "Transferring Payload in Multiple Chunks" of the Amazon S3 API reference.

use super::{example_credentials, pairs, request, value};
use crate::aws::sign::{Payload, SignatureVersion, Streaming, chunked, sha256, sign_s3, v4};
use crate::units::Timestamp;

const HOST: &str = "examplebucket.s3.amazonaws.com";

/// Fri, 24 May 2013 00:00:00 GMT.
const DAY: Timestamp = Timestamp(1_369_353_600);

/// Signs and returns the `Authorization` header's signature and its signed headers.
fn signature(
    method: &str,
    path: &str,
    query: &[(&str, &str)],
    headers: &[(&str, &str)],
    body: &[u8],
) -> String {
    let (query, headers) = (pairs(query), pairs(headers));
    let signed = sign_s3(
        SignatureVersion::V4,
        &example_credentials(),
        "us-east-1",
        DAY,
        &request(method, HOST, path, &query, &headers),
        &Payload::Sha256(sha256(body)),
    );
    value(&signed, "authorization").to_owned()
}

#[test]
fn example_get_object() {
    let authorization = signature("GET", "/test.txt", &[], &[("Range", "bytes=0-9")], b"");

    assert_eq!(
        authorization,
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, \
         SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, \
         Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
    );
}

#[test]
fn example_put_object() {
    let headers = [
        ("Date", "Fri, 24 May 2013 00:00:00 GMT"),
        ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
    ];

    let authorization = signature(
        "PUT",
        "/test$file.text",
        &[],
        &headers,
        b"Welcome to Amazon S3.",
    );

    let expected = "Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd";
    assert!(authorization.ends_with(expected), "{authorization}");
}

#[test]
fn example_get_bucket_lifecycle() {
    let authorization = signature("GET", "/", &[("lifecycle", "")], &[], b"");

    let expected = "Signature=fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543";
    assert!(authorization.ends_with(expected), "{authorization}");
}

#[test]
fn example_get_bucket_list_objects() {
    let query = [("prefix", "J"), ("max-keys", "2")];

    let authorization = signature("GET", "/", &query, &[], b"");

    let expected = "Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7";
    assert!(authorization.ends_with(expected), "{authorization}");
}

#[test]
fn example_presigned_url() {
    let added = v4::presign(
        "s3",
        &example_credentials(),
        "us-east-1",
        DAY,
        86400,
        &request("GET", HOST, "/test.txt", &[], &[]),
    );

    assert_eq!(
        value(&added, "X-Amz-Signature"),
        "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
    );
}

#[test]
fn example_chunked_upload() {
    let headers = pairs(&[
        ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
        ("Content-Encoding", "aws-chunked"),
        ("x-amz-decoded-content-length", "66560"),
        ("Content-Length", "66824"),
    ]);
    let signed = v4::sign(
        "s3",
        &example_credentials(),
        "us-east-1",
        DAY,
        &request(
            "PUT",
            "s3.amazonaws.com",
            "/examplebucket/chunkObject.txt",
            &[],
            &headers,
        ),
        &Payload::Streaming(Streaming::Signed),
    );
    let expected = [
        "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
        "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
        "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
    ];

    assert_eq!(
        signed.signature,
        "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"
    );
    let bytes = vec![b'a'; 65 * 1024];
    let mut signer = signed.chunks.clone();
    let mut verifier = signed.chunks;
    for (chunk, expected) in [&bytes[..65536], &bytes[65536..], &[]]
        .into_iter()
        .zip(expected)
    {
        assert_eq!(signer.sign(sha256(chunk)), expected);
        assert_eq!(
            verifier.verify(sha256(b"other"), expected),
            Err(chunked::ChunkMismatch)
        );
        assert_eq!(verifier.verify(sha256(chunk), expected), Ok(()));
    }
    assert_eq!(
        chunked::chunk_line(65536, Some(expected[0])),
        format!("10000;chunk-signature={}\r\n", expected[0])
    );
}

#[test]
fn example_chunked_upload_with_trailing_checksum() {
    let headers = pairs(&[
        ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
        ("Content-Encoding", "aws-chunked"),
        ("x-amz-decoded-content-length", "66560"),
        ("x-amz-trailer", "x-amz-checksum-crc32c"),
    ]);
    let signed = v4::sign(
        "s3",
        &example_credentials(),
        "us-east-1",
        DAY,
        &request(
            "PUT",
            "s3.amazonaws.com",
            "/examplebucket/chunkObject.txt",
            &[],
            &headers,
        ),
        &Payload::Streaming(Streaming::SignedTrailer),
    );
    let bytes = vec![b'a'; 65 * 1024];
    let trailer = pairs(&[("x-amz-checksum-crc32c", "sOO8/Q==")]);

    assert_eq!(
        signed.signature,
        "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e"
    );
    let mut signer = signed.chunks;
    assert_eq!(
        signer.sign(sha256(&bytes[..65536])),
        "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2"
    );
    assert_eq!(
        signer.sign(sha256(&bytes[65536..])),
        "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7"
    );
    assert_eq!(
        signer.sign(sha256(b"")),
        "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992"
    );
    assert_eq!(
        signer.sign_trailer(&trailer),
        "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435"
    );
}
