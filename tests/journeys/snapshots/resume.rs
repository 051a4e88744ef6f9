//! An upload that is killed goes on where it was: the requests are counted.

use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use super::{BLOCK, assert_is_image, command, id, image, run, upload};
use crate::support::ebs_server::{EbsServer, Fault};
use crate::support::sandbox::Sandbox;

const PUT: &str = "PutSnapshotBlock";

/// Starts an upload, one request at a time, and kills it when the block of this number (from 1)
/// is under way.
fn kill_at(sandbox: &Sandbox, server: &EbsServer, image: &Path, block: usize) {
    server.fault(PUT, block..=block, Fault::Hang);
    let image = image.to_str().expect("UTF-8");
    let arguments = ["upload-snapshot", image, "--jobs", "1"];
    let mut process = command(sandbox, server, &arguments)
        .spawn()
        .expect("run amikit");
    server.wait_for(PUT, block);
    process.kill().expect("send SIGKILL");
    process.wait().expect("wait for what was killed");
    server.reset();
}

#[test]
fn after_kill_9_only_what_is_missing_is_sent() {
    let sandbox = Sandbox::new("snapshot-kill-9");
    let server = EbsServer::start();
    let blocks: Vec<u64> = (0..10).collect();
    let image = image(&sandbox, "disk.img", 12 * BLOCK, &blocks);
    kill_at(&sandbox, &server, &image, 7);

    let result = upload(&sandbox, &server, &image, &[]);

    assert_eq!(server.snapshots(), [id(&result)], "one snapshot");
    assert_eq!(server.count("StartSnapshot"), 0);
    assert_eq!(server.count(PUT), 4, "what was under way, and the rest");
    assert_eq!(result["blocks_sent"], 4);
    assert_eq!(result["blocks_skipped"], 6);
    assert_eq!(result["resumed"], true);
    assert_is_image(&server, id(&result), &image);
    assert!(!sandbox.path(".disk.img.amikit-snapshot").exists());
}

#[test]
fn a_start_whose_answer_never_came_is_the_same_snapshot_in_the_next_run() {
    let sandbox = Sandbox::new("snapshot-start-lost");
    let server = EbsServer::start();
    let image = image(&sandbox, "disk.img", BLOCK, &[0]);
    server.fault("StartSnapshot", 1..=1, Fault::LoseReply);
    let path = image.to_str().expect("UTF-8");
    run(
        &sandbox,
        &server,
        &["upload-snapshot", path, "--retries", "0"],
    )
    .failed(1, "StartSnapshot");

    let result = upload(&sandbox, &server, &image, &[]);

    assert_eq!(server.snapshots(), [id(&result)]);
    assert_is_image(&server, id(&result), &image);
}

#[test]
fn another_image_or_another_option_begins_anew() {
    let sandbox = Sandbox::new("snapshot-other-terms");
    for changes_image in [true, false] {
        let server = EbsServer::start();
        let image = image(&sandbox, "disk.img", 4 * BLOCK, &[0, 1, 2, 3]);
        kill_at(&sandbox, &server, &image, 3);
        let old = server.snapshots().remove(0);
        let mut options = vec!["--description", "another"];
        if changes_image {
            options.clear();
            let file = File::options()
                .write(true)
                .open(&image)
                .expect("open the image");
            file.write_all_at(b"changed", 9).expect("change the image");
        }

        let result = upload(&sandbox, &server, &image, &options);

        assert_ne!(id(&result), old, "{changes_image}");
        assert_eq!(result["blocks_sent"], 4);
        assert_is_image(&server, id(&result), &image);
        let warnings = result["warnings"].to_string();
        assert!(warnings.contains("is not used"), "{warnings}");
    }
}

#[test]
fn a_snapshot_that_was_deleted_or_cancelled_meanwhile_is_begun_anew() {
    let sandbox = Sandbox::new("snapshot-gone");
    let server = EbsServer::start();
    let image = image(&sandbox, "disk.img", 5 * BLOCK, &[0, 1, 2, 3, 4]);
    kill_at(&sandbox, &server, &image, 4);
    let old = server.snapshots().remove(0);
    server.cancel(&old);

    let result = upload(&sandbox, &server, &image, &["--jobs", "2"]);

    assert_ne!(id(&result), old);
    assert_eq!(result["blocks_sent"], 5);
    assert_is_image(&server, id(&result), &image);
    let warnings = result["warnings"].to_string();
    assert!(warnings.contains("takes no blocks any more"), "{warnings}");
}

#[test]
fn without_resuming_a_new_snapshot_is_begun() {
    let sandbox = Sandbox::new("snapshot-no-resume");
    let server = EbsServer::start();
    let image = image(&sandbox, "disk.img", 3 * BLOCK, &[0, 1, 2]);
    kill_at(&sandbox, &server, &image, 3);

    let result = upload(&sandbox, &server, &image, &["--no-resume"]);

    assert_eq!(server.snapshots().len(), 2);
    assert_eq!(result["blocks_sent"], 3);
}

#[test]
fn a_damaged_or_foreign_state_file_costs_blocks_and_nothing_else() {
    let sandbox = Sandbox::new("snapshot-damaged-state");
    for damage in ["record", "tail", "all", "foreign"] {
        let server = EbsServer::start();
        let image = image(&sandbox, "disk.img", 6 * BLOCK, &[0, 1, 2, 3, 4, 5]);
        kill_at(&sandbox, &server, &image, 5);
        let path = sandbox.path(".disk.img.amikit-snapshot");
        let mut state = fs::read(&path).expect("the state file");
        let len = state.len();
        match damage {
            "record" => state[len - 70] ^= 1,
            "tail" => state.truncate(len - 7),
            "all" => state.fill(0),
            _ => state = b"{}\n".to_vec(),
        }
        fs::write(&path, state).expect("damage the state file");

        let result = upload(&sandbox, &server, &image, &[]);

        let sent = match damage {
            "record" => 4,
            "tail" => 3,
            _ => 6,
        };
        assert_eq!(result["blocks_sent"], sent, "{damage}");
        assert_is_image(&server, id(&result), &image);
    }
}

#[test]
fn two_uploads_of_one_image_at_once_are_one_and_an_error() {
    let sandbox = Sandbox::new("snapshot-two-at-once");
    let server = EbsServer::start();
    let image = image(&sandbox, "disk.img", 2 * BLOCK, &[0, 1]);
    let path = image.to_str().expect("UTF-8");
    server.fault(PUT, 1..=1, Fault::Hang);
    let mut first = command(&sandbox, &server, &["upload-snapshot", path])
        .spawn()
        .expect("run amikit");
    server.wait_for(PUT, 1);

    let second = run(&sandbox, &server, &["upload-snapshot", path]);

    second.failed(1, "another process is uploading");
    assert_eq!(server.count("StartSnapshot"), 1);
    first.kill().expect("send SIGKILL");
    first.wait().expect("wait for what was killed");
}

#[test]
fn an_image_that_changes_meanwhile_is_not_completed() {
    let sandbox = Sandbox::new("snapshot-changes");
    let server = EbsServer::start();
    let image = image(&sandbox, "disk.img", 3 * BLOCK, &[0, 1, 2]);
    let path = image.to_str().expect("UTF-8");
    server.fault(
        PUT,
        2..=2,
        Fault::Slow(std::time::Duration::from_millis(700)),
    );
    let process = command(&sandbox, &server, &["upload-snapshot", path, "--jobs", "1"])
        .stderr(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("run amikit");
    server.wait_for(PUT, 2);
    let file = File::options()
        .write(true)
        .open(&image)
        .expect("open the image");
    file.write_all_at(b"changed", 9).expect("change the image");

    let output = process.wait_with_output().expect("wait for amikit");

    let outcome = crate::support::sandbox::Outcome::of(output);
    outcome.failed(4, "changed while it was uploaded");
    assert_eq!(server.count("CompleteSnapshot"), 0);
}
