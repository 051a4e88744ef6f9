//! `publish` and `share-image`: from a disk image to a machine image, with somebody else's cloud
//! (moto) at the other end.
//!
//! ```text
//! amikit ─┬─ S3  ─► FaultProxy ─┐
//!         ├─ EC2 ─► FaultProxy ─┼─► moto ◄─ boto3: what is there in the end
//!         └─ EBS ─► FaultProxy ─┘
//! ```

mod ebs;
mod ebs_kill;
mod install_image;
mod refusals;
mod resume;
mod share;
mod whole;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use amikit::units::Bytes;
use serde_json::Value;

use crate::support::faults::FaultProxy;
use crate::support::peers::{Moto, client, objects_by_boto3, support_file};
use crate::support::sandbox::{Outcome, Sandbox};
use crate::support::{image, key};

/// A sandbox with a cloud, and an image of some small parts.
struct Stage {
    sandbox: Sandbox,
    moto: Moto,
    s3: FaultProxy,
    ec2: FaultProxy,
    ebs: FaultProxy,
    image: PathBuf,
}

impl Stage {
    fn new(name: &str) -> Self {
        let sandbox = Sandbox::new(name);
        let moto = Moto::start(&sandbox);
        Self {
            s3: FaultProxy::start(moto.address()),
            ec2: FaultProxy::start(moto.address()),
            ebs: FaultProxy::start(moto.address()),
            image: image::incompressible(&sandbox.path("disk.img"), Bytes::kib(200)),
            moto,
            sandbox,
        }
    }

    fn environment(&self) -> Vec<(&'static str, String)> {
        let mut variables = self.moto.environment();
        variables.retain(|(name, _)| !name.contains("URL"));
        variables.extend([
            ("S3_URL", self.s3.url()),
            ("EC2_URL", self.ec2.url()),
            ("AWS_ENDPOINT_URL_EBS", self.ebs.url()),
        ]);
        variables
    }

    /// The command with a bundle of small parts in `images/NAME`.
    fn arguments(&self, name: &str, options: &[&str]) -> Vec<OsString> {
        let mut all: Vec<OsString> = vec!["publish".into(), "-i".into(), self.image.clone().into()];
        let place = format!("images/{name}");
        all.extend(["-n", name, "-b", &place, "-r", "x86_64"].map(Into::into));
        all.extend(["-u", "123456789012", "--part-size", "32k", "--retries", "0"].map(Into::into));
        all.extend(["-k".into(), key("euca-user.pem").into()]);
        all.extend(["-c".into(), key("euca-user.crt").into()]);
        all.extend(["--ec2cert".into(), key("euca-cloud.crt").into()]);
        all.extend(options.iter().map(Into::into));
        all
    }

    fn publish(&self, name: &str, options: &[&str]) -> Outcome {
        self.run(self.arguments(name, options))
    }

    fn run<I: AsRef<std::ffi::OsStr>>(&self, arguments: impl IntoIterator<Item = I>) -> Outcome {
        let environment = self.environment();
        let environment: Vec<_> = environment.iter().map(|(k, v)| (*k, v.as_str())).collect();
        self.sandbox.run_with(arguments, &environment)
    }

    /// The images of a name, as boto3 sees them.
    fn images(&self, name: &str) -> Vec<Value> {
        self.seen_by_boto3(&[name])
    }

    /// Every image of ours, as boto3 sees them.
    fn all_images(&self) -> Vec<Value> {
        self.seen_by_boto3(&[])
    }

    fn seen_by_boto3(&self, names: &[&str]) -> Vec<Value> {
        let script = support_file("images_with_boto3.py");
        let arguments = [&[script.as_str()], names].concat();
        let environment = self.moto.environment();
        let said = client(&self.sandbox, "python", &arguments, &environment);
        serde_json::from_slice(&said.succeeded().stdout).expect("JSON")
    }

    /// The objects of the bucket, as boto3 sees them.
    fn objects(&self) -> BTreeMap<String, String> {
        objects_by_boto3(&self.sandbox, "images", &self.moto.environment())
    }

    /// Requests to EC2 so far.
    fn ec2_requests(&self) -> usize {
        self.ec2.passed().len()
    }

    /// Objects that were sent to S3 since the record was reset.
    fn puts(&self) -> usize {
        let passed = self.s3.passed();
        let puts = passed.iter().filter(|one| one.method == "PUT");
        puts.filter(|one| one.body > 0).count()
    }
}

/// The JSON object that a run has printed.
#[track_caller]
fn told(outcome: &Outcome) -> Value {
    serde_json::from_slice(&outcome.succeeded().stdout).expect("a JSON object")
}

/// The names of an object's fields, in the order of the alphabet.
fn fields(object: &Value) -> String {
    let object = object.as_object().expect("an object");
    let mut names: Vec<_> = object.keys().map(String::as_str).collect();
    names.sort_unstable();
    names.join(" ")
}

/// An ext4 image with these files in it.
fn system(sandbox: &Sandbox, name: &str, files: &[(&str, &str)]) -> PathBuf {
    let tree = sandbox.folder(&format!("{name}-tree"));
    for (path, content) in files {
        let path = tree.join(path);
        fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("make a folder");
        fs::write(path, content).expect("write a file");
    }
    image::ext4(&sandbox.path(name), Bytes::mib(4), &tree)
}

/// A system without secrets.
fn clean_system(sandbox: &Sandbox) -> PathBuf {
    let files = [("etc/os-release", "ID=example\n"), ("etc/machine-id", "")];
    system(sandbox, "clean.img", &files)
}

/// A system with somebody's private key.
fn dirty_system(sandbox: &Sandbox) -> PathBuf {
    let key = fs::read_to_string(key("euca-user.pem")).expect("read a key");
    system(sandbox, "dirty.img", &[("home/alice/.ssh/id_rsa", &key)])
}

/// A path as an argument.
fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}
