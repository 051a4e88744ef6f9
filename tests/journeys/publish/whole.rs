//! The whole way, and the same command again.

use std::fs;

use super::{Stage, clean_system, fields, told};
use crate::support::peers::client;
use crate::support::sandbox::Bundle;
use crate::support::{oracle, peers};

#[test]
fn one_command_makes_an_image_that_others_can_run() {
    let mut stage = Stage::new("publish-whole");
    stage.image = clean_system(&stage.sandbox);
    let options = [
        "--share",
        "111122223333,444455556666",
        "--public",
        "--wait",
        "--output",
        "json",
        "--tag",
        "commit=1a2b3c",
        "--tag",
        "Name=web",
        "--description",
        "the web server",
    ];

    let result = told(&stage.publish("web-1", &options));

    let images = stage.images("web-1");
    assert_eq!(images.len(), 1);
    let image = &images[0];
    assert_eq!(result["image_id"], image["id"]);
    assert_eq!(result["registered"], true);
    assert_eq!(result["state"], "available");
    assert_eq!(image["tags"]["commit"], "1a2b3c");
    assert_eq!(image["tags"]["Name"], "web");
    let mut allowed: Vec<_> = image["allowed"].as_array().expect("a list").clone();
    allowed.sort_by_key(ToString::to_string);
    assert_eq!(allowed, ["111122223333", "444455556666", "all"]);
    assert_eq!(result["public"], true);
    assert_eq!(
        fields(&result),
        "architecture audit bucket bundled_size bytes_sent description digest image_id image_size \
         manifest manifest_location name parts public registered resumed root_device_type seconds \
         sent shared_with skipped snapshot_ids state tags warnings"
    );
    assert_eq!(
        fields(&result["audit"]),
        "complete dangers findings not_looked_into notices verdict"
    );
    assert_eq!(
        fields(&result["seconds"]),
        "audit bundle_and_upload look register share tag total wait"
    );
    assert_eq!(result["audit"]["verdict"], "clean");
    assert_eq!(
        result["manifest_location"],
        "images/web-1/clean.img.manifest.xml"
    );
    // The bundle is whole, opens with openssl, and has the image in it.
    let objects = stage.objects();
    for part in result["parts"].as_array().expect("a list") {
        let key = part["key"].as_str().expect("a key");
        assert_eq!(part["sha1"], objects[key], "{key}");
    }
    let folder = stage.sandbox.folder("fetched");
    let sync = ["s3", "sync", "--quiet", "s3://images/web-1", "fetched"];
    let environment = stage.moto.environment();
    client(&stage.sandbox, "aws", &sync, &environment).succeeded();
    let bundle = Bundle {
        manifest: folder.join("clean.img.manifest.xml"),
        folder,
    };
    let opened = oracle::open(&stage.sandbox, &bundle);
    oracle::assert_same_bytes(&opened.image, &stage.image);
    // awscli finds it by the id.
    let id = result["image_id"].as_str().expect("an id");
    let look = [
        "ec2",
        "describe-images",
        "--image-ids",
        id,
        "--endpoint-url",
        &stage.moto.url(),
    ];
    let seen = peers::client(&stage.sandbox, "aws", &look, &environment);
    let seen = String::from_utf8_lossy(&seen.succeeded().stdout).into_owned();
    assert!(seen.contains("\"web-1\""), "{seen}");
}

#[test]
fn the_same_command_again_does_nothing_and_says_the_same() {
    let stage = Stage::new("publish-again");
    let options = ["--tag", "a=b", "--output", "json"];
    let first = told(&stage.publish("web-2", &options));
    stage.s3.reset();
    // Another machine: nothing is left here of the first run, and the file is another one.
    fs::copy(&stage.image, stage.sandbox.path("copy")).expect("copy the image");
    fs::rename(stage.sandbox.path("copy"), &stage.image).expect("rename the copy");

    let second = told(&stage.publish("web-2", &options));

    assert_eq!(second["registered"], false);
    for field in ["image_id", "digest", "parts", "manifest_location", "tags"] {
        assert_eq!(first[field], second[field], "{field}");
    }
    assert_eq!(second["sent"], 0);
    assert_eq!(stage.puts(), 0);
    assert_eq!(stage.images("web-2").len(), 1);
}

#[test]
fn people_are_told_what_was_done() {
    let stage = Stage::new("publish-people");

    let outcome = stage.publish("web-3", &["--wait"]);

    let text = String::from_utf8_lossy(&outcome.succeeded().stdout).into_owned();
    let lines: Vec<_> = text.lines().collect();
    assert!(
        lines[0].starts_with("image     ami-") && lines[0].ends_with("(registered)"),
        "{text}"
    );
    for line in [
        "name      web-3",
        "manifest  images/web-3/disk.img.manifest.xml",
        "state     available",
        "shared    nobody but its owner may run it",
    ] {
        assert!(lines.contains(&line), "{line} is not in:\n{text}");
    }
    let quiet = stage.publish("web-3", &["--quiet"]);
    let id = String::from_utf8_lossy(&quiet.succeeded().stdout).into_owned();
    assert!(lines[0].contains(id.trim()), "{id}");
}
