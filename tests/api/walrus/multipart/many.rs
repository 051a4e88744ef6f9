//! Ten thousand parts, which is all that an upload takes.

use amikit::cloud::state::uploads::{self, Part};
use amikit::cloud::state::versions::Piece;
use amikit::cloud::state::{StateError, buckets};

use super::{LEAST, begin, complete, sweep};
use crate::support::walrus::{Api, on_every_database};

/// The MD5 of every part.
const MD5: &str = "5d41402abc4b2a76b9719d911017c592";

/// Adds parts to an upload of `bkt1`, without bytes.
fn add_parts(api: &Api, upload: &str, numbers: std::ops::RangeInclusive<u16>) {
    let upload = upload.to_owned();
    let added = api.state.write::<_, StateError>(move |db| {
        Box::pin(async move {
            let bucket = buckets::lock(db, "bkt1").await?.expect("a bucket");
            for number in numbers {
                let piece = Piece {
                    blob: format!("{number:032x}"),
                    size: LEAST as u64,
                    md5: MD5.to_owned(),
                    checksum: Some("CRC64NVME rosUhgp5mIg=".to_owned()),
                };
                let part = Part {
                    number,
                    piece,
                    modified_ms: 1,
                };
                uploads::put_part(db, &bucket, &upload, &part).await?;
            }
            Ok(())
        })
    });
    api.runtime.block_on(added).expect("add parts");
}

#[test]
fn ten_thousand_parts_become_an_object_and_every_second_one_garbage() {
    on_every_database(|api| {
        let alice = api.alice();
        alice.put("/bkt1").expect(200);
        let id = begin(alice, "/bkt1/k");
        add_parts(api, &id, 1..=10_000);
        let odd: Vec<(usize, &str)> = (1..=10_000).step_by(2).map(|n| (n, MD5)).collect();

        let done = complete(alice, "/bkt1/k", &id, &odd);

        assert_eq!(done.status, 200, "{}", done.text());
        assert!(done.texts("ETag")[0].ends_with("-5000\""));
        assert_eq!(sweep(api).deleted, 5000);

        let id = begin(alice, "/bkt1/k");
        add_parts(api, &id, 1..=10_000);
        let all: Vec<(usize, &str)> = (1..=10_000).map(|number| (number, MD5)).collect();
        let done = complete(alice, "/bkt1/k", &id, &all);

        assert_eq!(done.status, 200, "{}", done.text());
        assert_eq!(sweep(api).deleted, 5000, "what it replaced");
    });
}
