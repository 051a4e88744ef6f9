//! The journeys against an S3 that is not ours: moto or s3s-fs in every run of the tests, and in
//! `make nightly` a Ceph, by these variables:
//!
//! ```text
//! AMIKIT_TEST_S3_URL         its URL; without it the tests start a server themselves
//! AMIKIT_TEST_S3_ACCESS_KEY  keys of a user who may create buckets
//! AMIKIT_TEST_S3_SECRET_KEY
//! ```
//!
//! Every test makes a bucket of its own, and deletes it when all went well.

use std::env;
use std::fs;
use std::process::Command;

use amikit::units::Bytes;
use serde_json::Value;

use crate::support::faults::{Fault, FaultProxy};
use crate::support::image;
use crate::support::peers::{Moto, objects_by_boto3};
use crate::support::s3_server::{KEYS, S3Server, digests, environment};
use crate::support::sandbox::{Bundle, Outcome, Sandbox};

/// Size of a chunk of a large part.
const CHUNK: u64 = 16 << 20;

/// A bucket's name for a test, and a proxy in front of the server.
struct Stage {
    sandbox: Sandbox,
    bucket: String,
    proxy: FaultProxy,
    keys: (String, String),
    _server: Server,
}

/// Whose server it is; ours ends with the test.
enum Server {
    Elsewhere,
    Moto(Moto),
    S3s(S3Server),
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("{name} is not set beside AMIKIT_TEST_S3_URL"))
}

impl Stage {
    /// Without a server elsewhere: moto, which knows most calls.
    fn new(name: &str) -> Self {
        Self::with(name, |sandbox| Server::Moto(Moto::start(sandbox)))
    }

    /// Without a server elsewhere: s3s-fs, since moto takes any signature.
    fn that_checks_signatures(name: &str) -> Self {
        Self::with(name, |sandbox| Server::S3s(S3Server::start(sandbox)))
    }

    fn with(name: &str, start: impl Fn(&Sandbox) -> Server) -> Self {
        let sandbox = Sandbox::new(name);
        let elsewhere = env::var("AMIKIT_TEST_S3_URL").ok();
        let server = elsewhere
            .as_ref()
            .map_or_else(|| start(&sandbox), |_| Server::Elsewhere);
        let address = match &server {
            Server::Moto(moto) => moto.address(),
            Server::S3s(server) => server.address(),
            Server::Elsewhere => {
                let url = elsewhere.unwrap_or_default();
                let address = url.trim_start_matches("http://").trim_end_matches('/');
                address.parse().expect("http://ADDRESS:PORT")
            }
        };
        let keys = match &server {
            Server::Elsewhere => (
                variable("AMIKIT_TEST_S3_ACCESS_KEY"),
                variable("AMIKIT_TEST_S3_SECRET_KEY"),
            ),
            Server::Moto(_) | Server::S3s(_) => (KEYS.0.to_owned(), KEYS.1.to_owned()),
        };
        Self {
            sandbox,
            bucket: format!("amikit-{name}-{}", std::process::id()),
            proxy: FaultProxy::start(address),
            keys,
            _server: server,
        }
    }

    fn environment(&self) -> Vec<(&'static str, String)> {
        environment(&self.proxy.url(), (&self.keys.0, &self.keys.1))
    }

    /// amikit with a command, this bucket, and options.
    fn command(&self, command: &[&str], options: &[&str]) -> Command {
        let mut run = self.sandbox.command(env!("CARGO_BIN_EXE_amikit"));
        run.args(command).args(["-b", &self.bucket]).args(options);
        run.envs(self.environment());
        run
    }

    fn run(&self, command: &str, options: &[&str]) -> Outcome {
        let output = self.command(&[command], options).output();
        Outcome::of(output.expect("run amikit"))
    }

    fn upload(&self, options: &[&str]) -> Outcome {
        let all = ["-m", "bundle/golden.manifest.xml", "--acl", "private"];
        let options = [&all, options].concat();
        self.run("upload-bundle", &options)
    }

    /// Starts an upload, and kills it when a request with `path` in its path has stopped half-way.
    fn kill_upload_at(&self, path: &str, options: &[&str]) {
        self.proxy
            .fault("PUT", path, 1..=1, Fault::StallInBody(500_000));
        let all = ["-m", "bundle/golden.manifest.xml", "--acl", "private"];
        let all = [&all[..], &["--jobs", "1"]].concat();
        let mut run = self.command(&["upload-bundle"], &[&all, options].concat());
        let mut upload = run.spawn().expect("run amikit");
        self.proxy.wait_until(|all| {
            let mut all = all.iter();
            all.any(|one| one.path.contains(path) && one.body == 500_000)
        });
        upload.kill().expect("send SIGKILL");
        upload.wait().expect("wait for what was killed");
        self.proxy.reset();
    }

    fn pending(&self) -> Value {
        let mut run = self.command(&["uploads", "list"], &["--output", "json"]);
        let outcome = Outcome::of(run.output().expect("run amikit"));
        let told: Value = serde_json::from_slice(&outcome.succeeded().stdout).expect("JSON");
        told["uploads"].clone()
    }

    #[track_caller]
    fn has(&self, bundle: &Bundle) {
        let there = objects_by_boto3(&self.sandbox, &self.bucket, &self.environment());
        assert_eq!(there, digests(&bundle.folder));
    }

    #[track_caller]
    fn delete(&self, options: &[&str]) {
        let all = ["-p", "golden", "--clear", "--yes"];
        self.run("delete-bundle", &[&all, options].concat())
            .succeeded();
        let there = objects_by_boto3(&self.sandbox, &self.bucket, &self.environment());
        assert!(there.is_empty());
        self.run("check-bucket", &[])
            .failed(1, "there is no bucket");
    }

    fn bundle(&self) -> Bundle {
        let image = image::dense(&self.sandbox.path("disk.img"), Bytes::mib(10));
        let options = ["--part-size", "1m"];
        self.sandbox.bundle(&image, "bundle", &options)
    }

    /// Uploads, is killed, goes on, downloads, lists and deletes.
    fn round(&self, options: &[&str]) {
        let bundle = self.bundle();

        self.kill_upload_at("golden.part.03", options);
        let told = self.upload(&[options, &["--output", "json"]].concat());
        let told: Value = serde_json::from_slice(&told.succeeded().stdout).expect("JSON");
        assert_eq!(told["resumed"], true);
        assert_eq!(told["sent"], bundle.parts().len() - 3);
        self.has(&bundle);

        let back = ["-p", "golden", "-d", "back"];
        self.run("download-bundle", &[&back, options].concat())
            .succeeded();
        assert_eq!(digests(&self.sandbox.path("back")), digests(&bundle.folder));
        self.run("check-bucket", options).succeeded();
        self.delete(options);
    }
}

#[test]
fn a_bundle_travels_with_signatures_of_version_4() {
    Stage::new("v4").round(&["--signature", "v4"]);
}

#[test]
fn a_bundle_travels_with_signatures_of_version_2() {
    Stage::new("v2").round(&["--signature", "v2"]);
}

#[test]
fn no_chunk_that_arrived_is_sent_twice() {
    for signature in ["v4", "v2"] {
        let stage = Stage::new(&format!("chunks-{signature}"));
        let image = image::incompressible(&stage.sandbox.path("disk.img"), Bytes::mib(48));
        let bundle = stage
            .sandbox
            .bundle(&image, "bundle", &["--part-size", "64m"]);
        let options = ["--signature", signature];
        stage.kill_upload_at("partNumber=3", &options);
        assert_eq!(stage.pending().as_array().map(Vec::len), Some(1));

        stage.upload(&options).succeeded();

        let size = bundle.parts()[0].metadata().expect("a part").len();
        let passed = stage.proxy.passed();
        let chunks = passed.iter().filter(|one| one.path.contains("partNumber="));
        let sent: u64 = chunks.map(|one| one.body).sum();
        assert_eq!(sent, size - 2 * CHUNK, "{signature}");
        assert_eq!(stage.pending(), serde_json::json!([]));
        stage.has(&bundle);
        stage.delete(&options);
    }
}

#[test]
#[ignore = "moto lets every upload begin in 2010, s3s-fs lists none: make nightly"]
fn a_pending_upload_is_aborted_and_gone() {
    let stage = Stage::new("aborted");
    let image = image::incompressible(&stage.sandbox.path("disk.img"), Bytes::mib(20));
    stage
        .sandbox
        .bundle(&image, "bundle", &["--part-size", "64m"]);
    stage.kill_upload_at("partNumber=2", &[]);
    assert_eq!(stage.pending()[0]["key"], "golden.part.00");

    let younger = ["--older-than", "1h", "--yes"];
    let mut run = stage.command(&["uploads", "abort"], &younger);
    Outcome::of(run.output().expect("run amikit")).succeeded();
    assert_eq!(stage.pending().as_array().map(Vec::len), Some(1));
    let mut run = stage.command(&["uploads", "abort"], &["--yes"]);
    Outcome::of(run.output().expect("run amikit")).succeeded();

    assert_eq!(stage.pending(), serde_json::json!([]));
    stage.upload(&[]).succeeded();
    stage.delete(&[]);
}

#[test]
#[ignore = "of the servers here only Ceph holds posts to their policy: make nightly"]
fn a_policy_lets_post_what_it_says_and_nothing_else() {
    let stage = Stage::new("policy");
    let bundle = stage.bundle();
    stage.upload(&[]).succeeded();
    stage
        .run("delete-bundle", &["-p", "golden", "--yes"])
        .succeeded();
    let policy = |prefix: &str| {
        let bucket = &stage.bucket;
        let policy = format!(
            r#"{{"expiration": "2099-01-01T00:00:00Z", "conditions": [{{"bucket": "{bucket}"}},
               ["starts-with", "$key", "{prefix}"], {{"acl": "private"}}]}}"#
        );
        fs::write(stage.sandbox.path("policy.json"), policy).expect("write a policy");
        stage.upload(&["--upload-policy-file", "policy.json"])
    };

    policy("other").failed(3, "PostObject");
    policy("golden").succeeded();

    stage.has(&bundle);
    stage.delete(&[]);
}

/// Ceph has not Amazon's own ACLs.
#[test]
fn the_acl_for_ec2_is_taken_or_refused_with_advice() {
    for size in [Bytes::kib(64), Bytes::mib(20)] {
        let stage = Stage::new("acl");
        let image = image::incompressible(&stage.sandbox.path("disk.img"), size);
        let options = ["--part-size", "64m"];
        stage.sandbox.bundle(&image, "bundle", &options);

        let outcome = stage.run("upload-bundle", &["-m", "bundle/golden.manifest.xml"]);

        if outcome.status != Some(0) {
            let fact = "the server does not take the ACL aws-exec-read";
            outcome.failed(3, fact);
            assert!(outcome.stderr.contains("pass --acl none"));
        }
        stage.upload(&[]).succeeded();
        stage.delete(&[]);
    }
}

#[test]
fn a_wrong_secret_is_told_as_that() {
    let stage = Stage::that_checks_signatures("secret");
    stage.bundle();
    for signature in ["v4", "v2"] {
        let mut options = vec!["--signature", signature, "--secret-key", "another"];
        options.extend(["--access-key-id", &stage.keys.0]);

        let outcome = stage.upload(&options);

        outcome.failed(3, "SignatureDoesNotMatch");
        assert!(outcome.stderr.contains("the secret does not belong"));
    }
}
