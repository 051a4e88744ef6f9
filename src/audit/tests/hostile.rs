//! Filesystems made to mislead, limits, and being stopped.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;
use crate::progress::{Progress, Stage};

/// Longest time that any filesystem may take, on a slow machine.
const LONGEST: Duration = Duration::from_mins(1);

fn dirty() -> Made {
    let key = pem("RSA PRIVATE");
    Made::new(&[
        ("/etc/shadow", "root:$6$a$b:1::::::\n"),
        ("/home/alice/.ssh/id_rsa", &key),
        ("/home/alice/deep/key.pem", &key),
        ("/root/.bash_history", "ls\n"),
    ])
}

#[test]
fn a_budget_that_ends_is_told_and_what_was_found_stays() {
    let made = dirty();
    made.bytes(&["-t", "ext4"], 16 << 10);
    let image = made.folder.path().join("image");
    let mut counts = BTreeSet::new();
    for budget in (0..200).map(|n| n * 4096) {
        let options = AuditOptions {
            budget,
            ..AuditOptions::default()
        };
        let report = audited(&image, &options);

        let is_cut = report
            .not_looked_into
            .iter()
            .any(|u| u.why.contains("too much"));
        assert_eq!(is_cut, !report.is_complete(), "{report:#?}");
        assert!(is_cut || report.findings.len() == 4, "{report:#?}");
        counts.insert(report.findings.len());
    }
    assert_eq!(counts.into_iter().collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
}

#[test]
fn limits_of_names_and_contents_are_told() {
    let made = dirty();
    made.bytes(&["-t", "ext4"], 16 << 10);
    let image = made.folder.path().join("image");
    let few_names = AuditOptions {
        names: 3,
        ..AuditOptions::default()
    };
    let few_contents = AuditOptions {
        contents: 1,
        ..AuditOptions::default()
    };

    let names = audited(&image, &few_names);
    let contents = audited(&image, &few_contents);

    assert!(
        names.not_looked_into[0].why.contains("too many files"),
        "{names:#?}"
    );
    assert_eq!(names.verdict(), Verdict::Incomplete);
    assert!(
        contents.not_looked_into[0]
            .why
            .contains("searched for keys"),
        "{contents:#?}"
    );
    assert_eq!(contents.findings.len(), 3);
}

#[test]
fn an_endless_directory_ends() {
    let made = Made::new(&[("/home/a", "x")]);
    let image = made.bytes(&["-t", "ext2", "-b", "1024", "-I", "128"], 1024);
    let table = u32::from_le_bytes(image[2048 + 8..][..4].try_into().unwrap()) as usize * 1024;
    // Every inode in use is a directory of 4 GiB whose blocks are all the root's.
    let root = table + 128;
    let block = image[root + 0x28..][..4].to_vec();
    let mut bad = image;
    let pointers_at = 900 * 1024;
    for pointer in bad[pointers_at..pointers_at + 1024].chunks_exact_mut(4) {
        pointer.copy_from_slice(&block);
    }
    bad[root + 4..root + 8].fill(0xff);
    for slot in 0..12 {
        bad[root + 0x28 + 4 * slot..][..4].copy_from_slice(&block);
    }
    for slot in 12..15 {
        bad[root + 0x28 + 4 * slot..][..4].copy_from_slice(&900_u32.to_le_bytes());
    }
    let started = Instant::now();

    let report = audited_bytes(&bad);

    assert!(started.elapsed() < LONGEST, "{:?}", started.elapsed());
    assert_eq!(report.verdict(), Verdict::Incomplete);
}

#[test]
fn directories_that_contain_each_other_end() {
    let made = Made::new(&[("/etc/a/b/x", "x"), ("/home/u/d/x", "x")]);
    let image = made.bytes(&["-t", "ext2", "-b", "1024", "-I", "128"], 1024);
    let mut bad = image;
    // Every entry named "b" or "d" becomes the root directory.
    for name in *b"bd" {
        let entry = [1, 2, name]; // length of the name, a directory, the name
        let at = bad.windows(3).position(|window| *window == entry).unwrap();
        bad[at - 6..at - 2].copy_from_slice(&2_u32.to_le_bytes());
    }
    let started = Instant::now();

    let report = audited_bytes(&bad);

    assert!(started.elapsed() < LONGEST, "{:?}", started.elapsed());
    assert_eq!(report.findings, []);
    assert!(!report.is_complete());
}

#[test]
fn whoever_wants_to_stop_is_heard() {
    struct Stopped;
    impl Progress for Stopped {
        fn begin(&self, _: Stage, _: Option<u64>) {}
        fn advance(&self, _: Stage, _: u64) {}
        fn finish(&self, _: Stage) {}
        fn interrupted(&self) -> bool {
            true
        }
    }
    let made = dirty();
    made.bytes(&["-t", "ext4"], 16 << 10);

    let stopped = audit(
        &made.folder.path().join("image"),
        &AuditOptions::default(),
        &Stopped,
    );

    assert!(matches!(stopped, Err(AuditError::Interrupted)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// The superblock, descriptors, inodes and directories of a filesystem of 1 MiB are near its
    /// beginning.
    #[test]
    fn damaged_filesystems_never_panic(
        damage in prop::collection::vec((0..400_usize << 10, any::<u8>()), 1..60),
        near in prop::collection::vec((0..8192_usize, any::<u8>()), 1..20),
    ) {
        static WHOLE: std::sync::LazyLock<[Vec<u8>; 2]> = std::sync::LazyLock::new(|| {
            ["ext2", "ext4"].map(|kind| dirty().bytes(&["-t", kind, "-O", "^has_journal"], 1024))
        });
        for image in WHOLE.iter() {
            let mut image = image.clone();
            for (at, value) in damage.iter().chain(&near) {
                image[*at] = *value;
            }
            let started = Instant::now();
            audited_bytes(&image);
            prop_assert!(started.elapsed() < LONGEST);
        }
    }
}
