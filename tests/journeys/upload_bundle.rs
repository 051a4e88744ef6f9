//! A bundle goes to a bucket: whole, once, and the rest of it when the first run broke off.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};

use amikit::units::Bytes;

use crate::support::image;
use crate::support::s3_server::{KEYS, S3Server, digests, environment};
use crate::support::sandbox::{Bundle, Outcome, Sandbox};

/// A sandbox with a server, and a bundle of several parts.
struct Stage {
    sandbox: Sandbox,
    server: S3Server,
    bundle: Bundle,
}

impl Stage {
    fn new(name: &str) -> Self {
        Self::with(name, Bytes::mib(8), "1m")
    }

    fn with(name: &str, size: Bytes, part_size: &str) -> Self {
        let sandbox = Sandbox::new(name);
        let server = S3Server::start(&sandbox);
        let image = image::dense(&sandbox.path("disk.img"), size);
        let bundle = sandbox.bundle(&image, "bundle", &["--part-size", part_size]);
        Self {
            sandbox,
            server,
            bundle,
        }
    }

    fn run(&self, command: &str, options: &[&str]) -> Outcome {
        let environment = self.server.environment();
        let environment: Vec<_> = environment.iter().map(|(k, v)| (*k, v.as_str())).collect();
        let arguments = [command].into_iter().chain(options.iter().copied());
        self.sandbox.run_with(arguments, &environment)
    }

    /// `upload-bundle` to the bucket `images`, with no waiting for better times.
    fn upload(&self, options: &[&str]) -> Outcome {
        let manifest = self.bundle.manifest.to_str().expect("a path in UTF-8");
        let mut all = vec!["-b", "images", "-m", manifest, "--retries", "0"];
        all.extend(options);
        self.run("upload-bundle", &all)
    }

    fn puts(&self) -> usize {
        self.server.count("PutObject")
    }

    /// Asserts that the bucket has the bundle, byte by byte, and nothing else.
    #[track_caller]
    fn has_the_bundle(&self) {
        assert_eq!(self.server.objects("images"), digests(&self.bundle.folder));
    }

    fn state_file(&self) -> std::path::PathBuf {
        self.bundle
            .folder
            .join(".golden.manifest.xml.amikit-upload")
    }

    /// Takes a part away from the server.
    fn lose(&self, part: &Path) {
        let name = part.file_name().and_then(|name| name.to_str());
        let file = self.server.object_file("images", name.expect("a name"));
        fs::remove_file(file).expect("remove an object");
    }
}

#[test]
fn every_byte_arrives_and_nothing_stays_behind() {
    let stage = Stage::new("upload-whole");
    let before = stage.sandbox.listing();

    let outcome = stage.upload(&["--output", "json"]);

    let told: serde_json::Value = serde_json::from_slice(&outcome.succeeded().stdout).unwrap();
    assert_eq!(told["sent"], stage.bundle.parts().len());
    assert_eq!(told["bucket_created"], true);
    assert_eq!(told["manifest"], "golden.manifest.xml");
    stage.has_the_bundle();
    let bundle_before: Vec<_> = before
        .keys()
        .filter(|p| p.starts_with(&stage.bundle.folder))
        .collect();
    let after = stage.sandbox.listing();
    let bundle_after: Vec<_> = after
        .keys()
        .filter(|p| p.starts_with(&stage.bundle.folder))
        .collect();
    assert_eq!(bundle_after, bundle_before);
}

#[test]
fn what_is_there_is_not_sent_again() {
    let stage = Stage::new("upload-twice");
    stage.upload(&[]).succeeded();
    let first = stage.puts();

    stage.upload(&[]).succeeded();

    assert_eq!(first, stage.bundle.parts().len() + 1);
    assert_eq!(stage.puts(), first + 1, "only the manifest");
    stage.upload(&["--no-resume"]).succeeded();
    assert_eq!(stage.puts(), 2 * first + 1, "everything");
    stage.has_the_bundle();
}

#[test]
fn only_what_the_server_lacks_is_sent() {
    let stage = Stage::new("upload-rest");
    stage.upload(&[]).succeeded();
    let before = stage.puts();
    let parts = stage.bundle.parts();
    stage.lose(&parts[1]);
    let name = parts[3].file_name().and_then(|name| name.to_str()).unwrap();
    fs::write(stage.server.object_file("images", name), b"cut short").unwrap();

    let outcome = stage.upload(&["--output", "json"]);

    let told: serde_json::Value = serde_json::from_slice(&outcome.succeeded().stdout).unwrap();
    assert_eq!(told["sent"], 2);
    assert_eq!(stage.puts(), before + 3, "two parts and the manifest");
    stage.has_the_bundle();
}

#[test]
fn a_run_that_breaks_off_says_so_and_the_next_one_sends_the_rest() {
    let stage = Stage::new("upload-broken-off");
    stage.upload(&[]).succeeded();
    let parts = stage.bundle.parts();
    stage.lose(&parts[0]);
    stage.server.refuse("PutObject", "InternalError");

    let outcome = stage.upload(&[]);

    let there = format!(
        "{} of {} parts are on the server",
        parts.len() - 1,
        parts.len()
    );
    outcome.failed(7, &there);
    assert!(outcome.stderr.contains("run the same command again"));
    assert!(stage.state_file().exists());
    stage.server.allow("PutObject");
    let before = stage.puts();
    let outcome = stage.upload(&["--output", "json"]);
    let told: serde_json::Value = serde_json::from_slice(&outcome.succeeded().stdout).unwrap();
    assert_eq!(told["resumed"], true);
    assert_eq!(stage.puts(), before + 2);
    assert!(!stage.state_file().exists());
    stage.has_the_bundle();
}

#[test]
fn a_changed_bundle_of_the_same_size_replaces_the_old_one() {
    let stage = Stage::new("upload-changed");
    stage.upload(&[]).succeeded();
    let image = stage.sandbox.path("disk.img");
    let mut bytes = fs::read(&image).unwrap();
    bytes.reverse();
    fs::write(&image, bytes).unwrap();
    stage
        .sandbox
        .bundle(&image, "bundle", &["--part-size", "1m", "--force"]);

    stage.upload(&[]).succeeded();

    stage.has_the_bundle();
}

#[test]
fn nothing_of_a_damaged_part_is_sent() {
    let stage = Stage::new("upload-damaged");
    let part = &stage.bundle.parts()[0];
    let mut bytes = fs::read(part).unwrap();
    bytes[100] ^= 1;
    fs::write(part, bytes).unwrap();

    let outcome = stage.upload(&["-j", "1"]);

    outcome.failed(4, "golden.part.00 has SHA-1");
    assert_eq!(stage.puts(), 0);
    assert!(
        !stage.state_file().exists(),
        "there is nothing to go on with"
    );
}

#[test]
fn a_missing_part_is_found_before_anything_is_asked() {
    let stage = Stage::new("upload-missing");
    fs::remove_file(&stage.bundle.parts()[2]).unwrap();

    let outcome = stage.upload(&[]);

    outcome.failed(1, "golden.part.02 does not exist");
    assert_eq!(stage.server.count("CreateBucket"), 0);
}

#[test]
fn large_parts_go_in_chunks_and_are_taken_up_again() {
    let stage = Stage::with("upload-large", Bytes::mib(48), "64m");
    let size = fs::metadata(&stage.bundle.parts()[0]).unwrap().len();
    let chunks = usize::try_from(size.div_ceil(16 << 20)).unwrap();
    assert!(chunks > 1);
    stage
        .server
        .refuse("CompleteMultipartUpload", "InternalError");
    stage
        .upload(&[])
        .failed(7, "0 of 1 parts are on the server");
    assert_eq!(stage.server.count("UploadPart"), chunks);
    assert!(stage.state_file().exists());
    stage.server.allow("CompleteMultipartUpload");

    let outcome = stage.upload(&["--output", "json"]);

    let told: serde_json::Value = serde_json::from_slice(&outcome.succeeded().stdout).unwrap();
    assert_eq!(told["resumed"], true);
    // Its list of chunks lacks their tags, so that they are sent again, to the same upload.
    assert_eq!(stage.server.count("CreateMultipartUpload"), 1);
    let sent = stage.server.count("UploadPart");
    stage.has_the_bundle();
    stage.upload(&[]).succeeded();
    assert_eq!(
        stage.server.count("UploadPart"),
        sent,
        "its tag tells that it is there"
    );
}

#[test]
fn keys_begin_with_the_prefix() {
    let stage = Stage::new("upload-prefix");

    let outcome = stage.upload(&["-b", "images//debian/13/"]);

    outcome.failed(2, "cannot be used multiple times");
    let manifest = stage.bundle.manifest.to_str().unwrap();
    stage
        .run(
            "upload-bundle",
            &["-b", "images//debian/13/", "-m", manifest],
        )
        .succeeded();
    let keys = stage.server.objects("images");
    assert_eq!(keys.len(), stage.bundle.parts().len() + 1);
    assert!(keys.keys().all(|key| key.starts_with("debian/13/golden.")));
}

#[test]
fn a_dry_run_tells_and_does_nothing() {
    let stage = Stage::new("upload-dry");
    let before = stage.sandbox.listing();

    let outcome = stage.upload(&["--dry-run"]);

    let told = String::from_utf8(outcome.succeeded().stdout.clone()).unwrap();
    assert!(told.contains("images (would be created)"), "{told}");
    assert!(told.contains("send  golden.part.00"), "{told}");
    assert_eq!(stage.server.count("CreateBucket") + stage.puts(), 0);
    assert_eq!(stage.sandbox.listing(), before);
}

#[test]
fn a_server_without_acls_is_told_from_one_that_refuses() {
    // Small, so that it is sent whole before a server that does not read it hangs up.
    let stage = Stage::with("upload-acl", Bytes::kib(64), "1m");
    stage
        .server
        .refuse("PutObject", "AccessControlListNotSupported");
    let outcome = stage.upload(&[]);
    outcome.failed(3, "the server does not take the ACL aws-exec-read");
    assert!(outcome.stderr.contains("--acl none"), "{}", outcome.stderr);

    stage.server.refuse("PutObject", "AccessDenied");
    stage.upload(&["--acl", "none"]).failed(3, "AccessDenied");

    stage.server.allow("PutObject");
    stage.upload(&["--acl", "none"]).succeeded();
    stage.has_the_bundle();
}

#[test]
fn the_old_tools_lines_and_codes_are_kept() {
    let stage = Stage::new("upload-dialects");
    let manifest = stage.bundle.manifest.to_str().unwrap();

    let euca = stage.run("euca-upload-bundle", &["-b", "images/e", "-m", manifest]);
    let url = stage.server.url();
    let ec2 = stage.run(
        "ec2-upload-bundle",
        &[
            "-b", "images", "-m", manifest, "-a", KEYS.0, "-s", KEYS.1, "--url", &url, "--retry",
        ],
    );

    assert_eq!(
        String::from_utf8_lossy(&euca.succeeded().stdout),
        "Uploaded images/e/golden.manifest.xml\n"
    );
    let told = String::from_utf8(ec2.succeeded().stdout.clone()).unwrap();
    assert!(told.starts_with(
        "Uploading bundled image parts to the S3 bucket images ...\nUploaded golden.part.0"
    ));
    assert!(
        told.ends_with("Uploading manifest ...\nUploaded manifest.\nBundle upload completed.\n")
    );
    let elsewhere = stage.run(
        "ec2-upload-bundle",
        &[
            "-b",
            "images",
            "-m",
            manifest,
            "-a",
            KEYS.0,
            "-s",
            KEYS.1,
            "--url",
            &url,
            "--location",
            "sa-east-1",
        ],
    );
    elsewhere.failed(10, "already exists in");
}

#[test]
fn a_bucket_is_found_or_not() {
    let stage = Stage::new("check-bucket");
    let missing = stage.run("euca-check-bucket", &["-b", "images"]);
    missing.failed(1, "there is no bucket images");
    assert_eq!(missing.stdout, b"Checking bucket: images\n");
    stage.upload(&[]).succeeded();

    let outcome = stage.run("check-bucket", &["-b", "images"]);

    let told = String::from_utf8(outcome.succeeded().stdout.clone()).unwrap();
    assert!(told.contains("location   us-east-1"), "{told}");
}

#[test]
fn an_interrupted_upload_ends_soon_and_says_how_to_go_on() {
    let stage = Stage::new("upload-interrupted");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let mut command = stage.sandbox.command(env!("CARGO_BIN_EXE_amikit"));
    command
        .args(["upload-bundle", "-b", "images", "-m"])
        .arg(&stage.bundle.manifest)
        .envs(environment(&url, KEYS))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    let silent = listener.accept().unwrap(); // it asks for the bucket, and hears nothing

    let mut kill = Command::new("kill");
    kill.args(["-INT", &child.id().to_string()]);
    assert!(kill.status().unwrap().success());

    let outcome = Outcome::of(child.wait_with_output().unwrap());
    outcome.failed(130, "interrupted");
    drop(silent);
}
