//! `examples/publish-in-ci.sh`, the pipeline of docs/ci.md, with moto as the cloud.

use std::fs;
use std::path::Path;
use std::process::Command;

use amikit::units::Bytes;
use serde_json::Value;

use crate::support::faults::{Fault, FaultProxy};
use crate::support::peers::{Moto, objects_by_boto3};
use crate::support::sandbox::{Outcome, Sandbox};
use crate::support::{image, key};

/// A pipeline's machine: a sandbox, a cloud, and what the environment has.
struct Pipeline {
    sandbox: Sandbox,
    moto: Moto,
    ec2: FaultProxy,
}

impl Pipeline {
    fn new(name: &str) -> Self {
        let sandbox = Sandbox::new(name);
        let moto = Moto::start(&sandbox);
        let ec2 = FaultProxy::start(moto.address());
        Self { sandbox, moto, ec2 }
    }

    fn run(&self, version: &str) -> Outcome {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/publish-in-ci.sh");
        let mut command: Command = self.sandbox.command(script);
        command
            .envs(self.moto.environment())
            .env("EC2_URL", self.ec2.url())
            .env("AMIKIT", env!("CARGO_BIN_EXE_amikit"))
            .env("EC2_PRIVATE_KEY", key("euca-user.pem"))
            .env("EC2_CERT", key("euca-user.crt"))
            .env("EUCALYPTUS_CERT", key("euca-cloud.crt"))
            .env("EC2_USER_ID", "123456789012")
            .envs([
                ("IMAGE", "disk.img"),
                ("BUCKET", "images/web"),
                ("FAMILY", "web"),
                ("VERSION", version),
                ("SHARE", "111122223333"),
                ("KEEP", "2"),
                ("PAUSE", "0"),
            ]);
        Outcome::of(command.output().expect("run the example"))
    }

    fn result(&self) -> Value {
        let text = fs::read(self.sandbox.path("image.json")).expect("read the result");
        serde_json::from_slice(&text).expect("JSON")
    }

    /// The folders of the bucket that have something in them.
    fn versions(&self) -> Vec<String> {
        let objects = objects_by_boto3(&self.sandbox, "images", &self.moto.environment());
        let folders = objects.keys().filter_map(|key| key.split('/').nth(1));
        let mut folders: Vec<String> = folders.map(str::to_owned).collect();
        folders.dedup();
        folders
    }
}

#[test]
fn each_commit_is_published_and_the_oldest_removed() {
    let pipeline = Pipeline::new("ci-example");
    let disk = pipeline.sandbox.path("disk.img");
    for version in ["c1", "c2", "c3"] {
        // Every build is another image.
        image::dense(
            &disk,
            Bytes::kib(200 + 10 * u64::from(version.as_bytes()[1])),
        );
        let outcome = pipeline.run(version);
        let said = String::from_utf8_lossy(&outcome.succeeded().stdout).into_owned();
        let id = pipeline.result()["image_id"]
            .as_str()
            .expect("an id")
            .to_owned();
        assert!(
            said.starts_with(&format!("published {id}, web-{version}")),
            "{said}"
        );
        assert_eq!(said.contains("removed"), version == "c3", "{said}");
    }
    assert_eq!(pipeline.versions(), ["c2", "c3"]);

    // The job is run again: nothing changes.
    let again = pipeline.run("c3");
    let said = String::from_utf8_lossy(&again.succeeded().stdout).into_owned();
    assert!(
        said.contains("0 of 1 parts sent") && !said.contains("removed"),
        "{said}"
    );
    assert_eq!(pipeline.result()["shared_with"][0], "111122223333");
}

#[test]
fn what_may_pass_is_tried_again_and_a_refusal_is_not() {
    let pipeline = Pipeline::new("ci-example-faults");
    image::dense(&pipeline.sandbox.path("disk.img"), Bytes::kib(200));
    // The service is away while the image is tagged, longer than amikit itself tries again.
    pipeline
        .ec2
        .fault("POST", "/", 4..=8, Fault::DropBeforeBody);

    let outcome = pipeline.run("c1");

    outcome.succeeded();
    assert!(
        outcome.stderr.contains("is registered, but"),
        "{}",
        outcome.stderr
    );
    assert_eq!(pipeline.result()["registered"], false);

    pipeline.ec2.reset();
    let fault = Fault::error(403, "UnauthorizedOperation");
    pipeline.ec2.fault("POST", "/", 1..=1, fault);
    pipeline.run("c2").failed(3, "UnauthorizedOperation");
    assert_eq!(pipeline.ec2.passed().len(), 1);
    assert_eq!(pipeline.result()["name"], "web-c1", "the old result stays");
}
