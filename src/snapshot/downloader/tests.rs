use std::num::NonZeroUsize;

use super::output::Output;
use super::*;
use crate::aws::ebs::{BLOCK, BLOCK_SIZE};
use crate::aws::http::tests::scripted::{Scripted, answer};
use crate::aws::service::Protocol;
use crate::aws::service::tests::connection;
use crate::crypto::digest::Sha256Digest;
use crate::progress::Silent;

#[test]
fn a_block_that_is_not_as_it_was_noted_is_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let output = Output::file(&folder.path().join("image"), false).unwrap();
    let block = vec![5; BLOCK];
    let digest = Sha256Digest::of(&block);
    assert!(
        !output.prepare(2 * BLOCK_SIZE, true).unwrap(),
        "nothing is left of another run"
    );

    output.put(1, &block).unwrap();

    assert!(output.has(1, digest));
    assert!(!output.has(0, digest), "another block");
    assert!(!output.has(2, digest), "behind the end");
    assert!(
        output.prepare(2 * BLOCK_SIZE, true).unwrap(),
        "it may be of use"
    );
    assert!(
        !output.prepare(3 * BLOCK_SIZE, true).unwrap(),
        "of another volume"
    );
    assert!(!output.has(1, digest));
}

#[test]
fn what_stands_for_a_device_gets_zeros_and_has_to_be_large_enough() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("device");
    std::fs::write(&path, vec![0xff; BLOCK + 1]).unwrap();

    let error = Output::device(&path, 2 * BLOCK_SIZE).unwrap_err();
    let device = Output::device(&path, BLOCK_SIZE).unwrap();
    device.put_zeros(0).unwrap();
    device.finish().unwrap();

    assert!(error.to_string().contains("has room for"), "{error}");
    let bytes = std::fs::read(&path).unwrap();
    assert!(bytes[..BLOCK].iter().all(|byte| *byte == 0));
    assert_eq!(bytes[BLOCK], 0xff);
}

#[test]
fn a_page_without_blocks_that_comes_again_ends_the_download() {
    let folder = tempfile::tempdir().unwrap();
    let body = r#"{"Blocks":[],"VolumeSize":1,"NextToken":"again"}"#;
    let page = answer(200, &["content-type: application/json"], body);
    let server = Scripted::answering([page.as_str(), page.as_str()]);
    let mut connection = connection(&server.url);
    connection.protocol = Protocol::Json { name: "ebs" };
    let options = DownloadOptions {
        snapshot: "snap-0123456789abcdef0".to_owned(),
        target: Target::File {
            path: folder.path().join("image"),
            replace: false,
        },
        jobs: NonZeroUsize::MIN,
        resume: false,
    };

    let error = download(&Ebs::new(connection), &options, &Silent).unwrap_err();

    let text = std::error::Error::source(&error).map_or(error.to_string(), ToString::to_string);
    assert!(
        format!("{error} {text}").contains("comes again"),
        "{error} {text}"
    );
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
