//! `publish --ebs` that ends anywhere between the first block and the image, and the same command
//! again: a strict EBS, and an EC2 for each run that says what the service would say then.

use std::process::{Child, Stdio};

use serde_json::Value;

use super::told;
use crate::support::ebs_server::{EbsServer, Fault};
use crate::support::ec2_server::{Answer, Ec2Server};
use crate::support::faults::{self, FaultProxy};
use crate::support::image;
use crate::support::s3_server::{KEYS, environment};
use crate::support::sandbox::{Outcome, Sandbox};
use amikit::units::Bytes;

const PUT: &str = "PutSnapshotBlock";
const SNAPSHOT: &str = "snap-00000000000000001";

/// A sandbox with an image of eight blocks, and the service that takes them.
struct Stage {
    sandbox: Sandbox,
    ebs: EbsServer,
}

impl Stage {
    fn new(name: &str) -> Self {
        let sandbox = Sandbox::new(name);
        image::incompressible(&sandbox.path("root.img"), Bytes::mib(4));
        let ebs = EbsServer::start();
        Self { sandbox, ebs }
    }

    fn command(&self, ec2: &str, options: &[&str]) -> std::process::Command {
        let mut command = self.sandbox.command(env!("CARGO_BIN_EXE_amikit"));
        command
            .args(["publish", "--ebs", "-i", "root.img", "-n", "root"])
            .args(["-r", "x86_64", "--upload-jobs", "1", "--output", "json"])
            .args(["--api-version", "2016-11-15"])
            .args(options)
            .envs(environment(&self.ebs.url(), KEYS))
            .env("AWS_ENDPOINT_URL_EBS", self.ebs.url())
            .env("EC2_URL", ec2);
        command
    }

    fn run(&self, ec2: &str, options: &[&str]) -> Outcome {
        Outcome::of(self.command(ec2, options).output().expect("run amikit"))
    }

    fn start(&self, ec2: &Ec2Server) -> Child {
        let mut command = self.command(&ec2.url(), &[]);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().expect("start amikit")
    }

    /// One snapshot, which is the image, whole.
    #[track_caller]
    fn assert_one_whole(&self, result: &Value) {
        assert_eq!(result["snapshot_id"], SNAPSHOT);
        assert_eq!(self.ebs.snapshots(), [SNAPSHOT]);
        assert_eq!(self.ebs.status(SNAPSHOT), "completed");
        let image = std::fs::read(self.sandbox.path("root.img")).expect("read the image");
        assert!(self.ebs.volume(SNAPSHOT, image.len()) == image);
    }
}

fn kill(mut child: Child) {
    child.kill().expect("send SIGKILL");
    child.wait().expect("wait for it");
}

fn said(action: &str, body: &str) -> Answer {
    Answer {
        status: 200,
        headers: Vec::new(),
        body: format!("<{action}Response>{body}</{action}Response>"),
    }
}

/// Our snapshot, in this state.
fn snapshot(status: &str) -> Answer {
    let body = format!(
        "<snapshotSet><item><snapshotId>{SNAPSHOT}</snapshotId><status>{status}</status></item>\
         </snapshotSet>"
    );
    said("DescribeSnapshots", &body)
}

fn images(body: &str) -> Answer {
    said("DescribeImages", &format!("<imagesSet>{body}</imagesSet>"))
}

const IMAGE: &str = "<item><imageId>ami-1</imageId><imageState>available</imageState>\
     <name>root</name><rootDeviceName>/dev/sda1</rootDeviceName><blockDeviceMapping><item>\
     <deviceName>/dev/sda1</deviceName><ebs><snapshotId>snap-00000000000000001</snapshotId></ebs>\
     </item></blockDeviceMapping></item>";

/// A cloud without an image, which says this of snapshots in turn, and registers everything.
fn cloud(snapshots: &[Answer]) -> Ec2Server {
    let ec2 = Ec2Server::start();
    ec2.answer("DescribeImages", images(""));
    ec2.answer("DescribeImages", images(IMAGE));
    for answer in snapshots {
        ec2.answer("DescribeSnapshots", answer.clone());
    }
    for action in [
        "CreateTags",
        "ModifyImageAttribute",
        "ModifySnapshotAttribute",
    ] {
        ec2.answer(action, said(action, "<return>true</return>"));
    }
    ec2.answer("DescribeImageAttribute", said("DescribeImageAttribute", ""));
    let id = said("RegisterImage", "<imageId>ami-1</imageId>");
    ec2.answer("RegisterImage", id);
    ec2
}

fn none() -> Answer {
    said("DescribeSnapshots", "<snapshotSet/>")
}

#[test]
fn killed_between_blocks_it_sends_the_rest_into_the_same_snapshot() {
    let stage = Stage::new("publish-ebs-kill-put");
    stage.ebs.fault(PUT, 5..=5, Fault::Hang);
    let first = cloud(&[none()]);
    let child = stage.start(&first);
    stage.ebs.wait_for(PUT, 5);
    kill(child);
    stage.ebs.reset();
    let untagged = first.requests();
    assert!(untagged.iter().all(|one| one["Action"] != "CreateTags"));
    let ec2 = cloud(&[none(), snapshot("completed")]);

    let result = told(&stage.run(&ec2.url(), &[]));

    stage.assert_one_whole(&result);
    assert_eq!(
        (&result["blocks_skipped"], &result["blocks_sent"]),
        (&4.into(), &4.into())
    );
    let registered = ec2.request("RegisterImage");
    assert_eq!(registered["BlockDeviceMapping.1.Ebs.SnapshotId"], SNAPSHOT);
}

#[test]
fn killed_while_the_service_completes_it_waits_and_makes_no_second_snapshot() {
    let stage = Stage::new("publish-ebs-kill-complete");
    let first = cloud(&[none(), snapshot("pending")]);
    let child = stage.start(&first);
    first.wait_for("DescribeSnapshots", 2);
    kill(child);
    // The tag was there before the snapshot was complete.
    let tagged = first.request("CreateTags");
    assert_eq!(tagged["ResourceId.1"], SNAPSHOT);
    assert_eq!(tagged["Tag.1.Key"], "amikit:content");
    stage.ebs.reset();
    let ec2 = cloud(&[snapshot("pending"), snapshot("completed")]);

    let result = told(&stage.run(&ec2.url(), &[]));

    stage.assert_one_whole(&result);
    assert_eq!(stage.ebs.count("StartSnapshot"), 0);
    assert_eq!(result["registered"], true);
    assert_eq!(result["content"], tagged["Tag.1.Value"]);
}

#[test]
fn killed_before_the_completion_was_heard_of_it_completes_the_same_snapshot() {
    let stage = Stage::new("publish-ebs-kill-completion");
    stage.ebs.fault("CompleteSnapshot", 1..=1, Fault::Hang);
    let child = stage.start(&cloud(&[none()]));
    stage.ebs.wait_for("CompleteSnapshot", 1);
    kill(child);
    stage.ebs.reset();
    // Tagged, pending, and nobody completes it but this machine, which has its state.
    let ec2 = cloud(&[snapshot("pending"), snapshot("completed")]);

    let result = told(&stage.run(&ec2.url(), &[]));

    stage.assert_one_whole(&result);
    assert_eq!(
        (stage.ebs.count(PUT), stage.ebs.count("CompleteSnapshot")),
        (0, 1)
    );
}

#[test]
fn a_snapshot_that_is_not_tagged_in_the_end_is_not_completed() {
    let stage = Stage::new("publish-ebs-untagged");
    let ec2 = Ec2Server::start();
    ec2.answer("DescribeImages", images(""));
    ec2.answer("DescribeSnapshots", none());
    let refusal = Answer::refusal(403, "UnauthorizedOperation", "not you");
    ec2.answer("CreateTags", refusal);

    stage
        .run(&ec2.url(), &[])
        .failed(3, "UnauthorizedOperation");

    assert_eq!(stage.ebs.count("CompleteSnapshot"), 0);
    let ec2 = cloud(&[none(), snapshot("completed")]);
    let result = told(&stage.run(&ec2.url(), &[]));
    stage.assert_one_whole(&result);
}

#[test]
fn a_registration_whose_reply_is_lost_is_found_and_taken() {
    let stage = Stage::new("publish-ebs-lost-reply");
    let ec2 = cloud(&[none(), snapshot("completed")]);
    let proxy = FaultProxy::start(ec2.address());
    // 1 images, 2 snapshots, 3 tag, 4 state, 5 register.
    proxy.fault("POST", "/", 5..=5, faults::Fault::LoseReply);

    let result = told(&stage.run(&proxy.url(), &[]));

    stage.assert_one_whole(&result);
    assert_eq!(result["image_id"], "ami-1");
    assert_eq!(ec2.request("RegisterImage")["Name"], "root");
}

#[test]
fn what_is_registered_is_what_was_asked_for() {
    let stage = Stage::new("publish-ebs-registration");
    let data = stage.sandbox.path("uefi");
    std::fs::write(&data, "QU1aTg\nVUVGSQ==\n").expect("write it");
    let ec2 = cloud(&[none(), snapshot("completed")]);
    let options = [
        ["--boot-mode", "uefi-preferred"],
        ["--tpm-support", "v2.0"],
        ["--imds-support", "v2.0"],
        ["--sriov", "simple"],
        ["--uefi-data", "uefi"],
        ["--billing-product", "bp-1"],
        ["--root-device-name", "/dev/xvda"],
        ["--disk", "/dev/xvda=:9:false:gp3:4000:250"],
        ["--disk", "/dev/sdb=:30::gp3"],
        ["--volume-size", "20"],
        ["-B", "ephemeral0=/dev/sdc"],
    ];

    told(&stage.run(&ec2.url(), &options.concat()));

    let mut request = ec2.request("RegisterImage");
    for signature in ["Version", "Action", "ImageLocation"] {
        request.remove(signature);
    }
    request.retain(|name, _| !name.starts_with("TagSpecification") && !name.starts_with("X-Amz"));
    let got: Vec<String> = request.iter().map(|(k, v)| format!("{k}={v}")).collect();
    assert_eq!(
        got,
        [
            "Architecture=x86_64",
            "BillingProduct.1=bp-1",
            "BlockDeviceMapping.1.DeviceName=/dev/xvda",
            "BlockDeviceMapping.1.Ebs.DeleteOnTermination=false",
            "BlockDeviceMapping.1.Ebs.Iops=4000",
            &format!("BlockDeviceMapping.1.Ebs.SnapshotId={SNAPSHOT}"),
            "BlockDeviceMapping.1.Ebs.Throughput=250",
            "BlockDeviceMapping.1.Ebs.VolumeSize=20",
            "BlockDeviceMapping.1.Ebs.VolumeType=gp3",
            "BlockDeviceMapping.2.DeviceName=/dev/sdc",
            "BlockDeviceMapping.2.VirtualName=ephemeral0",
            "BlockDeviceMapping.3.DeviceName=/dev/sdb",
            "BlockDeviceMapping.3.Ebs.VolumeSize=30",
            "BlockDeviceMapping.3.Ebs.VolumeType=gp3",
            "BootMode=uefi-preferred",
            "EnaSupport=true",
            "ImdsSupport=v2.0",
            "Name=root",
            "RootDeviceName=/dev/xvda",
            "SriovNetSupport=simple",
            "TpmSupport=v2.0",
            "UefiData=QU1aTgVUVGSQ==",
            "VirtualizationType=hvm",
        ]
    );
}

#[test]
fn without_its_driver_ena_is_not_promised() {
    let stage = Stage::new("publish-ebs-no-ena");
    for options in [&["--no-ena"][..], &["--virtualization-type", "paravirtual"]] {
        let ec2 = cloud(&[snapshot("completed")]);
        told(&stage.run(&ec2.url(), options));
        assert_eq!(ec2.request("RegisterImage").get("EnaSupport"), None);
    }
}

#[test]
fn an_encrypted_snapshot_has_its_zeros_and_others_need_its_key() {
    let stage = Stage::new("publish-ebs-encrypted");
    let key = "arn:aws:kms:us-east-1:123456789012:key/1a2b";
    let extents = [(Bytes::mib(1), Bytes::mib(1))];
    image::sparse(&stage.sandbox.path("root.img"), Bytes::mib(4), &extents);
    // A snapshot with this content that is not encrypted is not the one.
    let ec2 = cloud(&[snapshot("completed")]);
    let share = ["--share", "111122223333", "--skip-audit", "--kms-key", key];

    let result = told(&stage.run(&ec2.url(), &share));

    assert_eq!(result["encrypted"], true);
    assert_eq!(result["blocks_sent"], 8, "zeros, too");
    let started = stage.ebs.started_with(SNAPSHOT);
    assert_eq!(
        (&started["Encrypted"], &started["KmsKeyArn"]),
        (&true.into(), &key.into())
    );
    let warnings = result["warnings"].to_string();
    assert!(
        warnings.contains("the policy of the key arn:"),
        "{warnings}"
    );
    let public = ["--public", "--skip-audit", "--encrypted"];
    stage
        .run(&ec2.url(), &public)
        .failed(2, "cannot be for everyone");
}

#[test]
fn a_snapshot_that_cannot_be_shared_is_told_and_organisations_get_the_image_only() {
    let stage = Stage::new("publish-ebs-share");
    let ec2 = cloud(&[none(), snapshot("completed")]);
    let organisation = "arn:aws:organizations::123456789012:organization/o-1";
    let both = format!("111122223333,{organisation}");

    let share = ["--share", &both, "--skip-audit"];
    told(&stage.run(&ec2.url(), &share));

    let image = ec2.request("ModifyImageAttribute");
    assert!(
        image.values().any(|value| value == organisation),
        "{image:?}"
    );
    let permitted = ec2.request("ModifySnapshotAttribute");
    assert_eq!(permitted["SnapshotId"], SNAPSHOT);
    assert_eq!(
        permitted["CreateVolumePermission.Add.1.UserId"],
        "111122223333"
    );
    assert!(permitted.values().all(|value| value != organisation));

    let refusing = Ec2Server::start();
    refusing.answer("DescribeImages", images(IMAGE));
    let content = format!(
        "<snapshotSet><item><snapshotId>{SNAPSHOT}</snapshotId><status>completed</status><tagSet>\
         <item><key>amikit:content</key><value>{}</value></item></tagSet></item></snapshotSet>",
        ec2.requests()
            .iter()
            .find_map(|one| one.get("Tag.1.Value"))
            .expect("the tag of the content")
    );
    refusing.answer("DescribeSnapshots", said("DescribeSnapshots", &content));
    for action in ["CreateTags", "ModifyImageAttribute"] {
        refusing.answer(action, said(action, "<return>true</return>"));
    }
    let refusal = Answer::refusal(
        403,
        "OperationNotPermitted",
        "encrypted with the default key",
    );
    refusing.answer("ModifySnapshotAttribute", refusal);
    refusing.answer("DescribeImageAttribute", said("DescribeImageAttribute", ""));
    let result = told(&stage.run(&refusing.url(), &share));
    let warnings = result["warnings"].to_string();
    assert!(warnings.contains("stay as they are"), "{warnings}");
}
