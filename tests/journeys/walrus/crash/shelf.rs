//! Database and store beside each other: what the database knows, and what is on the disk.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use amikit::cloud::state::{State, versions};
use sqlx::Row as _;
use tokio::runtime::Runtime;

use crate::support::small_cloud::{Kind, SmallCloud, Store};

/// Longest time until everything is in its place and garbage is gone.
const PATIENCE: Duration = Duration::from_secs(20);

/// The database of a cloud, and the runtime to ask it with.
pub struct Shelf {
    runtime: Runtime,
    state: State,
}

/// What was found.
#[derive(Debug, Default, PartialEq, Eq)]
struct Found {
    known: BTreeSet<String>,
    garbage: BTreeSet<String>,
    /// Bytes that buckets say, and that their versions and parts have.
    bytes: Vec<(String, i64, i64)>,
}

const BYTES: &str = "SELECT b.name, b.bytes,
    CAST(COALESCE((SELECT SUM(v.size) FROM versions v WHERE v.bucket = b.name), 0)
       + COALESCE((SELECT SUM(p.size) FROM parts p JOIN uploads u ON p.upload = u.id
                   WHERE u.bucket = b.name), 0) AS BIGINT)
    FROM buckets b ORDER BY b.name";

impl Shelf {
    /// Opens the database of a cloud that runs.
    pub fn open(cloud: &SmallCloud) -> Self {
        // Its thread gives connections back, which hold locks of the database till then.
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("start a runtime");
        let state = runtime.block_on(State::open(cloud.database(), 1));
        let state = state.expect("open the cloud's database");
        Self { runtime, state }
    }

    /// Waits until every blob is settled and garbage is gone; then the store has what the
    /// database knows, and nothing else. A store in S3 may keep what a killed program wrote
    /// last: that is `fsck`'s.
    ///
    /// # Errors
    /// What is still wrong after a while.
    pub fn in_order(&self, cloud: &SmallCloud) -> Result<(), String> {
        let until = Instant::now() + PATIENCE;
        loop {
            let found = self
                .look()
                .map_err(|error| format!("the database: {error}"))?;
            let wrong = wrong(&found, cloud);
            match wrong {
                None => return Ok(()),
                Some(wrong) if Instant::now() > until => return Err(wrong),
                Some(_) => thread::sleep(Duration::from_millis(20)),
            }
        }
    }

    /// What a stopped cloud has left to its next start.
    pub fn unsettled(&self, cloud: &SmallCloud) -> Vec<String> {
        match cloud.kind() {
            Kind(_, Store::Directory) => names(&cloud.data().join("objects/incoming"))
                .into_iter()
                .collect(),
            Kind(_, Store::S3) => {
                let found = self.look().expect("ask the database");
                let there = blobs_in_s3(cloud);
                let known: BTreeSet<_> = found.known.union(&found.garbage).collect();
                there
                    .into_iter()
                    .filter(|blob| !known.contains(blob))
                    .collect()
            }
        }
    }

    fn look(&self) -> Result<Found, Box<dyn std::error::Error>> {
        self.runtime.block_on(async {
            let mut found = Found::default();
            let mut db = self.state.reader().await?;
            versions::visit_blobs(&mut db, |blob| found.known.insert(blob.to_owned())).await?;
            for row in sqlx::query("SELECT blob FROM parts")
                .fetch_all(&mut *db)
                .await?
            {
                let blob: String = row.try_get(0)?;
                if !found.known.insert(blob.clone()) {
                    return Err(format!("blob {blob} is of a part and of something else").into());
                }
            }
            for row in sqlx::query("SELECT blob FROM garbage")
                .fetch_all(&mut *db)
                .await?
            {
                found.garbage.insert(row.try_get(0)?);
            }
            for row in sqlx::query(BYTES).fetch_all(&mut *db).await? {
                found
                    .bytes
                    .push((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?));
            }
            Ok(found)
        })
    }
}

fn wrong(found: &Found, cloud: &SmallCloud) -> Option<String> {
    for (bucket, said, real) in &found.bytes {
        if said != real {
            return Some(format!("bucket {bucket} says {said} bytes and has {real}"));
        }
    }
    if let Some(blob) = found.known.intersection(&found.garbage).next() {
        return Some(format!("blob {blob} is in use and garbage"));
    }
    if !found.garbage.is_empty() {
        return Some(format!("garbage stays: {:?}", found.garbage));
    }
    let Kind(_, store) = cloud.kind();
    let there = match store {
        Store::Directory => {
            let objects = cloud.data().join("objects");
            let incoming = names(&objects.join("incoming"));
            if !incoming.is_empty() {
                return Some(format!("left in objects/incoming: {incoming:?}"));
            }
            let shelves = fs::read_dir(objects.join("blobs")).expect("list the shelves");
            let shelves = shelves.flat_map(|shelf| names(&shelf.expect("a shelf").path()));
            shelves.collect()
        }
        Store::S3 => blobs_in_s3(cloud),
    };
    if let Some(blob) = found.known.difference(&there).next() {
        return Some(format!("blob {blob} is lost"));
    }
    let strays: Vec<_> = there.difference(&found.known).collect();
    (store == Store::Directory && !strays.is_empty())
        .then(|| format!("blobs that nobody knows: {strays:?}"))
}

/// The names of what is in a folder.
fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).expect("list a folder of the store");
    let name = |entry: fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
    entries
        .map(|entry| name(entry.expect("an entry")))
        .collect()
}

fn blobs_in_s3(cloud: &SmallCloud) -> BTreeSet<String> {
    let backing = cloud.backing().expect("a store in S3 has a server");
    let shelves = backing.object_file("cloud-objects", "walrus/blobs");
    let Ok(shelves) = fs::read_dir(shelves) else {
        return BTreeSet::new(); // made with the first blob
    };
    let shelves = shelves.flat_map(|shelf| names(&shelf.expect("a shelf").path()));
    shelves.collect()
}
