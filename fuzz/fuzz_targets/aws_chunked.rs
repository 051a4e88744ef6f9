//! Whatever a body says, taking its framing off neither panics nor depends on how it comes, and
//! never gives more data than was announced.

#![no_main]

use amikit::aws::sign::Streaming;
use amikit::cloud::walrus::body::chunked::Decoder;
use bytes::Bytes;
use libfuzzer_sys::fuzz_target;

/// Data and trailers of a body that comes in steps of this many bytes.
fn read(body: &[u8], length: u64, step: usize) -> Option<(Vec<u8>, Vec<(String, String)>)> {
    let names = vec!["x-amz-checksum-crc32".to_owned()];
    let kind = Streaming::UnsignedTrailer;
    let mut decoder = Decoder::new(kind, None, length, names).ok()?;
    let mut data = Vec::new();
    for bytes in body.chunks(step) {
        let mut input = Bytes::copy_from_slice(bytes);
        while let Some(piece) = decoder.next(&mut input).ok()? {
            data.extend_from_slice(&piece);
            assert!(data.len() as u64 <= length, "more than was announced");
        }
    }
    decoder.finish().ok().map(|trailers| (data, trailers))
}

fuzz_target!(|input: (u8, u8, &[u8])| {
    let (length, step, body) = input;
    let (length, step) = (u64::from(length), usize::from(step).max(1));
    let whole = read(body, length, body.len().max(1));
    assert_eq!(whole, read(body, length, step));
});
