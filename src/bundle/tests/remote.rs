//! Bundles that come as a stream.

use std::fs;
use std::io::{self, Cursor, Read};
use std::sync::atomic::{AtomicUsize, Ordering};

use super::bench::{Bench, certificate, image, jobs, user_key};
use crate::bundle::*;
use crate::crypto::secret::SessionKey;
use crate::manifest::{SignedManifest, write};
use crate::progress::Silent;

/// A bundle as it comes from elsewhere: its manifest, and its parts one after the other.
struct Elsewhere {
    manifest: Vec<u8>,
    parts: Vec<u8>,
    fetched: AtomicUsize,
}

impl Elsewhere {
    fn new(content: &[u8]) -> Self {
        let bench = Bench::new();
        let summary = bundle(bench.bundle_options(content), &Silent).unwrap();
        let parts = summary
            .parts
            .iter()
            .map(|part| fs::read(&part.path).unwrap());
        Self {
            manifest: fs::read(&summary.manifest_path).unwrap(),
            parts: parts.flatten().collect(),
            fetched: AtomicUsize::new(0),
        }
    }

    fn unbundle(&self, output: Output) -> Result<UnbundleSummary, UnbundleError> {
        self.unbundle_from(output, &|| Box::new(Cursor::new(self.parts.clone())))
    }

    fn unbundle_from(
        &self,
        output: Output,
        open: &(dyn Fn() -> Box<dyn Read + Send> + Sync),
    ) -> Result<UnbundleSummary, UnbundleError> {
        let open = || {
            self.fetched.fetch_add(1, Ordering::SeqCst);
            open()
        };
        let options = RemoteOptions {
            manifest: SignedManifest::parse(&self.manifest, "b/k".as_ref()).unwrap(),
            open: &open,
            key: user_key(),
            certificate: Some(certificate("THROWAWAY-euca-user.crt")),
            output,
            replace: false,
            jobs: jobs(2),
        };
        unbundle_remote(options, &Silent)
    }

    fn times_fetched(&self) -> usize {
        self.fetched.load(Ordering::SeqCst)
    }
}

#[test]
fn a_bundle_of_ours_is_fetched_once() {
    for len in [1, 4096, 3 << 20] {
        let content = image(len, 9);
        let (bench, elsewhere) = (Bench::new(), Elsewhere::new(&content));

        let output = Output::Directory(bench.path().to_owned());
        let summary = elsewhere.unbundle(output).unwrap();

        assert!(fs::read(summary.path.unwrap()).unwrap() == content);
        assert_eq!(elsewhere.times_fetched(), 1);
        assert_eq!(bench.names(), ["disk"]);
    }
}

#[test]
fn others_are_decoded_in_order() {
    let content = image(1 << 20, 9);
    let (bench, mut elsewhere) = (Bench::new(), Elsewhere::new(&content));
    let path = "b/k".as_ref();
    let mut manifest = SignedManifest::parse(&elsewhere.manifest, path)
        .unwrap()
        .manifest;
    manifest.bundler.name = "euca-tools".to_owned();
    elsewhere.manifest = write::write(&manifest, Some(&user_key())).unwrap();

    let summary = elsewhere
        .unbundle(Output::File(bench.path().join("out")))
        .unwrap();

    assert!(fs::read(summary.path.unwrap()).unwrap() == content);
    assert_eq!(elsewhere.times_fetched(), 1);
}

#[test]
fn what_is_not_in_pieces_although_it_says_so_is_fetched_again() {
    let content = image(2 << 20, 9);
    let (bench, mut elsewhere) = (Bench::new(), Elsewhere::new(&content));
    let session = SessionKey::new([7; 16], [9; 16]);
    let tar = inflated(&elsewhere.parts, &session);
    elsewhere.parts = encrypted(&deflated_by_another(&tar), &session);
    let path = "b/k".as_ref();
    let mut manifest = SignedManifest::parse(&elsewhere.manifest, path)
        .unwrap()
        .manifest;
    manifest.image.bundled_size = elsewhere.parts.len() as u64;
    elsewhere.manifest = write::write(&manifest, Some(&user_key())).unwrap();

    let summary = elsewhere
        .unbundle(Output::File(bench.path().join("out")))
        .unwrap();

    assert!(fs::read(summary.path.unwrap()).unwrap() == content);
    assert_eq!(elsewhere.times_fetched(), 2);
}

fn inflated(parts: &[u8], session: &SessionKey) -> Vec<u8> {
    let mut plain = parts.to_vec();
    crate::crypto::aes_cbc::decrypt_blocks(session, session.iv(), &mut plain);
    let mut tar = Vec::new();
    flate2::read::GzDecoder::new(&plain[..])
        .read_to_end(&mut tar)
        .unwrap();
    tar
}

fn deflated_by_another(tar: &[u8]) -> Vec<u8> {
    let mut gzip = Vec::new();
    flate2::read::GzEncoder::new(tar, flate2::Compression::fast())
        .read_to_end(&mut gzip)
        .unwrap();
    gzip
}

fn encrypted(plain: &[u8], session: &SessionKey) -> Vec<u8> {
    let mut writer = crate::crypto::aes_cbc::CbcWriter::new(Vec::new(), session);
    io::copy(&mut &plain[..], &mut writer).unwrap();
    writer.finish().unwrap()
}

#[test]
fn a_stream_that_is_too_short_or_too_long_leaves_no_file() {
    let mut elsewhere = Elsewhere::new(&image(1 << 20, 9));
    let whole = elsewhere.parts.clone();
    let longer = [&whole[..], &[0; 16]].concat();
    for parts in [&whole[..whole.len() - 16], &whole[..0], &longer[..]] {
        let bench = Bench::new();
        elsewhere.parts = parts.to_vec();

        let output = Output::Directory(bench.path().to_owned());
        let error = elsewhere.unbundle(output).unwrap_err();

        assert!(
            matches!(error, UnbundleError::BundledSize { .. }),
            "{error}"
        );
        assert_eq!(bench.names(), [""; 0]);
    }
}

#[test]
fn a_stream_that_was_changed_leaves_no_file() {
    let elsewhere = Elsewhere::new(&image(1 << 20, 9));
    for at in [
        5,
        2000,
        elsewhere.parts.len() / 2,
        elsewhere.parts.len() - 1,
    ] {
        let bench = Bench::new();
        let mut parts = elsewhere.parts.clone();
        parts[at] ^= 0x40;

        let output = Output::Directory(bench.path().to_owned());
        let open = || -> Box<dyn Read + Send> { Box::new(Cursor::new(parts.clone())) };
        let error = elsewhere.unbundle_from(output, &open).unwrap_err();

        assert!(
            matches!(
                error,
                UnbundleError::Gzip { .. }
                    | UnbundleError::Cipher { .. }
                    | UnbundleError::Tar { .. }
                    | UnbundleError::ImageDigest { .. }
            ),
            "{at}: {error}"
        );
        assert_eq!(bench.names(), [""; 0]);
    }
}

/// The parts with a fault, of which the stream speaks only some bytes later.
struct Judging {
    parts: Cursor<Vec<u8>>,
    verdict_at: u64,
}

impl Read for Judging {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.parts.position() >= self.verdict_at {
            return Err(io::Error::other("part 0 has another digest"));
        }
        let len = buffer.len().min(700);
        self.parts.read(&mut buffer[..len])
    }
}

#[test]
fn the_streams_verdict_on_a_part_is_the_error() {
    let elsewhere = Elsewhere::new(&image(1 << 20, 9));
    let mut parts = elsewhere.parts.clone();
    parts[5] ^= 0x40; // no gzip any more, from the first byte on
    for to_stream in [false, true] {
        let bench = Bench::new();
        let output = if to_stream {
            Output::Stream(Box::new(io::sink()))
        } else {
            Output::Directory(bench.path().to_owned())
        };

        let open = || -> Box<dyn Read + Send> {
            Box::new(Judging {
                parts: Cursor::new(parts.clone()),
                verdict_at: 1024,
            })
        };
        let error = elsewhere.unbundle_from(output, &open).unwrap_err();

        let UnbundleError::ReadStream { source } = error else {
            panic!("{error}");
        };
        assert_eq!(source.to_string(), "part 0 has another digest");
        assert_eq!(bench.names(), [""; 0]);
    }
}

#[test]
fn a_device_is_refused_before_anything_is_fetched() {
    let elsewhere = Elsewhere::new(&image(1000, 9));

    let error = elsewhere
        .unbundle(Output::Device("/dev/null".into()))
        .unwrap_err();

    assert!(
        matches!(error, UnbundleError::StreamToDevice { .. }),
        "{error}"
    );
    assert_eq!(elsewhere.times_fetched(), 0);
}
