//! Downloads from a server that breaks off, lies and refuses.

pub(in crate::upload) mod bundle;
mod hostile;
pub(in crate::upload) mod server;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::*;
use crate::progress::Silent;
use crate::upload::select::{BundleSelector, SelectError};
use bundle::{address, objects, parts};
use server::{Fault, Server};
use tempfile::TempDir;

pub(super) const JOBS: NonZeroUsize = NonZeroUsize::new(3).expect("three is not zero");

/// A server with a bundle of three parts, and a directory to download to.
pub(super) struct Scene {
    pub(super) server: Server,
    pub(super) directory: TempDir,
    pub(super) objects: BTreeMap<String, Vec<u8>>,
}

impl Scene {
    pub(super) fn new() -> Self {
        let objects = objects(&parts(&[300_000, 200_000, 7]));
        Self {
            server: Server::start(objects.clone()),
            directory: tempfile::tempdir().unwrap(),
            objects,
        }
    }

    pub(super) fn options(&self) -> DownloadOptions {
        DownloadOptions {
            address: address(),
            certificate: None,
            target: DownloadTarget::Directory(self.directory.path().to_owned()),
            replace: false,
            resume: true,
            jobs: JOBS,
        }
    }

    pub(super) fn download(&self) -> Result<DownloadSummary, DownloadError> {
        download(&self.server.s3(), self.options(), &Silent)
    }

    /// What is in the directory, under the keys it has on the server.
    pub(super) fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let entries = fs::read_dir(self.directory.path()).unwrap();
        entries
            .map(|entry| {
                let path = entry.unwrap().path();
                let name = path.file_name().unwrap().to_str().unwrap();
                (format!("web/{name}"), fs::read(&path).unwrap())
            })
            .collect()
    }

    /// Names of what has a name, hidden files left out.
    pub(super) fn names(&self) -> Vec<String> {
        let files = self.files().into_keys();
        files.filter(|key| !key.contains("/.")).collect()
    }
}

#[test]
fn what_comes_is_what_the_server_has() {
    let scene = Scene::new();

    let summary = scene.download().unwrap();

    assert_eq!(scene.files(), scene.objects);
    let path = scene.directory.path().join("disk.img.manifest.xml");
    assert_eq!(summary.manifest_path, Some(path));
    let fetched: Vec<_> = summary.parts.iter().map(|part| part.fetched).collect();
    assert_eq!(fetched, [Some(300_000), Some(200_000), Some(7)]);
}

#[test]
fn what_is_here_is_checked_and_not_fetched() {
    let scene = Scene::new();
    scene.download().unwrap();
    fs::remove_file(scene.directory.path().join("disk.img.part.1")).unwrap();
    scene.server.log();

    scene.download().unwrap();

    assert_eq!(
        scene.server.log(),
        ["GET web/disk.img.manifest.xml", "GET web/disk.img.part.1"]
    );
    assert_eq!(scene.files(), scene.objects);
}

#[test]
fn a_body_that_breaks_goes_on_where_it_was() {
    let scene = Scene::new();
    let key = "web/disk.img.part.0";
    scene.server.next_time(key, Fault::BreakAfter(100_000));
    scene.server.next_time(key, Fault::BreakAfter(50_000));

    scene.download().unwrap();

    assert_eq!(scene.files(), scene.objects);
    let log = scene.server.log();
    for request in [
        "GET web/disk.img.part.0",
        "GET web/disk.img.part.0 100000-299999",
        "GET web/disk.img.part.0 150000-299999",
    ] {
        assert!(log.iter().any(|entry| entry == request), "{log:?}");
    }
}

#[test]
fn a_part_that_broke_off_is_kept_and_gone_on_with_in_the_next_run() {
    let scene = Scene::new();
    let key = "web/disk.img.part.0";
    scene.server.next_time(key, Fault::BreakAfter(123_456));
    for _ in 0..3 {
        scene.server.next_time(key, Fault::BreakAfter(0));
    }

    let error = scene.download().unwrap_err();

    assert!(
        matches!(error, DownloadError::Incomplete { parts: 3, .. }),
        "{error}"
    );
    assert!(!scene.names().contains(&key.to_owned()));
    assert!(
        !scene
            .names()
            .contains(&"web/disk.img.manifest.xml".to_owned())
    );
    scene.server.log();
    let summary = scene.download().unwrap();
    assert_eq!(scene.files(), scene.objects);
    assert_eq!(summary.parts[0].fetched, Some(300_000 - 123_456));
    let log = scene.server.log();
    assert!(
        log.contains(&"GET web/disk.img.part.0 123456-299999".to_owned()),
        "{log:?}"
    );
}

#[test]
fn what_a_killed_run_left_of_another_bundle_is_fetched_anew() {
    let scene = Scene::new();
    let left =
        crate::host::workspace::ResumableFile::open(scene.directory.path(), "disk.img.part.0");
    let left = left.unwrap();
    left.file().write_all(&[7; 1000]).unwrap();
    left.keep();

    scene.download().unwrap();

    assert_eq!(scene.files(), scene.objects);
    let log = scene.server.log();
    assert!(
        log.contains(&"GET web/disk.img.part.0 1000-299999".to_owned()),
        "{log:?}"
    );
    assert!(
        log.contains(&"GET web/disk.img.part.0".to_owned()),
        "{log:?}"
    );
}

#[test]
fn without_resuming_what_was_left_is_not_used() {
    let scene = Scene::new();
    let name = "disk.img.part.0";
    let left = crate::host::workspace::ResumableFile::open(scene.directory.path(), name).unwrap();
    left.file()
        .write_all(&scene.objects["web/disk.img.part.0"][..1000])
        .unwrap();
    left.keep();
    let options = DownloadOptions {
        resume: false,
        ..scene.options()
    };

    let summary = download(&scene.server.s3(), options, &Silent).unwrap();

    assert_eq!(summary.parts[0].fetched, Some(300_000));
    assert_eq!(scene.files(), scene.objects);
}

#[test]
fn other_files_are_all_named_and_nothing_is_fetched() {
    let scene = Scene::new();
    for name in ["disk.img.part.0", "disk.img.manifest.xml"] {
        fs::write(scene.directory.path().join(name), "mine").unwrap();
    }

    let error = scene.download().unwrap_err();

    assert!(
        matches!(&error, DownloadError::Exists { paths } if paths.len() == 2),
        "{error}"
    );
    assert_eq!(scene.server.log(), ["GET web/disk.img.manifest.xml"]);
    let options = DownloadOptions {
        replace: true,
        ..scene.options()
    };
    download(&scene.server.s3(), options, &Silent).unwrap();
    assert_eq!(scene.files(), scene.objects);
}

#[test]
fn a_stream_gets_the_parts_in_order() {
    /// A writer that can be looked into.
    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);
    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let scene = Scene::new();
    let sink = Sink::default();
    let options = DownloadOptions {
        target: DownloadTarget::Stream(Box::new(sink.clone())),
        ..scene.options()
    };

    download(&scene.server.s3(), options, &Silent).unwrap();

    let parts = (0..3).map(|n| scene.objects[&format!("web/disk.img.part.{n}")].clone());
    assert!(*sink.0.lock().unwrap() == parts.collect::<Vec<_>>().concat());
}

#[test]
fn a_manifest_that_is_not_there_is_named() {
    let scene = Scene::new();
    let mut options = scene.options();
    options.address.selector = BundleSelector::Manifest("other.xml".to_owned());

    let error = download(&scene.server.s3(), options, &Silent).unwrap_err();

    assert_eq!(
        error.to_string(),
        "manifest 'images/web/other.xml' does not exist on the server"
    );
    assert!(matches!(
        error,
        DownloadError::Select(SelectError::NoManifest { .. })
    ));
}

#[test]
fn an_interrupted_download_keeps_what_came() {
    /// Wants to stop when half of the bytes are here.
    struct Impatient(AtomicU64);
    impl Progress for Impatient {
        fn begin(&self, _: Stage, _: Option<u64>) {}
        fn advance(&self, stage: Stage, amount: u64) {
            if stage == Stage::Download {
                self.0.fetch_add(amount, Ordering::Relaxed);
            }
        }
        fn finish(&self, _: Stage) {}
        fn interrupted(&self) -> bool {
            self.0.load(Ordering::Relaxed) > 100_000
        }
    }
    let scene = Scene::new();
    let impatient = Impatient(AtomicU64::new(0));

    let error = download(&scene.server.s3(), scene.options(), &impatient).unwrap_err();

    assert!(matches!(error, DownloadError::Interrupted), "{error}");
    assert!(
        !scene
            .names()
            .contains(&"web/disk.img.manifest.xml".to_owned())
    );
    let summary = scene.download().unwrap();
    let fetched: u64 = summary.parts.iter().filter_map(|part| part.fetched).sum();
    assert!(fetched < 500_007, "{fetched}");
    assert_eq!(scene.files(), scene.objects);
}
