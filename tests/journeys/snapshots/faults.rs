//! A service that fails in every way that we know: the snapshot is whole all the same.

use std::time::Duration;

use super::{BLOCK, assert_is_image, id, image, run, upload};
use crate::support::ebs_server::{EbsServer, Fault};
use crate::support::sandbox::Sandbox;

const PUT: &str = "PutSnapshotBlock";

#[test]
fn what_passes_is_tried_again_and_the_snapshot_is_whole() {
    let sandbox = Sandbox::new("snapshot-faults");
    let image = image(&sandbox, "disk.img", 4 * BLOCK, &[0, 1, 2, 3]);
    for (name, operation, fault, count) in [
        ("a lost start", "StartSnapshot", Fault::LoseReply, 2),
        ("a lost block", PUT, Fault::LoseReply, 5),
        ("throttling", PUT, Fault::THROTTLE, 5),
        (
            "a busy service",
            PUT,
            Fault::Refuse(503, "ServiceUnavailable", ""),
            5,
        ),
        (
            "a failing service",
            PUT,
            Fault::Refuse(500, "InternalServerException", ""),
            5,
        ),
        ("a snapshot not known yet", PUT, Fault::UNKNOWN, 5),
        (
            "a wrong checksum in an answer",
            PUT,
            Fault::WrongChecksum,
            5,
        ),
        (
            "a completion of what is not known",
            "CompleteSnapshot",
            Fault::UNKNOWN,
            2,
        ),
        (
            "a throttled completion",
            "CompleteSnapshot",
            Fault::THROTTLE,
            2,
        ),
        ("a lost completion", "CompleteSnapshot", Fault::LoseReply, 2),
    ] {
        let server = EbsServer::start();
        server.fault(operation, 1..=1, fault);

        let result = upload(&sandbox, &server, &image, &[]);

        assert_eq!(server.snapshots().len(), 1, "{name}");
        assert_eq!(server.count(operation), count, "{name}");
        assert_is_image(&server, id(&result), &image);
        assert_eq!(result["blocks_sent"], 4, "{name}");
    }
}

#[test]
fn a_completion_whose_answer_was_lost_is_found_to_be_done() {
    let sandbox = Sandbox::new("snapshot-completed-before");
    let server = EbsServer::start();
    let image = image(&sandbox, "disk.img", 2 * BLOCK, &[0]);
    server.fault("CompleteSnapshot", 1..=1, Fault::LoseReply);

    let result = upload(&sandbox, &server, &image, &[]);

    let warnings = result["warnings"].to_string();
    assert!(
        warnings.contains("had been completed already"),
        "{warnings}"
    );
    assert_eq!(server.count("ListSnapshotBlocks"), 1);
}

#[test]
fn a_service_that_always_tells_another_checksum_is_not_believed() {
    let sandbox = Sandbox::new("snapshot-corrupted");
    let server = EbsServer::start();
    let image = image(&sandbox, "disk.img", BLOCK, &[0]);
    server.fault(PUT, 1..=9, Fault::WrongChecksum);

    let outcome = run(
        &sandbox,
        &server,
        &["upload-snapshot", image.to_str().expect("UTF-8")],
    );

    outcome.failed(4, "the service has SHA-256");
    assert_eq!(server.count(PUT), 2, "once more, and no more");
    assert_eq!(server.count("CompleteSnapshot"), 0);
}

#[test]
fn throttling_lowers_the_number_of_requests_at_once() {
    let sandbox = Sandbox::new("snapshot-throttled");
    let server = EbsServer::start();
    let blocks: Vec<u64> = (0..60).collect();
    let image = image(&sandbox, "disk.img", 60 * BLOCK, &blocks);
    server.fault(PUT, 1..=8, Fault::THROTTLE);
    server.fault(PUT, 9..=200, Fault::Slow(Duration::from_millis(30)));

    let result = upload(&sandbox, &server, &image, &["--jobs", "8"]);

    assert_is_image(&server, id(&result), &image);
    assert_eq!(server.count(PUT), 68, "each refused one once more");
    server.reset();
    server.fault(PUT, 1..=200, Fault::Slow(Duration::from_millis(30)));
    upload(&sandbox, &server, &image, &["--jobs", "8"]);
    assert_eq!(server.most_at_once(), 8, "as many as are asked for");
}

#[test]
fn a_service_that_throttles_for_ever_ends_the_upload_and_it_can_go_on() {
    let sandbox = Sandbox::new("snapshot-throttled-for-ever");
    let server = EbsServer::start();
    let image = image(&sandbox, "disk.img", 6 * BLOCK, &[0, 1, 2, 3, 4, 5]);
    server.fault(PUT, 4..=999, Fault::THROTTLE);
    let arguments = [
        "upload-snapshot",
        image.to_str().expect("UTF-8"),
        "--jobs",
        "3",
        "--retries",
        "1",
    ];

    let outcome = run(&sandbox, &server, &arguments);

    outcome.failed(7, "RequestThrottledException");
    assert!(
        outcome.stderr.contains("run the same command again"),
        "{}",
        outcome.stderr
    );
    server.reset();
    let result = upload(&sandbox, &server, &image, &[]);
    assert_eq!(result["blocks_sent"], 3);
    assert_eq!(result["blocks_skipped"], 3);
    assert_is_image(&server, id(&result), &image);
}

#[test]
fn a_snapshot_that_ends_in_the_middle_is_told_and_the_next_run_begins_anew() {
    let sandbox = Sandbox::new("snapshot-cancelled");
    let server = EbsServer::start();
    let image = image(&sandbox, "disk.img", 4 * BLOCK, &[0, 1, 2, 3]);
    server.fault(
        PUT,
        3..=9,
        Fault::Refuse(400, "ValidationException", "INVALID_SNAPSHOT_ID"),
    );
    let path = image.to_str().expect("UTF-8");

    let outcome = run(&sandbox, &server, &["upload-snapshot", path, "--jobs", "1"]);

    outcome.failed(3, "INVALID_SNAPSHOT_ID");
    let old = server.snapshots().remove(0);
    server.reset();
    server.cancel(&old);
    let result = upload(&sandbox, &server, &image, &[]);
    assert_ne!(id(&result), old);
    assert_is_image(&server, id(&result), &image);
    assert_eq!(result["blocks_sent"], 4);
    assert_eq!(result["resumed"], false);
    let warnings = result["warnings"].to_string();
    assert!(
        warnings.contains(&format!("snapshot {old} of the run before")),
        "{warnings}"
    );
}
