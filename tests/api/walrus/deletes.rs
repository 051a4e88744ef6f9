//! Deleting objects and versions, one by one and in lists.

use base64ct::{Base64, Encoding as _};
use md5::{Digest as _, Md5};

use crate::support::walrus::{Api, Reply, on_every_backend};

const ENABLED: &str = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
const SUSPENDED: &str =
    "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>";

fn delete_list(api: &Api, objects: &str) -> Reply {
    let body = format!("<Delete>{objects}</Delete>");
    let digest = Base64::encode_string(&Md5::digest(body.as_bytes()));
    let call = api.admin().post("/bucket?delete").body(body);
    call.header("content-md5", &digest).send()
}

#[test]
fn deleting_again_or_nothing_is_the_same() {
    on_every_backend(|api| {
        let admin = api.admin();
        admin.put("/bucket").expect(200);
        admin.put("/bucket/k").body("x").expect(200);

        for path in ["/bucket/k", "/bucket/k", "/bucket/k?versionId=null"] {
            let reply = admin.delete(path).expect(204);
            assert!(reply.body.is_empty());
            assert_eq!(reply.header("x-amz-delete-marker"), None);
        }

        admin
            .delete("/bucket/k?versionId=")
            .refused("InvalidArgument");
        let long = format!("/bucket/{}", "k".repeat(1025));
        admin.delete(&long).refused("KeyTooLongError");
        admin.delete("/bucket/a%00b").refused("InvalidArgument");
        admin.delete("/nowhere/k").refused("NoSuchBucket");
        api.bob().delete("/bucket/k").refused("AccessDenied");
    });
}

#[test]
fn an_etag_in_if_match_guards_what_the_key_stands_for() {
    on_every_backend(|api| {
        let admin = api.admin();
        admin.put("/bucket").expect(200);
        let etag = admin.put("/bucket/k").body("x").expect(200);
        let etag = etag.header("etag").unwrap().to_owned();
        let guarded = |etag: &str| admin.delete("/bucket/k").header("if-match", etag);

        guarded("\"0\"").refused("PreconditionFailed");
        admin.get("/bucket/k").expect(200);
        guarded(&etag).expect(204);
        guarded(&etag).refused("NoSuchKey");
        guarded("*").refused("NoSuchKey");
        let sized = admin.delete("/bucket/k").header("x-amz-if-match-size", "1");
        sized.refused("NotImplemented");
    });
}

#[test]
fn while_suspended_a_marker_replaces_the_null_version_alone() {
    on_every_backend(|api| {
        let admin = api.admin();
        admin.put("/bucket").expect(200);
        admin.put("/bucket?versioning").body(ENABLED).expect(200);
        let kept = admin.put("/bucket/k").body("kept").expect(200);
        let kept = kept.header("x-amz-version-id").unwrap().to_owned();
        admin.put("/bucket?versioning").body(SUSPENDED).expect(200);
        admin.put("/bucket/k").body("null").expect(200);

        for _ in 0..2 {
            let gone = admin.delete("/bucket/k").expect(204);
            assert_eq!(gone.header("x-amz-version-id"), Some("null"));
            assert_eq!(gone.header("x-amz-delete-marker"), Some("true"));
        }

        let page = admin.get("/bucket?versions").expect(200);
        assert_eq!(page.texts("VersionId"), ["null".to_owned(), kept]);
        let unmarked = admin.delete("/bucket/k?versionId=null").expect(204);
        assert_eq!(unmarked.header("x-amz-delete-marker"), Some("true"));
        assert_eq!(admin.get("/bucket/k").expect(200).text(), "kept");
    });
}

#[test]
fn a_list_is_deleted_in_order_and_each_failure_stands_alone() {
    on_every_backend(|api| {
        let admin = api.admin();
        admin.put("/bucket").expect(200);
        for key in ["a", "b", "c"] {
            admin.put(&format!("/bucket/{key}")).body("x").expect(200);
        }
        let long = "k".repeat(1025);
        let list = format!(
            "<Object><Key>b</Key></Object>\
             <Object><Key>a</Key><ETag>\"0\"</ETag></Object>\
             <Object><Key>{long}</Key></Object>\
             <Object><Key>never</Key></Object>\
             <Object><Key>c</Key><ETag>\"9dd4e461268c8034f5c8564e155c67a6\"</ETag></Object>"
        );

        let reply = delete_list(api, &list);

        assert_eq!(reply.status, 200, "{}", reply.text());
        let keys = reply.texts("Key");
        assert_eq!(keys, ["b", "a", long.as_str(), "never", "c"]);
        assert_eq!(
            reply.texts("Code"),
            ["PreconditionFailed", "KeyTooLongError"]
        );
        assert_eq!(reply.texts("Deleted").len(), 3);
        assert_eq!(admin.get("/bucket").expect(200).texts("Key"), ["a"]);
        let quiet = "<Quiet>true</Quiet><Object><Key>a</Key></Object>";
        assert!(delete_list(api, quiet).texts("Deleted").is_empty());
        admin.delete("/bucket").expect(204);
    });
}

#[test]
fn a_key_may_be_in_a_list_twice_with_versions_and_markers() {
    on_every_backend(|api| {
        let admin = api.admin();
        admin.put("/bucket").expect(200);
        admin.put("/bucket?versioning").body(ENABLED).expect(200);
        let put = admin.put("/bucket/k").body("x").expect(200);
        let id = put.header("x-amz-version-id").unwrap().to_owned();

        let twice = "<Object><Key>k</Key></Object><Object><Key>k</Key></Object>";
        let marked = delete_list(api, twice);
        let markers = marked.texts("DeleteMarkerVersionId");
        assert_eq!(markers.len(), 2, "{}", marked.text());

        let named = |id: &str| format!("<Object><Key>k</Key><VersionId>{id}</VersionId></Object>");
        let list = [named(&markers[0]), named(&id), named(&markers[1])].concat();
        let gone = delete_list(api, &list);
        assert_eq!(gone.texts("DeleteMarkerVersionId"), markers);
        assert_eq!(
            gone.texts("VersionId"),
            [markers[0].clone(), id, markers[1].clone()]
        );
        admin.put("/bucket/k").body("again").expect(200);
        let page = admin.get("/bucket?versions").expect(200);
        assert_eq!(page.texts("IsLatest"), ["true"]);
    });
}

#[test]
fn a_list_without_digest_or_with_too_much_in_it_is_refused() {
    on_every_backend(|api| {
        api.admin().put("/bucket").expect(200);
        api.admin().put("/bucket/k").body("x").expect(200);
        let body = "<Delete><Object><Key>k</Key></Object></Delete>";
        let call = |body: &str| api.admin().post("/bucket?delete").body(body);

        call(body).refused("InvalidRequest");
        let wrong = call(body).header("content-md5", "AAAAAAAAAAAAAAAAAAAAAA==");
        wrong.refused("BadDigest");
        let many = "<Object><Key>k</Key></Object>".repeat(1001);
        assert_eq!(delete_list(api, &many).code(), "MalformedXML");
        assert_eq!(delete_list(api, "").code(), "MalformedXML");
        api.admin().get("/bucket/k").expect(200);
        let checksum = call(body).header("x-amz-checksum-crc32", "AAAAAA==");
        checksum.refused("BadDigest");
    });
}
