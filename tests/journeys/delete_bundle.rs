//! A bundle is deleted from a bucket, and nothing else.

use std::fs;

use amikit::units::Bytes;

use crate::support::image;
use crate::support::s3_server::{KEYS, S3Server};
use crate::support::sandbox::{Outcome, Sandbox};

/// A sandbox with a server that has the bundle `golden` and two foreign objects.
struct Stage {
    sandbox: Sandbox,
    server: S3Server,
}

/// What is not the bundle's.
const FOREIGN: [&str; 2] = ["web/golden.part.00.bak", "web/golden2.manifest.xml"];

impl Stage {
    fn new(name: &str) -> Self {
        let sandbox = Sandbox::new(name);
        let server = S3Server::start(&sandbox);
        let image = image::dense(&sandbox.path("disk.img"), Bytes::mib(2));
        let bundle = sandbox.bundle(&image, "bundle", &["--part-size", "1m"]);
        let stage = Self { sandbox, server };
        let manifest = bundle.manifest.to_str().expect("a path in UTF-8");
        let options = ["-b", "images/web", "-m", manifest];
        stage.run("upload-bundle", &options).succeeded();
        for key in FOREIGN {
            fs::write(stage.server.object_file("images", key), "foreign").expect("put an object");
        }
        stage
    }

    fn run(&self, command: &str, options: &[&str]) -> Outcome {
        let environment = self.server.environment();
        let environment: Vec<_> = environment.iter().map(|(k, v)| (*k, v.as_str())).collect();
        let arguments = [command].into_iter().chain(options.iter().copied());
        self.sandbox.run_with(arguments, &environment)
    }

    fn delete(&self, options: &[&str]) -> Outcome {
        let all: Vec<&str> = ["-b", "images/web"]
            .iter()
            .chain(options)
            .copied()
            .collect();
        self.run("delete-bundle", &all)
    }

    fn keys(&self) -> Vec<String> {
        self.server.objects("images").into_keys().collect()
    }
}

#[test]
fn the_bundle_goes_and_foreign_objects_stay() {
    let stage = Stage::new("delete-whole");

    let outcome = stage.delete(&["-p", "golden", "--output", "json"]);

    let told: serde_json::Value = serde_json::from_slice(&outcome.succeeded().stdout).unwrap();
    let keys = told["keys"].as_array().unwrap();
    assert_eq!(keys.last().unwrap(), "web/golden.manifest.xml");
    assert_eq!(told["bucket_deleted"], false);
    assert_eq!(stage.keys(), FOREIGN);
}

#[test]
fn a_dry_run_lists_and_deletes_nothing() {
    let stage = Stage::new("delete-dry");
    let before = stage.keys();

    let outcome = stage.delete(&["-m", "golden.manifest.xml", "--dry-run"]);

    let told = String::from_utf8(outcome.succeeded().stdout.clone()).unwrap();
    assert!(told.contains("images/web/golden.part.00\n"), "{told}");
    assert_eq!(stage.keys(), before);
}

#[test]
fn a_bundle_without_its_manifest_is_deleted_by_its_names() {
    let stage = Stage::new("delete-no-manifest");
    fs::remove_file(
        stage
            .server
            .object_file("images", "web/golden.manifest.xml"),
    )
    .unwrap();

    let by_name = stage.delete(&["-m", "golden.manifest.xml"]);
    let by_prefix = stage.delete(&["-p", "golden"]);

    by_name.failed(
        3,
        "manifest 'images/web/golden.manifest.xml' does not exist on the server",
    );
    by_prefix.succeeded();
    assert_eq!(stage.keys(), FOREIGN);
}

#[test]
fn what_was_refused_is_deleted_by_the_next_run() {
    let stage = Stage::new("delete-again");
    fs::remove_file(stage.server.object_file("images", "web/golden.part.00")).unwrap();

    stage.delete(&["-p", "golden"]).succeeded();

    assert_eq!(stage.keys(), FOREIGN);
}

#[test]
fn the_bucket_goes_with_its_last_bundle_only() {
    let stage = Stage::new("delete-clear");
    let full = stage.delete(&["-p", "golden", "--clear"]);
    assert_eq!(stage.keys(), FOREIGN);
    for key in FOREIGN {
        fs::remove_file(stage.server.object_file("images", key)).unwrap();
    }

    full.failed(3, "it has other objects");
    let folder = stage.server.object_file("images", "web");
    fs::remove_dir(&folder).unwrap();
    let outcome = stage.run(
        "euca-delete-bundle",
        &["-b", "images", "-p", "golden", "--clear"],
    );

    outcome.succeeded();
    assert!(outcome.stdout.is_empty());
    assert!(!stage.server.object_file("images", "").exists());
}

#[test]
fn amazons_tool_asks_unless_told_not_to() {
    let stage = Stage::new("delete-ec2");
    let before = stage.keys();
    let url = stage.server.url();
    let arguments = [
        "-b",
        "images/web",
        "-p",
        "golden",
        "-a",
        KEYS.0,
        "-s",
        KEYS.1,
        "--url",
        &url,
    ];
    let with_yes: Vec<&str> = arguments.iter().copied().chain(["-y"]).collect();

    let asked = stage.run("ec2-delete-bundle", &arguments);
    let kept = stage.keys();
    let done = stage.run("ec2-delete-bundle", &with_yes);
    let nothing = stage.run("ec2-delete-bundle", &with_yes);

    let told = |outcome: &Outcome| String::from_utf8(outcome.stdout.clone()).unwrap();
    asked.succeeded();
    assert!(told(&asked).contains("Continue [y/N]"), "{}", told(&asked));
    assert_eq!(kept, before);
    done.succeeded();
    assert!(
        told(&done).contains("web/golden.part.00"),
        "{}",
        told(&done)
    );
    assert_eq!(stage.keys(), FOREIGN);
    assert_eq!(told(&nothing), "No files to delete.\n");
}
