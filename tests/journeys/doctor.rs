//! `amikit doctor` against an S3 that is not ours: a good set-up, and bad ones.

use std::fs;

use crate::support::s3_server::{KEYS, S3Server, environment};
use crate::support::sandbox::{Outcome, Sandbox};

fn doctor(sandbox: &Sandbox, line: &str, variables: &[(&'static str, String)]) -> Outcome {
    let variables: Vec<(&str, &str)> = variables
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let arguments = ["doctor"].into_iter().chain(line.split_whitespace());
    sandbox.run_with(arguments, &variables)
}

fn said(outcome: &Outcome) -> String {
    String::from_utf8(outcome.stdout.clone()).expect("the report is UTF-8")
}

#[test]
fn a_good_setup_is_found_good_and_left_as_it_was() {
    let sandbox = Sandbox::new("doctor-good");
    let server = S3Server::start(&sandbox);
    fs::create_dir_all(sandbox.path("s3/images")).expect("make a bucket");

    let outcome = doctor(&sandbox, "-b images/new --write", &server.environment());

    outcome.succeeded();
    let report = said(&outcome);
    assert!(
        report.contains("an object was put with ACL aws-exec-read, and deleted"),
        "{report}"
    );
    assert!(!report.contains(KEYS.1), "{report}");
    assert!(server.objects("images").is_empty());
    assert_eq!(server.count("PutObject"), 1);
}

#[test]
fn a_wrong_secret_is_the_services_no() {
    let sandbox = Sandbox::new("doctor-secret");
    let server = S3Server::start(&sandbox);

    let outcome = doctor(&sandbox, "", &environment(&server.url(), (KEYS.0, "wrong")));

    outcome.failed(3, "begin with \"access\"");
    assert!(
        said(&outcome).contains("SignatureDoesNotMatch"),
        "{}",
        said(&outcome)
    );
}

#[test]
fn no_keys_and_no_service_have_exit_codes_of_their_own() {
    let sandbox = Sandbox::new("doctor-nothing");
    let disabled = ("AWS_EC2_METADATA_DISABLED", "true".to_owned());

    let no_keys = doctor(&sandbox, "--region us-east-1", &[disabled]);
    let no_service = doctor(&sandbox, "", &environment("http://127.0.0.1:9", KEYS));

    no_keys.failed(6, "begin with \"keys\"");
    no_service.failed(1, "begin with \"endpoint\"");
}
