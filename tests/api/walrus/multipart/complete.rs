//! Begun, uploaded, completed, aborted.

use super::{LEAST, begin, blobs, complete, data, list, part_target, sweep, upload};
use crate::support::walrus::on_every_backend;

#[test]
fn parts_become_an_object_with_what_was_said_at_the_beginning() {
    on_every_backend(|api| {
        let alice = api.alice();
        alice.put("/bkt1").expect(200);
        let begun = alice
            .post("/bkt1/a%20b?uploads")
            .header("content-type", "text/x-test")
            .header("x-amz-meta-owner", "alice")
            .expect(200);
        let id = begun.texts("UploadId").remove(0);
        assert_eq!(begun.texts("Key"), ["a b"]);
        let first = data(1, LEAST);

        let one = upload(alice, "/bkt1/a%20b", &id, 1, &first);
        let three = upload(alice, "/bkt1/a%20b", &id, 3, b"end");
        let done = complete(alice, "/bkt1/a%20b", &id, &[(1, &one), (3, &three)]);

        assert_eq!(done.status, 200, "{}", done.text());
        let etag = done.texts("ETag").remove(0);
        assert!(etag.ends_with("-2\""), "{etag}");
        assert_eq!(done.texts("Location"), ["http://127.0.0.1:9000/bkt1/a%20b"]);
        let got = alice.get("/bkt1/a%20b").expect(200);
        assert_eq!(got.header("etag"), Some(etag.as_str()));
        assert!(got.body == [&first[..], b"end"].concat());
    });
}

/// `printf %s 5d41402abc4b2a76b9719d911017c592 | xxd -r -p | md5sum`
#[test]
fn the_etag_is_the_md5_of_the_parts_md5s() {
    on_every_backend(|api| {
        let alice = api.alice();
        alice.put("/bkt1").expect(200);
        let id = begin(alice, "/bkt1/k");

        let one = upload(alice, "/bkt1/k", &id, 7, b"hello");
        let done = complete(alice, "/bkt1/k", &id, &[(7, &one)]);

        assert_eq!(one, "\"5d41402abc4b2a76b9719d911017c592\"");
        assert_eq!(
            done.texts("ETag"),
            ["\"62109206880d38a4010a98e11243924a-1\""]
        );
    });
}

#[test]
fn a_list_that_is_not_what_was_uploaded_is_refused_and_changes_nothing() {
    on_every_backend(|api| {
        let alice = api.alice();
        alice.put("/bkt1").expect(200);
        let id = begin(alice, "/bkt1/k");
        let one = upload(alice, "/bkt1/k", &id, 1, b"small");
        let two = upload(alice, "/bkt1/k", &id, 2, b"end");
        let target = format!("/bkt1/k?uploadId={id}");
        let refused = |parts: &[(usize, &str)], code: &str| {
            alice.post(&target).body(list(parts)).refused(code);
        };

        refused(&[(1, &two)], "InvalidPart");
        refused(&[(1, &one), (4, &two)], "InvalidPart");
        refused(&[(2, &two), (1, &one)], "InvalidPartOrder");
        refused(&[(1, &one), (2, &two)], "EntityTooSmall");
        refused(&[], "MalformedXML");
        alice.post(&target).body("<x>").refused("MalformedXML");
        alice
            .post("/bkt1/k?uploadId=x")
            .body(list(&[(1, &one)]))
            .refused("NoSuchUpload");
        alice
            .post(&format!("/bkt1/other?uploadId={id}"))
            .body(list(&[(1, &one)]))
            .refused("NoSuchUpload");

        assert_eq!(complete(alice, "/bkt1/k", &id, &[(2, &two)]).status, 200);
        assert_eq!(alice.get("/bkt1/k").expect(200).text(), "end");
    });
}

#[test]
fn what_is_not_named_and_what_was_replaced_is_swept() {
    on_every_backend(|api| {
        let alice = api.alice();
        alice.put("/bkt1").expect(200);
        let id = begin(alice, "/bkt1/k");
        upload(alice, "/bkt1/k", &id, 1, b"first try");
        let one = upload(alice, "/bkt1/k", &id, 1, b"second try");
        upload(alice, "/bkt1/k", &id, 2, b"not wanted");
        assert_eq!(blobs(api), 3);

        assert_eq!(complete(alice, "/bkt1/k", &id, &[(1, &one)]).status, 200);
        let swept = sweep(api);

        assert_eq!((swept.deleted, swept.failed, blobs(api)), (2, 0, 1));
        assert_eq!(alice.get("/bkt1/k").expect(200).text(), "second try");
        alice.delete("/bkt1/k").expect(204);
        assert_eq!(sweep(api).deleted, 1);
        assert_eq!(blobs(api), 0);
        alice.delete("/bkt1").expect(204);
    });
}

#[test]
fn a_complete_that_comes_again_is_answered_again_as_long_as_the_object_is_there() {
    on_every_backend(|api| {
        let alice = api.alice();
        alice.put("/bkt1").expect(200);
        let id = begin(alice, "/bkt1/k");
        let one = upload(alice, "/bkt1/k", &id, 1, b"one");
        let parts = [(1, one.as_str())];
        let done = complete(alice, "/bkt1/k", &id, &parts);

        let again = complete(alice, "/bkt1/k", &id, &parts);
        assert_eq!(again.status, 200, "{}", again.text());
        assert_eq!(again.texts("ETag"), done.texts("ETag"));
        let other = complete(
            alice,
            "/bkt1/k",
            &id,
            &[(1, "d41d8cd98f00b204e9800998ecf8427e")],
        );
        assert_eq!(other.code(), "NoSuchUpload");

        alice.put("/bkt1/k").body("another").expect(200);
        assert_eq!(
            complete(alice, "/bkt1/k", &id, &parts).code(),
            "NoSuchUpload"
        );
        assert_eq!(alice.get("/bkt1/k").expect(200).text(), "another");
    });
}

#[test]
fn an_aborted_upload_is_gone_with_its_parts() {
    on_every_backend(|api| {
        let alice = api.alice();
        alice.put("/bkt1").expect(200);
        let id = begin(alice, "/bkt1/k");
        let one = upload(alice, "/bkt1/k", &id, 1, b"one");
        let target = format!("/bkt1/k?uploadId={id}");

        alice.delete(&target).expect(204);

        alice.delete(&target).refused("NoSuchUpload");
        alice.get(&target).refused("NoSuchUpload");
        alice
            .put(&part_target("/bkt1/k", &id, 2))
            .body("two")
            .refused("NoSuchUpload");
        assert_eq!(
            complete(alice, "/bkt1/k", &id, &[(1, &one)]).code(),
            "NoSuchUpload"
        );
        sweep(api);
        assert_eq!(blobs(api), 0);
        alice.delete("/bkt1").expect(204);
    });
}

#[test]
fn conditions_are_those_of_the_moment_of_completing() {
    on_every_backend(|api| {
        let alice = api.alice();
        alice.put("/bkt1").expect(200);
        let id = begin(alice, "/bkt1/k");
        let one = upload(alice, "/bkt1/k", &id, 1, b"one");
        let put = alice.put("/bkt1/k").body("before").expect(200);
        let call = || {
            let target = format!("/bkt1/k?uploadId={id}");
            alice.post(&target).body(list(&[(1, &one)]))
        };

        call()
            .header("if-none-match", "*")
            .refused("PreconditionFailed");
        call()
            .header("if-match", "\"0\"")
            .refused("PreconditionFailed");
        assert_eq!(alice.get("/bkt1/k").expect(200).text(), "before");
        let etag = put.header("etag").expect("an ETag");
        call().header("if-match", etag).expect(200);

        assert_eq!(alice.get("/bkt1/k").expect(200).text(), "one");
    });
}

#[test]
fn a_part_has_a_number_and_its_own_digest() {
    on_every_backend(|api| {
        let alice = api.alice();
        alice.put("/bkt1").expect(200);
        let id = begin(alice, "/bkt1/k");
        for number in [0, 10_001] {
            let target = part_target("/bkt1/k", &id, number);
            alice.put(&target).body("x").refused("InvalidArgument");
        }
        alice
            .put(&format!("/bkt1/k?partNumber=x&uploadId={id}"))
            .refused("InvalidArgument");

        let put = || {
            alice
                .put(&part_target("/bkt1/k", &id, 10_000))
                .body("hello")
        };
        put()
            .header("content-md5", "AAAAAAAAAAAAAAAAAAAAAA==")
            .refused("BadDigest");
        put()
            .header("content-md5", "XUFAKrxLKna5cZ2REBfFkg==")
            .expect(200);

        assert_eq!(blobs(api), 1, "what was refused leaves nothing");
        api.bob()
            .get(&format!("/bkt1/k?uploadId={id}"))
            .refused("AccessDenied");
    });
}
