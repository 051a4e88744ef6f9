use proptest::prelude::*;

use super::*;
use crate::aws::Credentials;
use crate::aws::sign::chunked::chunk_line;
use crate::aws::sign::{Payload, SignableRequest, sha256, v4};
use crate::units::Timestamp;

const TRAILER: &str = "x-amz-checksum-crc32c";

/// The request of the published example: "Authenticating requests: transferring payload in
/// multiple chunks".
fn published_signer() -> ChunkSigner {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let credentials = Credentials {
        access_key_id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
        secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned().into(),
        session_token: None,
        expires: None,
    };
    let request = SignableRequest {
        method: "PUT",
        host: "s3.amazonaws.com",
        path: "/examplebucket/chunkObject.txt",
        service_path: "",
        virtual_bucket: None,
        query: &[],
        headers: &[
            pair("content-encoding", "aws-chunked"),
            pair("content-length", "66824"),
            pair("x-amz-decoded-content-length", "66560"),
            pair("x-amz-storage-class", "REDUCED_REDUNDANCY"),
        ],
    };
    let payload = Payload::Streaming(Streaming::Signed);
    let now = Timestamp(1_369_353_600);
    let signature = v4::sign("s3", &credentials, "us-east-1", now, &request, &payload);
    assert_eq!(
        signature.signature,
        "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"
    );
    signature.chunks
}

/// A body as a client makes it.
fn encode(kind: Streaming, chunks: &[&[u8]], trailers: &[(String, String)]) -> Vec<u8> {
    let mut signer = kind.signs_chunks().then(published_signer);
    let mut body = Vec::new();
    for chunk in chunks.iter().chain([&&b""[..]]) {
        let signature = signer.as_mut().map(|signer| signer.sign(sha256(chunk)));
        body.extend_from_slice(chunk_line(chunk.len(), signature.as_deref()).as_bytes());
        body.extend_from_slice(chunk);
        if !chunk.is_empty() || !kind.has_trailer() {
            body.extend_from_slice(b"\r\n");
        }
    }
    if kind.has_trailer() {
        for (name, value) in trailers {
            body.extend_from_slice(format!("{name}:{value}\r\n").as_bytes());
        }
        if let Some(signer) = &mut signer {
            let signature = signer.sign_trailer(trailers);
            body.extend_from_slice(format!("{TRAILER_SIGNATURE}:{signature}\r\n").as_bytes());
        }
        body.extend_from_slice(b"\r\n");
    }
    body
}

fn trailers(kind: Streaming) -> Vec<(String, String)> {
    let trailer = (TRAILER.to_owned(), "4waSgw==".to_owned());
    kind.has_trailer().then_some(trailer).into_iter().collect()
}

/// Names and values.
type Trailers = Vec<(String, String)>;

/// Reads a body that comes in such pieces.
fn decode<'a>(
    kind: Streaming,
    length: u64,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> S3Result<(Vec<u8>, Trailers)> {
    let signer = kind.signs_chunks().then(published_signer);
    let names = trailers(kind).into_iter().map(|(name, _)| name).collect();
    let mut decoder = Decoder::new(kind, signer, length, names)?;
    let mut data = Vec::new();
    for piece in pieces {
        let mut input = Bytes::copy_from_slice(piece);
        while let Some(piece) = decoder.next(&mut input)? {
            data.extend_from_slice(&piece);
        }
    }
    Ok((data, decoder.finish()?))
}

fn code(kind: Streaming, length: u64, body: &[u8]) -> Code {
    decode(kind, length, [body]).unwrap_err().code
}

#[test]
fn the_published_example_is_read() {
    let data = vec![b'a'; 66560];
    let body = encode(Streaming::Signed, &[&data[..65536], &data[65536..]], &[]);
    let head = str::from_utf8(&body[..85]).unwrap();

    let (read, _) = decode(Streaming::Signed, 66560, body.chunks(1000)).unwrap();

    assert_eq!(
        head,
        "10000;chunk-signature=\
         ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648"
            .get(..85)
            .unwrap()
    );
    assert_eq!((body.len(), read), (66824, data.clone()));
}

#[test]
fn what_clients_send_is_read() {
    let kind = Streaming::UnsignedTrailer;
    let read = |body: &str, length| decode(kind, length, [body.as_bytes()]).unwrap().0;
    let end = "0\r\nx-amz-checksum-crc32c:4waSgw==\r\n\r\n";

    assert_eq!(read(&format!("9\r\n123456789\r\n{end}"), 9), b"123456789");
    assert_eq!(
        read(&format!("00A\r\n1234567890\r\n{end}"), 10),
        b"1234567890"
    );
    assert_eq!(
        read(&format!("a\r\n1234567890\r\n{end}"), 10),
        b"1234567890"
    );
    assert_eq!(read(end, 0), b"");
    assert_eq!(
        read("0\r\nX-Amz-Checksum-CRC32C: 4waSgw== \r\n\r\n", 0),
        b""
    );
    let minio = "0\r\nx-amz-checksum-crc32c:4waSgw==\n\r\n\r\n";
    assert_eq!(read(minio, 0), b"");
}

#[test]
fn framing_that_is_not_right_is_refused() {
    let kind = Streaming::UnsignedTrailer;
    for body in [
        "\r\n",
        "-1\r\n",
        "+1\r\nx\r\n",
        "0x1\r\nx\r\n",
        "g\r\n",
        " 1\r\nx\r\n",
        "1;a=b\r\nx\r\n",
        "1;\r\nx\r\n",
        "1\nx\r\n",
        "1\r\nxy\r\n",
        "1\r\nx\n0\r\n",
        "10000000000000000\r\n",
        &"0".repeat(300),
        "\u{e9}\r\n",
    ] {
        assert_eq!(
            code(kind, 1, body.as_bytes()),
            Code::InvalidRequest,
            "{body:?}"
        );
    }
    let whole = encode(kind, &[b"x"], &trailers(kind));
    let longer = [&whole[..], b"\r\n"].concat();
    assert_eq!(code(kind, 1, &longer), Code::InvalidRequest);
}

#[test]
fn another_length_than_said_is_refused_when_it_is_seen() {
    for kind in Streaming::ALL {
        let body = encode(kind, &[b"1234", b"5678"], &trailers(kind));

        assert_eq!(code(kind, 7, &body), Code::IncompleteBody);
        assert_eq!(code(kind, 9, &body), Code::IncompleteBody);
    }
    let begun = b"ffffffffffffffff\r\n";
    assert_eq!(
        code(Streaming::UnsignedTrailer, 5, begun),
        Code::IncompleteBody
    );
}

#[test]
fn a_body_that_ends_anywhere_before_its_end_is_incomplete() {
    for kind in Streaming::ALL {
        let body = encode(kind, &[b"1234", b"5678"], &trailers(kind));

        for end in 0..body.len() {
            assert_eq!(code(kind, 8, &body[..end]), Code::IncompleteBody, "{end}");
        }
    }
}

#[test]
fn any_other_byte_in_a_signed_body_is_refused() {
    for kind in [Streaming::Signed, Streaming::SignedTrailer] {
        let body = encode(kind, &[b"1234", b"5678"], &trailers(kind));
        for at in 0..body.len() {
            let mut other = body.clone();
            other[at] ^= 1;
            assert!(decode(kind, 8, [&other[..]]).is_err(), "{kind:?} {at}");
        }
    }
    let mut other = encode(Streaming::Signed, &[b"1234"], &[]);
    let at = memchr::memmem::find(&other, b"\r\n1234\r\n").unwrap() + 2;
    other[at] ^= 1;
    assert_eq!(
        code(Streaming::Signed, 4, &other),
        Code::SignatureDoesNotMatch
    );
}

#[test]
fn chunks_are_neither_swapped_nor_dropped() {
    let kind = Streaming::Signed;
    let body = encode(kind, &[b"1234", b"5678"], &[]);
    let one = "4;chunk-signature=".len() + 64 + 2 + 4 + 2;
    let (first, second, end) = (&body[..one], &body[one..2 * one], &body[2 * one..]);

    let swapped = [second, first, end].concat();
    let dropped = [first, end].concat();

    assert_eq!(code(kind, 8, &swapped), Code::SignatureDoesNotMatch);
    assert_eq!(code(kind, 4, &dropped), Code::SignatureDoesNotMatch);
}

#[test]
fn trailers_are_those_announced() {
    let kind = Streaming::UnsignedTrailer;
    let good = "x-amz-checksum-crc32c:4waSgw==\r\n";
    for trailers in [
        "",
        "x-amz-checksum-crc32:AAAAAA==\r\n",
        "x-amz-checksum-crc32c\r\n",
        ":4waSgw==\r\n",
        "x-amz-checksum-crc32c:\x01\r\n",
        "x-amz-trailer-signature:00\r\n",
        &good.repeat(2),
        &format!("{good}other:1\r\n"),
    ] {
        let body = format!("0\r\n{trailers}\r\n");
        assert_eq!(
            code(kind, 0, body.as_bytes()),
            Code::MalformedTrailerError,
            "{trailers}"
        );
    }
}

#[test]
fn trailers_of_a_signed_body_are_signed() {
    let kind = Streaming::SignedTrailer;
    let body = String::from_utf8(encode(kind, &[b"1"], &trailers(kind))).unwrap();
    let (before, signature) = body.split_once(TRAILER_SIGNATURE).unwrap();

    let unsigned = format!("{before}\r\n");
    let changed = body.replace("4waSgw==", "4waSgg==");
    let after = format!(
        "{before}{TRAILER_SIGNATURE}{}a:b\r\n\r\n",
        signature.trim_end_matches("\r\n").to_owned() + "\r\n"
    );

    assert_eq!(
        code(kind, 1, unsigned.as_bytes()),
        Code::MalformedTrailerError
    );
    assert_eq!(
        code(kind, 1, changed.as_bytes()),
        Code::SignatureDoesNotMatch
    );
    assert_eq!(code(kind, 1, after.as_bytes()), Code::MalformedTrailerError);
}

#[test]
fn signed_chunks_need_a_signed_request() {
    let error = Decoder::new(Streaming::Signed, None, 0, Vec::new()).unwrap_err();

    assert_eq!(error.code, Code::InvalidRequest);
}

#[test]
fn data_is_not_copied() {
    let mut input = Bytes::from_static(b"4\r\n1234\r\n");
    let place = input[3..].as_ptr();
    let mut decoder = Decoder::new(Streaming::UnsignedTrailer, None, 4, Vec::new()).unwrap();

    let piece = decoder.next(&mut input).unwrap().unwrap();

    assert_eq!(piece.as_ptr(), place);
}

proptest! {
    /// Whatever the chunks are and wherever the network cuts, the data is what was sent.
    #[test]
    fn any_split_gives_what_was_sent(
        kind in prop::sample::select(&Streaming::ALL[..]),
        chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..300), 0..8),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
    ) {
        let slices: Vec<_> = chunks.iter().map(Vec::as_slice).collect();
        let body = encode(kind, &slices, &trailers(kind));
        let mut ends: Vec<_> = cuts.iter().map(|cut| cut.index(body.len())).collect();
        ends.extend([0, body.len()]);
        ends.sort_unstable();
        let data = chunks.concat();

        let pieces = ends.windows(2).map(|ends| &body[ends[0]..ends[1]]);
        let read = decode(kind, data.len() as u64, pieces).unwrap();

        prop_assert_eq!(read, (data, trailers(kind)));
    }

    /// Nor does it matter for what is refused.
    #[test]
    fn any_split_gives_the_same_end(
        bytes in prop::collection::vec(prop::sample::select(&b"0123af;\r\nx:"[..]), 0..60),
        step in 1..20_usize,
        length in 0..6_u64,
    ) {
        let kind = Streaming::UnsignedTrailer;

        let whole = decode(kind, length, [&bytes[..]]);
        let cut = decode(kind, length, bytes.chunks(step));

        prop_assert_eq!(whole.map_err(|error| error.code), cut.map_err(|error| error.code));
    }
}
