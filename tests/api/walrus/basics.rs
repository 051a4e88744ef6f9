//! A bucket and an object, from beginning to end.

use crate::support::walrus::on_every_backend;

#[test]
fn an_object_is_put_got_and_deleted() {
    on_every_backend(|api| {
        let admin = api.admin();
        admin.put("/b-1").expect(200);
        admin.put("/b-1").expect(200);

        let put = admin.put("/b-1/a%20b").body("hello").expect(200);
        let got = admin.get("/b-1/a%20b").expect(200);

        assert_eq!(
            put.header("etag"),
            Some("\"5d41402abc4b2a76b9719d911017c592\"")
        );
        assert_eq!(got.text(), "hello");
        admin.delete("/b-1").refused("BucketNotEmpty");
        admin.delete("/b-1/a%20b").expect(204);
        admin.get("/b-1/a%20b").refused("NoSuchKey");
        admin.delete("/b-1").expect(204);
        admin.get("/b-1/x").refused("NoSuchBucket");
    });
}

#[test]
fn version_2_below_the_service_path_is_let_in() {
    on_every_backend(|api| {
        api.alice()
            .put("/mine")
            .below("/services/Walrus")
            .v2()
            .expect(200);

        let buckets = api
            .alice()
            .get("/")
            .below("/services/objectstorage")
            .expect(200);

        assert_eq!(buckets.texts("Name"), ["mine"]);
        api.bob().put("/mine").refused("BucketAlreadyExists");
        api.nobody().get("/").refused("AccessDenied");
    });
}

#[test]
fn the_service_path_may_be_in_small_letters() {
    on_every_backend(|api| {
        for (bucket, path) in [
            ("one", "/services/walrus"),
            ("two", "/services/ObjectStorage"),
        ] {
            let target = format!("/{bucket}");
            api.admin().put(&target).below(path).v2().expect(200);
            api.admin().head(&target).expect(200);
        }

        api.admin()
            .get("/services/walruses/k")
            .refused("NoSuchBucket");
    });
}

#[test]
fn a_service_that_is_not_here_is_no_bucket() {
    on_every_backend(|api| {
        for path in ["/services", "/services/Eucalyptus", "/services/walruses/k"] {
            let admin = api.admin();
            admin.post("").below(path).refused("NotImplemented");
            admin.put("").below(path).refused("NotImplemented");
        }
        api.admin().put("/services").expect(200);
        api.admin().put("/services/Eucalyptus").expect(200);
        let bucket = "services.s3.localhost";
        api.admin().get("/Eucalyptus").host(bucket).expect(200);
    });
}
