//! Somebody else's server, and somebody else's client.

use std::os::unix::fs::FileExt as _;

use super::{BLOCK, image};
use crate::support::peers::{Moto, client, support_file};
use crate::support::sandbox::Sandbox;

#[test]
fn what_goes_up_comes_down_and_boto3_reads_it() {
    let sandbox = Sandbox::new("snapshot-moto");
    let moto = Moto::start(&sandbox);
    let path = image(&sandbox, "disk.img", 1 << 30, &[0, 3, 2047]);
    let file = std::fs::File::options()
        .write(true)
        .open(&path)
        .expect("open the image");
    file.write_all_at(&[9; 10], 77 * BLOCK - 5)
        .expect("data on both sides of an edge");

    let up = moto.run(
        &sandbox,
        &[
            "upload-snapshot",
            "disk.img",
            "--tag",
            "Name=golden",
            "--wait",
            "--output",
            "json",
        ],
    );

    up.succeeded();
    let result: serde_json::Value = serde_json::from_slice(&up.stdout).expect("JSON");
    assert_eq!(result["blocks_sent"], 5);
    assert_eq!(result["completed"], true);
    let id = result["snapshot_id"].as_str().expect("an id");

    moto.run(&sandbox, &["download-snapshot", id, "-o", "back.img"])
        .succeeded();
    let same = sandbox
        .command("cmp")
        .args(["disk.img", "back.img"])
        .status();
    assert!(
        same.expect("run cmp").success(),
        "what comes down is what went up"
    );

    let script = support_file("read_snapshot_with_boto3.py");
    let read = client(
        &sandbox,
        "python",
        &[&script, id, "boto3.img"],
        &moto.environment(),
    );
    read.succeeded();
    let words = String::from_utf8_lossy(&read.stdout).into_owned();
    assert_eq!(words.trim(), "completed Name=golden [0, 3, 76, 77, 2047]");
    let same = sandbox
        .command("cmp")
        .args(["disk.img", "boto3.img"])
        .status();
    assert!(
        same.expect("run cmp").success(),
        "boto3 reads what we wrote"
    );
}
