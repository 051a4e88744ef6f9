//! Volumes, snapshots and tags, from their making to their end.

use serde_json::Value;

use crate::support::peers::{Moto, client};
use crate::support::sandbox::Sandbox;

/// Runs a command line and reads its JSON.
#[track_caller]
fn json(moto: &Moto, sandbox: &Sandbox, line: &str) -> Value {
    let mut words: Vec<_> = line.split_whitespace().collect();
    words.extend(["--output", "json"]);
    let outcome = moto.run(sandbox, &words);
    serde_json::from_slice(&outcome.succeeded().stdout).expect("JSON")
}

/// Runs a command line of the old tools.
#[track_caller]
fn text(moto: &Moto, sandbox: &Sandbox, line: &str) -> String {
    let words: Vec<_> = line.split_whitespace().collect();
    let outcome = moto.run(sandbox, &words);
    String::from_utf8(outcome.succeeded().stdout.clone()).expect("text")
}

/// What awscli answers to a command line.
#[track_caller]
fn awscli(moto: &Moto, sandbox: &Sandbox, line: &str) -> String {
    let url = moto.url();
    let mut words = vec!["--endpoint-url", &url, "--region", "us-east-1"];
    words.extend(line.split_whitespace());
    let outcome = client(sandbox, "aws", &words, &moto.environment());
    let text = String::from_utf8_lossy(&outcome.succeeded().stdout).into_owned();
    text.trim().to_owned()
}

/// An instance, started by awscli.
#[track_caller]
fn instance(moto: &Moto, sandbox: &Sandbox) -> String {
    let line = "ec2 run-instances --image-id ami-12c6146b --instance-type t3.micro \
                --placement AvailabilityZone=us-east-1a --output text \
                --query Instances[0].InstanceId";
    let id = awscli(moto, sandbox, line);
    assert!(id.starts_with("i-"), "{id}");
    id
}

#[test]
fn a_volume_is_made_attached_detached_and_deleted() {
    let sandbox = Sandbox::new("ec2-volumes");
    let moto = Moto::start(&sandbox);
    let instance = instance(&moto, &sandbox);

    let made = json(
        &moto,
        &sandbox,
        "create-volume -z us-east-1a -s 7 -t gp3 --encrypted --tag Name=data --wait",
    );
    let id = made["volume_id"].as_str().expect("an id");
    assert_eq!(made["status"], "available");
    assert_eq!(made["size"], 7);
    assert_eq!(made["encrypted"], true);
    assert_eq!(made["tags"][0]["value"], "data");

    let line = format!("attach-volume {id} -i {instance} -d /dev/sdf --wait");
    let attachment = json(&moto, &sandbox, &line);
    assert_eq!(attachment["status"], "attached");
    assert_eq!(attachment["instance_id"], *instance);

    let listed = json(&moto, &sandbox, "describe-volumes --filter tag:Name=data");
    assert_eq!(listed["volumes"][0]["status"], "in-use");
    assert_eq!(listed["volumes"][0]["attachments"][0]["device"], "/dev/sdf");
    let lines = text(&moto, &sandbox, &format!("euca-describe-volumes {id}"));
    let words: Vec<_> = lines
        .lines()
        .filter_map(|line| line.split('\t').next())
        .collect();
    assert_eq!(words, ["VOLUME", "ATTACHMENT", "TAG"], "{lines}");

    let refused = moto.run(&sandbox, &["delete-volume", id]);
    refused.failed(3, "VolumeInUse");

    json(
        &moto,
        &sandbox,
        &format!("detach-volume {id} -i {instance} --wait"),
    );
    let deleted = text(&moto, &sandbox, &format!("ec2delvol {id}"));
    assert_eq!(deleted, format!("VOLUME\t{id}\n"));
    json(&moto, &sandbox, "create-volume -z us-east-1a -s 1");
    let gone = moto.run(&sandbox, &["describe-volumes", id]);
    gone.failed(3, "InvalidVolume.NotFound");
}

#[test]
fn a_volume_waited_for_is_gone_when_its_deletion_ends() {
    let sandbox = Sandbox::new("ec2-volume-gone");
    let moto = Moto::start(&sandbox);
    let made = json(&moto, &sandbox, "create-volume -z us-east-1a -s 1");
    let id = made["volume_id"].as_str().expect("an id");

    let granted = moto.run(&sandbox, &["delete-volume", id, "--dry-run"]);
    granted.succeeded();
    let deleted = json(&moto, &sandbox, &format!("delete-volume {id} --wait"));

    assert_eq!(deleted["deleted"], true);
    let left = json(&moto, &sandbox, "describe-volumes");
    assert_eq!(left["volumes"], Value::Array(Vec::new()));
}

#[test]
fn a_snapshot_is_made_used_and_deleted() {
    let sandbox = Sandbox::new("ec2-snapshots");
    let moto = Moto::start(&sandbox);
    let volume = json(&moto, &sandbox, "create-volume -z us-east-1a -s 3 --wait");
    let volume = volume["volume_id"].as_str().expect("an id");

    let line = format!("create-snapshot {volume} -d nightly --tag Name=n1 --wait");
    let snapshot = json(&moto, &sandbox, &line);
    let id = snapshot["snapshot_id"].as_str().expect("an id");
    assert_eq!(snapshot["status"], "completed");
    assert_eq!(snapshot["volume_size"], 3);

    let mine = json(
        &moto,
        &sandbox,
        "describe-snapshots --owner self --filter description=nightly",
    );
    assert_eq!(mine["snapshots"][0]["snapshot_id"], *id);
    // Moto takes permissions in awscli's older form only, and passes over the newer one.
    for who in ["--user-ids 111122223333", "--group-names all"] {
        let line = "ec2 modify-snapshot-attribute --attribute createVolumePermission";
        let line = format!("{line} --operation-type add --snapshot-id {id} {who}");
        awscli(&moto, &sandbox, &line);
    }
    let who = json(
        &moto,
        &sandbox,
        &format!("describe-snapshot-attribute {id} -c"),
    );
    let who = who["create_volume_permissions"].as_array().expect("a list");
    assert!(
        who.iter().any(|each| each["user_id"] == "111122223333"),
        "{who:?}"
    );
    assert!(who.iter().any(|each| each["group"] == "all"), "{who:?}");
    let copy = json(
        &moto,
        &sandbox,
        &format!("create-volume -z us-east-1b --snapshot {id}"),
    );
    assert_eq!(copy["snapshot_id"], *id);
    assert_eq!(copy["size"], 3);
    let deleted = text(&moto, &sandbox, &format!("ec2delsnap {id}"));
    assert_eq!(deleted, format!("SNAPSHOT\t{id}\n"));
    let gone = moto.run(&sandbox, &["delete-snapshot", id]);
    gone.failed(3, "InvalidSnapshot.NotFound");
}

#[test]
fn tags_come_and_go() {
    let sandbox = Sandbox::new("ec2-tags");
    let moto = Moto::start(&sandbox);
    let volume = json(&moto, &sandbox, "create-volume -z us-east-1a -s 1");
    let id = volume["volume_id"].as_str().expect("an id");

    json(
        &moto,
        &sandbox,
        &format!("create-tags {id} --tag Stage=test --tag Owner"),
    );
    let listed = text(
        &moto,
        &sandbox,
        &format!("euca-describe-tags --filter resource-id={id} --filter key=Stage"),
    );
    assert_eq!(listed, format!("TAG\t{id}\tvolume\tStage\ttest\n"));
    let line = format!("delete-tags {id} --tag Stage=other --tag Owner=");
    json(&moto, &sandbox, &line);

    let left = json(
        &moto,
        &sandbox,
        &format!("describe-tags --filter resource-id={id}"),
    );
    let left = left["tags"].as_array().expect("a list");
    assert_eq!(left.len(), 1, "{left:?}");
    assert_eq!(left[0]["key"], "Stage");
}
