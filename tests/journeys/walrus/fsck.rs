//! `amikit-cloud fsck` after damage to files, and a backup that is restored.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use amikit::units::Bytes;
use serde_json::Value;

use crate::support::image;
use crate::support::s3_server::digests;
use crate::support::sandbox::{Bundle, Outcome, Sandbox};
use crate::support::small_cloud::{Address, Kind, SmallCloud, Store, every_combination};

/// The files that blobs are in, largest first: of a directory, or of the S3 behind.
fn blobs(cloud: &SmallCloud, sandbox: &Sandbox) -> Vec<PathBuf> {
    let root = match cloud.kind().1 {
        Store::Directory => cloud.data().join("objects/blobs"),
        Store::S3 => sandbox.path("s3/cloud-objects/walrus/blobs"),
    };
    let mut found = Vec::new();
    for shelf in fs::read_dir(root).expect("list the shelves") {
        let shelf = shelf.expect("a shelf").path();
        for file in fs::read_dir(shelf).expect("list a shelf") {
            found.push(file.expect("a blob").path());
        }
    }
    let size = |path: &PathBuf| fs::metadata(path).expect("a file").len();
    found.sort_by_key(|path| std::cmp::Reverse(size(path)));
    found
}

fn upload(cloud: &SmallCloud, sandbox: &Sandbox, bucket: &str, bundle: &Bundle) -> Outcome {
    let manifest = bundle.folder.join("golden.manifest.xml");
    let manifest = manifest.to_str().expect("a path in UTF-8");
    cloud.run(
        sandbox,
        Address::Root,
        &["upload-bundle", "-b", bucket, "-m", manifest],
    )
}

fn download(cloud: &SmallCloud, sandbox: &Sandbox, bucket: &str, to: &str) -> Outcome {
    let arguments = [
        "download-bundle",
        "-b",
        bucket,
        "-m",
        "golden.manifest.xml",
        "-d",
        to,
    ];
    cloud.run(sandbox, Address::Root, &arguments)
}

fn printed(outcome: &Outcome) -> String {
    String::from_utf8_lossy(&outcome.stdout).into_owned()
}

fn counts(outcome: &Outcome) -> Vec<(String, u64)> {
    let value: Value = serde_json::from_slice(&outcome.stdout).expect("one line of JSON");
    let counts = value["counts"].as_object().expect("counts");
    let count = |(kind, count): (&String, &Value)| {
        (kind.clone(), count["found"].as_u64().expect("a number"))
    };
    counts.iter().map(count).collect()
}

fn copy_all(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("make a folder");
    let mode = fs::metadata(from).expect("a folder").permissions();
    fs::set_permissions(to, mode).expect("give it its mode");
    for entry in fs::read_dir(from).expect("list a folder") {
        let (from, name) = {
            let entry = entry.expect("an entry");
            (entry.path(), entry.file_name())
        };
        if from.is_dir() {
            copy_all(&from, &to.join(name));
        } else {
            fs::copy(&from, to.join(name))
                .map(drop)
                .expect("copy a file");
        }
    }
}

#[test]
fn damaged_files_are_found_and_what_is_left_is_served() {
    every_combination("walrus-fsck", |sandbox, cloud| {
        let disk = image::dense(&sandbox.path("disk.img"), Bytes::mib(5));
        let bundle = sandbox.bundle(&disk, "bundle", &["--part-size", "1m"]);
        upload(cloud, sandbox, "broken", &bundle).succeeded();
        let damaged = blobs(cloud, sandbox);
        upload(cloud, sandbox, "whole", &bundle).succeeded();
        if cloud.kind().1 == Store::Directory {
            let refused = cloud.administer(sandbox, &["fsck"]);
            refused.failed(1, "another program uses");
        }
        cloud.kill();
        let look = ["fsck", "--deep", "--grace", "0s", "--output", "json"];
        let clean = cloud.administer(sandbox, &look);
        assert_eq!(counts(clean.succeeded()), []);

        // One is deleted, one cut, one has a bit that is another, and one is nobody's.
        fs::remove_file(&damaged[0]).expect("delete a blob");
        let cut = File::options().write(true).open(&damaged[1]);
        cut.and_then(|file| file.set_len(7)).expect("cut a blob");
        let mut bytes = fs::read(&damaged[2]).expect("read a blob");
        bytes[1000] ^= 1;
        fs::write(&damaged[2], bytes).expect("damage a blob");
        let stray = damaged[3].with_file_name(format!(
            "{:0<32}",
            damaged[3]
                .parent()
                .and_then(Path::file_name)
                .expect("a shelf")
                .to_string_lossy()
        ));
        fs::write(&stray, "stray").expect("add a blob");

        let wanted = [("damaged", 1), ("lost", 1), ("orphan", 1), ("size", 1)];
        let wanted = wanted.map(|(kind, count)| (kind.to_owned(), count));
        let found = cloud.administer(sandbox, &look);
        assert_eq!(found.status, Some(4), "{}", found.stderr);
        assert_eq!(counts(&found), wanted, "{}", printed(&found));
        assert!(
            printed(&found).contains("broken/golden.part."),
            "{}",
            printed(&found)
        );
        let mended = cloud.administer(sandbox, &["fsck", "--repair", "--grace", "0s"]);
        assert_eq!(
            mended.status,
            Some(4),
            "the lost stay: {}",
            printed(&mended)
        );
        assert!(!stray.exists());
        let removing = ["fsck", "--deep", "--remove-lost"];
        cloud.administer(sandbox, &removing).succeeded();
        let clean = cloud.administer(sandbox, &look);
        assert_eq!(counts(clean.succeeded()), [], "{}", printed(&clean));

        cloud.restart();
        download(cloud, sandbox, "whole", "back").succeeded();
        assert_eq!(digests(&sandbox.path("back")), digests(&bundle.folder));
        let broken = download(cloud, sandbox, "broken", "not-back");
        assert_ne!(broken.status, Some(0));
        upload(cloud, sandbox, "broken", &bundle).succeeded();
        download(cloud, sandbox, "broken", "again").succeeded();
    });
}

#[test]
fn a_backup_of_database_then_blobs_is_whole_though_the_cloud_runs() {
    let sandbox = Sandbox::new("walrus-backup");
    let mut cloud = SmallCloud::of(&sandbox, Kind::DEFAULT).start();
    let disk = image::dense(&sandbox.path("disk.img"), Bytes::mib(3));
    let bundle = sandbox.bundle(&disk, "bundle", &["--part-size", "1m"]);
    upload(&cloud, &sandbox, "before", &bundle).succeeded();
    let backup = sandbox.folder("backup");

    // As docs/cloud.md has it; an upload comes in between.
    let copy = backup.join("cloud.db");
    vacuum(&cloud.data().join("cloud.db"), &copy);
    upload(&cloud, &sandbox, "between", &bundle).succeeded();
    for folder in ["objects", "identity", "credentials"] {
        copy_all(&cloud.data().join(folder), &backup.join(folder));
    }
    cloud.stop();
    fs::remove_dir_all(cloud.data()).expect("lose the data");
    copy_all(&backup, cloud.data());

    let look = cloud.administer(&sandbox, &["fsck", "--deep", "--output", "json"]);
    let parts = bundle.parts().len() as u64 + 1;
    assert_eq!(
        counts(&look),
        [("orphan".to_owned(), parts)],
        "{}",
        printed(&look)
    );
    cloud
        .administer(&sandbox, &["fsck", "--repair"])
        .succeeded();
    cloud.restart();
    download(&cloud, &sandbox, "before", "back").succeeded();
    assert_eq!(digests(&sandbox.path("back")), digests(&bundle.folder));
    cloud.stop();
}

/// `VACUUM INTO`, beside the running cloud.
fn vacuum(database: &Path, copy: &Path) {
    use sqlx::{AssertSqlSafe, Connection as _, Executor as _, SqliteConnection};

    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("start a runtime");
    runtime.block_on(async {
        let url = format!("sqlite:{}", database.display());
        let mut connection = SqliteConnection::connect(&url).await.expect("connect");
        let text = format!("VACUUM INTO '{}'", copy.display()); // a path of ours
        connection.execute(AssertSqlSafe(text)).await.expect("copy");
    });
}
