//! Buckets: making, asking, deleting, and what is said about them.

use crate::support::walrus::{Api, on_every_backend};

fn located(region: &str) -> String {
    format!(
        "<CreateBucketConfiguration><LocationConstraint>{region}</LocationConstraint>\
         </CreateBucketConfiguration>"
    )
}

#[test]
fn a_bucket_is_where_its_maker_put_it() {
    on_every_backend(|api| {
        let alice = api.alice();
        let made = alice.put("/there").body(located("eu-west-1")).expect(200);
        assert_eq!(made.header("location"), Some("/there"));
        alice.put("/there").expect(200);
        alice.put("/here").expect(200);

        let head = alice.head("/there").expect(200);
        assert_eq!(head.header("x-amz-bucket-region"), Some("eu-west-1"));
        let head = alice.head("/here").expect(200);
        assert_eq!(head.header("x-amz-bucket-region"), Some("us-east-1"));
        let location = alice.get("/there?location").expect(200);
        assert_eq!(location.texts("LocationConstraint"), ["eu-west-1"]);
        let location = alice.get("/here?location").expect(200);
        assert_eq!(location.texts("LocationConstraint"), [""]);

        alice.head("/nowhere").expect(404);
        api.bob().head("/here").expect(403);
        alice
            .put("/else")
            .body(located("no where"))
            .refused("InvalidLocationConstraint");
        alice.put("/else").body("<What/>").refused("MalformedXML");
    });
}

#[test]
fn what_cannot_be_kept_is_refused_before_there_is_a_bucket() {
    on_every_backend(|api| {
        let ask = |name: &str, value: &str| api.alice().put("/wish").header(name, value);

        api.alice().put("/No_Name").refused("InvalidBucketName");
        api.alice().put("/192.168.0.1").refused("InvalidBucketName");
        api.nobody().put("/wish").refused("AccessDenied");
        ask("x-amz-object-ownership", "BucketOwnerEnforced").refused("NotImplemented");
        ask("x-amz-object-ownership", "Mine").refused("InvalidArgument");
        ask("x-amz-bucket-object-lock-enabled", "true").refused("NotImplemented");
        ask("x-amz-acl", "open").refused("InvalidArgument");
        ask("x-amz-grant-read", "id=nobody").refused("InvalidArgument");
        ask("x-amz-grant-read", "emailAddress=\"who@example.org\"")
            .refused("UnresolvableGrantByEmailAddress");
        api.alice().head("/wish").expect(404);

        ask("x-amz-object-ownership", "ObjectWriter").expect(200);
        let status = api.alice().get("/wish?policyStatus").expect(200);
        assert_eq!(status.texts("IsPublic"), ["false"]);
        let open = api.alice().put("/open").header("x-amz-acl", "public-read");
        open.expect(200);
        let status = api.alice().get("/open?policyStatus").expect(200);
        assert_eq!(status.texts("IsPublic"), ["true"]);
        let shared = api.alice().put("/shared");
        let grant = "emailAddress=\"bob@example.org\"";
        shared.header("x-amz-grant-read", grant).expect(200);
    });
}

#[test]
fn an_account_has_so_many_buckets_and_an_administrator_any_number() {
    on_every_backend(|api| {
        for number in 0..100 {
            api.alice().put(&format!("/alice-{number}")).expect(200);
        }

        api.alice().put("/alice-100").refused("TooManyBuckets");

        api.alice().head("/alice-100").expect(404);
        api.alice().put("/alice-99").expect(200);
        api.alice().delete("/alice-0").expect(204);
        api.alice().put("/alice-100").expect(200);
        for number in 0..101 {
            api.admin().put(&format!("/admin-{number}")).expect(200);
        }
    });
}

#[test]
fn own_buckets_are_listed_page_by_page() {
    on_every_backend(|api| {
        for name in ["bb-1", "aaa", "bb-3", "bb-2"] {
            api.alice().put(&format!("/{name}")).expect(200);
        }
        api.bob().put("/bb-bob").expect(200);
        let far = api.alice().put("/bb-far").body(located("eu-west-1"));
        far.expect(200);
        let names = |query: &str| {
            let page = api.alice().get(&format!("/?{query}")).expect(200);
            (page.texts("Name"), page.texts("ContinuationToken"))
        };

        assert_eq!(names("").0, ["aaa", "bb-1", "bb-2", "bb-3", "bb-far"]);
        assert_eq!(names("bucket-region=eu-west-1").0, ["bb-far"]);
        assert_eq!(names("bucket-region=us-east-1&prefix=a").0, ["aaa"]);
        let (first, token) = names("prefix=bb-&max-buckets=2");
        assert_eq!(first, ["bb-1", "bb-2"]);
        let rest = format!("prefix=bb-&max-buckets=2&continuation-token={}", token[0]);
        assert_eq!(
            names(&rest),
            (vec!["bb-3".to_owned(), "bb-far".to_owned()], vec![])
        );
        for query in ["max-buckets=0", "max-buckets=x", "continuation-token=*"] {
            let call = api.alice().get(&format!("/?{query}"));
            call.refused("InvalidArgument");
        }
        let owner = api.alice().get("/").expect(200);
        assert_eq!(owner.texts("ID"), [Api::canonical_id("alice")]);
    });
}

#[test]
fn versioning_is_enabled_and_suspended_but_never_off_again() {
    on_every_backend(|api| {
        let alice = api.alice();
        alice.put("/bucket").expect(200);
        let set = |status: &str| {
            let body = format!(
                "<VersioningConfiguration><Status>{status}</Status></VersioningConfiguration>"
            );
            alice.put("/bucket?versioning").body(body)
        };
        let status = || alice.get("/bucket?versioning").expect(200).texts("Status");

        assert!(status().is_empty());
        set("Enabled").expect(200);
        assert_eq!(status(), ["Enabled"]);
        set("Suspended").expect(200);
        set("Off").refused("MalformedXML");
        let none = alice
            .put("/bucket?versioning")
            .body("<VersioningConfiguration/>");
        none.refused("IllegalVersioningConfigurationException");
        assert_eq!(status(), ["Suspended"]);
        api.bob().get("/bucket?versioning").refused("AccessDenied");
    });
}

#[test]
fn tags_are_set_read_and_taken_away() {
    on_every_backend(|api| {
        let alice = api.alice();
        alice.put("/bucket").expect(200);
        alice.get("/bucket?tagging").refused("NoSuchTagSet");
        let tags = "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>";

        alice.put("/bucket?tagging").body(tags).expect(204);

        let read = alice.get("/bucket?tagging").expect(200);
        assert_eq!(
            (read.texts("Key"), read.texts("Value")),
            (vec!["a".into()], vec!["b".into()])
        );
        alice
            .put("/bucket?tagging")
            .body("<Tagging/>")
            .refused("MalformedXML");
        let wrong = alice.put("/bucket?tagging").body(tags);
        wrong
            .header("content-md5", "AAAAAAAAAAAAAAAAAAAAAA==")
            .refused("BadDigest");
        alice.delete("/bucket?tagging").expect(204);
        alice.get("/bucket?tagging").refused("NoSuchTagSet");
    });
}

#[test]
fn questions_about_what_was_never_set_get_the_answers_of_s3() {
    on_every_backend(|api| {
        let alice = api.alice();
        alice.put("/bucket").expect(200);
        for (parameter, code) in [
            (
                "encryption",
                "ServerSideEncryptionConfigurationNotFoundError",
            ),
            ("lifecycle", "NoSuchLifecycleConfiguration"),
            ("object-lock", "ObjectLockConfigurationNotFoundError"),
            ("ownershipControls", "OwnershipControlsNotFoundError"),
            ("policy", "NoSuchBucketPolicy"),
            ("publicAccessBlock", "NoSuchPublicAccessBlockConfiguration"),
            ("replication", "ReplicationConfigurationNotFoundError"),
            ("website", "NoSuchWebsiteConfiguration"),
        ] {
            let reply = alice.get(&format!("/bucket?{parameter}")).refused(code);
            assert_eq!(reply.status, 404, "{parameter}");
            let call = alice.put(&format!("/bucket?{parameter}")).body("<X/>");
            call.refused("NotImplemented");
            let nowhere = alice.get(&format!("/nowhere?{parameter}"));
            nowhere.refused("NoSuchBucket");
        }
        for (parameter, root) in [
            ("accelerate", "AccelerateConfiguration"),
            ("logging", "BucketLoggingStatus"),
            ("notification", "NotificationConfiguration"),
            ("requestPayment", "RequestPaymentConfiguration"),
        ] {
            let reply = alice.get(&format!("/bucket?{parameter}")).expect(200);
            assert!(reply.text().contains(root), "{}", reply.text());
            let call = alice.put(&format!("/bucket?{parameter}")).body("<X/>");
            call.refused("NotImplemented");
        }
        for parameter in ["policy", "lifecycle", "website", "publicAccessBlock"] {
            alice.delete(&format!("/bucket?{parameter}")).expect(204);
        }
        alice
            .delete("/bucket?notification")
            .refused("NotImplemented");
        alice.head("/bucket").expect(200);
    });
}

#[test]
fn a_bucket_with_versions_or_markers_is_not_empty() {
    on_every_backend(|api| {
        let alice = api.alice();
        alice.put("/bucket").expect(200);
        let on = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
        alice.put("/bucket?versioning").body(on).expect(200);
        let gone = alice.delete("/bucket/never").expect(204);
        let marker = gone.header("x-amz-version-id").unwrap().to_owned();

        alice.delete("/bucket").refused("BucketNotEmpty");

        api.bob().delete("/bucket").refused("AccessDenied");
        alice
            .delete(&format!("/bucket/never?versionId={marker}"))
            .expect(204);
        alice.delete("/bucket").expect(204);
        alice.delete("/bucket").refused("NoSuchBucket");
    });
}

#[test]
fn browsers_are_told_what_the_rules_say() {
    let rules = "<CORSConfiguration><CORSRule><AllowedOrigin>https://*.example.com</AllowedOrigin>\
                 <AllowedMethod>GET</AllowedMethod><AllowedHeader>x-amz-*</AllowedHeader>\
                 <ExposeHeader>ETag</ExposeHeader><MaxAgeSeconds>60</MaxAgeSeconds></CORSRule>\
                 </CORSConfiguration>";
    on_every_backend(|api| {
        let alice = api.alice();
        alice.put("/bucket").expect(200);
        alice.put("/bucket/key").body("x").expect(200);
        alice.get("/bucket?cors").refused("NoSuchCORSConfiguration");
        let preflight = |origin: &str, method: &str| {
            let call = api.nobody().call("OPTIONS", "/bucket/key");
            let call = call.header("origin", origin);
            let call = call.header("access-control-request-method", method);
            call.header("access-control-request-headers", "X-Amz-Date")
        };
        preflight("https://a.example.com", "GET").refused("AccessForbidden");

        alice.put("/bucket?cors").body(rules).expect(200);

        let allowed = preflight("https://a.example.com", "GET").expect(200);
        let header = |name| allowed.header(name);
        let origin = Some("https://a.example.com");
        assert_eq!(header("access-control-allow-origin"), origin);
        assert_eq!(header("access-control-allow-headers"), Some("x-amz-date"));
        assert_eq!(header("access-control-max-age"), Some("60"));
        preflight("https://a.example.com", "PUT").refused("AccessForbidden");
        preflight("https://example.org", "GET").refused("AccessForbidden");
        let nothing = api.nobody().call("OPTIONS", "/bucket/key");
        nothing.refused("BadRequest");
        let from = |origin: &str, key: &str| {
            let call = alice.get(&format!("/bucket/{key}"));
            call.header("origin", origin).send()
        };
        let got = from("https://a.example.com", "key");
        assert_eq!(got.header("access-control-allow-origin"), origin);
        assert_eq!(got.header("access-control-expose-headers"), Some("ETag"));
        // A refusal can be read by the page too.
        let missing = from("https://a.example.com", "other");
        assert_eq!(missing.code(), "NoSuchKey");
        assert_eq!(missing.header("access-control-allow-origin"), origin);
        let stranger = from("https://example.org", "key");
        assert_eq!(stranger.header("access-control-allow-origin"), None);
        let read = alice.get("/bucket?cors").expect(200);
        assert_eq!(read.texts("MaxAgeSeconds"), ["60"]);
        alice.delete("/bucket?cors").expect(204);
        alice.get("/bucket?cors").refused("NoSuchCORSConfiguration");
    });
}
