//! `bundle-and-upload`: parts leave while they are made, and a second run sends the rest.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use amikit::units::Bytes;

use crate::support::image;
use crate::support::s3_server::{S3Server, digests};
use crate::support::sandbox::{FIXED_KEY, Outcome, Sandbox, bundle_arguments};

/// A sandbox with a server and an image of many small parts.
struct Stage {
    sandbox: Sandbox,
    server: S3Server,
    image: PathBuf,
    parts: PathBuf,
}

impl Stage {
    fn new(name: &str) -> Self {
        let sandbox = Sandbox::new(name);
        Self {
            server: S3Server::start(&sandbox),
            image: image::dense(&sandbox.path("disk.img"), Bytes::mib(6)),
            parts: sandbox.folder("parts"),
            sandbox,
        }
    }

    fn arguments(&self, options: &[&str]) -> Vec<OsString> {
        let mut all = vec!["-b", "images/a", "--retries", "0"];
        if !options.contains(&"--part-size") {
            all.extend(["--part-size", "64k"]);
        }
        all.extend(options);
        let mut arguments = bundle_arguments(&self.image, &self.parts, &all);
        arguments[0] = "bundle-and-upload".into();
        arguments
    }

    fn environment(&self) -> Vec<(&'static str, String)> {
        self.server.environment()
    }

    fn run(&self, options: &[&str]) -> Outcome {
        let environment = self.environment();
        let environment: Vec<_> = environment.iter().map(|(k, v)| (*k, v.as_str())).collect();
        self.sandbox.run_with(self.arguments(options), &environment)
    }

    /// Starts it, and kills it when the server has some parts.
    fn kill_midway(&self) {
        let options = ["--upload-jobs", "1", "--max-pending-parts", "2"];
        let mut command = self.sandbox.command(env!("CARGO_BIN_EXE_amikit"));
        let mut child = command
            .args(self.arguments(&options))
            .envs(self.environment())
            .spawn()
            .expect("start amikit");
        while self.server.count("PutObject") < 5 {
            assert!(child.try_wait().expect("look at it").is_none(), "it ended");
            std::thread::sleep(Duration::from_millis(1));
        }
        child.kill().expect("kill amikit");
        child.wait().expect("wait for it");
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.parts).expect("list the parts");
        let names = entries.map(|entry| entry.expect("an entry").file_name());
        names
            .map(|name| name.into_string().expect("UTF-8"))
            .collect()
    }

    fn state(&self) -> PathBuf {
        self.parts.join(".golden.amikit-bundle-upload")
    }
}

fn told(outcome: &Outcome) -> serde_json::Value {
    serde_json::from_slice(&outcome.succeeded().stdout).expect("a JSON object")
}

/// The digests of a folder, as objects below `a/`.
fn below_a(folder: &Path) -> std::collections::BTreeMap<String, String> {
    let files = digests(folder).into_iter();
    files
        .map(|(name, sha1)| (format!("a/{name}"), sha1))
        .collect()
}

#[test]
fn what_arrives_is_what_bundle_image_makes() {
    let stage = Stage::new("arrives");
    let options = [&FIXED_KEY[..], &["--part-size", "64k"]].concat();
    let bundle = stage.sandbox.bundle(&stage.image, "bundle", &options);

    let outcome = stage.run(&[&FIXED_KEY[..], &["--output", "json"]].concat());

    let told = told(&outcome);
    assert_eq!(told["manifest"], "a/golden.manifest.xml");
    assert_eq!(told["sent"], bundle.parts().len());
    assert_eq!(stage.server.objects("images"), below_a(&bundle.folder));
    assert_eq!(stage.names(), [""; 0]);
}

#[test]
fn a_preserved_bundle_is_here_and_there() {
    let stage = Stage::new("preserved");

    stage.run(&["--preserve-bundle"]).succeeded();

    assert!(stage.names().len() > 10);
    assert_eq!(stage.server.objects("images"), below_a(&stage.parts));
}

#[test]
fn after_kill_9_only_what_is_missing_is_sent() {
    let stage = Stage::new("killed");
    stage.kill_midway();
    let there = stage.server.objects("images");
    assert!(there.len() >= 4, "{there:?}");
    assert!(!there.contains_key("a/golden.manifest.xml"));
    assert!(stage.state().exists());

    let outcome = stage.run(&["--output", "json"]);

    let told = told(&outcome);
    assert_eq!(told["resumed"], true);
    let skipped = told["skipped"].as_u64().expect("a number");
    // One that was on its way when the client died may have arrived since.
    let there_now = there.len() as u64;
    assert!(
        (there_now..=there_now + 1).contains(&skipped),
        "{skipped} of {there_now}"
    );
    let objects = stage.server.objects("images");
    assert!(
        there
            .iter()
            .all(|(key, sha1)| objects.get(key) == Some(sha1))
    );
    assert_eq!(stage.names(), [""; 0]);
}

#[test]
fn large_parts_are_known_by_the_tag_of_their_chunks() {
    let stage = Stage::new("large-twice");
    image::dense(&stage.image, Bytes::mib(48)); // it deflates to half
    let options = [&FIXED_KEY[..], &["--part-size", "64m", "--output", "json"]].concat();
    let first = told(&stage.run(&options));

    let second = told(&stage.run(&options));

    assert_eq!((&first["sent"], &second["sent"]), (&1.into(), &0.into()));
    assert_eq!(stage.server.count("CreateMultipartUpload"), 1);
}

#[test]
fn chunks_that_nobody_goes_on_with_are_given_up() {
    let stage = Stage::new("given-up");
    image::dense(&stage.image, Bytes::mib(48));
    stage
        .server
        .refuse("CompleteMultipartUpload", "AccessDenied");

    stage.run(&["--part-size", "64m"]).failed(3, "AccessDenied");

    assert_eq!(stage.server.count("CreateMultipartUpload"), 1);
    assert_eq!(stage.server.count("AbortMultipartUpload"), 1);
}

#[test]
fn an_old_manifest_is_gone_before_its_first_part_is() {
    let stage = Stage::new("old-manifest-streamed");
    stage.run(&[]).succeeded();
    stage.server.refuse("PutObject", "AccessDenied");

    stage.run(&[]).failed(3, "AccessDenied");

    let manifest = "a/golden.manifest.xml";
    assert!(!stage.server.objects("images").contains_key(manifest));
    stage.server.allow("PutObject");
    stage.run(&[]).succeeded();
    assert!(stage.server.objects("images").contains_key(manifest));
}

#[test]
fn a_changed_image_gets_a_new_key() {
    let stage = Stage::new("changed-image");
    stage.kill_midway();
    image::dense(&stage.image, Bytes::mib(7));

    let told = told(&stage.run(&["--output", "json"]));

    assert_eq!(told["resumed"], false);
    assert_eq!(told["skipped"], 0);
}

#[test]
fn a_state_that_others_can_write_is_not_believed() {
    use std::os::unix::fs::PermissionsExt as _;
    let stage = Stage::new("foreign-state");
    stage.kill_midway();
    let open = fs::Permissions::from_mode(0o622);
    fs::set_permissions(stage.state(), open).expect("open the state to others");

    let told = told(&stage.run(&["--output", "json"]));

    assert_eq!(told["resumed"], false);
}

#[test]
fn the_state_holds_no_plain_key() {
    let stage = Stage::new("sealed-state");
    stage.kill_midway();

    let text = fs::read_to_string(stage.state()).expect("read the state");

    let state: serde_json::Value = serde_json::from_str(&text).expect("a JSON object");
    assert_eq!(state["sealed_key"].as_str().map(str::len), Some(512));
    assert_eq!(state.as_object().map(serde_json::Map::len), Some(3));
    let told = told(&stage.run(&["--no-resume", "--output", "json"]));
    assert_eq!(told["resumed"], false);
}

#[test]
fn a_server_that_refuses_stops_the_bundling_and_leaves_nothing() {
    let stage = Stage::new("refused");
    stage.server.refuse("PutObject", "AccessDenied");

    let outcome = stage.run(&[]);

    outcome.failed(3, "AccessDenied");
    assert_eq!(stage.names(), [""; 0]);
    assert_eq!(stage.server.objects("images").len(), 0);
}

#[test]
fn euca_bundle_and_upload_image_says_where_the_manifest_is() {
    let stage = Stage::new("euca-bundle-and-upload");
    let mut arguments = bundle_arguments(&stage.image, &stage.parts, &["-b", "images/a"]);
    arguments[0] = "euca-bundle-and-upload-image".into();
    let environment = stage.environment();
    let environment: Vec<_> = environment.iter().map(|(k, v)| (*k, v.as_str())).collect();

    let outcome = stage.sandbox.run_with(arguments, &environment);

    let stdout = String::from_utf8_lossy(&outcome.succeeded().stdout).into_owned();
    assert_eq!(stdout, "Uploaded images/a/golden.manifest.xml\n");
}
