//! A program is killed while the database server carries out its commit.

use std::io::Write as _;
use std::sync::mpsc;
use std::time::Duration;

use amikit::cloud::objects::BlobId;
use amikit::cloud::state::versions::{self, New, Piece};
use amikit::cloud::state::{StateError, buckets};
use amikit::cloud::walrus::recover::{Recovered, Recovery};
use tokio::sync::oneshot;

use crate::support::walrus::Api;

/// A version of one blob of 4 bytes.
fn new(blob: BlobId) -> New {
    New {
        key: "late".to_owned(),
        version_id: "v".to_owned(),
        size: 4,
        etag: "e2fc714c4727ee9395f324cd2e7f331f".to_owned(), // of abcd
        now_ms: 1,
        account_id: "000000000001".to_owned(),
        acl: String::new(),
        headers: "{}".to_owned(),
        tags: None,
        checksum: None,
        pieces: vec![Piece {
            blob: blob.to_string(),
            size: 4,
            md5: "e2fc714c4727ee9395f324cd2e7f331f".to_owned(),
            checksum: None,
        }],
    }
}

#[test]
fn a_blob_is_kept_whose_commit_ends_after_the_next_start() {
    let api = Api::start(true, false);
    api.admin().put("/images").expect(200);
    let blob = BlobId::from_bits([9; 16]);
    let mut writer = api.store.create(&blob).expect("begin a blob");
    writer.write_all(b"abcd").expect("write a blob");
    writer.finish().expect("finish a blob");
    let (written, is_written) = oneshot::channel();
    let (end, ended) = oneshot::channel::<()>();
    let state = api.state.clone();
    let commit = api.runtime.spawn(async move {
        let write = state.write::<_, StateError>(move |db| {
            Box::pin(async move {
                let bucket = buckets::lock(db, "images").await?.expect("it is there");
                versions::put(db, &bucket, &new(blob), 4).await?;
                let _ = written.send(()); // the test waits for it
                let _ = ended.await;
                Ok(())
            })
        });
        write.await
    });
    api.runtime.block_on(is_written).expect("it is written");

    let recovery = api.runtime.block_on(Recovery::begin(&api.walrus));
    let recovery = recovery.expect("look for blobs");
    let (tell, told) = mpsc::channel();
    api.runtime.spawn(async move {
        let _ = tell.send(recovery.run().await); // the test waits for it
    });
    let early = told.recv_timeout(Duration::from_millis(300));
    assert!(early.is_err(), "it did not wait: {early:?}");
    end.send(()).expect("the transaction waits");
    api.runtime
        .block_on(commit)
        .expect("no panic")
        .expect("commit");
    let recovered = told.recv_timeout(Duration::from_secs(30));

    let expected = Recovered {
        settled: 1,
        ..Recovered::default()
    };
    assert_eq!(recovered.expect("it ends").expect("recover"), expected);
    assert_eq!(api.admin().get("/images/late").expect(200).body, b"abcd");
}
