//! The credentials folder: a fresh shell reads `eucarc`, and every client works, without options.
//!
//! ```text
//! . eucarc; CLIENT …                           ─► works
//! AMIKIT_CLOUD_TLS=1; . eucarc; CLIENT …       ─► works
//! the same with another authority in tls-ca.pem ─► does not
//! ```

use std::fs;

use crate::support::peers::{peer, support_file};
use crate::support::sandbox::{Outcome, Sandbox, search_path};
use crate::support::small_cloud::SmallCloud;

/// A cloud, and a folder in which shells run.
struct Desk {
    sandbox: Sandbox,
    cloud: SmallCloud,
}

impl Desk {
    fn new() -> Self {
        let sandbox = Sandbox::new("walrus-credentials");
        sandbox.folder("links");
        sandbox.run(["install-links", "links"]).succeeded();
        let cloud = SmallCloud::start(&sandbox);
        fs::write(sandbox.path("one"), "the first object\n").expect("write a file");
        Self { sandbox, cloud }
    }

    /// Runs a script after `eucarc`; `$BUCKET` is a bucket's name.
    fn shell(&self, bucket: &str, before: &str, script: &str) -> Outcome {
        let programs = peer("python").with_file_name("");
        let mut path = programs.into_os_string();
        path.push(":");
        path.push(self.sandbox.path("links"));
        path.push(":");
        path.push(search_path());
        let eucarc = self.cloud.credentials().join("eucarc");
        let eucarc = eucarc.to_str().expect("a path in UTF-8");
        let script = format!("set -eu; {before}\n. '{eucarc}'\n{script}");
        let mut command = self.sandbox.command("bash");
        command.args(["-c", &script]).env("PATH", path);
        command.env("BUCKET", bucket);
        Outcome::of(command.output().expect("run a shell"))
    }

    fn works(&self, script: &str) {
        self.shell("plain", "", script).succeeded();
    }

    /// It works, and the certificate is looked at: with another authority it does not.
    fn works_through_tls(&self, script: &str) {
        let tls = "AMIKIT_CLOUD_TLS=1";
        self.shell("sealed", tls, script).succeeded();

        let folder = self.cloud.credentials();
        let other = fs::read(folder.join("admin-cert.pem")).expect("read a certificate");
        fs::write(folder.join("tls-ca.pem"), other).expect("write a certificate");
        let once = format!("{tls}; export RCLONE_RETRIES=1 RCLONE_LOW_LEVEL_RETRIES=1");
        let outcome = self.shell("mistrusted", &once, script);
        assert_ne!(outcome.status, Some(0), "nobody asked whose server it is");
        let told = String::from_utf8_lossy(&outcome.stdout).into_owned() + &outcome.stderr;
        assert!(told.to_lowercase().contains("certificate"), "{told}");
    }
}

#[test]
fn s3cmd_works_at_once() {
    let script = "s3cmd mb s3://$BUCKET
        s3cmd ls | grep s3://$BUCKET
        s3cmd put one s3://$BUCKET/one
        s3cmd get --force s3://$BUCKET/one back
        cmp one back";
    let desk = Desk::new();
    desk.works(script);
    desk.works_through_tls(script);
}

#[test]
fn rclone_works_at_once() {
    let script = "rclone mkdir amikit:$BUCKET
        rclone copyto one amikit:$BUCKET/one
        rclone ls amikit: | grep $BUCKET/one
        rclone copyto amikit:$BUCKET/one back-$BUCKET
        cmp one back-$BUCKET";
    let desk = Desk::new();
    desk.works(script);
    desk.works_through_tls(script);
}

#[test]
fn awscli_works_at_once() {
    let script = "aws s3 mb s3://$BUCKET
        aws s3 ls | grep $BUCKET
        aws s3 cp one s3://$BUCKET/one
        aws s3 cp s3://$BUCKET/one back
        cmp one back";
    let desk = Desk::new();
    desk.works(script);
    // The files alone, with the profile instead of the variables.
    desk.shell(
        "profile",
        "",
        "unset AWS_ENDPOINT_URL_S3; aws --profile tls s3 ls | grep plain",
    )
    .succeeded();
    desk.works_through_tls(script);
}

#[test]
fn boto3_works_at_once() {
    let script = r#"python -c "
import boto3
s3 = boto3.client('s3')
s3.create_bucket(Bucket='$BUCKET')
s3.put_object(Bucket='$BUCKET', Key='one', Body=b'1')
assert s3.get_object(Bucket='$BUCKET', Key='one')['Body'].read() == b'1'
""#;
    let desk = Desk::new();
    desk.works(script);
    desk.works_through_tls(script);
}

#[test]
fn boto_2_works_with_the_port_alone() {
    let folder = support_file("walrus");
    let desk = Desk::new();
    let port = desk.cloud.said("s3").rsplit(':').next().expect("a port");
    desk.works(&format!(
        r#"PYTHONPATH={folder} python -B -c "
from boto2 import boto
bucket = boto.connect_s3(port={port}).create_bucket('$BUCKET')
bucket.new_key('one').set_contents_from_string('1')
assert bucket.get_key('one').get_contents_as_string() == b'1'
""#
    ));
}

/// A bundle there and back, by the names that the functions give.
fn bundle(ours: &str, image: &str) -> String {
    format!(
        "mkdir up-$BUCKET down-$BUCKET
        head -c 3000000 /dev/zero > disk
        {ours}bundle-image -i disk -r x86_64 -d up-$BUCKET -p golden
        {ours}upload-bundle -b $BUCKET -m up-$BUCKET/golden.manifest.xml
        {ours}check-bucket -b $BUCKET
        {ours}download-bundle -b $BUCKET -m golden.manifest.xml -d down-$BUCKET
        {ours}unbundle -m down-$BUCKET/golden.manifest.xml -s down-$BUCKET -d down-$BUCKET
        cmp disk down-$BUCKET/golden
        {ours}delete-bundle -b $BUCKET -p golden
        {ours}bundle-and-upload{image} -i disk -r x86_64 -b $BUCKET -p streamed
        {ours}download-and-unbundle -b $BUCKET -m streamed.manifest.xml -d down-$BUCKET
        cmp disk down-$BUCKET/streamed"
    )
}

#[test]
fn our_commands_work_at_once() {
    let script = bundle("amikit ", "") + "\namikit uploads list -b $BUCKET\namikit doctor";
    let desk = Desk::new();
    let amikit = env!("CARGO_BIN_EXE_amikit");
    std::os::unix::fs::symlink(amikit, desk.sandbox.path("links/amikit")).expect("link amikit");
    desk.works(&script);
    desk.works_through_tls(&script);
}

#[test]
fn our_commands_work_at_once_by_the_names_of_euca2ools() {
    let script = bundle("euca-", "-image");
    let desk = Desk::new();
    desk.works(&script);
    desk.works_through_tls(&script);
}
