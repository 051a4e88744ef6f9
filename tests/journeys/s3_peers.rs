//! Other people's servers and clients: moto stores what we send, awscli, boto3 and s3cmd read it,
//! and we read what awscli wrote.

use std::fs;

use amikit::units::Bytes;

use crate::support::image;
use crate::support::peers::{Moto, client, objects_by_boto3};
use crate::support::s3_server::{S3Server, digests};
use crate::support::sandbox::{Bundle, Outcome, Sandbox};

/// The environment of a client of one server.
type Environment = Vec<(&'static str, String)>;

fn bundle(sandbox: &Sandbox) -> Bundle {
    let image = image::dense(&sandbox.path("disk.img"), Bytes::mib(5));
    sandbox.bundle(&image, "bundle", &["--part-size", "1m"])
}

fn amikit(sandbox: &Sandbox, arguments: &[&str], environment: &Environment) -> Outcome {
    let environment: Vec<_> = environment.iter().map(|(k, v)| (*k, v.as_str())).collect();
    sandbox.run_with(arguments, &environment)
}

fn upload(sandbox: &Sandbox, environment: &Environment) -> Outcome {
    let arguments = [
        "upload-bundle",
        "-b",
        "images",
        "-m",
        "bundle/golden.manifest.xml",
    ];
    amikit(sandbox, &arguments, environment)
}

fn download(sandbox: &Sandbox, environment: &Environment) -> Outcome {
    let arguments = [
        "download-bundle",
        "-b",
        "images",
        "-m",
        "golden.manifest.xml",
        "-d",
        "back",
    ];
    amikit(sandbox, &arguments, environment)
}

#[test]
fn moto_takes_a_bundle_gives_it_back_and_deletes_it() {
    let sandbox = Sandbox::new("moto");
    let moto = Moto::start(&sandbox);
    let wanted = digests(&bundle(&sandbox).folder);
    let environment = moto.environment();

    upload(&sandbox, &environment).succeeded();
    assert_eq!(objects_by_boto3(&sandbox, "images", &environment), wanted);
    upload(&sandbox, &environment).succeeded();

    download(&sandbox, &environment).succeeded();
    assert_eq!(digests(&sandbox.path("back")), wanted);

    let delete = [
        "delete-bundle",
        "-b",
        "images",
        "-p",
        "golden",
        "--clear",
        "--yes",
    ];
    amikit(&sandbox, &delete, &environment).succeeded();
    assert!(objects_by_boto3(&sandbox, "images", &environment).is_empty());
    let list = client(&sandbox, "aws", &["s3", "ls"], &environment);
    assert!(list.succeeded().stdout.is_empty(), "the bucket is gone");
}

#[test]
fn awscli_sees_sizes_copies_the_bundle_and_finds_the_grant_for_ec2() {
    let sandbox = Sandbox::new("awscli-reads");
    let moto = Moto::start(&sandbox);
    let bundle = bundle(&sandbox);
    let environment = moto.environment();
    upload(&sandbox, &environment).succeeded();

    let list = client(&sandbox, "aws", &["s3", "ls", "s3://images/"], &environment);
    let list = String::from_utf8(list.succeeded().stdout.clone()).expect("UTF-8");
    let copy = [
        "s3",
        "cp",
        "--recursive",
        "--only-show-errors",
        "s3://images",
        "copy",
    ];
    client(&sandbox, "aws", &copy, &environment).succeeded();
    let key = "golden.manifest.xml";
    let acl = [
        "s3api",
        "get-object-acl",
        "--bucket",
        "images",
        "--key",
        key,
    ];
    let acl = client(&sandbox, "aws", &acl, &environment);

    assert_eq!(list.lines().count(), bundle.parts().len() + 1);
    assert!(list.contains(" 1048576 golden.part.00"), "{list}");
    assert_eq!(digests(&sandbox.path("copy")), digests(&bundle.folder));
    let acl: serde_json::Value = serde_json::from_slice(&acl.succeeded().stdout).expect("JSON");
    let grants = acl["Grants"].as_array().expect("grants");
    assert!(
        grants
            .iter()
            .any(|grant| grant["Permission"] == "FULL_CONTROL")
    );
    assert!(!acl.to_string().contains("AllUsers"), "not public: {acl}");
}

#[test]
fn we_download_what_awscli_uploaded() {
    let sandbox = Sandbox::new("awscli-writes");
    let server = S3Server::start(&sandbox);
    let bundle = bundle(&sandbox);
    let environment = server.environment();
    client(&sandbox, "aws", &["s3", "mb", "s3://images"], &environment).succeeded();
    let copy = [
        "s3",
        "cp",
        "--recursive",
        "--only-show-errors",
        "bundle",
        "s3://images",
    ];
    client(&sandbox, "aws", &copy, &environment).succeeded();

    download(&sandbox, &environment).succeeded();

    assert_eq!(digests(&sandbox.path("back")), digests(&bundle.folder));
}

#[test]
fn s3cmd_reads_with_version_2_what_we_wrote_with_it() {
    let sandbox = Sandbox::new("s3cmd-reads");
    let server = S3Server::start(&sandbox);
    let bundle = bundle(&sandbox);
    let environment = server.environment();
    let mut arguments = vec!["upload-bundle", "-b", "images", "-m"];
    arguments.extend(["bundle/golden.manifest.xml", "--signature", "v2"]);
    amikit(&sandbox, &arguments, &environment).succeeded();

    let host = server.address().to_string();
    fs::write(sandbox.path("s3cfg"), "").expect("write an empty configuration");
    sandbox.folder("copy");
    let mut arguments = vec!["-c", "s3cfg", "--no-ssl", "--signature-v2", "--host", &host];
    arguments.extend(["--host-bucket", &host, "--no-progress"]);
    arguments.push("get");
    let wanted = digests(&bundle.folder);
    // One by one: this server's lists have no ETags, and s3cmd insists on them.
    let objects = wanted.keys().map(|key| format!("s3://images/{key}"));
    let objects: Vec<_> = objects.collect();
    arguments.extend(objects.iter().map(String::as_str));
    arguments.push("copy/");
    client(&sandbox, "s3cmd", &arguments, &environment).succeeded();

    assert_eq!(digests(&sandbox.path("copy")), wanted);
}
