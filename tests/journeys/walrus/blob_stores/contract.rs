//! The contract of a store of blobs.

use std::io::Read as _;
use std::io::Write as _;
use std::ops::ControlFlow;

use amikit::cloud::objects::{BlobInfo, BlobStore, StoreError};

use super::{content, list, new_id, put, read, write};

/// Sizes around a part, a buffer and nothing.
const SIZES: [usize; 7] = [0, 1, 4096, (5 << 20) + 1, 8 << 20, (8 << 20) + 1, 20 << 20];

/// What every store promises. It must be empty, and is afterwards.
pub(super) fn keeps(store: &dyn BlobStore) {
    what_is_written_is_read(store);
    missing_blobs_are_told_apart(store);
    ranges_beyond_the_end_are_refused(store);
    nothing_is_left_of_a_dropped_writer(store);
    a_list_shows_all_until_it_is_broken_off(store);
    threads_do_not_mix_their_blobs(store);
    assert_eq!(list(store), []);
}

fn what_is_written_is_read(store: &dyn BlobStore) {
    for size in SIZES {
        let id = put(store, size);
        let (bytes, length) = (content(&id, size), size as u64);
        assert!(read(store, &id, 0, length) == bytes, "{size}");

        let handle = store.handle(&id).expect("open a blob");
        assert_eq!(handle.size(), length);
        for (from, to) in [
            (0, size),
            (size / 3, size / 2),
            (size, size),
            (size.saturating_sub(1), size),
            (size.min(65_535), size.min(131_073)),
        ] {
            let (offset, length) = (from as u64, (to - from) as u64);
            assert!(
                read(store, &id, offset, length) == bytes[from..to],
                "{size}: {from}..{to}"
            );
            let mut found = Vec::new();
            let mut range = handle.range(offset, length).expect("a range");
            range.read_to_end(&mut found).expect("read a range");
            assert!(found == bytes[from..to], "{size}: {from}..{to} by handle");
        }
        assert!(store.delete(&id).expect("delete a blob"));
    }
}

fn missing_blobs_are_told_apart(store: &dyn BlobStore) {
    let (gone, id) = (put(store, 10), new_id());
    store.delete(&gone).expect("delete a blob");
    store.delete(&gone).expect("delete it again");
    store.discard(&id).expect("discard what never was");
    for id in [gone, id] {
        for length in [0, 1] {
            let opened = store.open(&id, 0, length).map(drop);
            assert!(
                matches!(opened, Err(StoreError::NotFound { .. })),
                "{opened:?}"
            );
        }
        let opened = store.handle(&id).map(drop);
        assert!(
            matches!(opened, Err(StoreError::NotFound { .. })),
            "{opened:?}"
        );
    }
}

fn ranges_beyond_the_end_are_refused(store: &dyn BlobStore) {
    let id = put(store, 100);
    let handle = store.handle(&id).expect("open a blob");
    for (offset, length) in [
        (0, 101),
        (99, 2),
        (100, 1),
        (500, 1),
        (101, 0),
        (1, u64::MAX),
    ] {
        for opened in [
            store.open(&id, offset, length).map(drop),
            handle.range(offset, length).map(drop),
        ] {
            let Err(StoreError::Size {
                found: 100,
                expected,
                ..
            }) = opened
            else {
                panic!("{offset}, {length}: {opened:?}");
            };
            assert_eq!(expected, offset.saturating_add(length));
        }
    }
    store.delete(&id).expect("delete a blob");
}

fn nothing_is_left_of_a_dropped_writer(store: &dyn BlobStore) {
    for size in [0, 10, 9 << 20] {
        let id = new_id();
        let mut writer = store.create(&id).expect("begin a blob");
        writer.write_all(&content(&id, size)).expect("write");
        drop(writer);

        let opened = store.open(&id, 0, 0).map(drop);
        assert!(
            matches!(opened, Err(StoreError::NotFound { .. })),
            "{opened:?}"
        );
        assert_eq!(list(store), []);
        write(store, &id, b"anew").expect("the id is free again");
        assert_eq!(read(store, &id, 0, 4), b"anew");
        assert!(store.delete(&id).is_ok());
    }
}

fn a_list_shows_all_until_it_is_broken_off(store: &dyn BlobStore) {
    let mut expected: Vec<_> = [0, 7, 300]
        .map(|size| BlobInfo {
            id: put(store, size),
            size: size as u64,
            settled: true,
        })
        .into();
    expected.sort_by_key(|blob| blob.id);

    assert_eq!(list(store), expected);
    let mut shown = 0;
    let mut visit = |_| {
        shown += 1;
        ControlFlow::Break(())
    };
    store.list(&mut visit).expect("list a store");
    assert_eq!(shown, 1);

    for blob in expected {
        store.delete(&blob.id).expect("delete a blob");
    }
}

fn threads_do_not_mix_their_blobs(store: &dyn BlobStore) {
    std::thread::scope(|scope| {
        for thread in 0..8 {
            scope.spawn(move || {
                for round in 0..10 {
                    let size = 1 + 70_001 * round + thread;
                    let id = put(store, size);
                    assert!(read(store, &id, 0, size as u64) == content(&id, size));
                    store.delete(&id).expect("delete a blob");
                }
            });
        }
    });
}

/// What only a store with a place for unsettled blobs promises.
pub(super) fn settles(store: &dyn BlobStore) {
    let id = new_id();
    let writer = store.create(&id).expect("begin a blob");
    let again = store.create(&id).map(drop);
    assert!(matches!(again, Err(StoreError::Exists { .. })), "{again:?}");
    drop(writer);

    write(store, &id, b"finished").expect("write a blob");
    assert_eq!(read(store, &id, 1, 3), b"ini");
    assert_eq!(store.unsettled().expect("ask"), [id]);
    assert!(!list(store)[0].settled);

    store.settle(&id).expect("settle a blob");
    store.settle(&id).expect("settle it again");
    assert_eq!(store.unsettled().expect("ask"), []);
    assert!(!store.discard(&id).expect("there is nothing unsettled"));
    assert!(list(store)[0].settled);
    assert_eq!(read(store, &id, 0, 8), b"finished");

    assert!(store.delete(&id).expect("delete a blob"));
    assert!(!store.delete(&id).expect("delete it again"));
    let settled = store.settle(&id);
    assert!(
        matches!(settled, Err(StoreError::NotFound { .. })),
        "{settled:?}"
    );
}
