//! The doctor's word on EC2, beside an S3 that is well.

use crate::support::ec2_server::{Answer, Ec2Server};
use crate::support::s3_server::S3Server;
use crate::support::sandbox::{Outcome, Sandbox};

const GROUPS: &str = "<DescribeSecurityGroupsResponse><securityGroupInfo><item>\
                      <ownerId>276708604342</ownerId><groupName>default</groupName></item>\
                      </securityGroupInfo></DescribeSecurityGroupsResponse>";

fn groups() -> Answer {
    let mut answer = Answer::refusal(200, "", "");
    GROUPS.clone_into(&mut answer.body);
    answer
}

fn doctor(sandbox: &Sandbox, ec2: Option<&Ec2Server>, options: &[&str]) -> (Outcome, String) {
    let s3 = S3Server::start(sandbox);
    let mut variables = s3.environment();
    if let Some(ec2) = ec2 {
        variables.push(("EC2_URL", ec2.url()));
    }
    let variables: Vec<_> = variables.iter().map(|(k, v)| (*k, v.as_str())).collect();
    let words = std::iter::once(&"doctor").chain(options);
    let outcome = sandbox.run_with(words, &variables);
    let report = String::from_utf8(outcome.stdout.clone()).expect("the report is UTF-8");
    (outcome, report)
}

#[track_caller]
fn has(report: &str, lines: &[&str]) {
    for line in lines {
        assert!(report.contains(line), "no {line:?} in\n{report}");
    }
}

#[test]
fn an_ec2_that_is_well_is_told_with_the_account() {
    let sandbox = Sandbox::new("doctor-ec2");
    let ec2 = Ec2Server::answering(&[("DescribeRegions", "eucalyptus")]);
    ec2.answer("DescribeSecurityGroups", groups());

    let (outcome, report) = doctor(&sandbox, Some(&ec2), &["-u", "2767-0860-4342"]);

    outcome.succeeded();
    let url = format!("EC2            {}  (environment: EC2_URL)", ec2.url());
    has(
        &report,
        &[
            &url,
            "EC2 signature  v4  (default)",
            "ok    EC2 endpoint",
            "ok    EC2 access     the service takes the keys; regions: ",
            "ok    EC2 account    the keys are of account 276708604342",
        ],
    );
}

#[test]
fn bundles_for_another_account_than_the_keys_are_warned_of() {
    let sandbox = Sandbox::new("doctor-account");
    let ec2 = Ec2Server::answering(&[("DescribeRegions", "eucalyptus")]);
    ec2.answer("DescribeSecurityGroups", groups());

    let (outcome, report) = doctor(&sandbox, Some(&ec2), &["-u", "123456789012"]);

    outcome.succeeded();
    has(&report, &["WARN  EC2 account", "pass --user 276708604342"]);
}

#[test]
fn an_ec2_that_refuses_the_keys_fails_beside_an_s3_that_takes_them() {
    let sandbox = Sandbox::new("doctor-ec2-no");
    let ec2 = Ec2Server::start();
    ec2.answer(
        "DescribeRegions",
        Answer::refusal(401, "AuthFailure", "not known"),
    );

    let (outcome, report) = doctor(&sandbox, Some(&ec2), &[]);

    outcome.failed(3, "begin with \"EC2 access\"");
    has(
        &report,
        &[
            "ok    access",
            "FAIL  EC2 access",
            "the settings above tell",
        ],
    );
    assert!(!report.contains("amikit doctor"), "{report}");
}

#[test]
fn keys_for_s3_only_are_fine() {
    let sandbox = Sandbox::new("doctor-s3-only");
    let ec2 = Ec2Server::start();
    ec2.answer(
        "DescribeRegions",
        Answer::refusal(403, "UnauthorizedOperation", "no"),
    );

    let (outcome, report) = doctor(&sandbox, Some(&ec2), &[]);

    outcome.succeeded();
    has(
        &report,
        &["WARN  EC2 access", "fine if they are for S3 only"],
    );
}

#[test]
fn without_ec2_the_doctor_is_content() {
    let sandbox = Sandbox::new("doctor-without-ec2");

    let (outcome, report) = doctor(&sandbox, None, &[]);

    outcome.succeeded();
    has(&report, &["-     EC2 endpoint   nobody says where EC2 is"]);
}
