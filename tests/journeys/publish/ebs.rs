//! `publish --ebs`: the content goes into a snapshot.

use std::fs;

use amikit::units::Bytes;
use serde_json::Value;

use super::{Stage, fields, told};
use crate::support::ec2_server::{Answer, Ec2Server};
use crate::support::faults::Fault;
use crate::support::image;

const OPTIONS: [&str; 9] = [
    "--ebs",
    "--share",
    "111122223333",
    "--skip-audit",
    "--tag",
    "commit=1a2b3c",
    "--wait",
    "--output",
    "json",
];

/// A stage with an image of a few blocks.
fn stage(name: &str) -> Stage {
    let mut stage = Stage::new(name);
    let extents = [
        (Bytes::mib(1), Bytes::mib(1)),
        (Bytes::mib(5), Bytes::kib(700)),
    ];
    stage.image = image::sparse(&stage.sandbox.path("root.img"), Bytes::mib(8), &extents);
    stage
}

fn blocks_put(stage: &Stage) -> usize {
    let passed = stage.ebs.passed();
    passed.iter().filter(|one| one.method == "PUT").count()
}

#[test]
fn a_snapshot_becomes_an_image_that_others_can_run() {
    let stage = stage("publish-ebs");

    let first = told(&stage.publish("root-1", &OPTIONS));

    assert_eq!(
        fields(&first),
        "architecture audit blocks_omitted blocks_sent blocks_skipped bytes_sent checksum content \
         description encrypted image_id name public registered resumed root_device_type seconds \
         shared_with snapshot_id snapshot_ids state tags volume_size warnings"
    );
    assert_eq!(
        fields(&first["seconds"]),
        "audit look register share tag total upload_snapshot wait"
    );
    assert_eq!(first["root_device_type"], "ebs");
    assert_eq!(first["registered"], true);
    let snapshot = first["snapshot_id"].as_str().expect("an id");
    let sent = first["blocks_sent"].as_u64().expect("a number");
    assert!(sent >= 3, "{first}");
    let images = stage.images("root-1");
    assert_eq!(images[0]["id"], first["image_id"]);
    assert_eq!(images[0]["tags"]["commit"], "1a2b3c");
    assert_eq!(images[0]["allowed"][0], "111122223333");
    // The blocks are in the snapshot.
    stage
        .run(["download-snapshot", snapshot, "-o", "back.img"])
        .succeeded();
    let back = fs::read(stage.sandbox.path("back.img")).expect("read it");
    let image = fs::read(&stage.image).expect("read the image");
    assert!(back.starts_with(&image), "the snapshot is another image");

    stage.ebs.reset();
    let second = told(&stage.publish("root-1", &OPTIONS));
    assert_eq!(second["image_id"], first["image_id"]);
    assert_eq!(second["registered"], false);
    assert_eq!(fields(&second), fields(&first));
    assert_eq!(blocks_put(&stage), 0);

    // Another image of the same content takes the snapshot that is there.
    let third = told(&stage.publish("root-2", &OPTIONS));
    assert_eq!(third["snapshot_id"], first["snapshot_id"]);
    assert_eq!(blocks_put(&stage), 0);

    image::incompressible(&stage.image, Bytes::mib(8));
    let other = stage.publish("root-1", &OPTIONS);
    other.failed(1, "its content is not known to be this image's");
}

#[test]
fn what_broke_off_goes_on_with_the_same_snapshot() {
    let stage = stage("publish-ebs-broken");
    stage
        .ebs
        .fault("PUT", "/blocks/", 3..=9, Fault::DropBeforeBody);
    let mut options = OPTIONS.to_vec();
    options.extend(["--upload-jobs", "1"]);

    stage.publish("root", &options).failed(7, "");
    assert_eq!(stage.images("root").len(), 0);
    stage.ebs.reset();
    let result = told(&stage.publish("root", &options));

    assert_eq!(result["resumed"], true);
    assert!(result["blocks_skipped"].as_u64() >= Some(2), "{result}");
    // 1 images, 2 snapshots of this content, 3 register, 4 state, 5 tag, 6 and on: share.
    for (number, name) in [(3, "root-a"), (6, "root-b"), (7, "root-c"), (8, "root-d")] {
        stage.ec2.reset();
        let fault = Fault::error(503, "Unavailable");
        stage.ec2.fault("POST", "/", number..=number, fault);
        let fact = if number == 3 {
            "uploaded"
        } else {
            "registered"
        };
        stage
            .publish(name, &options)
            .failed(7, &format!("is {fact}, but"));
        stage.ec2.reset();
        stage.ebs.reset();
        told(&stage.publish(name, &options));
        assert_eq!(stage.images(name).len(), 1);
        assert_eq!(blocks_put(&stage), 0);
    }
}

/// moto shows other snapshots than the registered ones, and forgets the tags of registration: what
/// a second run finds when the first was killed behind `RegisterImage` comes from fixtures.
#[test]
fn an_image_of_our_snapshot_is_taken() {
    let stage = stage("publish-ebs-taken");
    let first: Value = told(&stage.publish("root", &OPTIONS));
    let content = first["content"].as_str().expect("a digest");
    let ec2 = Ec2Server::start();
    let said = |action: &str, body: &str| Answer {
        status: 200,
        headers: Vec::new(),
        body: format!("<{action}Response>{body}</{action}Response>"),
    };
    let image = "<imagesSet><item><imageId>ami-7</imageId><imageState>available</imageState>\
                 <name>root</name><rootDeviceName>/dev/sda1</rootDeviceName><blockDeviceMapping>\
                 <item><deviceName>/dev/sda1</deviceName><ebs><snapshotId>snap-7</snapshotId></ebs>\
                 </item></blockDeviceMapping></item></imagesSet>";
    ec2.answer("DescribeImages", said("DescribeImages", image));
    let snapshot = format!(
        "<snapshotSet><item><snapshotId>snap-7</snapshotId><status>completed</status><tagSet>\
         <item><key>amikit:content</key><value>{content}</value></item></tagSet></item>\
         </snapshotSet>"
    );
    ec2.answer("DescribeSnapshots", said("DescribeSnapshots", &snapshot));
    for action in [
        "CreateTags",
        "ModifyImageAttribute",
        "ModifySnapshotAttribute",
    ] {
        ec2.answer(action, said(action, "<return>true</return>"));
    }
    ec2.answer("DescribeImageAttribute", said("DescribeImageAttribute", ""));
    stage.ebs.reset();
    let mut arguments = stage.arguments("root", &OPTIONS);
    arguments.extend(["--ec2-url".into(), ec2.url().into()]);

    let result = told(&stage.run(arguments));

    assert_eq!(result["image_id"], "ami-7");
    assert_eq!(result["snapshot_id"], "snap-7");
    assert_eq!(result["registered"], false);
    assert_eq!(stage.ebs.passed(), []);
    let tags = ec2.request("CreateTags");
    assert_eq!(
        (&*tags["ResourceId.1"], &*tags["ResourceId.2"]),
        ("ami-7", "snap-7")
    );
    let shared = ec2.request("ModifySnapshotAttribute");
    assert_eq!(
        shared["CreateVolumePermission.Add.1.UserId"],
        "111122223333"
    );
}
