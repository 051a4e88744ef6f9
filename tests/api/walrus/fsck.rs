//! What `fsck` finds after deliberate damage of every kind, and what it mends.
//!
//! ```text
//! a cloud with some objects ─► one damage ─► fsck finds it and nothing else
//!                                        ─► fsck --repair ─► clean ─► what is left is served
//! ```

use std::collections::BTreeMap;
use std::io::Write as _;

use amikit::cloud::fsck::{Finding, Fsck, Options, Report};
use amikit::cloud::objects::BlobId;
use amikit::cloud::state::{Engine, State, versions};
use sqlx::AssertSqlSafe;

use crate::support::walrus::{Api, on_every_backend, surroundings};

const LOOK: Options = Options {
    repair: false,
    remove_lost: false,
    deep: false,
    grace_ms: 0,
};
const DEEP: Options = Options { deep: true, ..LOOK };
const REPAIR: Options = Options {
    repair: true,
    ..LOOK
};
const REMOVE: Options = Options {
    remove_lost: true,
    ..DEEP
};

fn fsck(api: &Api, options: Options) -> Report {
    let quarantine = api.sandbox().path("quarantine");
    let fsck = Fsck::new(&api.state, &api.store, surroundings(), &quarantine, options);
    let report = api.runtime.block_on(fsck.run());
    report.unwrap_or_else(|error| panic!("{}: {error:?}", api.name))
}

/// `KIND PLACE` of everything found.
fn found(report: &Report) -> Vec<String> {
    let line = |finding: &Finding| format!("{} {}", finding.kind, finding.place);
    let mut found: Vec<_> = report.findings.iter().map(line).collect();
    found.sort_unstable();
    found
}

/// Objects, a versioned bucket, and a pending upload with two parts.
fn furnish(api: &Api) -> String {
    let alice = api.alice();
    alice.put("/plain").expect(200);
    alice.put("/plain/a").body("aaaa").expect(200);
    alice.put("/plain/b").body("bbbbbb").expect(200);
    alice.put("/kept").expect(200);
    let enabled = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    alice.put("/kept?versioning").body(enabled).expect(200);
    for body in ["one", "two", "three"] {
        alice.put("/kept/k").body(body).expect(200);
    }
    let begun = alice.post("/plain/many?uploads").expect(200);
    let upload = begun.texts("UploadId").remove(0);
    for number in ["1", "2"] {
        let part = alice.put("/plain/many").query("partNumber", number);
        part.query("uploadId", &upload)
            .body("part".repeat(100))
            .expect(200);
    }
    upload
}

/// Runs statements that the database would refuse, on a connection of its own.
fn tamper(state: &State, api: &Api, statements: &[&str]) {
    let (off, on) = match state.engine() {
        Engine::Sqlite => ("PRAGMA foreign_keys = OFF", "PRAGMA foreign_keys = ON"),
        Engine::Postgres => (
            "SET session_replication_role = replica",
            "SET session_replication_role = DEFAULT",
        ),
    };
    api.runtime.block_on(async {
        let mut db = state.reader().await.expect("a connection");
        for text in [&[off], statements, &[on]].concat() {
            let query = sqlx::query(AssertSqlSafe(text.to_owned()));
            query.execute(&mut *db).await.expect(text);
        }
    });
}

/// The first blob of what a key stands for.
fn blob_of(api: &Api, bucket: &str, key: &str) -> BlobId {
    let version = api.runtime.block_on(async {
        let mut db = api.state.reader().await.expect("a connection");
        versions::latest(&mut db, bucket, key).await
    });
    let version = version.expect("read the version").expect("there is one");
    version.pieces[0].blob.parse().expect("a blob's id")
}

/// Puts a blob into the store that the database knows nothing about.
fn put_blob(api: &Api, id: BlobId, bytes: &[u8], settle: bool) {
    let mut writer = api.store.create(&id).expect("begin a blob");
    writer.write_all(bytes).expect("write it");
    writer.finish().expect("finish it");
    if settle {
        api.store.settle(&id).expect("settle it");
    }
}

/// Replaces the bytes of a blob.
fn spoil(api: &Api, id: BlobId, bytes: &[u8]) {
    assert!(api.store.delete(&id).expect("delete the blob"));
    put_blob(api, id, bytes, true);
}

/// A damage, and what is found of it.
struct Damage<'a> {
    statements: Vec<String>,
    found: Vec<&'a str>,
}

#[test]
fn rows_that_are_wrong_are_found_and_mended_one_kind_at_a_time() {
    on_every_backend(|api| {
        let upload = furnish(api);
        assert_eq!(fsck(api, DEEP).findings, [], "{}", api.name);
        let pending = format!("column plain/many, upload {upload}");
        let first = format!("column plain/many, part 1 of upload {upload}");
        let row = |text: &str| vec![text.to_owned()];
        let damages = [
            (
                row("UPDATE buckets SET bytes = bytes + 7 WHERE name = 'plain'"),
                vec!["bytes bucket plain"],
            ),
            (
                row("UPDATE versions SET is_latest = 1 WHERE bucket = 'kept'"),
                vec!["latest kept/k"],
            ),
            (
                row("UPDATE versions SET is_latest = 0 WHERE bucket = 'kept'"),
                vec!["latest kept/k"],
            ),
            (
                row("UPDATE versions SET is_latest = CASE WHEN sequence =
                       (SELECT MIN(v.sequence) FROM versions v WHERE v.bucket = 'kept')
                     THEN 1 ELSE 0 END WHERE bucket = 'kept'"),
                vec!["latest kept/k"],
            ),
            (
                row("UPDATE buckets SET sequence = 0 WHERE name = 'plain'"),
                vec!["sequence bucket plain"],
            ),
            (
                row("UPDATE versions SET size = 5 WHERE object_key = 'a'"),
                vec!["bytes bucket plain", "total plain/a"],
            ),
            (
                row(
                    "UPDATE versions SET acl = '{', headers = 'x', tags = '', checksum = 'CRC32'
                     WHERE object_key = 'a'",
                ),
                vec!["column plain/a"; 4],
            ),
            (
                row(
                    "UPDATE buckets SET acl = '', cors = '<', tags = 'x', versioning = 'on'
                     WHERE name = 'plain'",
                ),
                vec!["column bucket plain"; 4],
            ),
            (
                row("UPDATE uploads SET acl = '', headers = '', checksum = 'SHA-1'"),
                vec![pending.as_str(); 3],
            ),
            (
                row("UPDATE parts SET checksum = 'CRC32 ?' WHERE number = 1"),
                vec![first.as_str()],
            ),
            (
                row("INSERT INTO garbage (blob, since_ms, due_ms)
                     VALUES ('0123456789abcdef0123456789abcdef', 1, 1)"),
                vec!["garbage blob 0123456789abcdef0123456789abcdef"],
            ),
            (
                row("UPDATE buckets SET account_id = '999999999999' WHERE name = 'kept'"),
                vec!["no-account bucket kept"],
            ),
            (
                vec![
                    "DELETE FROM buckets WHERE name = 'kept'".to_owned(),
                    format!(
                        "INSERT INTO parts SELECT 'nowhere', number, blob, size, md5, checksum, \
                         modified_ms FROM parts WHERE upload = '{upload}' AND number = 2"
                    ),
                    format!("DELETE FROM parts WHERE upload = '{upload}' AND number = 2"),
                ],
                vec![
                    "bytes bucket plain",
                    "no-bucket bucket kept",
                    "no-upload part 2 of upload nowhere",
                ],
            ),
        ];
        for (statements, wanted) in damages {
            let damage = Damage {
                statements,
                found: wanted,
            };
            go_through(api, &damage);
        }
        assert_eq!(api.alice().get("/plain/a").expect(200).body, b"aaaa");
        assert_eq!(api.admin().get("/kept/k").expect(200).body, b"three");
        let put = api.alice().put("/plain/c").body("new");
        put.expect(200);
        assert!(fsck(api, DEEP).is_clean(), "{}", api.name);
    });
}

fn go_through(api: &Api, damage: &Damage<'_>) {
    let statements: Vec<&str> = damage.statements.iter().map(String::as_str).collect();
    tamper(&api.state, api, &statements);
    let name = format!("{}: {statements:?}", api.name);

    let seen = fsck(api, LOOK);
    assert_eq!(found(&seen), damage.found, "{name}");
    assert!(!seen.is_clean());
    assert_eq!(
        found(&fsck(api, LOOK)),
        damage.found,
        "looking changes: {name}"
    );
    let mended = fsck(api, REPAIR);
    assert!(mended.is_clean(), "{name}: {:?}", mended.findings);
    let after = fsck(api, DEEP);
    assert_eq!(after.findings, [], "{name}");
}

#[test]
fn garbage_that_is_in_use_is_saved_from_the_sweeper() {
    on_every_backend(|api| {
        furnish(api);
        let blob = blob_of(api, "plain", "a");
        let noted = format!("INSERT INTO garbage (blob, since_ms, due_ms) VALUES ('{blob}', 1, 1)");
        tamper(&api.state, api, &[&noted]);

        assert_eq!(found(&fsck(api, LOOK)), [format!("used blob {blob}")]);
        assert!(fsck(api, REPAIR).is_clean());

        let now_ms = (surroundings().now_ms)();
        let swept = api.runtime.block_on(api.walrus.sweep_once(now_ms));
        assert_eq!(swept.deleted, 0, "{}", api.name);
        assert_eq!(api.alice().get("/plain/a").expect(200).body, b"aaaa");
    });
}

#[test]
fn blobs_of_nobody_are_removed_and_those_on_their_way_settled() {
    on_every_backend(|api| {
        furnish(api);
        let id = |text: &str| text.repeat(32).parse::<BlobId>().expect("a blob's id");
        put_blob(api, id("1"), b"stray", true);
        put_blob(api, id("2"), b"left", false);
        let used = blob_of(api, "plain", "b");
        assert!(api.store.delete(&used).expect("delete the blob"));
        put_blob(api, used, b"bbbbbb", false);
        let is_s3 = api.name.ends_with("S3");
        let (one, two) = (id("1"), id("2"));
        let wanted = if is_s3 {
            vec![format!("orphan blob {one}"), format!("orphan blob {two}")]
        } else {
            vec![
                format!("leftover blob {two}"),
                format!("orphan blob {one}"),
                format!("unsettled blob {used}"),
            ]
        };

        let young = fsck(
            api,
            Options {
                grace_ms: 3_600_000,
                ..REPAIR
            },
        );
        let (kept, mended) = (young.checked.young, young.findings.len());
        assert_eq!(kept, if is_s3 { 2 } else { 0 }, "{}", api.name);
        if is_s3 {
            assert_eq!(mended, 0);
            assert_eq!(found(&fsck(api, LOOK)), wanted);
            assert_eq!(found(&fsck(api, REPAIR)), wanted);
        } else {
            assert_eq!(found(&young), wanted);
        }

        assert_eq!(fsck(api, DEEP).findings, [], "{}", api.name);
        assert_eq!(api.alice().get("/plain/b").expect(200).body, b"bbbbbb");
    });
}

#[test]
fn objects_whose_bytes_are_gone_or_damaged_stay_until_they_are_removed_by_name() {
    on_every_backend(|api| {
        let upload = furnish(api);
        api.alice().put("/plain/whole").body("whole").expect(200);
        let (a, b) = (blob_of(api, "plain", "a"), blob_of(api, "plain", "b"));
        let k = blob_of(api, "kept", "k");
        assert!(api.store.delete(&a).expect("delete a blob"));
        spoil(api, b, b"bb");
        spoil(api, k, b"thrEe");
        let version = {
            let listed = api.alice().get("/kept?versions").expect(200);
            listed.texts("VersionId").remove(0)
        };
        let k_place = format!("damaged kept/k, version {version}");
        let shallow = vec!["lost plain/a", "size plain/b"];
        let deep = vec![k_place.as_str(), "lost plain/a", "size plain/b"];
        assert_eq!(found(&fsck(api, LOOK)), shallow, "{}", api.name);
        assert_eq!(found(&fsck(api, DEEP)), deep, "{}", api.name);

        let kept = fsck(
            api,
            Options {
                deep: true,
                ..REPAIR
            },
        );
        assert!(!kept.is_clean());
        assert_eq!(found(&fsck(api, DEEP)), deep, "{}", api.name);
        let removed = fsck(api, REMOVE);
        assert_eq!(found(&removed), deep, "{}", api.name);
        assert!(removed.is_clean());

        assert_eq!(fsck(api, DEEP).findings, [], "{}", api.name);
        let quarantine = api.sandbox().path("quarantine");
        let files = std::fs::read_dir(&quarantine).expect("list the quarantine");
        let files: BTreeMap<String, Vec<u8>> = files
            .map(|file| {
                let path = file.expect("an entry").path();
                let name = path.file_name().expect("a name").to_string_lossy();
                (name.into_owned(), std::fs::read(&path).expect("read it"))
            })
            .collect();
        let wanted = [
            (b.to_string(), b"bb".to_vec()),
            (k.to_string(), b"thrEe".to_vec()),
        ];
        assert_eq!(files, BTreeMap::from(wanted));
        api.alice().get("/plain/a").expect(404);
        assert_eq!(api.alice().get("/plain/whole").expect(200).body, b"whole");
        // The version before is the latest now.
        assert_eq!(api.alice().get("/kept/k").expect(200).body, b"two");
        let parts = api.alice().get("/plain/many").query("uploadId", &upload);
        assert_eq!(parts.expect(200).texts("PartNumber").len(), 2);
    });
}

#[test]
fn a_lost_part_is_removed_and_its_upload_goes_on() {
    on_every_backend(|api| {
        let upload = furnish(api);
        let text = "SELECT blob FROM parts WHERE number = 1";
        let blob: BlobId = api.runtime.block_on(async {
            let mut db = api.state.reader().await.expect("a connection");
            let row = sqlx::query(text)
                .fetch_one(&mut *db)
                .await
                .expect("the part");
            let blob: String = sqlx::Row::get(&row, 0);
            blob.parse().expect("a blob's id")
        });
        assert!(api.store.delete(&blob).expect("delete the blob"));
        let place = format!("lost plain/many, part 1 of upload {upload}");

        assert_eq!(found(&fsck(api, REPAIR)), [place]);
        assert!(fsck(api, REMOVE).is_clean());

        assert_eq!(fsck(api, DEEP).findings, [], "{}", api.name);
        let parts = api.alice().get("/plain/many").query("uploadId", &upload);
        assert_eq!(parts.expect(200).texts("PartNumber"), ["2"]);
    });
}

#[test]
fn while_pieces_cannot_be_read_no_blob_is_taken_for_nobody_s() {
    on_every_backend(|api| {
        furnish(api);
        let spoiled = "UPDATE versions SET pieces = 'zz' WHERE object_key = 'a'";
        let blob = blob_of(api, "plain", "a");
        tamper(&api.state, api, &[spoiled]);
        let wanted = ["column plain/a".to_owned(), format!("orphan blob {blob}")];

        assert_eq!(found(&fsck(api, REPAIR)), wanted, "{}", api.name);
        assert_eq!(found(&fsck(api, LOOK)), wanted, "{}", api.name);

        assert!(fsck(api, REMOVE).is_clean());
        assert_eq!(fsck(api, DEEP).findings, [], "{}", api.name);
        api.alice().get("/plain/a").expect(404);
        assert_eq!(api.alice().get("/plain/b").expect(200).body, b"bbbbbb");
    });
}
