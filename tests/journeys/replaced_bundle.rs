//! A bundle takes the place of another one of its name: no manifest stands beside foreign parts.

use std::fs;

use amikit::units::Bytes;

use crate::support::image;
use crate::support::s3_server::{S3Server, digests};
use crate::support::sandbox::{Bundle, Outcome, Sandbox};

const MANIFEST: &str = "golden.manifest.xml";

/// A server with a bundle, and the files of that bundle.
struct Stage {
    sandbox: Sandbox,
    server: S3Server,
    bundle: Bundle,
}

impl Stage {
    fn new(name: &str) -> Self {
        let sandbox = Sandbox::new(name);
        let image = image::dense(&sandbox.path("disk.img"), Bytes::mib(1));
        let stage = Self {
            server: S3Server::start(&sandbox),
            bundle: sandbox.bundle(&image, "bundle", &["--part-size", "64k"]),
            sandbox,
        };
        stage.upload(&[]).succeeded();
        stage
    }

    /// Bundles the same image once more: with another key, into other parts.
    fn bundle_again(&self) {
        let image = self.sandbox.path("disk.img");
        let options = ["--part-size", "64k", "--force"];
        self.sandbox.bundle(&image, "bundle", &options);
    }

    fn upload(&self, options: &[&str]) -> Outcome {
        let environment = self.server.environment();
        let environment: Vec<_> = environment.iter().map(|(k, v)| (*k, v.as_str())).collect();
        let manifest = self.bundle.manifest.to_str().expect("a path in UTF-8");
        let all = ["upload-bundle", "-b", "images", "--retries", "0"];
        let all = [&all[..], &["-m", manifest], options].concat();
        self.sandbox.run_with(all, &environment)
    }

    fn has_a_manifest(&self) -> bool {
        self.server.objects("images").contains_key(MANIFEST)
    }

    #[track_caller]
    fn has_the_bundle(&self) {
        assert_eq!(self.server.objects("images"), digests(&self.bundle.folder));
    }
}

#[test]
fn the_old_manifest_is_gone_before_its_first_part_is() {
    let stage = Stage::new("old-manifest");
    stage.bundle_again();
    stage.server.refuse("PutObject", "AccessDenied");

    stage.upload(&[]).failed(3, "AccessDenied");

    assert!(!stage.has_a_manifest());
    stage.server.allow("PutObject");
    stage.upload(&[]).succeeded();
    stage.has_the_bundle();
}

#[test]
fn the_bundle_s_own_manifest_stays_while_a_lost_part_is_sent_again() {
    let stage = Stage::new("own-manifest");
    let lost = stage.server.object_file("images", "golden.part.01");
    fs::remove_file(lost).expect("remove an object");
    stage.server.refuse("PutObject", "AccessDenied");

    stage.upload(&[]).failed(3, "AccessDenied");
    stage.upload(&["--no-resume"]).failed(3, "AccessDenied");

    assert!(stage.has_a_manifest());
    assert_eq!(stage.server.count("DeleteObject"), 0);
}

#[test]
fn who_sends_no_manifest_removes_none() {
    let stage = Stage::new("skipped-manifest");
    stage.bundle_again();

    stage.upload(&["--skipmanifest"]).succeeded();
    stage.upload(&["--dry-run"]).succeeded();

    assert!(stage.has_a_manifest());
}

#[test]
fn who_may_delete_nothing_is_told_what_that_means() {
    let stage = Stage::new("no-deleting");
    stage.bundle_again();
    stage.server.refuse("DeleteObject", "AccessDenied");

    let outcome = stage.upload(&[]);

    let said = &outcome.succeeded().stderr;
    assert!(
        said.contains("the old manifest golden.manifest.xml"),
        "{said}"
    );
    stage.has_the_bundle();
}
