//! No stream makes the reader panic, write out of bounds or go back, however it comes.

#![no_main]

use std::convert::Infallible;

use amikit::bundle::tar::{ImageSink, ReadError, TarParser};
use libfuzzer_sys::fuzz_target;

/// Counts what comes and checks that it stays in the image.
#[derive(Debug, Default, PartialEq)]
struct Counter {
    size: Option<u64>,
    end: u64,
    written: u64,
}

impl ImageSink for Counter {
    type Error = Infallible;

    fn begin(&mut self, size: u64) -> Result<(), Infallible> {
        assert_eq!(self.size.replace(size), None);
        Ok(())
    }

    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> Result<(), Infallible> {
        assert!(self.end <= offset && !bytes.is_empty());
        self.end = offset + bytes.len() as u64;
        self.written += bytes.len() as u64;
        assert!(self.end <= self.size.expect("begun"));
        Ok(())
    }
}

/// What a stream amounts to, or why not, when it comes in pieces of this many bytes.
fn read(stream: &[u8], step: usize) -> (Counter, Result<(), String>) {
    let mut counter = Counter::default();
    let mut parser = TarParser::default();
    for piece in stream.chunks(step) {
        match parser.push(piece, &mut counter) {
            Ok(()) => {}
            Err(ReadError::Tar(why)) => return (counter, Err(why)),
            Err(ReadError::Sink(never)) => match never {},
        }
    }
    let end = parser.finish();
    (counter, end)
}

/// Makes the checksum of a header right, so that what it says gets read.
fn seal(header: &mut [u8]) {
    header[148..156].fill(b' ');
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
}

fuzz_target!(|input: (u8, Vec<u8>)| {
    let (step, mut stream) = input;
    for header in stream.chunks_exact_mut(512).take(2) {
        seal(header);
    }
    let whole = read(&stream, stream.len().max(1));
    let pieces = read(&stream, usize::from(step) + 1);
    assert_eq!(whole, pieces);
});
