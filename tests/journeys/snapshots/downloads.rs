//! Snapshots that become disk images.

use std::fs;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use super::{BLOCK, BLOCK_LEN, command, id, image, run, upload};
use crate::support::ebs_server::{EbsServer, Fault};
use crate::support::image::occupied;
use crate::support::sandbox::Sandbox;

const GET: &str = "GetSnapshotBlock";
const GIB: u64 = 1 << 30;

/// A snapshot of an image with these blocks; its id.
fn snapshot(sandbox: &Sandbox, server: &EbsServer, blocks: &[u64]) -> String {
    let image = image(sandbox, "disk.img", GIB, blocks);
    let result = upload(sandbox, server, &image, &[]);
    server.reset();
    id(&result).to_owned()
}

/// Whether two files of a GiB are the same.
fn is_same(one: &Path, other: &Path) -> bool {
    let same = std::process::Command::new("cmp")
        .arg("-s")
        .arg(one)
        .arg(other)
        .status();
    same.expect("run cmp").success()
}

#[test]
fn the_image_comes_back_with_its_holes_page_by_page() {
    let sandbox = Sandbox::new("snapshot-download");
    let server = EbsServer::start();
    let blocks = [0, 1, 2, 700, 2046, 2047];
    let id = snapshot(&sandbox, &server, &blocks);
    server.set_page(2);

    let outcome = run(
        &sandbox,
        &server,
        &["download-snapshot", &id, "--output", "json"],
    );

    outcome.succeeded();
    let result: serde_json::Value = serde_json::from_slice(&outcome.stdout).expect("JSON");
    let path = sandbox.path(&format!("{id}.img"));
    assert!(is_same(&path, &sandbox.path("disk.img")));
    assert_eq!(server.count("ListSnapshotBlocks"), 3);
    assert_eq!(server.count(GET), 6);
    assert_eq!(result["blocks_got"], 6);
    assert_eq!(result["blocks_absent"], 2042);
    assert!(occupied(&path).get() <= 7 * BLOCK, "holes stay holes");
    let names = sandbox.listing();
    let hidden = names.keys().filter(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with('.')
    });
    assert_eq!(hidden.count(), 0, "nothing hidden is left: {names:?}");
}

#[test]
fn page_tokens_that_have_ended_are_done_without() {
    let sandbox = Sandbox::new("snapshot-page-tokens");
    let server = EbsServer::start();
    let id = snapshot(&sandbox, &server, &[0, 5, 9, 2000]);
    server.set_page(2);
    server.forget_page_tokens();

    run(
        &sandbox,
        &server,
        &["download-snapshot", &id, "-o", "back.img"],
    )
    .succeeded();

    assert!(is_same(
        &sandbox.path("back.img"),
        &sandbox.path("disk.img")
    ));
}

#[test]
fn what_is_damaged_on_the_way_is_got_once_more() {
    let sandbox = Sandbox::new("snapshot-damage");
    let server = EbsServer::start();
    let id = snapshot(&sandbox, &server, &[0, 1]);
    for fault in [Fault::CorruptReply, Fault::THROTTLE, Fault::LoseReply] {
        server.reset();
        server.fault(GET, 1..=1, fault.clone());

        let outcome = run(
            &sandbox,
            &server,
            &["download-snapshot", &id, "-o", "back.img", "--force"],
        );

        outcome.succeeded();
        assert_eq!(server.count(GET), 3, "{fault:?}");
        assert!(is_same(
            &sandbox.path("back.img"),
            &sandbox.path("disk.img")
        ));
    }
}

#[test]
fn what_stays_damaged_is_an_error_and_no_image() {
    let sandbox = Sandbox::new("snapshot-damaged");
    let server = EbsServer::start();
    let id = snapshot(&sandbox, &server, &[0]);
    server.fault(GET, 1..=99, Fault::CorruptReply);
    let before = sandbox.listing();

    let outcome = run(
        &sandbox,
        &server,
        &["download-snapshot", &id, "-o", "back.img"],
    );

    outcome.failed(4, "SHA-256");
    assert_eq!(sandbox.listing(), before, "nothing is left");
}

#[test]
fn after_kill_9_only_what_is_missing_is_got() {
    let sandbox = Sandbox::new("snapshot-download-kill-9");
    let server = EbsServer::start();
    let id = snapshot(&sandbox, &server, &[0, 1, 2, 3, 900, 2047]);
    server.fault(GET, 5..=5, Fault::Hang);
    let arguments = ["download-snapshot", &id, "-o", "back.img", "--jobs", "1"];
    let mut process = command(&sandbox, &server, &arguments)
        .spawn()
        .expect("run amikit");
    server.wait_for(GET, 5);
    process.kill().expect("send SIGKILL");
    process.wait().expect("wait for what was killed");
    assert!(!sandbox.path("back.img").exists(), "no image yet");
    server.reset();

    let outcome = run(
        &sandbox,
        &server,
        &[
            "download-snapshot",
            &id,
            "-o",
            "back.img",
            "--output",
            "json",
        ],
    );

    outcome.succeeded();
    let result: serde_json::Value = serde_json::from_slice(&outcome.stdout).expect("JSON");
    assert_eq!(
        (&result["blocks_got"], &result["blocks_skipped"]),
        (&2.into(), &4.into())
    );
    assert_eq!(server.count(GET), 2);
    assert!(is_same(
        &sandbox.path("back.img"),
        &sandbox.path("disk.img")
    ));
}

#[test]
fn what_a_power_loss_made_of_a_file_is_got_again() {
    let sandbox = Sandbox::new("snapshot-download-power-loss");
    let server = EbsServer::start();
    let id = snapshot(&sandbox, &server, &[0, 1, 2]);
    server.fault(GET, 3..=3, Fault::Refuse(403, "AccessDeniedException", ""));
    let arguments = ["download-snapshot", &id, "-o", "back.img", "--jobs", "1"];
    run(&sandbox, &server, &arguments).failed(3, "ebs:GetSnapshotBlock");
    let hidden = fs::read_dir(sandbox.path(""))
        .expect("list the sandbox")
        .flatten();
    let hidden = hidden.filter(|entry| entry.file_name().to_string_lossy().starts_with(".amikit-"));
    for entry in hidden {
        let file = fs::File::options()
            .write(true)
            .open(entry.path())
            .expect("open it");
        file.set_len(BLOCK).expect("lose the rest");
        file.set_len(GIB).expect("keep the size");
    }
    server.reset();

    run(&sandbox, &server, &arguments).succeeded();

    assert_eq!(
        server.count(GET),
        2,
        "the lost one, and the one that never came"
    );
    assert!(is_same(
        &sandbox.path("back.img"),
        &sandbox.path("disk.img")
    ));
}

#[test]
fn a_device_gets_zeros_where_the_snapshot_has_nothing() {
    let sandbox = Sandbox::new("snapshot-device");
    let server = EbsServer::start();
    let id = snapshot(&sandbox, &server, &[1, 2047]);
    let device = sandbox.path("device");
    fs::write(&device, "").expect("make what stands for a device");
    let file = fs::File::options().read(true).write(true).open(&device);
    let file = file.expect("open it");
    file.set_len(GIB + 10).expect("size it");
    let noise = vec![0xff; 4 * BLOCK_LEN];
    for offset in [0, 1000 * BLOCK, GIB - 4 * BLOCK] {
        file.write_all_at(&noise, offset).expect("fill it");
    }
    file.write_all_at(b"the end of it", GIB - 3)
        .expect("fill it");

    let path = device.to_str().expect("UTF-8");
    run(
        &sandbox,
        &server,
        &["download-snapshot", &id, "--to-device", path],
    )
    .succeeded();

    assert_eq!(file.metadata().expect("look at it").len(), GIB + 10);
    let mut end = [0; 10];
    file.read_exact_at(&mut end, GIB).expect("read it");
    assert_eq!(&end, b" end of it", "what is behind the volume stays");
    file.set_len(GIB).expect("cut it");
    assert!(is_same(&device, &sandbox.path("disk.img")));
}

#[test]
fn nothing_is_replaced_that_should_not_be() {
    let sandbox = Sandbox::new("snapshot-in-the-way");
    let server = EbsServer::start();
    let id = snapshot(&sandbox, &server, &[0]);
    fs::write(sandbox.path("there.img"), "precious").expect("write a file");
    fs::write(sandbox.path("small"), "device").expect("write a file");

    for (arguments, status, words) in [
        (["-o", "there.img"], 1, "there.img exists"),
        (["-o", "home"], 1, "home exists"),
        (
            ["--to-device", "small"],
            1,
            "has room for 6 B, the volume has 1 GiB",
        ),
        (["--to-device", "/dev/null"], 1, "neither a block device"),
        (["--to-device", "nowhere"], 1, "cannot write nowhere"),
    ] {
        let mut line = vec!["download-snapshot", &id];
        line.extend(arguments);

        run(&sandbox, &server, &line).failed(status, words);
    }

    assert_eq!(
        fs::read(sandbox.path("there.img")).expect("read it"),
        b"precious"
    );
    assert_eq!(server.count(GET), 0);
}
