//! Instances: run, waited for, stopped, started and ended.

use std::fs;

use base64ct::{Base64, Encoding as _};
use serde_json::Value;

use crate::support::ec2_server::{Answer, Ec2Server};
use crate::support::peers::{Moto, client, support_file};
use crate::support::sandbox::{Outcome, Sandbox};

/// An image that every moto has.
const IMAGE: &str = "ami-12c6146b";

#[track_caller]
fn json(outcome: &Outcome) -> Value {
    serde_json::from_slice(&outcome.succeeded().stdout).expect("JSON")
}

#[track_caller]
fn ids(outcome: &Outcome) -> Vec<String> {
    let value = json(outcome);
    let instances = value["instances"].as_array().expect("instances").iter();
    instances
        .map(|instance| instance["instance_id"].as_str().expect("an id").to_owned())
        .collect()
}

#[test]
fn instances_of_moto_live_from_run_to_end() {
    let sandbox = Sandbox::new("ec2-instances");
    let moto = Moto::start(&sandbox);
    let run = |line: &str| moto.run(&sandbox, &line.split_whitespace().collect::<Vec<_>>());
    let all = |line: &str| run(&format!("{line} --output json"));

    let ran = all(&format!(
        "run-instances {IMAGE} -n 2 -t t3.micro -z us-east-1b --tag Name=web -b \
         /dev/sdb=:7:true:gp3 --wait"
    ));
    let ids = ids(&ran);
    assert_eq!(ids.len(), 2);
    let ran = json(&ran)["instances"][0].clone();
    assert_eq!(ran["instance_state"]["name"], "running");
    assert_eq!(ran["instance_type"], "t3.micro");
    assert_eq!(ran["placement"]["availability_zone"], "us-east-1b");
    assert_eq!(ran["tag_set"][0]["value"], "web");
    let devices = ran["block_device_mapping"].as_array().expect("devices");
    assert!(
        devices
            .iter()
            .any(|device| device["device_name"] == "/dev/sdb"),
        "{devices:?}"
    );

    let (one, two) = (&ids[0], &ids[1]);
    let listed = json(&all("describe-instances --filter tag:Name=web"));
    assert_eq!(listed["instances"].as_array().map(Vec::len), Some(2));
    let status = json(&all(&format!("describe-instance-status {one}")));
    assert_eq!(
        status["instance_statuses"][0]["instance_status"]["status"],
        "ok"
    );

    let stopping = json(&all(&format!("stop-instances {one} --wait")));
    let now =
        |changes: &serde_json::Value| changes["instances"][0]["current_state"]["name"].clone();
    assert_eq!(now(&stopping), "stopped");
    let stopped = json(&all(&format!("describe-instances {one}")));
    assert_eq!(stopped["instances"][0]["instance_state"]["name"], "stopped");
    let starting = json(&all(&format!("start-instances {one} --wait")));
    assert_eq!(now(&starting), "running");
    run(&format!("euca-reboot-instances {one} {two}")).succeeded();
    run(&format!("get-console-output {one}")).succeeded();

    let dry = run(&format!("terminate-instances {one} --dry-run"));
    dry.succeeded();
    let ended = run(&format!("euca-terminate-instances {one}"));
    let text = String::from_utf8_lossy(&ended.succeeded().stdout).into_owned();
    assert_eq!(text, format!("INSTANCE\t{one}\trunning\tshutting-down\n"));
    let ending = json(&all(&format!("terminate-instances {one} {two} --wait")));
    assert_eq!(now(&ending), "terminated");
    let gone = json(&all(
        "describe-instances --filter instance-state-name=running",
    ));
    assert_eq!(gone["instances"], serde_json::json!([]));
}

#[test]
fn user_data_arrive_byte_for_byte() {
    let sandbox = Sandbox::new("ec2-user-data");
    let moto = Moto::start(&sandbox);
    let bytes: Vec<u8> = (0..16 << 10)
        .map(|number: u32| number.to_le_bytes()[0])
        .collect();
    fs::write(sandbox.path("data"), &bytes).expect("write user data");

    let line = [
        "run-instances",
        IMAGE,
        "--user-data-file",
        "data",
        "--output",
        "json",
    ];
    let ids = ids(&moto.run(&sandbox, &line));

    let script = support_file("read_user_data.py");
    let read = client(&sandbox, "python", &[&script, &ids[0]], &moto.environment());
    let text = String::from_utf8(read.succeeded().stdout.clone()).expect("text");
    assert_eq!(Base64::decode_vec(text.trim()).expect("base64"), bytes);
}

#[test]
fn user_data_that_are_too_long_are_not_sent() {
    let sandbox = Sandbox::new("ec2-user-data-long");
    let server = Ec2Server::start();
    fs::write(sandbox.path("data"), vec![b'x'; (16 << 10) + 1]).expect("write user data");

    let run = server.run(&sandbox, &["run-instances", "ami-1", "-f", "data"]);

    run.failed(2, "user data of 16385 bytes");
    assert_eq!(server.requests(), []);
}

#[test]
fn what_the_service_repeats_of_user_data_is_not_told() {
    let sandbox = Sandbox::new("ec2-user-data-secret");
    let server = Ec2Server::start();
    let sent = Base64::encode_string(b"password=hunter2");
    let words = format!("user data {sent} is malformed");
    server.answer(
        "RunInstances",
        Answer::refusal(400, "InvalidUserData.Malformed", &words),
    );

    let line = ["-vv", "run-instances", "ami-1", "-d", "password=hunter2"];
    let run = server.run(&sandbox, &line);

    run.failed(3, "");
    assert!(
        !run.stderr.contains("hunter2") && !run.stderr.contains(&sent),
        "{}",
        run.stderr
    );
}

#[test]
fn one_that_ends_instead_of_running_is_a_failure_with_its_reason() {
    let sandbox = Sandbox::new("ec2-run-fails");
    let server = Ec2Server::answering(&[
        ("RunInstances", "eucalyptus2"),
        ("DescribeInstances", "pending"),
        ("DescribeInstances", "ended"),
    ]);

    let run = server.run(&sandbox, &["run-instances", "emi-E5C1149B", "--wait"]);

    let why = "i-4DE90925 is terminated: FAILED: The instance failed to start on the NC.";
    run.failed(3, why);
    assert!(
        run.stderr.contains("these instances were made: i-4DE90925"),
        "{}",
        run.stderr
    );
}

#[test]
fn an_old_cloud_is_asked_without_a_client_token() {
    let sandbox = Sandbox::new("ec2-run-old");
    let server = Ec2Server::start();
    let words = "Failed to bind the following fields:\nClientToken = 0123";
    server.answer(
        "RunInstances",
        Answer::refusal(400, "BindingException", words),
    );
    server.answer(
        "RunInstances",
        Answer::fixture("RunInstances", "eucalyptus2"),
    );

    server
        .run(&sandbox, &["euca-run-instances", "emi-1"])
        .succeeded();

    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    assert!(requests[0].contains_key("ClientToken"));
    assert!(!requests[1].contains_key("ClientToken"));
}

#[test]
fn a_lost_answer_runs_nothing_twice() {
    let sandbox = Sandbox::new("ec2-run-again");
    let server = Ec2Server::start();
    server.answer("RunInstances", Answer::refusal(503, "Unavailable", "later"));
    server.answer("RunInstances", Answer::fixture("RunInstances", "aws"));

    server
        .run(&sandbox, &["run-instances", "ami-1"])
        .succeeded();

    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0]["ClientToken"], requests[1]["ClientToken"]);
}

#[test]
fn instances_that_are_forgotten_have_ended() {
    let sandbox = Sandbox::new("ec2-terminate-gone");
    let server = Ec2Server::answering(&[("TerminateInstances", "aws")]);
    let gone = Answer::refusal(400, "InvalidInstanceID.NotFound", "no such instance");
    server.answer("DescribeInstances", gone);

    let run = server.run(&sandbox, &["terminate-instances", "i-1", "i-2", "--wait"]);

    let shown = String::from_utf8_lossy(&run.succeeded().stdout).into_owned();
    assert!(shown.contains("terminated"), "{shown}");
    assert!(!shown.contains("shutting-down"), "{shown}");
}

#[test]
fn words_that_make_no_sense_are_refused_before_anything_is_asked() {
    let sandbox = Sandbox::new("ec2-run-words");
    let server = Ec2Server::start();
    for line in [
        "run-instances ami-1 -n 0",
        "run-instances ami-1 -n 1-x",
        "run-instances ami-1 --tenancy mine",
        "run-instances ami-1 --http-tokens maybe",
        "run-instances ami-1 -b sda1",
        "run-instances ami-1 -a eni-1",
        "run-instances ami-1 -g web -a eni-1:0",
        "run-instances ami-1 -g sg-1 -a eni-1:0",
        "run-instances ami-1 --secondary-address 10.0.0.1 --secondary-count 2",
        "run-instances ami-1 --tag =x",
        "run-instances",
        "terminate-instances",
    ] {
        let words: Vec<_> = line.split_whitespace().collect();
        let run = server.run(&sandbox, &words);
        assert_eq!(run.status, Some(2), "{line}: {}", run.stderr);
    }
    assert_eq!(server.requests(), []);
}

#[test]
fn a_run_that_may_have_been_done_tells_the_token_to_ask_again_with() {
    let sandbox = Sandbox::new("ec2-client-token");
    let server = Ec2Server::start();
    let failed = Answer::refusal(500, "InternalError", "An internal error has occurred");
    server.answer("RunInstances", failed);

    let run = server.run(&sandbox, &["run-instances", "ami-1", "--retries", "0"]);

    let token = &server.request("RunInstances")["ClientToken"];
    run.failed(3, &format!("--client-token {token} makes nothing twice"));
}
