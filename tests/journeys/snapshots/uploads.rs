//! What is sent, and what is not.

use std::collections::BTreeSet;
use std::fs::File;
use std::os::unix::fs::FileExt as _;

use super::{BLOCK, BLOCK_LEN, assert_is_image, id, image, run, upload};
use crate::support::ebs_server::EbsServer;
use crate::support::sandbox::Sandbox;

fn set(blocks: &[u32]) -> BTreeSet<u32> {
    blocks.iter().copied().collect()
}

#[test]
fn blocks_with_data_are_sent_and_the_last_is_filled_up() {
    let sandbox = Sandbox::new("snapshot-upload");
    let server = EbsServer::start();
    let image = image(&sandbox, "disk.img", 9 * BLOCK + 77, &[0, 4, 9]);
    // Zeros that are written, and not a hole.
    let file = File::options()
        .write(true)
        .open(&image)
        .expect("open the image");
    file.write_all_at(&vec![0; BLOCK_LEN], 6 * BLOCK)
        .expect("write zeros");

    let result = upload(&sandbox, &server, &image, &[]);

    assert_eq!(server.snapshots(), [id(&result)]);
    assert_eq!(server.blocks(id(&result)), set(&[0, 4, 9]));
    assert_is_image(&server, id(&result), &image);
    assert_eq!(server.count("PutSnapshotBlock"), 3);
    assert_eq!(result["blocks_sent"], 3);
    assert_eq!(result["blocks_omitted"], 7);
    assert_eq!(result["bytes_sent"], 3 * BLOCK);
    assert_eq!(result["volume_size"], 1);
    assert_eq!(result["encrypted"], false);
    assert!(
        !sandbox.path(".disk.img.amikit-snapshot").exists(),
        "nothing is left"
    );
}

#[test]
fn an_image_of_zeros_is_a_snapshot_without_blocks() {
    let sandbox = Sandbox::new("snapshot-zeros");
    let server = EbsServer::start();
    let image = image(&sandbox, "disk.img", 3 * BLOCK, &[]);

    let result = upload(&sandbox, &server, &image, &[]);

    assert_eq!(server.count("PutSnapshotBlock"), 0);
    assert_eq!(server.status(id(&result)), "completed");
    assert_eq!(result["blocks_omitted"], 3);
}

#[test]
fn an_encrypted_snapshot_gets_its_zeros_unless_they_are_not_wanted() {
    let sandbox = Sandbox::new("snapshot-encrypted");
    let image = image(&sandbox, "disk.img", 3 * BLOCK, &[1]);
    let all = set(&[0, 1, 2]);
    for (by_default, options, want) in [
        (true, &[][..], &all),
        (false, &["--encrypted"], &all),
        (true, &["--zeros", "omit"], &set(&[1])),
        (false, &["--zeros", "send"], &all),
        (false, &["--zeros", "auto"], &set(&[1])),
    ] {
        let server = EbsServer::start();
        if by_default {
            server.encrypt_by_default();
        }

        let result = upload(&sandbox, &server, &image, options);

        assert_eq!(
            &server.blocks(id(&result)),
            want,
            "{by_default} {options:?}"
        );
        assert_is_image(&server, id(&result), &image);
        let encrypted = by_default || options.contains(&"--encrypted");
        assert_eq!(result["encrypted"], encrypted, "{options:?}");
        let zeros = want.len() - 1;
        assert_eq!(result["zero_blocks_sent"], zeros, "{options:?}");
    }
}

#[test]
fn what_the_snapshot_is_asked_to_be_is_in_its_start() {
    let sandbox = Sandbox::new("snapshot-start");
    let server = EbsServer::start();
    let image = image(&sandbox, "disk.img", BLOCK, &[0]);

    let result = upload(
        &sandbox,
        &server,
        &image,
        &[
            "--description",
            "Debian, é",
            "--tag",
            "Name=a=b",
            "--tag",
            "empty",
            "--volume-size",
            "7",
            "--kms-key",
            "arn:aws:kms:x:1:key/k",
            "--snapshot-timeout",
            "10",
        ],
    );

    let start = server.started_with(id(&result));
    assert_eq!(start["VolumeSize"], 7);
    assert_eq!(start["Description"], "Debian, é");
    assert_eq!(
        start["Tags"],
        serde_json::json!([{"Key": "Name", "Value": "a=b"}, {"Key": "empty", "Value": ""}])
    );
    assert_eq!(start["Encrypted"], true);
    assert_eq!(start["KmsKeyArn"], "arn:aws:kms:x:1:key/k");
    assert_eq!(start["Timeout"], 10);
    assert!(start.get("ParentSnapshotId").is_none());
}

#[test]
fn a_dry_run_counts_and_asks_nobody() {
    let sandbox = Sandbox::new("snapshot-dry");
    let image = image(&sandbox, "disk.img", 5 * BLOCK, &[0, 3]);
    let image = image.to_str().expect("UTF-8");

    let outcome = sandbox.run(["upload-snapshot", image, "--dry-run", "--output", "json"]);

    outcome.succeeded();
    let plan: serde_json::Value = serde_json::from_slice(&outcome.stdout).expect("JSON");
    assert_eq!(plan["blocks"], 2);
    assert_eq!(plan["zero_blocks"], 3);
    assert_eq!(plan["requests"], 4);
    assert_eq!(plan["bytes"], 2 * BLOCK);
    let before = sandbox.listing();
    sandbox
        .run(["upload-snapshot", image, "--dry-run"])
        .succeeded();
    assert_eq!(sandbox.listing(), before);
}

#[test]
fn what_people_read_names_the_snapshot() {
    let sandbox = Sandbox::new("snapshot-words");
    let server = EbsServer::start();
    let image = image(&sandbox, "disk.img", 2 * BLOCK, &[0]);
    let image = image.to_str().expect("UTF-8");

    let words = run(&sandbox, &server, &["upload-snapshot", image]);
    let quiet = run(&sandbox, &server, &["upload-snapshot", image, "-q"]);

    let ids = server.snapshots();
    let text = String::from_utf8_lossy(&words.succeeded().stdout).into_owned();
    assert!(
        text.starts_with(&format!("snapshot   {}\n", ids[0])),
        "{text}"
    );
    assert!(
        text.contains("1 sent, 0 there already, 1 of zeros left out"),
        "{text}"
    );
    assert_eq!(
        quiet.succeeded().stdout,
        format!("{}\n", ids[1]).into_bytes()
    );
}
