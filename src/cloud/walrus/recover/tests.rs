//! Blobs as a killed program leaves them.

use std::io::Write as _;

use super::*;
use crate::cloud::Surroundings;
use crate::cloud::objects::DirectoryStore;
use crate::cloud::state::accounts::{self, Account};
use crate::cloud::state::buckets::{self, Bucket, Versioning};
use crate::cloud::state::uploads::{Part, Upload};
use crate::cloud::state::versions::{New, Piece};
use crate::cloud::state::{State, StateError};
use crate::cloud::walrus::Settings;
use crate::cloud::walrus::body::Pace;
use crate::cloud::walrus::names::BucketRule;

fn account() -> Account {
    Account {
        id: "000000000001".to_owned(),
        name: "admin".to_owned(),
        canonical_id: "ab".repeat(32),
        email: None,
        is_admin: true,
        created_ms: 1,
    }
}

fn bucket() -> Bucket {
    Bucket {
        name: "b".to_owned(),
        account_id: account().id,
        owner_canonical_id: account().canonical_id,
        location: String::new(),
        versioning: Versioning::Off,
        acl: String::new(),
        cors: None,
        tags: None,
        created_ms: 1,
        sequence: 0,
        bytes: 0,
    }
}

fn upload() -> Upload {
    Upload {
        id: "u".to_owned(),
        bucket: "b".to_owned(),
        key: "k".to_owned(),
        account_id: account().id,
        created_ms: 1,
        acl: String::new(),
        headers: "{}".to_owned(),
        tags: None,
        checksum: None,
    }
}

fn piece(blob: BlobId) -> Piece {
    Piece {
        blob: blob.to_string(),
        size: 3,
        md5: "0".repeat(32),
        checksum: None,
    }
}

/// Commits an object whose second piece is in one blob, and a part that is in another.
async fn commit(state: &State, object: BlobId, part: BlobId) {
    let new = New {
        key: "k".to_owned(),
        version_id: "v".to_owned(),
        size: 6,
        etag: String::new(),
        now_ms: 1,
        account_id: account().id,
        acl: String::new(),
        headers: "{}".to_owned(),
        tags: None,
        checksum: None,
        pieces: vec![piece(BlobId::from_bits([9; 16])), piece(object)],
    };
    let part = Part {
        number: 1,
        piece: piece(part),
        modified_ms: 1,
    };
    let committed = state.write::<_, StateError>(move |db| {
        Box::pin(async move {
            accounts::insert(db, &account()).await?;
            buckets::insert(db, &bucket()).await?;
            let bucket = buckets::lock(db, "b").await?.expect("a bucket");
            versions::put(db, &bucket, &new, 6).await?;
            uploads::begin(db, &upload()).await?;
            uploads::put_part(db, &bucket, "u", &part).await
        })
    });
    committed.await.unwrap();
}

#[test]
fn what_was_committed_is_settled_and_what_was_not_is_discarded() {
    let folder = tempfile::tempdir().unwrap();
    let store: Arc<dyn BlobStore> =
        Arc::new(DirectoryStore::open(&folder.path().join("objects")).unwrap());
    let blobs = [1, 2, 3].map(|bits| BlobId::from_bits([bits; 16]));
    for blob in &blobs {
        let mut writer = store.create(blob).unwrap();
        writer.write_all(b"abc").unwrap();
        writer.finish().unwrap();
    }
    let settings = Settings {
        domains: Vec::new(),
        region: String::new(),
        buckets: 0,
        names: BucketRule::Dns,
        bucket_bytes: 0,
        object_bytes: 5 << 30,
        list_bytes: 4 << 20,
        skew_s: 900,
        pace: Pace::default(),
        upload_ms: 0,
        grace_ms: 0,
    };
    let surroundings = Surroundings {
        now_ms: || 1,
        random: |bytes| bytes.fill(0),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();

    let recovered = runtime.block_on(async {
        let state = State::open(&State::url_below(folder.path()), 4)
            .await
            .unwrap();
        commit(&state, blobs[0], blobs[1]).await;
        let walrus = Walrus::new(state.clone(), Arc::clone(&store), settings, surroundings);
        let recovery = Recovery::begin(&Arc::new(walrus)).await.unwrap();
        let recovered = recovery.run().await.unwrap();
        state.close().await;
        recovered
    });

    let want = Recovered {
        settled: 2,
        discarded: 1,
        failed: 0,
    };
    assert_eq!(recovered, want);
    assert!(store.unsettled().unwrap().is_empty());
    assert!(store.handle(&blobs[0]).is_ok() && store.handle(&blobs[1]).is_ok());
    assert!(store.handle(&blobs[2]).is_err());
}
