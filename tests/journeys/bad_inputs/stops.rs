//! What stops a run from outside: signals, a full disk, a limit, another run.

use std::ffi::OsString;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use amikit::units::Bytes;

use crate::support::sandbox::{Bundle, Outcome, Sandbox, bundle_arguments, unbundle_arguments};
use crate::support::small_disk::SmallDisk;
use crate::support::{image, oracle};

/// How long a condition may take to come true.
const PATIENCE: Duration = Duration::from_secs(20);

/// Waits for a condition.
#[track_caller]
fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < PATIENCE, "waited in vain for {what}");
        thread::yield_now();
    }
}

fn start(sandbox: &Sandbox, arguments: &[OsString]) -> Child {
    let mut command = sandbox.command(env!("CARGO_BIN_EXE_amikit"));
    let command = command.args(arguments).stdin(Stdio::piped());
    let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().expect("start amikit")
}

/// Starts to bundle a stream that never ends, and waits until the first part grows.
fn start_bundling(sandbox: &Sandbox, folder: &Path) -> Child {
    let mut arguments = bundle_arguments(Path::new("-"), folder, &["--image-size", "1TiB"]);
    arguments.push("--fast".into());
    let mut child = start(sandbox, &arguments);
    let mut stdin = child.stdin.take().expect("stdin is a pipe");
    let noise = fs::read(image::dense(&sandbox.path("noise"), Bytes::mib(1))).expect("read noise");
    // Ends when amikit ends and the pipe breaks.
    thread::spawn(move || while stdin.write_all(&noise).is_ok() {});
    wait_until("a part", || {
        hidden(folder)
            .is_some_and(|hidden| fs::metadata(hidden.join("0")).is_ok_and(|part| part.len() > 0))
    });
    child
}

/// Starts to unbundle, and waits until the image is there under its hidden name.
fn start_unbundling(sandbox: &Sandbox, bundle: &Bundle, folder: &Path) -> Child {
    let child = start(sandbox, &unbundle_arguments(&bundle.manifest, folder));
    wait_until("the image", || hidden(folder).is_some());
    child
}

/// A bundle that takes a while to open, and hardly any room.
fn long_bundle(sandbox: &Sandbox) -> (PathBuf, Bundle) {
    let disk = image::sparse(&sandbox.path("disk.img"), Bytes::mib(1500), &[]);
    let bundle = sandbox.bundle(&disk, "bundle", &["--no-sparse", "--fast"]);
    (disk, bundle)
}

fn hidden(folder: &Path) -> Option<PathBuf> {
    let mut entries = fs::read_dir(folder).ok()?;
    entries.find_map(|entry| {
        let path = entry.ok()?.path();
        let name = path.file_name()?.to_str()?;
        name.starts_with(".amikit-").then_some(path)
    })
}

fn is_empty(folder: &Path) -> bool {
    fs::read_dir(folder).expect("list a folder").count() == 0
}

fn send(signal: &str, child: &Child) {
    let status = Command::new("kill")
        .args([signal, &child.id().to_string()])
        .status()
        .expect("run kill");
    assert!(status.success(), "{status}");
}

fn end(child: Child) -> Outcome {
    Outcome::of(child.wait_with_output().expect("wait for amikit"))
}

#[test]
fn a_signal_in_mid_bundle_leaves_nothing() {
    let sandbox = Sandbox::new("signal-bundle");
    let folder = sandbox.folder("out");
    for (signal, exit) in [("-INT", 130), ("-TERM", 143)] {
        let child = start_bundling(&sandbox, &folder);

        send(signal, &child);

        end(child).failed(exit, "amikit: error: interrupted");
        assert!(is_empty(&folder), "{signal}");
    }
}

#[test]
fn a_signal_in_mid_unbundle_leaves_nothing() {
    let sandbox = Sandbox::new("signal-unbundle");
    let (_, bundle) = long_bundle(&sandbox);
    let folder = sandbox.folder("out");
    for (signal, exit) in [("-INT", 130), ("-TERM", 143)] {
        let child = start_unbundling(&sandbox, &bundle, &folder);

        send(signal, &child);

        end(child).failed(exit, "amikit: error: interrupted");
        assert!(is_empty(&folder), "{signal}");
    }
}

#[test]
fn the_run_after_a_killed_one_cleans_up_and_succeeds() {
    let sandbox = Sandbox::new("killed");
    let (disk, bundle) = long_bundle(&sandbox);
    let folder = sandbox.folder("out");
    let child = start_unbundling(&sandbox, &bundle, &folder);
    send("-KILL", &child);
    assert_eq!(end(child).status, None);
    assert!(hidden(&folder).is_some());

    let image = sandbox.unbundle(&bundle.manifest, "out"); // the folder's only file

    oracle::assert_same_bytes(&image, &disk);

    let folder = sandbox.folder("bundled");
    let child = start_bundling(&sandbox, &folder);
    send("-KILL", &child);
    assert_eq!(end(child).status, None);
    assert!(hidden(&folder).is_some());
    let small = image::dense(&sandbox.path("small.img"), Bytes::mib(1));

    let bundle = sandbox.bundle(&small, "bundled", &[]);

    assert_eq!(bundle.parts().len(), 1);
}

#[test]
fn two_runs_for_the_same_target_do_not_meet() {
    let sandbox = Sandbox::new("two-runs");
    let folder = sandbox.folder("out");
    let first = start_bundling(&sandbox, &folder);
    let small = image::dense(&sandbox.path("small.img"), Bytes::mib(1));

    let second = sandbox.run(bundle_arguments(&small, &folder, &["--force"]));

    second.failed(1, "another process is writing");
    assert!(hidden(&folder).is_some(), "the first run goes on");
    send("-INT", &first);
    end(first).failed(130, "interrupted");
    assert!(is_empty(&folder));
}

#[test]
fn a_limit_on_file_sizes_is_an_error_and_no_death() {
    let sandbox = Sandbox::new("file-limit");
    let disk = image::dense(&sandbox.path("disk.img"), Bytes::mib(2));
    let bundle = sandbox.bundle(&disk, "bundle", &[]);
    let folder = sandbox.folder("out");
    for arguments in [
        bundle_arguments(&disk, &folder, &[]),
        unbundle_arguments(&bundle.manifest, &folder),
    ] {
        let mut shell = sandbox.command("sh");
        shell.args(["-c", "ulimit -f 100; exec \"$0\" \"$@\""]); // blocks of 512 bytes or 1 KiB
        shell.arg(env!("CARGO_BIN_EXE_amikit")).args(arguments);

        let outcome = Outcome::of(shell.output().expect("run a shell"));

        outcome.failed(1, "ulimit -f");
        assert!(is_empty(&folder));
    }
}

#[test]
fn a_disk_that_gets_full_is_left_as_it_was() {
    let sandbox = Sandbox::new("full");
    let disk = image::dense(&sandbox.path("disk.img"), Bytes::mib(24));
    let bundle = sandbox.bundle(&disk, "bundle", &[]);
    let Some(small) = SmallDisk::mount(Bytes::mib(16), sandbox.folder("small")) else {
        return; // no root here
    };

    let unbundled = sandbox.run(unbundle_arguments(&bundle.manifest, small.path()));

    unbundled.failed(1, "No space left on device");
    assert!(is_empty(small.path()));

    let small_disk = image::dense(&sandbox.path("noise.img"), Bytes::mib(48));
    let mut shell = sandbox.command("sh");
    shell.args(["-c", "exec \"$0\" \"$@\" < noise.img"]);
    shell.arg(env!("CARGO_BIN_EXE_amikit"));
    let size = fs::metadata(small_disk).expect("look at an image").len();
    let options = ["--image-size", &size.to_string()];
    shell.args(bundle_arguments(Path::new("-"), small.path(), &options));

    let bundled = Outcome::of(shell.output().expect("run a shell"));

    bundled.failed(1, "No space left on device");
    assert!(is_empty(small.path()));
}
