//! A bundle comes back from a bucket: whole and checked, and the rest of it when the first run
//! broke off.

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;

use amikit::units::Bytes;

use crate::support::faults::{Fault, FaultProxy};
use crate::support::image;
use crate::support::s3_server::{KEYS, S3Server, environment};
use crate::support::sandbox::{Bundle, Outcome, Sandbox};

/// A sandbox with a server that has a bundle, and a proxy before it.
struct Stage {
    sandbox: Sandbox,
    server: S3Server,
    proxy: FaultProxy,
    bundle: Bundle,
}

impl Stage {
    fn new(name: &str) -> Self {
        let sandbox = Sandbox::new(name);
        let server = S3Server::start(&sandbox);
        let image = image::dense(&sandbox.path("disk.img"), Bytes::mib(6));
        let bundle = sandbox.bundle(&image, "bundle", &["--part-size", "1m"]);
        let proxy = FaultProxy::start(server.address());
        let stage = Self {
            sandbox,
            server,
            proxy,
            bundle,
        };
        let manifest = stage.bundle.manifest.to_str().expect("a path in UTF-8");
        let options = ["-b", "images/web", "-m", manifest];
        stage.run("upload-bundle", &options).succeeded();
        stage.proxy.reset();
        stage
    }

    fn run(&self, command: &str, options: &[&str]) -> Outcome {
        let environment = environment(&self.proxy.url(), KEYS);
        let environment: Vec<_> = environment.iter().map(|(k, v)| (*k, v.as_str())).collect();
        let arguments = [command].into_iter().chain(options.iter().copied());
        self.sandbox.run_with(arguments, &environment)
    }

    fn download(&self, options: &[&str]) -> Outcome {
        let mut all = vec!["-b", "images/web", "-p", "golden", "-d", "here"];
        all.extend(["--retries", "1"]);
        all.extend(options);
        self.run("download-bundle", &all)
    }

    /// What came.
    fn here(&self) -> Bundle {
        Bundle {
            folder: self.sandbox.path("here"),
            manifest: self.sandbox.path("here/golden.manifest.xml"),
        }
    }

    fn part(&self, number: u32) -> PathBuf {
        self.sandbox.path(&format!("here/golden.part.{number:02}"))
    }

    /// Requests for objects that got through, and those of them that asked for a range: told by
    /// their status.
    fn gets(&self) -> (usize, usize) {
        let passed = self.proxy.passed();
        let gets = || passed.iter().filter(|one| one.method == "GET");
        let ranges = gets().filter(|one| one.status == Some(206));
        (gets().count(), ranges.count())
    }
}

#[test]
fn what_comes_back_is_what_went_up() {
    let stage = Stage::new("download-whole");

    let outcome = stage.download(&["--output", "json"]);

    let told: serde_json::Value = serde_json::from_slice(&outcome.succeeded().stdout).unwrap();
    assert_eq!(told["fetched"], told["bundled_size"]);
    assert_eq!(told["manifest_key"], "web/golden.manifest.xml");
    stage.here().assert_same_as(&stage.bundle);
    let image = stage.sandbox.unbundle(&stage.here().manifest, "restored");
    let original = fs::read(stage.sandbox.path("disk.img")).unwrap();
    assert!(fs::read(image).unwrap() == original);
}

#[test]
fn a_second_run_fetches_what_is_missing() {
    let stage = Stage::new("download-again");
    stage.download(&[]).succeeded();
    fs::remove_file(stage.part(2)).unwrap();
    stage.proxy.reset();

    stage.download(&[]).succeeded();

    assert_eq!(stage.gets(), (2, 0), "the manifest and one part");
    stage.here().assert_same_as(&stage.bundle);
}

#[test]
fn a_download_that_was_killed_goes_on_with_a_range() {
    let stage = Stage::new("download-killed");
    let fault = Fault::StallInReply(700_000);
    stage.proxy.fault("GET", "golden.part.01", 1..=1, fault);
    let environment = environment(&stage.proxy.url(), KEYS);
    let mut command = stage.sandbox.command(env!("CARGO_BIN_EXE_amikit"));
    command
        .args([
            "download-bundle",
            "-b",
            "images/web",
            "-p",
            "golden",
            "-d",
            "here",
        ])
        .args(["--jobs", "1"])
        .envs(environment)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut child = command.spawn().expect("run amikit");
    let is_half = |path: PathBuf| {
        path.to_string_lossy().contains("/.amikit-")
            && fs::metadata(path).is_ok_and(|file| file.len() == 700_000)
    };
    let broke_off = || {
        let mut entries = fs::read_dir(stage.sandbox.path("here"))
            .into_iter()
            .flatten();
        stage.part(0).exists() && entries.any(|entry| is_half(entry.expect("list").path()))
    };
    while !broke_off() {
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!stage.part(1).exists() && !stage.here().manifest.exists());
    stage.proxy.reset();

    let outcome = stage.download(&["--output", "json"]);

    let told: serde_json::Value = serde_json::from_slice(&outcome.succeeded().stdout).unwrap();
    assert_eq!(told["parts"][1]["fetched"], (1 << 20) - 700_000);
    assert_eq!(told["parts"][0]["fetched"], 0);
    assert_eq!(stage.gets().1, 1);
    stage.here().assert_same_as(&stage.bundle);
}

#[test]
fn a_body_that_breaks_is_gone_on_with_in_the_same_run() {
    let stage = Stage::new("download-broken");
    let fault = Fault::TruncateReply(300_000);
    stage.proxy.fault("GET", "golden.part", 1..=3, fault);

    stage.download(&[]).succeeded();

    assert!(stage.gets().1 >= 1);
    stage.here().assert_same_as(&stage.bundle);
}

#[test]
fn a_server_that_is_not_well_leaves_the_rest_for_later() {
    let stage = Stage::new("download-partial");
    let fault = Fault::error(503, "SlowDown");
    stage.proxy.fault("GET", "golden.part.03", 1..=1000, fault);

    let outcome = stage.download(&[]);

    outcome.failed(7, "parts are downloaded");
    outcome.failed(7, "run the same command again");
    assert!(!stage.here().manifest.exists());
    stage.proxy.reset();
    stage.download(&[]).succeeded();
    stage.here().assert_same_as(&stage.bundle);
}

#[test]
fn a_part_that_was_tampered_with_gets_no_name() {
    let stage = Stage::new("download-tampered");
    let object = stage.server.object_file("images", "web/golden.part.01");
    let mut bytes = fs::read(&object).unwrap();
    bytes[1000] ^= 1;
    fs::write(&object, bytes).unwrap();

    let outcome = stage.download(&[]);

    outcome.failed(4, "part web/golden.part.01 has SHA-1");
    assert!(!stage.part(1).exists() && !stage.here().manifest.exists());
}

#[test]
fn a_bit_that_flips_on_the_way_is_fetched_again() {
    let stage = Stage::new("download-flipped");
    let fault = Fault::CorruptReply(5000);
    stage.proxy.fault("GET", "golden.part.00", 1..=1, fault);

    stage.download(&[]).succeeded();

    stage.here().assert_same_as(&stage.bundle);
}

#[test]
fn a_hostile_manifest_writes_nothing() {
    let stage = Stage::new("download-hostile");
    let object = stage
        .server
        .object_file("images", "web/golden.manifest.xml");
    let text = fs::read_to_string(&object).unwrap();
    fs::write(&object, text.replace("golden.part.01", "../golden.part.01")).unwrap();

    stage.download(&[]).failed(4, "plain file name");

    assert!(!stage.sandbox.path("here").exists());
    assert!(!stage.sandbox.path("golden.part.01").exists());
}

#[test]
fn files_of_other_content_are_kept_unless_forced() {
    let stage = Stage::new("download-exists");
    stage.sandbox.folder("here");
    fs::write(stage.part(0), "mine").unwrap();

    let outcome = stage.download(&[]);

    outcome.failed(1, "golden.part.00 exists and differs");
    assert_eq!(fs::read(stage.part(0)).unwrap(), b"mine");
    stage.download(&["--force"]).succeeded();
    stage.here().assert_same_as(&stage.bundle);
}

#[test]
fn parts_go_to_stdout_one_after_the_other() {
    let stage = Stage::new("download-stdout");
    let options = ["-b", "images/web", "-m", "golden.manifest.xml", "-d", "-"];

    let outcome = stage.run("download-bundle", &options);

    let parts = stage.bundle.parts();
    let whole: Vec<u8> = parts
        .iter()
        .flat_map(|path| fs::read(path).unwrap())
        .collect();
    assert!(outcome.succeeded().stdout == whole);
}

#[test]
fn the_old_tools_say_what_they_said() {
    let stage = Stage::new("download-dialects");
    stage.sandbox.folder("euca");
    stage.sandbox.folder("ec2");
    let url = stage.proxy.url();
    let euca = ["-b", "images/web", "-p", "golden", "-d", "euca"];
    let ec2 = [
        "-b",
        "images/web",
        "-p",
        "golden",
        "-d",
        "ec2",
        "-k",
        "unused.pem",
        "-a",
        KEYS.0,
        "-s",
        KEYS.1,
        "--url",
        &url,
    ];
    let unknown = ["-b", "images/web", "-p", "other", "-d", "euca"];

    let euca = stage.run("euca-download-bundle", &euca);
    let ec2 = stage.run("ec2-download-bundle", &ec2);
    let unknown = stage.run("euca-download-bundle", &unknown);

    let told = |outcome: &Outcome| String::from_utf8(outcome.stdout.clone()).unwrap();
    euca.succeeded();
    assert_eq!(told(&euca), "Wrote manifest euca/golden.manifest.xml\n");
    ec2.succeeded();
    assert!(
        told(&ec2).ends_with("Bundle download completed.\n"),
        "{}",
        told(&ec2)
    );
    let words = "manifest 'images/web/other.manifest.xml' does not exist on the server";
    unknown.failed(1, words);
}
