//! A program that writes blobs is killed, again and again; what it had told is there.
//!
//! ```text
//! this test ─► itself, as another program: "finished ID SIZE", "settled ID", … ─► SIGKILL
//!     └─► opens the directory: every blob that was told, whole
//! ```

use std::collections::BTreeMap;
use std::fmt::Arguments;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use amikit::cloud::objects::{BlobId, BlobStore as _, DirectoryStore};

use super::{content, list, read, write};
use crate::support::sandbox::Sandbox;

/// Tells [`writes_and_tells`] where to write for ever.
const ROOT: &str = "AMIKIT_TEST_BLOBS";

/// Its full name in this program.
const WRITER: &str = "journeys::walrus::blob_stores::killed::writes_and_tells";

/// Rounds of writing and killing.
const ROUNDS: u64 = 6;

/// A blob of the writer: the number says its size.
fn blob(process: u32, number: u64) -> (BlobId, usize) {
    let mut bits = [0; 16];
    bits[0] = number.to_be_bytes()[7]; // all shelves in turn
    bits[4..8].copy_from_slice(&process.to_be_bytes());
    bits[8..].copy_from_slice(&number.to_be_bytes());
    let size = usize::try_from(number * 7919 % 300_000).expect("a small number");
    (BlobId::from_bits(bits), size)
}

/// Writes blobs and tells of each step on standard output; settles two of three. Alone it ends
/// after a few; as a child it goes on until it is killed.
#[test]
fn writes_and_tells() {
    let sandbox = Sandbox::new("blobs-told");
    let child = std::env::var_os(ROOT).map(PathBuf::from);
    let root = child.clone().unwrap_or_else(|| sandbox.path("objects"));
    let count = if child.is_some() { u64::MAX } else { 9 };
    let store = DirectoryStore::open(&root).expect("open a directory");
    let tell = |line: Arguments<'_>| {
        if child.is_some() {
            tell(line);
        }
    };

    for number in 0..count {
        let (id, size) = blob(std::process::id(), number);
        write(&store, &id, &content(&id, size)).expect("write a blob");
        tell(format_args!("finished {id} {size}"));
        if number % 3 > 0 {
            store.settle(&id).expect("settle a blob");
            tell(format_args!("settled {id}"));
        }
    }

    assert_eq!(list(&store).len(), 9);
    assert_eq!(store.unsettled().expect("ask").len(), 3);
}

/// One line, whole, to whoever reads this program's output.
fn tell(line: Arguments<'_>) {
    let mut output = std::io::stdout().lock();
    writeln!(output, "\n{line}").expect("somebody listens");
    output.flush().expect("somebody listens");
}

/// Runs the writer until it told enough, kills it, and returns everything it told.
fn killed_after(root: &Path, lines: usize) -> Vec<String> {
    let program = std::env::current_exe().expect("this program has a path");
    let mut writer = Command::new(program)
        .args([WRITER, "--exact", "--nocapture"])
        .env(ROOT, root)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("run this program again");
    let output = BufReader::new(writer.stdout.take().expect("a pipe"));
    let mut told = Vec::new();
    for line in output.lines() {
        told.push(line.expect("text"));
        if told.len() == lines {
            writer.kill().expect("send SIGKILL");
        }
    }
    writer.wait().expect("wait for what was killed");
    assert!(told.len() >= lines, "it ended by itself: {told:?}");
    told
}

#[test]
fn a_killed_program_loses_nothing_that_it_told() {
    let sandbox = Sandbox::new("blobs-killed");
    let root = sandbox.path("objects");
    let mut sizes: BTreeMap<BlobId, usize> = BTreeMap::new();

    for round in 0..ROUNDS {
        let lines = 40 + 37 * usize::try_from(round).expect("a small number");
        let mut settled = Vec::new();
        for line in killed_after(&root, lines) {
            match line.split(' ').collect::<Vec<_>>()[..] {
                ["finished", id, size] => {
                    let (id, size) = (id.parse().expect("an id"), size.parse().expect("a size"));
                    sizes.insert(id, size);
                }
                ["settled", id] => settled.push(id.parse::<BlobId>().expect("an id")),
                _ => {} // what the test program says around it; the end of a line that was cut
            }
        }
        assert!(settled.len() > 4, "{settled:?}");

        let store = DirectoryStore::open(&root).expect("the lock went with its holder");
        let unsettled = store.unsettled().expect("ask");
        assert!(!settled.iter().any(|id| unsettled.contains(id)));
        for id in unsettled {
            // The database would know the same: what was told is committed.
            if sizes.contains_key(&id) {
                store.settle(&id).expect("settle a blob");
            } else {
                store.discard(&id).expect("discard a blob");
            }
        }

        for (id, size) in &sizes {
            assert!(
                read(&store, id, 0, *size as u64) == content(id, *size),
                "{id}"
            );
        }
        // One that was settled but never told of, as a line was on its way, may be there.
        let there = list(&store);
        assert!(there.iter().all(|blob| blob.settled));
        assert!(there.len() - sizes.len() <= usize::try_from(round + 1).expect("small"));
    }
}
