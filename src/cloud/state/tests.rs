//! The statements against SQLite; `tests/` has the same against PostgreSQL, through the API.

use sqlx::Row as _;

use super::versions::{self, NULL, New, Piece};
use super::{State, StateError, accounts, buckets, garbage};

fn account() -> accounts::Account {
    accounts::Account {
        id: "000000000001".to_owned(),
        name: "admin".to_owned(),
        canonical_id: "ab".repeat(32),
        email: None,
        is_admin: true,
        created_ms: 1,
    }
}

fn bucket(versioning: buckets::Versioning) -> buckets::Bucket {
    buckets::Bucket {
        name: "b".to_owned(),
        account_id: "000000000001".to_owned(),
        owner_canonical_id: "ab".repeat(32),
        location: String::new(),
        versioning,
        acl: "acl".to_owned(),
        cors: None,
        tags: None,
        created_ms: 2,
        sequence: 0,
        bytes: 0,
    }
}

/// A version of "k" whose bytes are in one blob.
pub(in crate::cloud) fn new(blob: char) -> New {
    New {
        key: "k".to_owned(),
        version_id: format!("v{blob}"),
        size: 5,
        etag: "e".to_owned(),
        now_ms: 3,
        account_id: "000000000001".to_owned(),
        acl: "acl".to_owned(),
        headers: "{}".to_owned(),
        tags: None,
        checksum: None,
        pieces: vec![Piece {
            blob: blob.to_string().repeat(32),
            size: 5,
            md5: "0".repeat(32),
            checksum: None,
        }],
    }
}

/// Tells a story of a database with the bucket "b".
pub(in crate::cloud) fn with_bucket(
    versioning: buckets::Versioning,
    story: impl AsyncFnOnce(State),
) {
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let state = State::open(&State::url_below(folder.path()), 4)
            .await
            .unwrap();
        state
            .write::<_, StateError>(move |db| {
                Box::pin(async move {
                    accounts::insert(db, &account()).await?;
                    assert!(buckets::insert(db, &bucket(versioning)).await?);
                    assert!(!buckets::insert(db, &bucket(versioning)).await?);
                    Ok(())
                })
            })
            .await
            .unwrap();
        story(state.clone()).await;
        state.close().await;
    });
}

async fn put(state: &State, blob: char) -> String {
    state
        .write::<_, StateError>(move |db| {
            Box::pin(async move {
                let bucket = buckets::lock(db, "b").await?.unwrap();
                versions::put(db, &bucket, &new(blob), 5).await
            })
        })
        .await
        .unwrap()
}

#[test]
fn without_versioning_a_put_replaces_and_leaves_garbage() {
    with_bucket(buckets::Versioning::Off, async |state| {
        assert_eq!(put(&state, 'a').await, NULL);
        assert_eq!(put(&state, 'c').await, NULL);

        let mut db = state.reader().await.unwrap();
        let latest = versions::latest(&mut db, "b", "k").await.unwrap().unwrap();
        assert_eq!(latest.pieces, new('c').pieces);
        let bucket = buckets::get(&mut db, "b").await.unwrap().unwrap();
        assert_eq!((bucket.bytes, bucket.sequence), (5, 2));
        let waiting = garbage::due(&mut db, (0, ""), 100, 10).await.unwrap();
        assert_eq!(waiting.len(), 1);
        assert_eq!(waiting[0].blob, "a".repeat(32));
    });
}

#[test]
fn with_versioning_versions_stay_and_the_newest_left_becomes_the_latest() {
    with_bucket(buckets::Versioning::Enabled, async |state| {
        assert_eq!(put(&state, 'a').await, "va");
        assert_eq!(put(&state, 'c').await, "vc");
        let remove = |id: &'static str| {
            state.write::<_, StateError>(move |db| {
                Box::pin(async move {
                    let bucket = buckets::lock(db, "b").await?.unwrap();
                    match id {
                        "" => versions::add_marker(db, &bucket, "k", ("m", "1", 9)).await,
                        id => versions::delete_version(db, &bucket, "k", id, 9).await,
                    }
                })
            })
        };

        let marked = remove("").await.unwrap();
        assert!(marked.is_marker && !marked.leaves_garbage);
        let unmarked = remove("m").await.unwrap();
        assert!(unmarked.is_marker);
        let deleted = remove("vc").await.unwrap();
        assert!(!deleted.is_marker && deleted.leaves_garbage);

        let mut db = state.reader().await.unwrap();
        let latest = versions::latest(&mut db, "b", "k").await.unwrap().unwrap();
        assert_eq!(latest.version_id, "va");
        assert_eq!(buckets::get(&mut db, "b").await.unwrap().unwrap().bytes, 5);
    });
}

#[test]
fn a_change_that_fails_leaves_nothing() {
    with_bucket(buckets::Versioning::Off, async |state| {
        let failed = state
            .write::<(), StateError>(|db| {
                Box::pin(async move {
                    let bucket = buckets::lock(db, "b").await?.unwrap();
                    versions::put(db, &bucket, &new('a'), 5).await?;
                    Err(StateError::Scheme {
                        scheme: String::new(),
                    })
                })
            })
            .await;

        assert!(failed.is_err());
        let mut db = state.reader().await.unwrap();
        assert_eq!(versions::latest(&mut db, "b", "k").await.unwrap(), None);
        assert_eq!(
            buckets::get(&mut db, "b").await.unwrap().unwrap().sequence,
            0
        );
    });
}

#[test]
fn every_statement_of_lists_walks_along_an_index() {
    with_bucket(buckets::Versioning::Off, async |state| {
        let mut db = state.reader().await.unwrap();
        for (text, index) in versions::LIST_PLANS {
            let query = sqlx::query(sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {text}")));
            let query = query.bind("b").bind("k").bind("l").bind(1_i64);
            let rows = query.fetch_all(&mut *db).await.unwrap();
            let plan: Vec<String> = rows.iter().map(|row| row.get(3)).collect();

            assert_eq!(plan.len(), 1, "{plan:?}"); // a second step would be sorting
            assert!(plan[0].contains(index), "{plan:?}");
        }
    });
}

#[test]
fn a_bucket_goes_with_its_pending_uploads_and_their_parts_become_garbage() {
    with_bucket(buckets::Versioning::Off, async |state| {
        let removed = state.write::<_, StateError>(|db| {
            Box::pin(async move {
                for text in [
                    "INSERT INTO uploads (id, bucket, object_key, account_id, created_ms, acl, headers)
                     VALUES ('u', 'b', 'k', '000000000001', 1, '', '{}')",
                    "INSERT INTO parts (upload, number, blob, size, md5, modified_ms)
                     VALUES ('u', 1, 'part', 5, 'm', 1)",
                ] {
                    sqlx::query(text).execute(&mut *db).await?;
                }
                let bucket = buckets::lock(db, "b").await?.unwrap();
                versions::put(db, &bucket, &new('a'), 5).await?;
                assert!(!buckets::remove_empty(db, "b", 9).await?);
                versions::delete_version(db, &bucket, "k", NULL, 9).await?;
                buckets::remove_empty(db, "b", 9).await
            })
        });
        assert!(removed.await.unwrap());

        let mut db = state.reader().await.unwrap();
        assert_eq!(buckets::get(&mut db, "b").await.unwrap(), None);
        let waiting = garbage::due(&mut db, (i64::MIN, ""), 9, 10).await.unwrap();
        let waiting: Vec<_> = waiting.into_iter().map(|it| it.blob).collect();
        assert_eq!(waiting, ["a".repeat(32), "part".to_owned()]);
    });
}

/// A change that fails or panics after it has counted, or that succeeds, as it is told.
async fn count(state: State, how: &'static str) -> Result<i64, StateError> {
    let change = state.write(move |db| {
        Box::pin(async move {
            let bucket = buckets::lock_for(db, "b", 1).await?.unwrap();
            assert_ne!(how, "panics");
            match how {
                "fails" => Err(StateError::Scheme {
                    scheme: "as it was told".to_owned(),
                }),
                _ => Ok(bucket.bytes),
            }
        })
    });
    change.await
}

#[test]
fn of_changes_that_come_together_each_is_made_or_forgotten_alone() {
    with_bucket(buckets::Versioning::Off, async |state| {
        let together = |how| count(state.clone(), how);

        let (first, failed, second, panicked, third) = tokio::join!(
            together("succeeds"),
            together("fails"),
            together("succeeds"),
            together("panics"),
            together("succeeds"),
        );

        let done = [first, second, third].map(Result::unwrap);
        assert_eq!(done, [1, 2, 3], "in the order in which they came");
        assert!(matches!(failed, Err(StateError::Scheme { .. })));
        assert!(matches!(panicked, Err(StateError::Lost { .. })));
        assert_eq!(count(state.clone(), "succeeds").await.unwrap(), 4);
        let mut db = state.reader().await.unwrap();
        let bucket = buckets::get(&mut db, "b").await.unwrap().unwrap();
        assert_eq!((bucket.bytes, bucket.sequence), (4, 4));
    });
}

#[test]
fn a_change_alone_that_panics_leaves_nothing() {
    with_bucket(buckets::Versioning::Off, async |state| {
        let panicked = count(state.clone(), "panics").await;

        assert!(matches!(panicked, Err(StateError::Lost { .. })));
        assert_eq!(count(state, "succeeds").await.unwrap(), 1);
    });
}

#[test]
fn who_goes_away_takes_nobody_along() {
    with_bucket(buckets::Versioning::Off, async |state| {
        let mut gone = Box::pin(count(state.clone(), "succeeds"));
        let polled = std::future::poll_fn(|context| {
            std::task::Poll::Ready(gone.as_mut().poll(context).is_pending())
        });
        assert!(polled.await);
        let other = tokio::spawn(count(state.clone(), "succeeds"));
        tokio::task::yield_now().await;
        drop(gone);

        let bytes = other.await.unwrap().unwrap();

        assert!((1..=2).contains(&bytes), "{bytes}");
        assert_eq!(count(state, "succeeds").await.unwrap(), bytes + 1);
    });
}
