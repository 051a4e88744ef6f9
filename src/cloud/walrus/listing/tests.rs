//! What a page costs, in rows that are read, and how its entries are written.

use super::{Ask, Entry, Page, Scope, Start, page, write_version};
use crate::cloud::state::tests::{new, with_bucket};
use crate::cloud::state::versions::{self, New};
use crate::cloud::state::{State, StateError, buckets};
use crate::cloud::walrus::xml::KeyEncoding;
use crate::xml::Writer;

/// Keys below each of the large prefixes.
const HEAP: usize = 3000;

fn insert(keys: Vec<String>, state: &State) -> impl Future<Output = ()> {
    let added = state.write::<_, StateError>(move |db| {
        Box::pin(async move {
            for key in keys {
                let bucket = buckets::lock(db, "b").await?.unwrap();
                let pieces = Vec::new();
                let version_id = format!("v{}", bucket.sequence);
                let new = New {
                    key,
                    version_id,
                    pieces,
                    ..new('a')
                };
                versions::put(db, &bucket, &new, 0).await?;
            }
            Ok(())
        })
    });
    async { added.await.unwrap() }
}

async fn read(state: &State, scope: Scope, delimiter: &str, prefix: &str, most: usize) -> Page {
    let mut db = state.reader().await.unwrap();
    let ask = Ask {
        bucket: "b",
        scope,
        prefix,
        delimiter: Some(delimiter),
        start: Start::First,
        most,
    };
    page(&mut db, &ask).await.unwrap()
}

fn names(page: &Page) -> Vec<&str> {
    let mut names = Vec::new();
    for entry in &page.entries {
        names.push(match entry {
            Entry::Version(version) => version.key.as_str(),
            Entry::Prefix(common) => common.as_str(),
        });
    }
    names
}

#[test]
fn what_is_below_a_common_prefix_is_not_read() {
    with_bucket(buckets::Versioning::Off, async |state| {
        let heap = |prefix: &'static str| (0..HEAP).map(move |n| format!("{prefix}{n:06}"));
        let keys = heap("bomb/").chain(heap("x--y")).chain(["z".to_owned()]);
        insert(keys.collect(), &state).await;

        for scope in [Scope::Objects, Scope::Versions] {
            let slashed = read(&state, scope, "/", "", 1).await;
            assert_eq!(names(&slashed), ["bomb/"]);
            assert!(slashed.is_truncated);
            assert!(slashed.rows < 100, "{} rows", slashed.rows);

            let dashed = read(&state, scope, "--", "x", 1000).await;
            assert_eq!(names(&dashed), ["x--"]);
            assert!(!dashed.is_truncated);
            assert!(dashed.rows < 100, "{} rows", dashed.rows);
        }
    });
}

#[test]
fn many_large_prefixes_cost_a_few_rows_each() {
    with_bucket(buckets::Versioning::Off, async |state| {
        let keys = (0..100).flat_map(|folder| {
            let key = move |n| format!("{folder:03}/{n:03}");
            (0..40).map(key)
        });
        insert(keys.collect(), &state).await;

        let page = read(&state, Scope::Objects, "/", "", 1000).await;

        assert_eq!(page.entries.len(), 100);
        assert!(page.rows < 1000, "{} rows of 4000", page.rows);
    });
}

#[test]
fn small_prefixes_and_plain_keys_are_read_once() {
    with_bucket(buckets::Versioning::Off, async |state| {
        let keys = (0..500).map(|n| match n % 2 {
            0 => format!("{n:03}"),
            _ => format!("{n:03}/only"),
        });
        insert(keys.collect(), &state).await;

        let page = read(&state, Scope::Objects, "/", "", 1000).await;

        assert_eq!((page.entries.len(), page.rows), (500, 500));
    });
}

#[test]
fn an_entry_tells_the_kind_of_its_checksum_and_not_the_value() {
    with_bucket(buckets::Versioning::Off, async |state| {
        insert(vec!["plain".to_owned()], &state).await;
        let page = read(&state, Scope::Objects, "/", "", 1).await;
        let mut version = page.versions().next().unwrap().clone();
        version.checksum = Some("CRC64NVME FULL_OBJECT AAAAAAAAAAA=".to_owned());
        let mut writer = Writer::fragment();

        write_version(&mut writer, "Contents", &version, None, KeyEncoding::Plain);

        assert_eq!(
            String::from_utf8(writer.finish()).unwrap(),
            "<Contents><Key>plain</Key><LastModified>1970-01-01T00:00:00.003Z</LastModified>\
             <ETag>&quot;e&quot;</ETag><ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm>\
             <ChecksumType>FULL_OBJECT</ChecksumType><Size>5</Size>\
             <StorageClass>STANDARD</StorageClass></Contents>"
        );
    });
}
