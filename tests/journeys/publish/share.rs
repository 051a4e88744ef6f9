//! `share-image`.

use super::{Stage, clean_system, dirty_system, text, told};

#[test]
fn accounts_come_and_go() {
    let mut stage = Stage::new("share");
    stage.image = clean_system(&stage.sandbox);
    let published = told(&stage.publish("web", &["--output", "json"]));
    let id = published["image_id"].as_str().expect("an id");
    let image = text(&stage.image).to_owned();

    let shown = stage.run(["share-image", id]);
    let line = format!("{id}  nobody but its owner may run it\n");
    assert_eq!(String::from_utf8_lossy(&shown.succeeded().stdout), line);

    let command = [
        "share-image",
        id,
        "--account",
        "111122223333,444455556666",
        "--public",
    ];
    let audited = ["--audit", &image, "--output", "json"];
    let result = told(&stage.run(command.iter().chain(&audited)));
    assert_eq!(result["public"], true);
    assert_eq!(result["audit"]["verdict"], "clean");
    assert_eq!(result["shared_with"][1], "444455556666");
    let seen = &stage.images("web")[0];
    assert_eq!(seen["allowed"].as_array().map(Vec::len), Some(3));

    let stopped = stage.run(["share-image", id, "--stop", "all,111122223333"]);
    let line = format!("{id}  may be run by 444455556666\n");
    assert_eq!(String::from_utf8_lossy(&stopped.succeeded().stdout), line);
    let seen = &stage.images("web")[0];
    assert_eq!(seen["allowed"].to_string(), "[\"444455556666\"]");
}

#[test]
fn everyone_gets_nothing_that_nobody_looked_into() {
    let mut stage = Stage::new("share-public");
    stage.image = dirty_system(&stage.sandbox);
    let published = told(&stage.publish("web", &["--output", "json"]));
    let id = published["image_id"].as_str().expect("an id");
    let image = text(&stage.image).to_owned();

    let blind = stage.run(["share-image", id, "--public"]);
    blind.failed(
        2,
        "an image that nobody has looked into is not shared with everyone",
    );
    let looked = stage.run(["share-image", id, "--public", "--audit", &image]);
    looked.failed(4, "/home/alice/.ssh/id_rsa");
    assert_eq!(stage.images("web")[0]["allowed"].to_string(), "[]");

    let one = stage.run(["share-image", id, "--account", "111122223333"]);
    one.succeeded();
    assert!(
        one.stderr.contains("nobody has looked for secrets"),
        "{}",
        one.stderr
    );
    let risk = [
        "share-image",
        id,
        "--public",
        "--audit",
        &image,
        "--accept-risk",
    ];
    stage.run(risk).succeeded();
    let seen = stage.images("web")[0]["allowed"].to_string();
    assert!(seen.contains("\"all\""), "{seen}");
}

#[test]
fn nobody_shares_what_is_not_there_or_with_nobody() {
    let stage = Stage::new("share-nothing");

    let unknown = stage.run(["share-image", "ami-00000000", "--account", "111122223333"]);
    unknown.failed(3, "ami-00000000");
    let both = ["share-image", "ami-1", "--account", "1", "--stop", "1"];
    stage
        .run(both)
        .failed(2, "1 is to get the image and to lose it");
}
