//! Whole bundles, made and opened through the library.

mod bench;
mod remote;
mod same;
mod streaming;

use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use proptest::prelude::*;

use super::*;
use crate::crypto::digest::Sha1Digest;
use crate::host::workspace::WorkspaceError;
use crate::progress::{Progress, Silent, Stage};
use crate::units::Bytes;
use bench::{Bench, certificate, image, jobs};

/// Lengths one off the edges of cells, tar blocks, holes, chunks and records.
fn edge() -> impl Strategy<Value = usize> {
    let edges = prop::sample::select(vec![512, 4096, 9216, 10_240, 32_768, 65_536, 1 << 20]);
    (edges, 1_usize..3, 0_usize..5).prop_map(|(edge, times, off)| (edge * times + off).max(3) - 2)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn what_is_bundled_comes_back(
        len in edge(),
        seed: u64,
        from_file: bool,
        sparse: bool,
        part_size in 1024_u64..5000,
        level in prop::sample::select(vec![Level::Fast, Level::Balanced, Level::Small]),
        compressors in 1_usize..5,
    ) {
        let bench = Bench::new();
        let image = image(len, seed);
        let options = if from_file { bench.file_options(&image) } else { bench.bundle_options(&image) };
        let options = BundleOptions {
            part_size: Bytes(part_size), level, sparse, jobs: jobs(compressors), ..options
        };

        let summary = bundle(options, &Silent).unwrap();

        prop_assert_eq!(summary.manifest.image.size, len as u64);
        let parts = &summary.parts;
        prop_assert!(parts[..parts.len() - 1].iter().all(|part| part.size == part_size));
        prop_assert!(parts.last().is_some_and(|part| (1..=part_size).contains(&part.size)));
        prop_assert!(bench.unbundled() == image);
    }

    /// Every length around the one at which a part is just full.
    #[test]
    fn the_last_part_is_never_empty(off in 0_usize..40) {
        let bench = Bench::new();
        let options = BundleOptions { sparse: false, ..bench.bundle_options(&image(3000 + off * 16, 5)) };

        let summary = bundle(options, &Silent).unwrap();

        prop_assert!(summary.parts.iter().all(|part| part.size > 0));
    }
}

#[test]
fn same_content_key_and_iv_make_the_same_bytes() {
    let image = image(3 << 20, 3);
    let mut seen = Vec::new();
    for count in [1, 2, 5] {
        let bench = Bench::new();
        let options = BundleOptions {
            jobs: jobs(count),
            part_size: Bytes::kib(64),
            ..bench.file_options(&image)
        };
        bundle(options, &Silent).unwrap();
        fs::remove_file(bench.path().join("image")).unwrap();
        let files = bench.names().into_iter().map(|name| {
            let content = fs::read(bench.path().join(&name)).unwrap();
            (name, Sha1Digest::of(&content))
        });
        seen.push(files.collect::<Vec<_>>());
    }

    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0], seen[2]);
}

#[test]
fn an_older_bundle_is_replaced_whole_or_not_at_all() {
    let bench = Bench::new();
    bundle(bench.bundle_options(&image(60_000, 1)), &Silent).unwrap();
    let before = bench.names();

    let error = bundle(bench.bundle_options(&image(500, 2)), &Silent).unwrap_err();
    assert!(matches!(error, BundleError::Exists { .. }), "{error}");
    assert_eq!(bench.names(), before);

    let options = BundleOptions {
        replace: true,
        ..bench.bundle_options(&image(500, 2))
    };
    bundle(options, &Silent).unwrap();
    assert_eq!(bench.names(), ["disk.manifest.xml", "disk.part.00"]);
    assert!(bench.unbundled() == image(500, 2));
}

#[test]
fn a_stream_must_be_as_long_as_announced() {
    for (real, announced, want) in [
        (1000, 1001, "image - ended after 1000 bytes, expected 1001"),
        (
            1000,
            999,
            "image - goes on after the 999 bytes that were announced",
        ),
    ] {
        let bench = Bench::new();
        let mut options = bench.bundle_options(&[]);
        options.source = ImageSource::Stream {
            reader: Box::new(Cursor::new(image(real, 1))),
            size: announced,
        };

        let error = bundle(options, &Silent).unwrap_err();

        assert_eq!(error.to_string(), want);
        assert_eq!(bench.names(), [""; 0]);
    }
}

/// Asks to stop after some bytes of a stage.
struct StopAfter {
    stage: Stage,
    left: AtomicU64,
}

impl Progress for StopAfter {
    fn begin(&self, _: Stage, _: Option<u64>) {}
    fn advance(&self, stage: Stage, amount: u64) {
        if stage == self.stage {
            let take = |left: u64| Some(left.saturating_sub(amount));
            let _ = self
                .left
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, take);
        }
    }
    fn finish(&self, _: Stage) {}
    fn interrupted(&self) -> bool {
        self.left.load(Ordering::Relaxed) == 0
    }
}

#[test]
fn an_interrupted_journey_leaves_nothing() {
    let bench = Bench::new();
    let image = image(20 << 20, 8);
    for stage in [Stage::Scan, Stage::Bundle] {
        let stop = StopAfter {
            stage,
            left: AtomicU64::new(1 << 20),
        };
        let options = BundleOptions {
            part_size: Bytes::mib(1),
            ..bench.file_options(&image)
        };

        let error = bundle(options, &stop).unwrap_err();

        assert!(
            matches!(error, BundleError::Interrupted),
            "{stage:?}: {error}"
        );
        assert_eq!(bench.names(), ["image"]);
    }

    let options = BundleOptions {
        part_size: Bytes::mib(1),
        ..bench.file_options(&image)
    };
    bundle(options, &Silent).unwrap();
    let before = bench.names();
    let stop = StopAfter {
        stage: Stage::Unbundle,
        left: AtomicU64::new(1 << 20),
    };

    let error = unbundle(bench.unbundle_options(), &stop).unwrap_err();

    assert!(matches!(error, UnbundleError::Interrupted), "{error}");
    assert_eq!(bench.names(), before);
}

#[test]
fn a_bad_part_is_the_error_even_when_the_stream_breaks_before_its_end() {
    let bench = Bench::new();
    let options = BundleOptions {
        part_size: Bytes::mib(1),
        ..bench.file_options(&image(20 << 20, 8))
    };
    bundle(options, &Silent).unwrap();
    let part = bench.path().join("disk.part.01");
    let mut content = fs::read(&part).unwrap();
    content[100..200].fill(0);
    fs::write(&part, content).unwrap();
    let before = bench.names();

    let error = unbundle(bench.unbundle_options(), &Silent).unwrap_err();

    assert!(
        matches!(error, UnbundleError::PartDigest { index: 1, .. }),
        "{error}"
    );
    assert_eq!(bench.names(), before);
}

/// A nested bundle: our own gzip file, stored as it is, imitates every marker.
#[test]
fn an_image_that_is_full_of_markers_comes_back() {
    let inner = Bench::new();
    let options = BundleOptions {
        sparse: false,
        ..inner.bundle_options(&image(5 << 20, 4))
    };
    bundle(options, &Silent).unwrap();
    let mut encoder = gzip::ChunkEncoder::new(Level::Fast);
    let mut nested = Vec::new();
    for chunk in image(5 << 20, 4).chunks(70_000) {
        encoder.encode(chunk, &mut nested);
    }
    let bench = Bench::new();
    let options = BundleOptions {
        part_size: Bytes::mib(1),
        ..bench.file_options(&nested)
    };

    bundle(options, &Silent).unwrap();

    assert!(bench.unbundled() == nested);
}

#[test]
fn a_key_of_another_certificate_is_refused_before_any_work() {
    let bench = Bench::new();
    let mut options = bench.bundle_options(&image(100, 1));
    options.identity.user_certificate = Some(certificate("THROWAWAY-euca-cloud.crt"));

    let error = bundle(options, &Silent).unwrap_err();

    assert!(matches!(error, BundleError::KeyMismatch { .. }), "{error}");
    assert_eq!(bench.names(), [""; 0]);
}

#[test]
fn a_missing_destination_is_named() {
    let bench = Bench::new();
    let mut options = bench.bundle_options(&image(100, 1));
    options.destination = PathBuf::from("/nowhere/at/all");

    let error = bundle(options, &Silent).unwrap_err();

    let BundleError::Workspace(WorkspaceError::NoDirectory { path, .. }) = error else {
        panic!("{error}");
    };
    assert_eq!(path, Path::new("/nowhere/at/all"));
}
