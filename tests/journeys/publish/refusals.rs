//! What is not done: another image of the same name, an image with secrets, nonsense.

use std::fs;

use amikit::units::Bytes;

use super::{Stage, clean_system, dirty_system, text, told};
use crate::support::image;

#[test]
fn the_same_name_with_other_content_changes_nothing() {
    let stage = Stage::new("publish-other");
    let first = told(&stage.publish("web", &["--output", "json"]));
    let before = stage.objects();
    image::dense(&stage.image, Bytes::kib(200));

    let outcome = stage.publish("web", &[]);

    let id = first["image_id"].as_str().expect("an id");
    let fact = format!("there is an image named \"web\" already, {id}");
    outcome.failed(1, &fact);
    outcome.failed(1, "its content is not that of this image");
    outcome.failed(1, &format!("hint: give the new image another --name, or remove the old one first: amikit deregister {id}"));
    assert_eq!(stage.objects(), before);
    assert_eq!(stage.images("web").len(), 1);
}

#[test]
fn the_same_image_under_other_terms_is_not_taken() {
    let stage = Stage::new("publish-terms");
    stage.publish("web", &[]).succeeded();

    let outcome = stage.publish("web", &["-B", "ephemeral0=sdb"]);

    outcome.failed(
        1,
        "it was bundled with another architecture, account, mapping",
    );
}

#[test]
fn an_image_of_that_name_without_a_bundle_is_in_the_way() {
    let stage = Stage::new("publish-bare");
    stage.publish("web", &[]).succeeded();

    let outcome = stage.publish("web", &["-p", "elsewhere"]);

    outcome.failed(1, "nobody knows whether it is this image");
    assert!(stage.objects().keys().all(|key| !key.contains("elsewhere")));
}

#[test]
fn an_image_with_secrets_is_not_shared() {
    let mut stage = Stage::new("publish-secrets");
    stage.image = dirty_system(&stage.sandbox);
    for who in [&["--public"][..], &["--share", "111122223333"]] {
        let outcome = stage.publish("dirty", &[who, &["--output", "json"]].concat());

        outcome.failed(4, "something dangerous is in");
        outcome.failed(4, "/home/alice/.ssh/id_rsa");
        outcome.failed(4, "--accept-risk shares it all the same");
        assert!(outcome.stdout.is_empty());
    }
    assert_eq!(stage.s3.passed(), [], "nothing was sent");
    assert_eq!(stage.ec2_requests(), 0);

    // Who shares it with nobody need not be asked.
    stage.publish("dirty", &[]).succeeded();
    let accepted = [
        "--share",
        "111122223333",
        "--accept-risk",
        "--output",
        "json",
    ];
    let result = told(&stage.publish("dirty", &accepted));
    assert_eq!(result["audit"]["verdict"], "danger");
    let finding = &result["audit"]["findings"][0];
    assert_eq!(finding["path"], "/home/alice/.ssh/id_rsa");
    assert_eq!(finding["kind"], "ssh-user-key");
    assert_eq!(finding["severity"], "danger");
    assert!(finding["remedy"].is_string() && finding["detail"].is_string());
    let warnings = result["warnings"].to_string();
    assert!(warnings.contains("something dangerous is in"), "{warnings}");
    assert_eq!(stage.images("dirty")[0]["allowed"][0], "111122223333");
}

#[test]
fn what_cannot_be_looked_into_is_not_for_everyone() {
    let stage = Stage::new("publish-opaque"); // noise, no file system

    stage
        .publish("opaque", &["--public"])
        .failed(1, "not all of");
    let shared = stage.publish("opaque", &["--share", "111122223333"]);
    shared.succeeded();
    assert!(
        shared.stderr.contains("warning: not all of"),
        "{}",
        shared.stderr
    );
    let skipped = stage.publish("opaque", &["--public", "--skip-audit"]);
    skipped.succeeded();
    assert!(
        skipped.stderr.contains("nobody has looked"),
        "{}",
        skipped.stderr
    );
}

#[test]
fn nonsense_is_told_before_anything_is_done() {
    let mut stage = Stage::new("publish-nonsense");
    stage.image = clean_system(&stage.sandbox);
    for (options, fact) in [
        (&["--share", "arn:aws:iam::1:user/x"][..], "is nobody"),
        (&["--share", "all"], "everyone is meant by --public"),
        (&["--tag", "=x"], "is no tag"),
        (&["--tag", "a=1", "--tag", "a=2"], "each key once"),
        (&["--volume-size", "9"], "--volume-size is for --ebs"),
        (&["--wait-timeout", "never", "--wait"], "is no time"),
        (&["--virtualization-type", "xen"], "invalid value"),
        (
            &["--description", &"x".repeat(256)],
            "at most 255 characters",
        ),
    ] {
        stage.publish("web", options).failed(2, fact);
    }
    stage
        .publish("no:colons", &[])
        .failed(2, "the name has ':'");
    stage.publish("xy", &[]).failed(2, "2 characters");
    let image = text(&stage.image).to_owned();
    let bare = ["publish", "-i", &image, "-n", "web", "-r", "x86_64"];
    stage.run(bare).failed(2, "--bucket is needed");
    let piped = ["publish", "-i", "-", "-n", "web", "-r", "x86_64", "--ebs"];
    stage
        .run(piped)
        .failed(2, "a snapshot is not made of stdin");
    let mut streamed = stage.arguments("web", &["--public", "-p", "x", "--image-size", "9"]);
    streamed[2] = "-".into();
    stage.run(streamed).failed(2, "cannot be audited");
    assert_eq!(stage.s3.passed(), []);
    assert_eq!(stage.ec2_requests(), 0);
    let left = fs::read_dir(stage.sandbox.path("tmp")).expect("list it");
    assert_eq!(left.count(), 0);
}

#[test]
fn a_refusal_after_the_upload_tells_what_is_done() {
    use crate::support::faults::Fault;
    let stage = Stage::new("publish-refused");
    stage.ec2.fault(
        "POST",
        "/",
        2..=2,
        Fault::error(403, "UnauthorizedOperation"),
    );

    let outcome = stage.publish("web", &[]);

    outcome.failed(
        3,
        "bundle images/web/disk.img.manifest.xml is uploaded, but not registered",
    );
    assert_eq!(stage.images("web").len(), 0);
}
