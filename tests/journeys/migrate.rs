//! A bundle goes to another cloud, in a bucket or as a file, and that cloud can open it.

use std::fs;
use std::path::{Path, PathBuf};

use amikit::units::Bytes;

use crate::support::s3_server::S3Server;
use crate::support::sandbox::{Bundle, Outcome, Sandbox};
use crate::support::{image, key};

const MANIFEST: &str = "golden.manifest.xml";

/// A bundle for the euca cloud in the bucket `here`, below `old/`.
fn uploaded(sandbox: &Sandbox, server: &S3Server, kernel: &[&str]) -> Bundle {
    let image = image::dense(&sandbox.path("disk.img"), Bytes::kib(300));
    let options = [&["--part-size", "64k"], kernel].concat();
    let bundle = sandbox.bundle(&image, "bundle", &options);
    let manifest = bundle.manifest.display().to_string();
    let arguments = [
        "upload-bundle",
        "-b",
        "here/old",
        "-m",
        &manifest,
        "--acl",
        "none",
    ];
    run(sandbox, server, &arguments).succeeded();
    bundle
}

fn run(sandbox: &Sandbox, server: &S3Server, arguments: &[&str]) -> Outcome {
    let environment = server.environment();
    let environment: Vec<_> = environment
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    sandbox.run_with(arguments, &environment)
}

fn migrate(sandbox: &Sandbox, server: &S3Server, more: &[&str]) -> Outcome {
    let (user, cert) = (key("euca-user.pem"), key("euca-user.crt"));
    let target = key("ec2-cloud.crt");
    let words = |path: &Path| path.display().to_string();
    let (user, cert, target) = (words(&user), words(&cert), words(&target));
    let mut arguments = vec![
        "migrate-bundle",
        "-m",
        MANIFEST,
        "-b",
        "here/old",
        "-d",
        "there/new",
        "--acl",
        "none",
        "-k",
        &user,
        "-c",
        &cert,
        "--ec2cert",
        &target,
    ];
    arguments.extend(more);
    run(sandbox, server, &arguments)
}

/// The folder of a bundle as the server has it.
fn stored(server: &S3Server, bucket: &str, prefix: &str) -> PathBuf {
    let file = server.object_file(bucket, &format!("{prefix}/{MANIFEST}"));
    file.parent().expect("an object is in a folder").to_owned()
}

#[test]
fn the_target_opens_what_the_service_copied() {
    let sandbox = Sandbox::new("migrate-bundle");
    let server = S3Server::start(&sandbox);
    let bundle = uploaded(&sandbox, &server, &[]);

    let outcome = migrate(&sandbox, &server, &[]);

    outcome.succeeded();
    let parts = bundle.parts().len();
    assert_eq!(server.count("CopyObject"), parts);
    assert_eq!(server.objects("there").len(), parts + 1);
    let new = stored(&server, "there", "new");
    let arguments = [
        "unbundle",
        "-m",
        &new.join(MANIFEST).display().to_string(),
        "-d",
        &sandbox.folder("out").display().to_string(),
        "-k",
        &key("ec2-cloud.pem").display().to_string(),
        "-c",
        &key("euca-user.crt").display().to_string(),
    ]
    .map(str::to_owned);
    sandbox.run(arguments).succeeded();
    let opened = fs::read(sandbox.path("out/golden")).expect("the image is there");
    assert!(opened == fs::read(sandbox.path("disk.img")).expect("read the image"));
}

#[test]
fn nothing_is_copied_before_it_is_known_that_it_can_be() {
    let sandbox = Sandbox::new("migrate-refused");
    let server = S3Server::start(&sandbox);
    uploaded(&sandbox, &server, &["--kernel", "eki-12345678"]);

    migrate(&sandbox, &server, &[]).failed(2, "eki-12345678");
    fs::remove_file(server.object_file("here", "old/golden.part.01")).expect("remove a part");
    migrate(&sandbox, &server, &["--no-mapping"]).failed(3, "golden.part.01");

    assert!(server.objects("there").is_empty());
    assert_eq!(server.count("CreateBucket"), 1, "the source's only");
}

#[test]
fn a_copy_that_fails_leaves_no_manifest() {
    let sandbox = Sandbox::new("migrate-broken");
    let server = S3Server::start(&sandbox);
    uploaded(&sandbox, &server, &[]);
    server.refuse("CopyObject", "AccessDenied");

    migrate(&sandbox, &server, &[]).failed(3, "AccessDenied");

    assert!(server.objects("there").is_empty());
}
