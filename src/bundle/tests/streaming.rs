//! Bundles whose parts leave while they are made.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex};

use super::bench::{Bench, image, jobs};
use crate::bundle::*;
use crate::crypto::digest::Sha1Digest;
use crate::progress::{Progress, Silent, Stage};
use crate::units::Bytes;

/// Keeps what comes, and looks at the folder that it comes from.
struct Memory {
    folder: PathBuf,
    files: Mutex<BTreeMap<String, Vec<u8>>>,
    /// Most part files that were seen at once.
    most: AtomicUsize,
    /// Part from which on it fails.
    fails_at: usize,
}

impl Memory {
    fn new(bench: &Bench) -> Self {
        Self {
            folder: bench.path().to_owned(),
            files: Mutex::default(),
            most: AtomicUsize::new(0),
            fails_at: usize::MAX,
        }
    }

    fn part_files(&self) -> usize {
        let entries = fs::read_dir(&self.folder).unwrap();
        entries
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.is_dir())
            .map(|path| fs::read_dir(path).unwrap().count())
            .sum()
    }
}

impl PartSink for Memory {
    type Error = String;

    fn part(&self, part: &OutgoingPart<'_>) -> Result<(), String> {
        self.most.fetch_max(self.part_files(), Ordering::SeqCst);
        if part.index >= self.fails_at {
            return Err(format!("no part {} here", part.index));
        }
        let content = fs::read(part.path).unwrap();
        assert_eq!(content.len() as u64, part.size);
        assert_eq!(Sha1Digest::of(&content), part.digest);
        self.files
            .lock()
            .unwrap()
            .insert(part.name.to_owned(), content);
        Ok(())
    }

    fn manifest(&self, name: &str, bytes: Vec<u8>) -> Result<(), String> {
        if self.fails_at == 0 {
            return Err("no manifest here".to_owned());
        }
        self.files.lock().unwrap().insert(name.to_owned(), bytes);
        Ok(())
    }
}

fn streaming(max_pending: usize, senders: usize) -> StreamingOptions {
    StreamingOptions {
        max_pending: jobs(max_pending),
        senders: jobs(senders),
        preserve: false,
    }
}

fn files(bench: &Bench) -> BTreeMap<String, Vec<u8>> {
    let names = bench.names().into_iter().filter(|name| name != "image");
    names
        .map(|name| {
            let content = fs::read(bench.path().join(&name)).unwrap();
            (name, content)
        })
        .collect()
}

#[test]
fn what_leaves_is_what_would_have_stayed() {
    let image = image(300_000, 4);
    let still = Bench::new();
    bundle(still.file_options(&image), &Silent).unwrap();
    for (max_pending, senders) in [(1, 1), (2, 1), (3, 8), (200, 4)] {
        let bench = Bench::new();
        let sink = Memory::new(&bench);

        let options = bench.file_options(&image);
        let bundled =
            bundle_streaming(options, streaming(max_pending, senders), &sink, &Silent).unwrap();

        assert_eq!(bundled.part_sizes.len(), bundled.manifest.image.parts.len());
        assert!(*sink.files.lock().unwrap() == files(&still));
        assert_eq!(bench.names(), ["image"]);
        assert!(sink.most.load(Ordering::SeqCst) <= max_pending);
    }
}

#[test]
fn a_preserved_bundle_is_in_both_places() {
    let bench = Bench::new();
    let sink = Memory::new(&bench);
    let how = StreamingOptions {
        preserve: true,
        ..streaming(2, 2)
    };

    let options = bench.file_options(&image(300_000, 4));
    let bundled = bundle_streaming(options, how, &sink, &Silent).unwrap();

    assert_eq!(
        bundled.manifest_path,
        Some(bench.path().join("disk.manifest.xml"))
    );
    assert!(*sink.files.lock().unwrap() == files(&bench));
    assert!(bench.names().len() > 10);
}

#[test]
fn a_sink_that_fails_stops_everything_and_leaves_nothing() {
    for (fails_at, why) in [(0, "no part 0 here"), (7, "no part 7 here")] {
        let bench = Bench::new();
        let sink = Memory {
            fails_at,
            ..Memory::new(&bench)
        };

        let options = bench.file_options(&image(20 << 20, 4));
        let error = bundle_streaming(options, streaming(3, 1), &sink, &Silent).unwrap_err();

        assert!(
            matches!(&error, StreamingError::Sink(found) if found == why),
            "{error}"
        );
        assert_eq!(bench.names(), ["image"]);
        assert!(sink.files.lock().unwrap().len() <= fails_at);
    }
}

/// Takes a part only when the bundler has read nothing more for want of room.
struct Slow {
    inner: Memory,
    /// Parts that came; none is taken before `wanted` did.
    came: Mutex<usize>,
    changed: Condvar,
    wanted: usize,
}

impl PartSink for Slow {
    type Error = String;

    fn part(&self, part: &OutgoingPart<'_>) -> Result<(), String> {
        let mut came = self.came.lock().unwrap();
        *came += 1;
        self.changed.notify_all();
        while *came < self.wanted {
            came = self.changed.wait(came).unwrap();
        }
        drop(came);
        self.inner.part(part)
    }

    fn manifest(&self, name: &str, bytes: Vec<u8>) -> Result<(), String> {
        self.inner.manifest(name, bytes)
    }
}

#[test]
fn a_slow_sink_makes_the_bundler_wait_and_never_fills_the_disk() {
    let bench = Bench::new();
    let sink = Slow {
        inner: Memory::new(&bench),
        came: Mutex::new(0),
        changed: Condvar::new(),
        wanted: 3, // as many as may exist: all of them are held back until then
    };

    let options = bench.file_options(&image(500_000, 6));
    let bundled = bundle_streaming(options, streaming(3, 3), &sink, &Silent).unwrap();

    assert!(bundled.part_sizes.len() > 50);
    assert!(sink.inner.most.load(Ordering::SeqCst) <= 3);
    assert_eq!(bench.names(), ["image"]);
}

/// A sink that breaks.
struct Broken;

impl PartSink for Broken {
    type Error = String;

    fn part(&self, _: &OutgoingPart<'_>) -> Result<(), String> {
        panic!("on purpose")
    }

    fn manifest(&self, _: &str, _: Vec<u8>) -> Result<(), String> {
        Ok(())
    }
}

#[test]
#[should_panic(expected = "a scoped thread panicked")]
fn a_sink_that_panics_does_not_hang_the_bundler() {
    let bench = Bench::new();

    let options = bench.file_options(&image(500_000, 6));
    let _ = bundle_streaming(options, streaming(2, 2), &Broken, &Silent);
}

/// Asks to stop as soon as bundling has begun.
struct Impatient;

impl Progress for Impatient {
    fn begin(&self, _: Stage, _: Option<u64>) {}
    fn advance(&self, _: Stage, _: u64) {}
    fn finish(&self, _: Stage) {}
    fn interrupted(&self) -> bool {
        true
    }
}

#[test]
fn an_interrupted_bundle_leaves_nothing() {
    let bench = Bench::new();
    let sink = Memory::new(&bench);
    let options = BundleOptions {
        part_size: Bytes::mib(1),
        ..bench.bundle_options(&image(5 << 20, 6))
    };

    let error = bundle_streaming(options, streaming(2, 2), &sink, &Impatient).unwrap_err();

    assert!(matches!(
        error,
        StreamingError::Bundle(BundleError::Interrupted)
    ));
    assert_eq!(bench.names(), [""; 0]);
    assert!(sink.files.lock().unwrap().is_empty());
}
