//! What every store of blobs promises, asked of a directory and of somebody else's S3 server.
//!
//! ```text
//! contract   what both promise        killed   a program that writes, and SIGKILL
//! ```

mod contract;
mod killed;

use std::io::Read as _;
use std::io::Write as _;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use amikit::aws::http::{HttpClient, HttpOptions};
use amikit::aws::s3::S3;
use amikit::aws::service::{Connection, Protocol, RetryPolicy};
use amikit::aws::sign::SignatureVersion;
use amikit::aws::{Ambient, Credentials, Endpoint};
use amikit::cloud::objects::{BlobId, BlobInfo, BlobStore, DirectoryStore, S3Store, StoreError};
use amikit::units::{Bytes, Timestamp};

use crate::support::faults::{Fault, FaultProxy};
use crate::support::peers::Moto;
use crate::support::s3_server::{KEYS, S3Server};
use crate::support::sandbox::Sandbox;
use crate::support::small_disk::SmallDisk;

/// The bucket of tests.
const BUCKET: &str = "blobs";

/// A new id; different in every call.
fn new_id() -> BlobId {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let mut bits = [0; 16];
    bits[..8].copy_from_slice(&number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    bits[8..].copy_from_slice(&number.to_be_bytes());
    BlobId::from_bits(bits)
}

/// Bytes that depend on the blob and the offset, so that no range looks like another.
fn content(id: &BlobId, size: usize) -> Vec<u8> {
    let seed = u64::from_be_bytes(id.bits()[8..].try_into().expect("8 of 16 bytes"));
    let words = (0..size.div_ceil(8) as u64).map(|word| {
        let mixed = (word ^ seed.rotate_left(32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (mixed ^ (mixed >> 29)).to_le_bytes()
    });
    let mut bytes: Vec<u8> = words.flatten().collect();
    bytes.truncate(size);
    bytes
}

/// Writes a blob in pieces of an odd size.
fn write(store: &dyn BlobStore, id: &BlobId, bytes: &[u8]) -> Result<u64, StoreError> {
    let mut writer = store.create(id)?;
    for piece in bytes.chunks(123_457) {
        writer
            .write_all(piece)
            .map_err(|e| StoreError::of(e).expect("a store's error"))?;
    }
    writer.finish()
}

/// A blob of this size, settled.
fn put(store: &dyn BlobStore, size: usize) -> BlobId {
    let id = new_id();
    let finished = write(store, &id, &content(&id, size)).expect("write a blob");
    assert_eq!(finished, size as u64);
    store.settle(&id).expect("settle a blob");
    id
}

fn read(store: &dyn BlobStore, id: &BlobId, offset: u64, length: u64) -> Vec<u8> {
    let mut reader = store.open(id, offset, length).expect("open a blob");
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).expect("read a blob");
    bytes
}

/// Everything that a list shows, sorted.
fn list(store: &dyn BlobStore) -> Vec<BlobInfo> {
    let mut found = Vec::new();
    let mut visit = |blob| {
        found.push(blob);
        ControlFlow::Continue(())
    };
    store.list(&mut visit).expect("list a store");
    found.sort_by_key(|blob| blob.id);
    found
}

/// An S3 client for tests at an URL.
fn s3_at(url: &str) -> S3 {
    let interrupted: Arc<dyn Fn() -> bool + Send + Sync> = Arc::new(|| false);
    let http = HttpClient::new(HttpOptions::default(), Arc::clone(&interrupted));
    S3::new(Connection {
        http: http.expect("an HTTP client"),
        protocol: Protocol::S3,
        endpoint: Endpoint::parse(url, "us-east-1").expect("a server's URL"),
        credentials: Some(Arc::new(Credentials {
            access_key_id: KEYS.0.to_owned(),
            secret_access_key: KEYS.1.to_owned().into(),
            session_token: None,
            expires: None,
        })),
        signature: SignatureVersion::V4,
        retry: RetryPolicy {
            attempts: 2,
            base: std::time::Duration::ZERO,
            longest: std::time::Duration::ZERO,
        },
        ambient: Ambient {
            now: || {
                let now = std::time::SystemTime::now();
                let since = now
                    .duration_since(std::time::UNIX_EPOCH)
                    .expect("after 1970");
                Timestamp(i64::try_from(since.as_secs()).expect("before the end of time"))
            },
            random: || 7,
            interrupted,
        },
    })
}

fn open_s3(url: &str, cloud: &str) -> Result<S3Store, StoreError> {
    S3Store::open(s3_at(url), BUCKET, "/cloud/one/", cloud)
}

/// A server with an empty bucket.
fn server(sandbox: &Sandbox) -> S3Server {
    let server = S3Server::start(sandbox);
    let created = s3_at(&server.url()).create_bucket(BUCKET, None);
    created.expect("create a bucket");
    server
}

#[test]
fn a_directory_keeps_the_contract() {
    let sandbox = Sandbox::new("blobs-directory");
    let store = DirectoryStore::open(&sandbox.path("objects")).expect("open a directory");

    contract::keeps(&store);
    contract::settles(&store);
}

#[test]
fn an_s3_keeps_the_contract() {
    let sandbox = Sandbox::new("blobs-s3");
    let server = server(&sandbox);
    let store = open_s3(&server.url(), "one").expect("open a store");

    contract::keeps(&store);

    assert_eq!(store.unsettled().expect("ask for none"), []);
}

#[test]
fn a_reader_of_a_directory_reads_on_while_its_blob_is_deleted() {
    let sandbox = Sandbox::new("blobs-deleted");
    let store = DirectoryStore::open(&sandbox.path("objects")).expect("open a directory");
    let id = put(&store, 3 << 20);
    let mut reader = store.open(&id, 0, 3 << 20).expect("open a blob");
    let handle = store.handle(&id).expect("open a blob");
    let mut first = vec![0; 1000];
    reader.read_exact(&mut first).expect("read a little");

    assert!(store.delete(&id).expect("delete a blob"));

    reader.read_to_end(&mut first).expect("read the rest");
    assert!(first == content(&id, 3 << 20));
    let mut range = Vec::new();
    let mut late = handle.range(7, 9).expect("a range");
    late.read_to_end(&mut range).expect("read a range");
    assert_eq!(range, content(&id, 16)[7..]);
}

#[test]
fn a_full_disk_is_one_clear_error_and_nothing_is_left() {
    let sandbox = Sandbox::new("blobs-full");
    let Some(disk) = SmallDisk::mount(Bytes::mib(4), sandbox.folder("small")) else {
        return; // no root here
    };
    let root = disk.path().join("objects");
    let store = DirectoryStore::open(&root).expect("open a directory");
    let id = new_id();

    let written = write(&store, &id, &content(&id, 6 << 20));

    let Err(error @ StoreError::Full { .. }) = written else {
        panic!("{written:?}");
    };
    let expected = format!("no room to write {}/incoming/{id}", root.display());
    assert_eq!(error.to_string(), expected);
    assert_eq!(list(&store), []);
    put(&store, 2 << 20); // the room is free again
}

#[test]
fn the_store_of_another_cloud_is_refused() {
    let sandbox = Sandbox::new("blobs-foreign");
    let server = server(&sandbox);
    let store = open_s3(&server.url(), "one").expect("open a store");
    open_s3(&server.url(), "one").expect("the same cloud again");

    let error = open_s3(&server.url(), "two").expect_err("another cloud");

    let words = error.to_string();
    assert!(matches!(error, StoreError::Foreign { .. }), "{words}");
    for part in ["/blobs/cloud/one/amikit-store.json", "\"one\"", "\"two\""] {
        assert!(words.contains(part), "{words}");
    }
    put(&store, 1);
    let marker = server.object_file(BUCKET, "cloud/one/amikit-store.json");
    std::fs::remove_file(marker).expect("remove the marker");
    let error = open_s3(&server.url(), "one").expect_err("blobs of nobody");
    assert!(
        error.to_string().contains("no marker, but blobs"),
        "{error}"
    );
}

#[test]
fn what_the_service_says_is_told_without_keys() {
    let sandbox = Sandbox::new("blobs-refused");
    let server = server(&sandbox);
    let store = open_s3(&server.url(), "one").expect("open a store");
    server.refuse("PutObject", "AccessDenied");
    let id = new_id();

    let error = write(&store, &id, b"no").expect_err("a refusal");

    let source = std::error::Error::source(&error)
        .expect("a cause")
        .to_string();
    assert!(source.contains("AccessDenied"), "{source}");
    let words = format!("{error} {source} {error:?} {store:?}");
    assert!(words.contains(&format!("/blobs/cloud/one/blobs/{}/{id}", id.shelf())));
    assert!(
        !words.contains(KEYS.1) && !words.contains("Signature="),
        "{words}"
    );
    assert_eq!(list(&store), []);
}

#[test]
fn a_body_that_breaks_off_is_taken_up_where_it_broke() {
    let sandbox = Sandbox::new("blobs-broken");
    let server = server(&sandbox);
    let proxy = FaultProxy::start(server.address());
    let store = open_s3(&proxy.url(), "one").expect("open a store");
    let id = put(&store, 4 << 20);
    proxy.fault("GET", &id.to_string(), 1..=1, Fault::TruncateReply(1 << 20));

    let bytes = read(&store, &id, 5, (4 << 20) - 5);

    assert!(bytes == content(&id, 4 << 20)[5..]);
}

#[test]
fn a_writer_that_is_dropped_gives_its_upload_up_and_a_killed_ones_is_ended_later() {
    let sandbox = Sandbox::new("blobs-uploads");
    let moto = Moto::start(&sandbox);
    let s3 = s3_at(&format!("http://{}", moto.address()));
    s3.create_bucket(BUCKET, None).expect("create a bucket");
    let store = open_s3(&format!("http://{}", moto.address()), "one").expect("open a store");
    let pending = || s3.list_uploads(BUCKET, "").expect("list uploads").len();
    let begin = || {
        let id = new_id();
        let mut writer = store.create(&id).expect("begin a blob");
        let bytes = content(&id, 9 << 20);
        writer.write_all(&bytes).expect("write more than a part");
        writer
    };

    let writer = begin();
    assert_eq!(pending(), 1);
    drop(writer);
    assert_eq!(pending(), 0);

    std::mem::forget(begin()); // as kill -9 would
    let ended = |before| {
        store
            .discard_abandoned(Timestamp(before))
            .expect("end uploads")
    };
    assert_eq!(ended(1_000_000), 0, "nothing is that old");
    assert_eq!(ended(i64::from(u32::MAX)), 1);
    assert_eq!(pending(), 0);
    contract::keeps(&store);
}
