//! Bundle tasks under the old tools' names.

use base64ct::{Base64, Encoding as _};

use crate::support::ec2_server::{Ec2Server, assert_golden};
use crate::support::s3_server::KEYS;
use crate::support::sandbox::Sandbox;

const ID: &str = "i-4DE90925";

#[test]
fn a_bundle_task_is_one_line() {
    let sandbox = Sandbox::new("compat-bundle-tasks");
    let server = Ec2Server::answering(&[
        ("BundleInstance", "eucalyptus"),
        ("DescribeBundleTasks", "bundling"),
        ("CancelBundleTask", "eucalyptus"),
    ]);
    for (names, words) in [
        (
            ["euca-bundle-instance", "ec2-bundle-instance", "ec2bundle"],
            vec![ID, "-b", "images", "-p", "winter"],
        ),
        (
            [
                "euca-describe-bundle-tasks",
                "ec2-describe-bundle-tasks",
                "ec2dbun",
            ],
            vec![],
        ),
        (
            [
                "euca-cancel-bundle-task",
                "ec2-cancel-bundle-task",
                "ec2cbun",
            ],
            vec!["bun-4DE90925"],
        ),
    ] {
        for name in names {
            let line: Vec<_> = std::iter::once(name).chain(words.clone()).collect();
            assert_golden(name, "eucalyptus", &server.run(&sandbox, &line));
        }
        let native = names[0].trim_start_matches("euca-");
        for form in ["table", "json", "tsv"] {
            let mut line: Vec<_> = std::iter::once(native).chain(words.clone()).collect();
            line.extend(["--output", form]);
            assert_golden(native, form, &server.run(&sandbox, &line));
        }
    }
}

#[test]
fn the_policy_is_made_and_signed_for_bucket_and_prefix() {
    let sandbox = Sandbox::new("compat-bundle-policy");
    let server = Ec2Server::answering(&[("BundleInstance", "eucalyptus")]);

    let line = "euca-bundle-instance i-1 -b images -p winter -o OWNER -w secret -x 2";
    let line: Vec<_> = line.split_whitespace().collect();
    server.run(&sandbox, &line).succeeded();

    let request = server.request("BundleInstance");
    assert_eq!(request["Storage.S3.AWSAccessKeyId"], "OWNER");
    let policy = Base64::decode_vec(&request["Storage.S3.UploadPolicy"]).expect("base64");
    let policy: serde_json::Value = serde_json::from_slice(&policy).expect("JSON");
    let conditions = serde_json::json!([
        {"acl": "ec2-bundle-read"},
        {"bucket": "images"},
        ["starts-with", "$key", "winter"],
    ]);
    assert_eq!(policy["conditions"], conditions);
    assert!(policy["expiration"].is_string());
    assert_eq!(request["Storage.S3.UploadPolicySignature"].len(), 28);
}

/// As euca2ools, which look for each half of the owner's keys on its own.
#[test]
fn half_of_the_owner_s_keys_goes_with_the_caller_s_other_half() {
    let sandbox = Sandbox::new("compat-bundle-half");
    for (half, key_id) in [(["-o", "OWNER"], "OWNER"), (["-w", "secret"], KEYS.0)] {
        let server = Ec2Server::answering(&[("BundleInstance", "eucalyptus")]);
        let mut line = vec!["euca-bundle-instance", "i-1", "-b", "b", "-p", "p"];
        line.extend(half);
        server.run(&sandbox, &line).succeeded();

        let request = server.request("BundleInstance");
        assert_eq!(request["Storage.S3.AWSAccessKeyId"], key_id);
    }
}

/// The signature is `openssl dgst -sha1 -hmac secret` of the base64 text.
#[test]
fn a_policy_that_is_given_is_signed_as_it_is() {
    let sandbox = Sandbox::new("compat-bundle-given");
    let policy = Base64::encode_string(
        b"{\"conditions\": [{\"bucket\": \"b\"}],\n \"expiration\": \"2030-01-01T00:00:00Z\"}\n",
    );
    let signature = "jmoXooIvDmBR6bCixFGT1pCg1Bc=";
    for secret in [["-w", "secret"], ["-s", signature]] {
        let server = Ec2Server::answering(&[("BundleInstance", "eucalyptus")]);
        let mut line = vec![
            "ec2bundle",
            "i-1",
            "-b",
            "b",
            "-p",
            "p",
            "-o",
            "OWNER",
            "-c",
            &policy,
        ];
        line.extend(secret);
        server.run(&sandbox, &line).succeeded();

        let request = server.request("BundleInstance");
        assert_eq!(request["Storage.S3.UploadPolicy"], policy);
        assert_eq!(request["Storage.S3.UploadPolicySignature"], signature);
    }
    let server = Ec2Server::start();
    let line = [
        "euca-bundle-instance",
        "i-1",
        "-b",
        "b",
        "-p",
        "p",
        "-s",
        signature,
    ];
    server.run(&sandbox, &line).failed(2, "");
}

#[test]
fn bundling_is_waited_for_and_its_failure_told() {
    let sandbox = Sandbox::new("bundle-wait");
    let line = [
        "bundle-instance",
        ID,
        "-b",
        "images",
        "-p",
        "winter",
        "--wait",
    ];
    let server = Ec2Server::answering(&[
        ("BundleInstance", "eucalyptus"),
        ("DescribeBundleTasks", "bundling"),
        ("DescribeBundleTasks", "complete"),
    ]);
    let done = server.run(&sandbox, &line);
    let server = Ec2Server::answering(&[
        ("BundleInstance", "eucalyptus"),
        ("DescribeBundleTasks", "failed"),
    ]);
    let failed = server.run(&sandbox, &line);

    assert_golden("bundle-instance", "waited", &done);
    let why = "bundle task bun-4DE90925 failed: it is failed: the bucket is not there";
    failed.failed(3, why);
}
