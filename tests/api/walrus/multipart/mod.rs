//! Objects that come in parts.

mod checksums;
mod complete;
mod copy;
mod lists;
mod many;
mod races;
mod sweep;

use std::ops::ControlFlow;

use amikit::cloud::walrus::sweep::Swept;

use crate::support::walrus::{Api, Caller, Reply};

/// The fewest bytes of a part that is not the last.
const LEAST: usize = 5 << 20;

/// A time after every test, in ms since 1970.
const MUCH_LATER: i64 = 4_000_000_000_000;

/// Begins an upload and returns its id.
fn begin(caller: Caller<'_>, path: &str) -> String {
    let begun = caller.post(&format!("{path}?uploads")).expect(200);
    begun.texts("UploadId").remove(0)
}

fn part_target(path: &str, id: &str, number: usize) -> String {
    format!("{path}?partNumber={number}&uploadId={id}")
}

/// Uploads a part and returns its `ETag`.
fn upload(caller: Caller<'_>, path: &str, id: &str, number: usize, body: &[u8]) -> String {
    let target = part_target(path, id, number);
    let put = caller.put(&target).body(body).expect(200);
    put.header("etag").expect("an ETag").to_owned()
}

/// The document that names parts.
fn list(parts: &[(usize, &str)]) -> String {
    let part = |(number, etag): &(usize, &str)| {
        format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>")
    };
    let parts: Vec<String> = parts.iter().map(part).collect();
    format!(
        "<CompleteMultipartUpload>{}</CompleteMultipartUpload>",
        parts.concat()
    )
}

/// Completes an upload.
fn complete(caller: Caller<'_>, path: &str, id: &str, parts: &[(usize, &str)]) -> Reply {
    let target = format!("{path}?uploadId={id}");
    caller.post(&target).body(list(parts)).send()
}

/// Bytes that are different everywhere.
fn data(seed: u8, length: usize) -> Vec<u8> {
    let byte = |at: usize| (at.wrapping_mul(2_654_435_761) >> 13).to_le_bytes()[0] ^ seed;
    (0..length).map(byte).collect()
}

fn sweep(api: &Api) -> Swept {
    api.runtime.block_on(api.walrus.sweep_once(MUCH_LATER))
}

/// How many blobs the store has.
fn blobs(api: &Api) -> usize {
    let mut count = 0;
    let mut visit = |_| {
        count += 1;
        ControlFlow::Continue(())
    };
    api.store.list(&mut visit).expect("read the store");
    count
}
