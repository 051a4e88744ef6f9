//! Parts that travel in chunks, to a server that keeps what has arrived: killed, taken up again,
//! listed and given up.

use std::collections::BTreeMap;
use std::process::{Child, Command};

use amikit::units::Bytes;
use serde_json::Value;

use crate::support::faults::{Fault, FaultProxy, Passed};
use crate::support::image;
use crate::support::peers::{Moto, client, objects_by_boto3};
use crate::support::s3_server::{KEYS, digests, environment};
use crate::support::sandbox::{Bundle, Outcome, Sandbox};

/// Size of a chunk.
const CHUNK: u64 = 16 << 20;

/// A moto server behind a proxy, and a bundle of one part that goes in four chunks.
struct Stage {
    sandbox: Sandbox,
    moto: Moto,
    proxy: FaultProxy,
    bundle: Bundle,
}

impl Stage {
    fn new(name: &str) -> Self {
        let sandbox = Sandbox::new(name);
        let moto = Moto::start(&sandbox);
        let proxy = FaultProxy::start(moto.address());
        let image = image::incompressible(&sandbox.path("disk.img"), Bytes::mib(48));
        let bundle = sandbox.bundle(&image, "bundle", &["--part-size", "64m"]);
        let stage = Self {
            sandbox,
            moto,
            proxy,
            bundle,
        };
        assert_eq!(stage.bundle.parts().len(), 1);
        assert_eq!(stage.part_size().div_ceil(CHUNK), 4);
        stage
    }

    fn part_size(&self) -> u64 {
        self.bundle.parts()[0].metadata().expect("a part").len()
    }

    /// amikit through the proxy.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.sandbox.command(env!("CARGO_BIN_EXE_amikit"));
        command
            .args(arguments)
            .envs(environment(&self.proxy.url(), KEYS));
        command
    }

    fn run(&self, arguments: &[&str]) -> Outcome {
        Outcome::of(self.command(arguments).output().expect("run amikit"))
    }

    /// What a command says as JSON.
    #[track_caller]
    fn told(&self, arguments: &[&str]) -> Value {
        let arguments = [arguments, &["--output", "json"]].concat();
        let outcome = self.run(&arguments);
        serde_json::from_slice(&outcome.succeeded().stdout).expect("JSON")
    }

    /// Kills an upload in the middle of its third chunk.
    fn kill_in_third_chunk(&self) {
        let half = Fault::StallInBody(CHUNK / 2);
        self.proxy.fault("PUT", "partNumber=3", 1..=1, half);
        let upload = self.command(&UPLOAD).spawn().expect("run amikit");
        let is_there = |one: &Passed| one.path.contains("partNumber=3") && one.body == CHUNK / 2;
        self.proxy.wait_until(|all| all.iter().any(is_there));
        kill(upload);
    }

    /// Bytes that passed of each chunk.
    fn chunks(&self) -> BTreeMap<u64, u64> {
        let mut found = BTreeMap::new();
        for one in self.proxy.passed() {
            let Some((_, rest)) = one.path.split_once("partNumber=") else {
                continue;
            };
            let digits = rest.split('&').next().unwrap_or_default();
            *found.entry(digits.parse().expect("a number")).or_default() += one.body;
        }
        found
    }

    /// Asserts that the bucket has the bundle as boto3 reads it, and nothing pending.
    #[track_caller]
    fn has_the_bundle(&self) {
        let there = objects_by_boto3(&self.sandbox, "images", &self.moto.environment());
        assert_eq!(there, digests(&self.bundle.folder));
        let pending = self.told(&["uploads", "list", "-b", "images"]);
        assert_eq!(pending["uploads"], serde_json::json!([]));
    }
}

/// The upload, one request at a time.
const UPLOAD: [&str; 7] = [
    "upload-bundle",
    "-b",
    "images",
    "-m",
    "bundle/golden.manifest.xml",
    "--jobs",
    "1",
];

/// Ends a process as a power cut would.
fn kill(mut process: Child) {
    process.kill().expect("send SIGKILL");
    process.wait().expect("wait for what was killed");
}

#[test]
fn after_kill_9_no_chunk_that_arrived_is_sent_twice() {
    let stage = Stage::new("chunks-kill-9");
    stage.kill_in_third_chunk();
    let first = stage.chunks();
    assert_eq!(first, [(1, CHUNK), (2, CHUNK), (3, CHUNK / 2)].into());

    stage.proxy.reset();
    let told = stage.told(&UPLOAD);

    assert_eq!(told["resumed"], true);
    let rest = stage.part_size() - 3 * CHUNK;
    assert_eq!(stage.chunks(), [(3, CHUNK), (4, rest)].into());
    let again = |one: &Passed| one.method == "POST" && one.path.contains("uploads");
    assert!(!stage.proxy.passed().iter().any(again), "the same upload");
    stage.has_the_bundle();

    stage.proxy.reset();
    stage.run(&UPLOAD).succeeded();
    assert_eq!(stage.chunks(), BTreeMap::new());
}

#[test]
fn a_pending_upload_is_listed_aborted_and_gone() {
    let stage = Stage::new("chunks-aborted");
    stage.kill_in_third_chunk();
    stage.proxy.reset();
    let list = ["uploads", "list", "-b", "images"];

    let pending = stage.told(&list);

    let upload = &pending["uploads"][0];
    assert_eq!(pending["uploads"].as_array().map(Vec::len), Some(1));
    assert_eq!(upload["key"], "golden.part.00");
    let id = upload["upload_id"].as_str().expect("an id");
    let lines = String::from_utf8(stage.run(&list).succeeded().stdout.clone()).expect("UTF-8");
    assert!(lines.contains(id) && lines.contains("golden.part.00"));
    let elsewhere = stage.told(&["uploads", "list", "-b", "images/other"]);
    assert_eq!(elsewhere["uploads"], serde_json::json!([]));

    let unknown = stage.run(&["uploads", "abort", "-b", "images", "no-such-id"]);
    unknown.failed(1, "no pending upload has the id no-such-id");
    let unasked = stage.run(&["uploads", "abort", "-b", "images", "--batch"]);
    unasked.failed(2, "pass --yes, or the ids to abort");
    assert_eq!(stage.told(&list), pending, "nothing is aborted yet");

    let aborted = stage.told(&["uploads", "abort", "-b", "images", id]);
    assert_eq!(aborted["aborted"], serde_json::json!([id]));
    assert_eq!(stage.told(&list)["uploads"], serde_json::json!([]));
    let by_aws = ["s3api", "list-multipart-uploads", "--bucket", "images"];
    let by_aws = client(&stage.sandbox, "aws", &by_aws, &stage.moto.environment());
    let by_aws = String::from_utf8(by_aws.succeeded().stdout.clone()).expect("UTF-8");
    assert!(!by_aws.contains(id), "{by_aws}");

    // The state file still names it: that it is gone is no reason to fail.
    stage.run(&UPLOAD).succeeded();
    stage.has_the_bundle();
}

/// This server says of every upload that it began in November 2010.
#[test]
fn only_uploads_that_are_old_enough_are_aborted() {
    let stage = Sandbox::new("uploads-old");
    let moto = Moto::start(&stage);
    let environment = moto.environment();
    let variables: Vec<_> = environment.iter().map(|(k, v)| (*k, v.as_str())).collect();
    client(&stage, "aws", &["s3", "mb", "s3://images"], &environment).succeeded();
    for key in ["one", "two"] {
        let mut begin = vec!["s3api", "create-multipart-upload", "--bucket", "images"];
        begin.extend(["--key", key]);
        client(&stage, "aws", &begin, &environment).succeeded();
    }
    let run = |action: &str, age: &str| -> Value {
        let mut arguments = vec!["uploads", action, "-b", "images", "--older-than", age];
        arguments.extend(["--yes", "--output", "json"]);
        let outcome = stage.run_with(arguments, &variables);
        serde_json::from_slice(&outcome.succeeded().stdout).expect("JSON")
    };
    let length = |told: &Value| told.as_array().map(Vec::len);

    assert_eq!(length(&run("list", "7000w")["uploads"]), Some(0));
    assert_eq!(length(&run("list", "7d")["uploads"]), Some(2));
    assert_eq!(length(&run("abort", "7000w")["aborted"]), Some(0));
    assert_eq!(length(&run("list", "7d")["uploads"]), Some(2));
    assert_eq!(length(&run("abort", "7d")["aborted"]), Some(2));
    assert_eq!(length(&run("list", "1s")["uploads"]), Some(0));
}
