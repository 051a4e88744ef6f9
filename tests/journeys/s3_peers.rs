//! Other people's servers and clients: moto stores what we send, awscli, boto3 and s3cmd read it,
//! and we read what awscli wrote.

use std::collections::BTreeSet;
use std::fs;

use amikit::units::Bytes;
use serde_json::Value;

use crate::support::image;
use crate::support::peers::{Moto, client, objects_by_boto3};
use crate::support::s3_server::{S3Server, digests};
use crate::support::sandbox::{Bundle, Outcome, Sandbox};

/// What somebody may post.
const POLICY: &str = "{\"expiration\": \"2030-01-01T00:00:00Z\", \"conditions\": \
                      [{\"bucket\": \"images\"}, [\"starts-with\", \"$key\", \"\"]]}";

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
fn awscli_sees_sizes_and_copies_the_bundle() {
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

    assert_eq!(list.lines().count(), bundle.parts().len() + 1);
    assert!(list.contains(" 1048576 golden.part.00"), "{list}");
    assert_eq!(digests(&sandbox.path("copy")), digests(&bundle.folder));
}

/// moto takes `aws-exec-read` and grants nothing for it, so that what ACLs do is seen from
/// others: each object has the grants of the ACL that was asked for, and no more.
#[test]
fn awscli_finds_the_grants_of_each_canned_acl() {
    let sandbox = Sandbox::new("awscli-acl");
    let moto = Moto::start(&sandbox);
    let bundle = bundle(&sandbox);
    let environment = moto.environment();
    let owner = ("owner".to_owned(), "FULL_CONTROL".to_owned());
    let group = |name: &str| (name.to_owned(), "READ".to_owned());
    for (acl, granted) in [
        ("aws-exec-read", None),
        ("private", None),
        ("public-read", Some(group("AllUsers"))),
        ("authenticated-read", Some(group("AuthenticatedUsers"))),
    ] {
        let mut arguments = vec!["upload-bundle", "-b", acl, "--acl", acl, "-m"];
        arguments.push("bundle/golden.manifest.xml");
        amikit(&sandbox, &arguments, &environment).succeeded();

        let wanted: BTreeSet<_> = [Some(owner.clone()), granted]
            .into_iter()
            .flatten()
            .collect();
        for key in digests(&bundle.folder).keys() {
            assert_eq!(
                grants(&sandbox, acl, key, &environment),
                wanted,
                "{acl} {key}"
            );
        }
    }
}

/// Who may do what to an object, as awscli tells it.
fn grants(
    sandbox: &Sandbox,
    bucket: &str,
    key: &str,
    environment: &Environment,
) -> BTreeSet<(String, String)> {
    let arguments = ["s3api", "get-object-acl", "--bucket", bucket, "--key", key];
    let outcome = client(sandbox, "aws", &arguments, environment);
    let acl: Value = serde_json::from_slice(&outcome.succeeded().stdout).expect("JSON");
    let grant = |grant: &Value| {
        let group = grant["Grantee"]["URI"].as_str();
        let who = group.and_then(|uri| uri.rsplit('/').next());
        let permission = grant["Permission"].as_str().expect("a permission");
        (who.unwrap_or("owner").to_owned(), permission.to_owned())
    };
    let all = acl["Grants"].as_array().expect("grants");
    all.iter().map(grant).collect()
}

#[test]
fn check_bucket_tells_place_owner_and_grants() {
    let sandbox = Sandbox::new("check-bucket-moto");
    let moto = Moto::start(&sandbox);
    let environment = moto.environment();
    let check = ["check-bucket", "-b", "images", "--output", "json"];
    amikit(&sandbox, &check, &environment).failed(1, "there is no bucket images");
    let mut make = vec!["s3api", "create-bucket", "--bucket", "images"];
    make.extend(["--acl", "public-read", "--create-bucket-configuration"]);
    make.push("LocationConstraint=eu-west-1");
    let region = [("AWS_DEFAULT_REGION", "eu-west-1".to_owned())];
    let region: Vec<_> = environment.iter().cloned().chain(region).collect();
    client(&sandbox, "aws", &make, &region).succeeded();

    let outcome = amikit(&sandbox, &check, &environment);

    let told: Value = serde_json::from_slice(&outcome.succeeded().stdout).expect("JSON");
    assert_eq!(told["location"], "eu-west-1");
    assert_eq!(told["owner"], "webfile");
    let grants = told["grants"].to_string();
    assert!(grants.contains("FULL_CONTROL"), "{told}");
    assert!(grants.contains("AllUsers: READ"), "{told}");
}

/// moto takes forms, and checks no policy; that is Ceph's part in `make nightly`.
#[test]
fn a_bundle_is_posted_by_somebody_elses_policy() {
    let sandbox = Sandbox::new("policy-moto");
    let moto = Moto::start(&sandbox);
    let bundle = bundle(&sandbox);
    let environment = moto.environment();
    client(&sandbox, "aws", &["s3", "mb", "s3://images"], &environment).succeeded();
    fs::write(sandbox.path("policy.json"), POLICY).expect("write a policy");
    // The uploader has policy, signature and key id, and no secret.
    let mut without_secret = environment.clone();
    without_secret.retain(|(name, _)| !name.starts_with("AWS_ACCESS") && !name.contains("SECRET"));
    let mut arguments = vec![
        "upload-bundle",
        "-b",
        "images",
        "--acl",
        "public-read",
        "-m",
    ];
    arguments.extend(["bundle/golden.manifest.xml", "--upload-policy-file"]);
    arguments.extend(["policy.json", "--access-key-id", "AKIDOWNER"]);
    arguments.extend(["--upload-policy-signature", "jmoXooIvDmBR6bCixFGT1pCg1Bc="]);

    amikit(&sandbox, &arguments, &without_secret).succeeded();

    let wanted = digests(&bundle.folder);
    assert_eq!(objects_by_boto3(&sandbox, "images", &environment), wanted);
    let granted = grants(&sandbox, "images", "golden.part.00", &environment);
    assert!(granted.contains(&("AllUsers".to_owned(), "READ".to_owned())));
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
