//! Objects: bytes, ranges, conditions, metadata, copies, tags and access lists.

use crate::support::walrus::{Api, on_every_backend};

#[test]
fn a_range_and_a_condition_choose_what_is_sent() {
    on_every_backend(|api| {
        let admin = api.admin();
        admin.put("/b-1").expect(200);
        let put = admin.put("/b-1/k").body("0123456789").expect(200);
        let etag = put.header("etag").expect("an ETag").to_owned();

        let some = admin.get("/b-1/k").header("range", "bytes=2-4").expect(206);
        assert_eq!(
            (some.text().as_str(), some.header("content-range")),
            ("234", Some("bytes 2-4/10"))
        );
        let last = admin.get("/b-1/k").header("range", "bytes=-3").expect(206);
        assert_eq!(last.text(), "789");
        admin
            .get("/b-1/k")
            .header("range", "bytes=10-")
            .refused("InvalidRange");
        admin
            .get("/b-1/k")
            .header("if-none-match", &etag)
            .expect(304);
        admin
            .get("/b-1/k")
            .header("if-match", "\"other\"")
            .refused("PreconditionFailed");
        let head = admin.head("/b-1/k").expect(200);
        assert_eq!(
            (head.body.len(), head.header("content-length")),
            (0, Some("10"))
        );
    });
}

#[test]
fn metadata_comes_back_and_may_be_overridden() {
    on_every_backend(|api| {
        let admin = api.admin();
        admin.put("/b-1").expect(200);
        let put = admin.put("/b-1/k").header("content-type", "text/plain");
        put.header("x-amz-meta-Colour", "green")
            .body("x")
            .expect(200);

        let got = admin
            .get("/b-1/k?response-content-type=image/png")
            .expect(200);

        assert_eq!(got.header("content-type"), Some("image/png"));
        assert_eq!(got.header("x-amz-meta-colour"), Some("green"));
        assert_eq!(
            admin.get("/b-1/k").expect(200).header("content-type"),
            Some("text/plain")
        );
    });
}

#[test]
fn a_write_may_have_a_condition() {
    on_every_backend(|api| {
        let admin = api.admin();
        admin.put("/b-1").expect(200);

        admin
            .put("/b-1/k")
            .header("if-match", "\"x\"")
            .body("1")
            .refused("NoSuchKey");
        let put = admin
            .put("/b-1/k")
            .header("if-none-match", "*")
            .body("1")
            .expect(200);
        admin
            .put("/b-1/k")
            .header("if-none-match", "*")
            .body("2")
            .refused("PreconditionFailed");
        let etag = put.header("etag").expect("an ETag").to_owned();
        admin
            .put("/b-1/k")
            .header("if-match", &etag)
            .body("3")
            .expect(200);

        assert_eq!(admin.get("/b-1/k").expect(200).text(), "3");
    });
}

#[test]
fn a_copy_is_a_new_object() {
    on_every_backend(|api| {
        let admin = api.admin();
        admin.put("/b-1").expect(200);
        admin.put("/c-1").expect(200);
        admin
            .put("/b-1/k")
            .header("x-amz-meta-a", "1")
            .body("hello")
            .expect(200);

        admin
            .put("/c-1/copy")
            .header("x-amz-copy-source", "/b-1/k")
            .expect(200);
        admin
            .put("/b-1/k")
            .header("x-amz-copy-source", "b-1/k")
            .refused("InvalidRequest");
        let renewed = admin.put("/b-1/k").header("x-amz-copy-source", "b-1/k");
        renewed
            .header("x-amz-metadata-directive", "REPLACE")
            .expect(200);
        admin.delete("/b-1/k").expect(204);

        let copy = admin.get("/c-1/copy").expect(200);
        assert_eq!(
            (copy.text().as_str(), copy.header("x-amz-meta-a")),
            ("hello", Some("1"))
        );
        let gone = admin.put("/c-1/x").header("x-amz-copy-source", "b-1/k");
        gone.refused("NoSuchKey");
    });
}

#[test]
fn nobody_reads_what_is_private_and_all_read_what_is_public() {
    on_every_backend(|api| {
        api.alice().put("/a-1").expect(200);
        api.alice().put("/a-1/secret").body("s").expect(200);
        let public = api
            .alice()
            .put("/a-1/public")
            .header("x-amz-acl", "public-read");
        public.body("p").expect(200);

        for stranger in [api.bob(), api.nobody()] {
            stranger.get("/a-1/secret").refused("AccessDenied");
            stranger.get("/a-1/none").refused("AccessDenied");
            assert_eq!(stranger.get("/a-1/public").expect(200).text(), "p");
            stranger.put("/a-1/mine").body("x").refused("AccessDenied");
            stranger.get("/a-1/public?acl").refused("AccessDenied");
        }
        assert_eq!(api.admin().get("/a-1/secret").expect(200).text(), "s");
        let bob = format!("id=\"{}\"", Api::canonical_id("bob"));
        api.alice()
            .put("/a-1/secret?acl")
            .header("x-amz-grant-read", &bob)
            .expect(200);
        assert_eq!(api.bob().get("/a-1/secret").expect(200).text(), "s");
        api.nobody().get("/a-1/secret").refused("AccessDenied");
        let grants = api.alice().get("/a-1/secret?acl").expect(200);
        assert_eq!(grants.texts("Permission"), ["READ"]);
    });
}

#[test]
fn the_clouds_own_canned_lists_let_no_stranger_in() {
    on_every_backend(|api| {
        api.alice().put("/a-1").expect(200);
        for canned in ["aws-exec-read", "ec2-bundle-read"] {
            let put = api.alice().put("/a-1/image").header("x-amz-acl", canned);
            put.body("i").expect(200);

            api.bob().get("/a-1/image").refused("AccessDenied");
            api.nobody().get("/a-1/image").refused("AccessDenied");
            let acl = api.alice().get("/a-1/image?acl").expect(200);
            assert!(
                acl.texts("Permission").contains(&"READ".to_owned()),
                "{canned}"
            );
        }
    });
}

#[test]
fn tags_are_put_counted_and_removed() {
    on_every_backend(|api| {
        let admin = api.admin();
        admin.put("/b-1").expect(200);
        admin
            .put("/b-1/k")
            .header("x-amz-tagging", "a=1&b=2")
            .body("x")
            .expect(200);
        assert_eq!(
            admin
                .head("/b-1/k")
                .expect(200)
                .header("x-amz-tagging-count"),
            Some("2")
        );

        let document =
            "<Tagging><TagSet><Tag><Key>c</Key><Value>3</Value></Tag></TagSet></Tagging>";
        admin.put("/b-1/k?tagging").body(document).expect(200);
        assert_eq!(admin.get("/b-1/k?tagging").expect(200).texts("Key"), ["c"]);
        admin.delete("/b-1/k?tagging").expect(204);
        assert!(
            admin
                .get("/b-1/k?tagging")
                .expect(200)
                .texts("Key")
                .is_empty()
        );
    });
}

#[test]
fn a_body_that_is_not_what_was_announced_is_not_kept() {
    on_every_backend(|api| {
        let admin = api.admin();
        admin.put("/b-1").expect(200);
        let wrong_md5 = "1B2M2Y8AsgTpgAmY7PhCfg=="; // of nothing
        admin
            .put("/b-1/k")
            .header("content-md5", wrong_md5)
            .body("x")
            .refused("BadDigest");
        admin
            .put("/b-1/k")
            .header("content-md5", "x")
            .body("x")
            .refused("InvalidDigest");
        let wrong = admin
            .put("/b-1/k")
            .header("x-amz-checksum-crc32", "AAAAAA==");
        wrong.body("x").refused("BadDigest");
        admin.get("/b-1/k").refused("NoSuchKey");

        let right = admin
            .put("/b-1/k")
            .header("x-amz-checksum-crc32", "jNwWgw==");
        let put = right.body("x").expect(200);
        assert_eq!(put.header("x-amz-checksum-type"), Some("FULL_OBJECT"));
    });
}

#[test]
fn a_large_object_comes_back_whole() {
    on_every_backend(|api| {
        let admin = api.admin();
        admin.put("/b-1").expect(200);
        let bytes: Vec<u8> = (0..3_000_000_u32).flat_map(u32::to_le_bytes).collect();
        admin.put("/b-1/large").body(bytes.clone()).expect(200);

        assert!(admin.get("/b-1/large").expect(200).body == bytes);
        let range = admin
            .get("/b-1/large")
            .header("range", "bytes=5000001-11000000");
        assert!(range.expect(206).body == bytes[5_000_001..=11_000_000]);
    });
}

#[test]
fn what_is_not_kept_is_not_promised() {
    on_every_backend(|api| {
        let admin = api.admin();
        admin.put("/b-1").expect(200);
        for (name, value) in [
            ("x-amz-server-side-encryption", "AES256"),
            ("x-amz-server-side-encryption-customer-algorithm", "AES256"),
            ("x-amz-object-lock-mode", "COMPLIANCE"),
        ] {
            let put = admin.put("/b-1/k").header(name, value).body("x");
            let refusal = put.refused("NotImplemented");
            assert_eq!(refusal.texts("Header"), [name]);
        }
        admin.get("/b-1/k").refused("NoSuchKey");
    });
}
