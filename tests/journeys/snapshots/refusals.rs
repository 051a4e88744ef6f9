//! What the user is told when it does not work.

use super::{BLOCK, image, run};
use crate::support::ebs_server::{EbsServer, Fault};
use crate::support::sandbox::Sandbox;

#[test]
fn a_refusal_tells_what_helps() {
    let sandbox = Sandbox::new("snapshot-refusals");
    let image = image(&sandbox, "disk.img", BLOCK, &[0]);
    let denied = |reason| Fault::Refuse(403, "AccessDeniedException", reason);
    for (operation, fault, hint) in [
        (
            "StartSnapshot",
            denied("UNAUTHORIZED_ACCOUNT"),
            "ebs:StartSnapshot",
        ),
        ("PutSnapshotBlock", denied(""), "ebs:PutSnapshotBlock"),
        ("CompleteSnapshot", denied(""), "ebs:CompleteSnapshot"),
        (
            "StartSnapshot",
            denied("DEPENDENCY_ACCESS_DENIED"),
            "kms:DescribeKey",
        ),
        (
            "StartSnapshot",
            Fault::Refuse(400, "ConcurrentLimitExceededException", ""),
            "quota of pending snapshots",
        ),
        (
            "StartSnapshot",
            Fault::Refuse(
                402,
                "ServiceQuotaExceededException",
                "DEPENDENCY_SERVICE_QUOTA_EXCEEDED",
            ),
            "quota of snapshots",
        ),
        (
            "StartSnapshot",
            Fault::Refuse(400, "ValidationException", "INVALID_CUSTOMER_KEY"),
            "enabled, symmetric key",
        ),
        (
            "StartSnapshot",
            Fault::Refuse(400, "ValidationException", "INVALID_TAG"),
            "check --volume-size, --tag",
        ),
        (
            "StartSnapshot",
            Fault::Refuse(409, "ConflictException", ""),
            "--no-resume",
        ),
    ] {
        let server = EbsServer::start();
        server.fault(operation, 1..=99, fault);
        let path = image.to_str().expect("UTF-8");

        let outcome = run(&sandbox, &server, &["upload-snapshot", path]);

        outcome.failed(3, operation).failed(3, hint);
        if operation == "StartSnapshot" {
            assert!(
                !sandbox.path(".disk.img.amikit-snapshot").exists(),
                "nothing is left"
            );
        }
    }
}

#[test]
fn a_snapshot_that_cannot_be_read_is_told() {
    let sandbox = Sandbox::new("snapshot-unreadable");
    let server = EbsServer::start();
    for (id, words) in [
        (
            "snap-0123456789abcdef0",
            "check the snapshot's id, the region",
        ),
        ("vol-0123", "the ids of snapshots are snap-"),
        ("snap-../..", "the ids of snapshots are snap-"),
    ] {
        let outcome = run(&sandbox, &server, &["download-snapshot", id, "-o", "x.img"]);

        assert!(outcome.stderr.contains(words), "{id}: {}", outcome.stderr);
        assert!(!sandbox.path("x.img").exists());
    }
}

#[test]
fn images_and_options_that_make_no_sense_are_refused_before_anything_is_asked() {
    let sandbox = Sandbox::new("snapshot-usage");
    let server = EbsServer::start();
    image(&sandbox, "disk.img", (1 << 30) + 1, &[0]);
    image(&sandbox, "empty.img", 0, &[]);
    for (line, status, words) in [
        (&["nowhere.img"][..], 1, "cannot open image nowhere.img"),
        (&["empty.img"], 1, "is empty"),
        (&["home"], 1, "is a directory"),
        (&["disk.img", "--volume-size", "1"], 2, "the image needs 2"),
        (&["disk.img", "--volume-size", "65537"], 2, "at most 65536"),
        (
            &["disk.img", "--volume-size", "two"],
            2,
            "whole number of GiB",
        ),
        (&["disk.img", "--zeros", "maybe"], 2, "auto, omit or send"),
        (
            &["disk.img", "--snapshot-timeout", "9"],
            2,
            "10 to 4320 minutes",
        ),
        (&["disk.img", "--tag", "=x"], 2, "KEY=VALUE"),
        (&["disk.img", "--jobs", "0"], 2, "number of threads"),
        (&["disk.img", "--description", ""], 2, "1 to 255 characters"),
    ] {
        let mut arguments = vec!["upload-snapshot"];
        arguments.extend(line);

        run(&sandbox, &server, &arguments).failed(status, words);
    }

    assert_eq!(server.count("StartSnapshot"), 0);
}
