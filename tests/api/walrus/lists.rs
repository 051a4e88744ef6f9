//! Lists of objects and versions: order, pages, prefixes, and what a page costs.

use amikit::xml::{self, Limits};

use crate::support::walrus::{Api, Reply, on_every_backend};

/// A bucket with these objects, which all are "x".
fn fill(api: &Api, bucket: &str, keys: &[&str]) {
    api.admin().put(&format!("/{bucket}")).expect(200);
    for key in keys {
        put(api, bucket, key);
    }
}

fn put(api: &Api, bucket: &str, key: &str) -> Reply {
    let path = amikit::aws::sign::canonical::uri_encode(key.as_bytes(), true);
    let call = api.admin().put(&format!("/{bucket}/{path}"));
    call.body("x").expect(200)
}

/// Keys and common prefixes of a page.
fn entries(page: &Reply) -> (Vec<String>, Vec<String>) {
    let mut prefixes = page.texts("Prefix");
    prefixes.remove(0); // the one that was asked for
    (page.texts("Key"), prefixes)
}

/// All pages of version 1 with so many entries, by its markers.
fn pages_v1(api: &Api, query: &[(&str, &str)], most: &str) -> Vec<(Vec<String>, Vec<String>)> {
    let mut pages = Vec::new();
    let mut marker = String::new();
    loop {
        let mut call = api.admin().get("/listed").query("max-keys", most);
        for (name, value) in query {
            call = call.query(name, value);
        }
        let page = call.query("marker", &marker).expect(200);
        let (keys, prefixes) = entries(&page);
        let is_last = page.texts("IsTruncated") == ["false"];
        marker = match page.texts("NextMarker").pop() {
            Some(next) => next,
            None => keys.last().cloned().unwrap_or_default(),
        };
        pages.push((keys, prefixes));
        if is_last {
            return pages;
        }
    }
}

/// The same by version 2 and its tokens.
fn pages_v2(api: &Api, query: &[(&str, &str)], most: &str) -> Vec<(Vec<String>, Vec<String>)> {
    let mut pages = Vec::new();
    let mut token: Option<String> = None;
    loop {
        let call = api.admin().get("/listed?list-type=2");
        let mut call = call.query("max-keys", most);
        for (name, value) in query {
            call = call.query(name, value);
        }
        if let Some(token) = &token {
            call = call.query("continuation-token", token);
        }
        let page = call.expect(200);
        let (keys, prefixes) = entries(&page);
        let count = (keys.len() + prefixes.len()).to_string();
        assert_eq!(page.texts("KeyCount"), [count]);
        pages.push((keys, prefixes));
        token = page.texts("NextContinuationToken").pop();
        assert_eq!(page.texts("IsTruncated"), [token.is_some().to_string()]);
        if token.is_none() {
            return pages;
        }
    }
}

#[test]
fn every_page_size_gives_the_same_entries_and_no_empty_page() {
    let keys = [
        "a",
        "a--b--c",
        "b/",
        "b/1",
        "b/2",
        "b/c/3",
        "b0",
        "c//d",
        "d",
        "\u{d7ff}x",
        "\u{e000}/y",
        "\u{10ffff}/1",
        "\u{10ffff}/2",
    ];
    on_every_backend(|api| {
        fill(api, "listed", &keys);
        for query in [
            vec![],
            vec![("delimiter", "/")],
            vec![("delimiter", "--")],
            vec![("prefix", "b"), ("delimiter", "/")],
            vec![("prefix", "b/"), ("delimiter", "/")],
            vec![("prefix", "\u{10ffff}"), ("delimiter", "/")],
            vec![("prefix", "nothing")],
        ] {
            let whole = pages_v1(api, &query, "1000");
            assert_eq!(whole.len(), 1);
            let (objects, prefixes) = &whole[0];
            let count = objects.len() + prefixes.len();
            for most in 1..=count.max(1) {
                for pages in [
                    pages_v1(api, &query, &most.to_string()),
                    pages_v2(api, &query, &most.to_string()),
                ] {
                    assert_eq!(
                        pages.len(),
                        count.div_ceil(most).max(1),
                        "{query:?} by {most}"
                    );
                    let keys: Vec<_> = pages.iter().flat_map(|page| page.0.clone()).collect();
                    let below: Vec<_> = pages.iter().flat_map(|page| page.1.clone()).collect();
                    assert_eq!((&keys, &below), (objects, prefixes), "{query:?} by {most}");
                }
            }
        }
        let (objects, prefixes) = pages_v2(api, &[("delimiter", "/")], "1000").remove(0);
        assert_eq!(objects, ["a", "a--b--c", "b0", "d", "\u{d7ff}x"]);
        assert_eq!(prefixes, ["b/", "c/", "\u{e000}/", "\u{10ffff}/"]);
    });
}

#[test]
fn markers_begin_behind_what_they_name() {
    on_every_backend(|api| {
        fill(api, "listed", &["a", "b/1", "b/2", "c"]);
        let list = |query: &str| {
            let page = api.admin().get(&format!("/listed?{query}")).expect(200);
            entries(&page)
        };
        let all = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>();

        assert_eq!(list("marker=b/1").0, ["b/2", "c"]);
        assert_eq!(list("list-type=2&start-after=b/1").0, ["b/2", "c"]);
        assert_eq!(list("marker=b/&delimiter=/"), (all(&["c"]), vec![]));
        assert_eq!(list("marker=b/1&delimiter=/"), (all(&["c"]), all(&["b/"])));
        assert_eq!(list("marker=aa&prefix=b/").0, ["b/1", "b/2"]);
        assert_eq!(list("marker=z").0, Vec::<String>::new());
        let page = api.admin().get("/listed?max-keys=1").expect(200);
        assert_eq!(page.texts("IsTruncated"), ["true"]);
        assert!(page.texts("NextMarker").is_empty());
    });
}

#[test]
fn an_entry_says_what_s3_says_and_names_can_be_encoded() {
    on_every_backend(|api| {
        fill(api, "listed", &["a b/ü+\u{1}&"]);

        let page = api.alice().get("/listed").send();
        assert_eq!(page.code(), "AccessDenied");
        let query = "/listed?list-type=2&encoding-type=url&fetch-owner=true&prefix=a b/";
        let page = api
            .admin()
            .get(query)
            .query("start-after", "a ")
            .expect(200);

        assert_eq!(page.texts("Key"), ["a%20b/%C3%BC%2B%01%26"]);
        assert_eq!(page.texts("Prefix"), ["a%20b/"]);
        assert_eq!(page.texts("StartAfter"), ["a%20"]);
        assert_eq!(page.texts("EncodingType"), ["url"]);
        assert_eq!(page.texts("ETag"), ["\"9dd4e461268c8034f5c8564e155c67a6\""]);
        assert_eq!(page.texts("Size"), ["1"]);
        assert_eq!(page.texts("StorageClass"), ["STANDARD"]);
        assert_eq!(page.texts("ID"), [Api::canonical_id("admin")]);
        let page = api.admin().get("/listed?list-type=2").expect(200);
        assert!(page.texts("Owner").is_empty());
        let page = api.admin().get("/listed").expect(200);
        assert_eq!(page.texts("DisplayName"), ["admin"]);
    });
}

#[test]
fn numbers_and_words_that_s3_does_not_take_are_refused() {
    on_every_backend(|api| {
        fill(api, "listed", &["a"]);
        for query in [
            "max-keys=-1",
            "max-keys=many",
            "max-keys=2147483648",
            "encoding-type=base64",
            "list-type=2&fetch-owner=perhaps",
            "list-type=2&continuation-token=nonsense",
            "versions&version-id-marker=v",
            "versions&key-marker=a&version-id-marker=v",
            "versions&key-marker=a&version-id-marker=v.x",
        ] {
            let call = api.admin().get(&format!("/listed?{query}"));
            call.refused("InvalidArgument");
        }
        api.admin().get("/listed?prefix=a\0").refused("InvalidURI");
        let none = api
            .admin()
            .get("/listed?list-type=2&max-keys=0")
            .expect(200);
        assert_eq!(none.texts("IsTruncated"), ["false"]);
        let many = api.admin().get("/listed?max-keys=5000").expect(200);
        assert_eq!(many.texts("MaxKeys"), ["1000"]);
        api.admin().get("/nowhere").refused("NoSuchBucket");
    });
}

/// Element, key, version id and `IsLatest` of each version in a page, in order.
fn versions_of(page: &Reply) -> Vec<(String, String, String, String)> {
    let limits = Limits {
        bytes: 1 << 24,
        elements: 100_000,
        plain: false,
    };
    let root = xml::parse(&page.body, &limits).expect("a document");
    let listed = root.children.iter();
    let listed = listed.filter(|child| ["Version", "DeleteMarker"].contains(&child.name));
    let text = |element: &xml::Element<'_>, name: &str| {
        let mut found = element.all(name);
        found.next().expect("the element").text.clone()
    };
    let row = |element: &xml::Element<'_>| {
        let (key, id) = (text(element, "Key"), text(element, "VersionId"));
        (element.name.to_owned(), key, id, text(element, "IsLatest"))
    };
    listed.map(row).collect()
}

#[test]
fn versions_are_listed_by_key_then_newest_first() {
    on_every_backend(|api| {
        fill(api, "listed", &["a", "b/1"]);
        let on = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
        api.admin().put("/listed?versioning").body(on).expect(200);
        let version = |key: &str| {
            put(api, "listed", key)
                .header("x-amz-version-id")
                .map(str::to_owned)
        };
        let (a2, b2) = (version("a").unwrap(), version("b/1").unwrap());
        let gone = api.admin().delete("/listed/a").expect(204);
        let marker = gone.header("x-amz-version-id").unwrap().to_owned();
        assert_eq!(gone.header("x-amz-delete-marker"), Some("true"));

        let page = api.admin().get("/listed?versions").expect(200);

        let row = |element: &str, key: &str, id: &str, latest: bool| {
            (
                element.to_owned(),
                key.to_owned(),
                id.to_owned(),
                latest.to_string(),
            )
        };
        let want = [
            row("DeleteMarker", "a", &marker, true),
            row("Version", "a", &a2, false),
            row("Version", "a", "null", false),
            row("Version", "b/1", &b2, true),
            row("Version", "b/1", "null", false),
        ];
        assert_eq!(versions_of(&page), want);
        let objects = api.admin().get("/listed").expect(200);
        assert_eq!(objects.texts("Key"), ["b/1"]);

        for most in 1..=5 {
            let (mut found, mut key, mut id) = (Vec::new(), String::new(), String::new());
            loop {
                let call = api.admin().get("/listed?versions");
                let call = call.query("max-keys", &most.to_string());
                let call = call
                    .query("key-marker", &key)
                    .query("version-id-marker", &id);
                let page = call.expect(200);
                found.extend(versions_of(&page));
                if page.texts("IsTruncated") == ["false"] {
                    break;
                }
                key = page.texts("NextKeyMarker").remove(0);
                id = page.texts("NextVersionIdMarker").remove(0);
            }
            assert_eq!(found, want, "{most} at once");
        }
        let page = api
            .admin()
            .get("/listed?versions&key-marker=a")
            .query("version-id-marker", &a2);
        assert_eq!(versions_of(&page.expect(200)), want[2..]);
        let page = api
            .admin()
            .get("/listed?versions&delimiter=/&max-keys=3")
            .expect(200);
        assert_eq!(page.texts("IsTruncated"), ["true"]);
        let page = api
            .admin()
            .get("/listed?versions&delimiter=/&key-marker=a")
            .expect(200);
        assert_eq!(page.texts("Prefix"), ["", "b/"]);
        let page = api
            .admin()
            .get("/listed?versions&delimiter=/&key-marker=b/")
            .expect(200);
        assert_eq!(page.texts("Prefix"), [""]);
    });
}

#[test]
fn who_deletes_what_was_listed_goes_on_behind_it() {
    on_every_backend(|api| {
        fill(api, "listed", &[]);
        let on = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
        api.admin().put("/listed?versioning").body(on).expect(200);
        for _ in 0..5 {
            put(api, "listed", "k");
        }
        let (mut key, mut id, mut deleted) = (String::new(), String::new(), 0);
        loop {
            let call = api.admin().get("/listed?versions&max-keys=2");
            let call = call
                .query("key-marker", &key)
                .query("version-id-marker", &id);
            let page = call.expect(200);
            for (_, key, version, _) in versions_of(&page) {
                let path = format!("/listed/{key}?versionId={version}");
                api.admin().delete(&path).expect(204);
                deleted += 1;
            }
            if page.texts("IsTruncated") == ["false"] {
                break;
            }
            key = page.texts("NextKeyMarker").remove(0);
            id = page.texts("NextVersionIdMarker").remove(0);
        }

        assert_eq!(deleted, 5);
        api.admin().delete("/listed").expect(204);
    });
}
