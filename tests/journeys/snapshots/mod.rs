//! Disk images as EBS snapshots, from the command line.
//!
//! ```text
//! moto        somebody else's server and client (boto3)
//! uploads     a strict server: what is sent, and what is not
//! faults      the same, failing in every way that we know
//! resume      kill -9, and what the next run sends
//! downloads   pages, damage, resuming, devices
//! refusals    what the user is told
//! ```

mod downloads;
mod faults;
mod moto;
mod refusals;
mod resume;
mod uploads;

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::ebs_server::EbsServer;
use crate::support::s3_server::{KEYS, environment};
use crate::support::sandbox::{Outcome, Sandbox};

/// Bytes of a block.
const BLOCK_LEN: usize = 524_288;
const BLOCK: u64 = BLOCK_LEN as u64;

/// A file of so many bytes that is a hole but for these blocks, which get bytes of their own.
fn image(sandbox: &Sandbox, name: &str, size: u64, blocks: &[u64]) -> PathBuf {
    let path = sandbox.path(name);
    let file = File::create(&path).expect("create an image");
    file.set_len(size).expect("size an image");
    for block in blocks {
        let offset = block * BLOCK;
        let len = BLOCK.min(size - offset);
        let word = (block + 1).to_le_bytes();
        let len = usize::try_from(len).expect("a block is short");
        let bytes: Vec<u8> = word.into_iter().cycle().take(len).collect();
        file.write_all_at(&bytes, offset).expect("fill an image");
    }
    path
}

/// amikit with these arguments as a client of the server.
fn command(sandbox: &Sandbox, server: &EbsServer, arguments: &[&str]) -> std::process::Command {
    let mut command = sandbox.command(env!("CARGO_BIN_EXE_amikit"));
    command
        .args(arguments)
        .envs(environment(&server.url(), KEYS))
        .env("AWS_ENDPOINT_URL_EBS", server.url());
    command
}

fn run(sandbox: &Sandbox, server: &EbsServer, arguments: &[&str]) -> Outcome {
    let output = command(sandbox, server, arguments).output();
    Outcome::of(output.expect("run amikit"))
}

/// Uploads an image, and tells what JSON says of it.
#[track_caller]
fn upload(sandbox: &Sandbox, server: &EbsServer, image: &Path, options: &[&str]) -> Value {
    let image = image.to_str().expect("UTF-8");
    let mut arguments = vec!["upload-snapshot", image, "--output", "json"];
    arguments.extend(options);
    let outcome = run(sandbox, server, &arguments);
    outcome.succeeded();
    serde_json::from_slice(&outcome.stdout).expect("a JSON object")
}

/// The id in a result.
fn id(result: &Value) -> &str {
    result["snapshot_id"].as_str().expect("an id")
}

/// Whether the snapshot is the image, and zeros behind it.
#[track_caller]
fn assert_is_image(server: &EbsServer, snapshot: &str, image: &Path) {
    assert_eq!(server.status(snapshot), "completed");
    let bytes = std::fs::read(image).expect("read the image");
    let volume = server.volume(snapshot, bytes.len().next_multiple_of(BLOCK_LEN));
    assert!(volume[..bytes.len()] == bytes, "the image's bytes");
    assert!(
        volume[bytes.len()..].iter().all(|byte| *byte == 0),
        "filled up with zeros"
    );
}
