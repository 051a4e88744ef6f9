//! Lists of parts and of uploads.

use super::{begin, upload};
use crate::support::walrus::{Api, on_every_backend};

#[test]
fn parts_are_listed_page_by_page() {
    on_every_backend(|api| {
        let alice = api.alice();
        alice.put("/bkt1").expect(200);
        let id = begin(alice, "/bkt1/k");
        for number in [3, 1, 10_000] {
            upload(alice, "/bkt1/k", &id, number, b"hello");
        }

        let target = format!("/bkt1/k?uploadId={id}&max-parts=2");
        let first = alice.get(&target).expect(200);
        let second = alice
            .get(&target)
            .query("part-number-marker", "3")
            .expect(200);

        assert_eq!(first.texts("PartNumber"), ["1", "3"]);
        assert_eq!(first.texts("IsTruncated"), ["true"]);
        assert_eq!(first.texts("NextPartNumberMarker"), ["3"]);
        assert_eq!(first.texts("Size"), ["5", "5"]);
        let owner = Api::canonical_id("alice");
        assert_eq!(first.texts("ID"), [owner.clone(), owner]);
        assert_eq!(second.texts("PartNumber"), ["10000"]);
        assert_eq!(second.texts("IsTruncated"), ["false"]);
        alice
            .get(&target)
            .query("part-number-marker", "-1")
            .refused("InvalidArgument");
        let none = format!("/bkt1/k?uploadId={id}&max-parts=0");
        assert_eq!(alice.get(&none).expect(200).texts("IsTruncated"), ["false"]);
    });
}

#[test]
fn uploads_are_listed_by_key_and_age_and_below_prefixes() {
    on_every_backend(|api| {
        let alice = api.alice();
        alice.put("/bkt1").expect(200);
        let mut ids = Vec::new();
        for key in ["a", "b/1", "b/2", "c", "c"] {
            std::thread::sleep(std::time::Duration::from_millis(2)); // ids have milliseconds
            ids.push(begin(alice, &format!("/bkt1/{key}")));
        }
        let get = |query: &str| alice.get(&format!("/bkt1?uploads{query}")).expect(200);

        let all = get("");
        assert_eq!(all.texts("Key"), ["a", "b/1", "b/2", "c", "c"]);
        assert_eq!(all.texts("UploadId"), ids);
        assert_eq!(get("&prefix=b/").texts("Key"), ["b/1", "b/2"]);
        assert_eq!(get("&prefix=b/2").texts("Key"), ["b/2"]);
        assert_eq!(get("&key-marker=b/2").texts("Key"), ["c", "c"]);
        let after = get(&format!("&key-marker=c&upload-id-marker={}", ids[3]));
        assert_eq!(after.texts("UploadId"), [ids[4].clone()]);
        assert_eq!(get("&max-uploads=0").texts("IsTruncated"), ["false"]);
        alice
            .get("/bkt1?uploads&max-uploads=x")
            .refused("InvalidArgument");
        let encoded = get("&encoding-type=url&prefix=b/");
        assert_eq!(encoded.texts("EncodingType"), ["url"]);
    });
}

#[test]
fn pages_of_any_size_show_every_upload_and_prefix_once() {
    on_every_backend(|api| {
        let alice = api.alice();
        alice.put("/bkt1").expect(200);
        let mut keys = vec![
            "a".to_owned(),
            "c".to_owned(),
            "c".to_owned(),
            "e".to_owned(),
        ];
        keys.extend((0..40).map(|number| format!("b/{number}")));
        keys.extend((0..3).map(|number| format!("d/{number}")));
        for key in keys {
            begin(alice, &format!("/bkt1/{key}"));
        }

        for size in 1..=7 {
            let (mut seen, mut prefixes) = (Vec::new(), Vec::new());
            let (mut key, mut id) = (String::new(), String::new());
            loop {
                let call = alice.get("/bkt1?uploads&delimiter=/");
                let call = call.query("max-uploads", &size.to_string());
                let call = call
                    .query("key-marker", &key)
                    .query("upload-id-marker", &id);
                let page = call.expect(200);
                let common = page.texts("Prefix");
                let count = page.texts("Key").len() + common.len();
                seen.extend(page.texts("Key"));
                prefixes.extend(common);
                if page.texts("IsTruncated") == ["false"] {
                    break;
                }
                assert_eq!(count, size);
                key = page.texts("NextKeyMarker").remove(0);
                id = page.texts("NextUploadIdMarker").remove(0);
            }
            assert_eq!(seen, ["a", "c", "c", "e"], "pages of {size}");
            assert_eq!(prefixes, ["b/", "d/"], "pages of {size}");
        }
    });
}
