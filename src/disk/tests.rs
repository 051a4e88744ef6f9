//! Whole images, good, damaged and hostile. Where they come from: fixtures/images/README.md.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::sync::LazyLock;

use proptest::prelude::*;
use tempfile::NamedTempFile;

use super::*;

/// The uncompressed content of a fixture.
pub(super) fn fixture(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/images");
    let packed = std::fs::read(format!("{folder}/{name}.img.gz")).unwrap();
    let mut content = Vec::new();
    flate2::read::GzDecoder::new(packed.as_slice())
        .read_to_end(&mut content)
        .unwrap();
    content
}

/// A file with `content`.
pub(super) fn on_disk(content: &[u8]) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(content).unwrap();
    file
}

fn inspected(content: &[u8]) -> DiskReport {
    inspect(on_disk(content).path()).unwrap()
}

fn table(content: &[u8]) -> PartitionTable {
    match inspected(content).content {
        Content::Partitioned(table) => table,
        other => panic!("expected a partition table, found {other:?}"),
    }
}

fn volume(content: &[u8]) -> Volume {
    match inspected(content).content {
        Content::Filesystem(volume) => *volume,
        other => panic!("expected a filesystem, found {other:?}"),
    }
}

#[test]
fn a_gpt_disk_tells_partitions_filesystems_and_the_system() {
    let table = table(&fixture("gpt-two"));

    assert_eq!(table.scheme, Scheme::Gpt);
    assert_eq!(
        table.id.as_deref(),
        Some("6A1E2C6E-0000-4000-8000-00000000000A")
    );
    assert_eq!(table.warnings, Vec::<String>::new());
    let [esp, root] = table.partitions.as_slice() else {
        panic!("{table:?}")
    };
    assert_eq!((esp.start, esp.size), (1 << 20, 1 << 20));
    assert_eq!(esp.type_name, Some("EFI system"));
    assert_eq!(esp.name.as_deref(), Some("EFI"));
    let fat = esp.volume.as_ref().unwrap();
    assert_eq!(fat.filesystem, FilesystemKind::Fat12);
    assert_eq!(fat.label.as_deref(), Some("TINY-ESP"));
    assert_eq!(fat.uuid.as_deref(), Some("1234-ABCD"));
    assert!(root.bootable);
    let ext = root.volume.as_ref().unwrap();
    assert_eq!(ext.filesystem, FilesystemKind::Ext4);
    let system = ext.system.as_ref().unwrap();
    assert_eq!(
        system.pretty_name.as_deref(),
        Some("Example Linux 12 (tiny)")
    );
}

#[test]
fn an_mbr_disk_tells_logical_partitions_too() {
    use FilesystemKind::{Ext4, Swap};
    use PartitionRole::{Extended, Logical, Primary};

    let table = table(&fixture("mbr-one"));

    assert_eq!(table.scheme, Scheme::Mbr);
    assert_eq!(table.id.as_deref(), Some("0x1234abcd"));
    assert_eq!(table.warnings, Vec::<String>::new());
    let shown: Vec<_> = table
        .partitions
        .iter()
        .map(|p| {
            let filesystem = p.volume.as_ref().map(|v| v.filesystem);
            (p.number, p.role, p.start / 512, p.bootable, filesystem)
        })
        .collect();
    assert_eq!(
        shown,
        [
            (1, Primary, 2048, true, Some(Ext4)),
            (2, Extended, 4096, false, None),
            (5, Logical, 4160, false, Some(Swap)),
            (6, Logical, 6144, false, None),
        ]
    );
}

#[test]
fn ext2_and_ext4_tell_the_same_system() {
    for name in ["tiny-ext2", "tiny-ext4"] {
        let volume = volume(&fixture(name));
        let system = volume.system.unwrap();

        assert_eq!(volume.label.as_deref(), Some("tiny-root"));
        assert_eq!(volume.state, Some(VolumeState::Clean));
        assert_eq!(volume.size, Some(1 << 20));
        assert!(volume.free.unwrap() < 1 << 20);
        assert_eq!(volume.warnings, Vec::<String>::new());
        assert_eq!(system.id.as_deref(), Some("example"));
        assert_eq!(system.version_id.as_deref(), Some("12"));
        assert_eq!(system.hostname.as_deref(), Some("tiny"));
        assert_eq!(system.architecture.as_deref(), Some("x86_64"));
        assert_eq!(system.kernels, ["/boot/vmlinuz-6.1.0-13-cloud-amd64"]);
        assert_eq!(system.initrds, ["/boot/initrd.img-6.1.0-13-cloud-amd64"]);
        assert_eq!(system.modules, ["6.1.0-13-cloud-amd64"]);
        assert_eq!(system.boot_loaders, ["/boot/grub/grub.cfg"]);
        assert_eq!(system.fstab, ["LABEL=tiny-root / ext4 defaults 0 1"]);
        assert!(system.cloud_init);
    }
}

#[test]
fn a_journal_that_was_not_replayed_is_told() {
    let mut image = fixture("tiny-ext4");
    image[1024 + 0x60] |= 4;

    let volume = volume(&image);

    assert_eq!(volume.state, Some(VolumeState::NeedsRecovery));
    assert_eq!(
        volume.warnings,
        ["the journal is not replayed here: the last changes may be missing"]
    );
    assert!(volume.system.is_some());
}

#[test]
fn a_lost_primary_gpt_is_replaced_by_the_backup() {
    let mut disk = fixture("gpt-two");
    disk[512 + 40] ^= 1;

    let table = table(&disk);

    assert_eq!(table.partitions.len(), 2);
    assert_eq!(
        table.warnings,
        ["the primary GPT header has a bad CRC; the backup is used"]
    );
}

#[test]
fn damage_to_a_gpt_disk_is_told() {
    let whole = fixture("gpt-two");
    let warnings = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut disk = whole.clone();
        change(&mut disk);
        table(&disk).warnings
    };

    assert_eq!(warnings(&|d| d[510] = 0), ["no protective MBR"]);
    assert_eq!(
        warnings(&|d| d[1024 + 56] ^= 1),
        ["the GPT entries have a bad CRC"]
    );
    assert_eq!(
        warnings(&|d| {
            let header = d.len() - 512;
            d[header..].fill(0);
        }),
        ["the backup GPT header is missing"]
    );
    assert_eq!(
        warnings(&|d| d.truncate(2 << 20)),
        [
            "the backup GPT would be at sector 8191, but the disk ends at 4095",
            "partition 2 ends at byte 3145728, the disk at 2097152",
        ]
    );
    assert_eq!(
        warnings(&|d| d.resize(5 << 20, 0)),
        ["the backup GPT is at sector 8191, not at the last sector 10239"]
    );
}

#[test]
fn a_chain_of_logical_partitions_that_runs_back_is_not_followed() {
    let mut disk = fixture("mbr-one");
    // The first EBR (sector 4096) points to itself: first sector 0 of the extended partition.
    disk[4096 * 512 + 446 + 16 + 8..][..4].fill(0);

    let table = table(&disk);

    assert_eq!(
        table.warnings,
        ["the extended boot record at sector 4096 points back to sector 4096"]
    );
    assert_eq!(table.partitions.len(), 3);
}

#[test]
fn nothing_and_noise_are_told_apart() {
    assert_eq!(inspected(&[]).content, Content::Empty);
    assert_eq!(inspected(&vec![0; 1 << 20]).content, Content::Empty);
    assert_eq!(inspected(b"#!/bin/sh\n").content, Content::Unknown);
}

#[test]
fn holes_make_an_image_sparse() {
    let file = NamedTempFile::new().unwrap();
    file.as_file().set_len(1 << 30).unwrap();

    let report = inspect(file.path()).unwrap();

    assert_eq!(report.size, 1 << 30);
    assert!(report.sparse);
    assert!(report.allocated.unwrap() < 1 << 20);
}

#[test]
fn what_is_no_image_is_refused_without_waiting() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("socket");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let fifo = folder.path().join("fifo");
    let mode = rustix::fs::Mode::RUSR;
    rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, mode, 0).unwrap();

    for (path, what) in [
        (folder.path(), "directory"),
        (socket.as_path(), "socket"),
        (fifo.as_path(), "fifo"),
        (Path::new("/dev/null"), "character device"),
    ] {
        let error = inspect(path).unwrap_err();
        assert!(matches!(error, DiskError::NotAnImage { found, .. } if found == what));
    }
    let missing = inspect(&folder.path().join("missing")).unwrap_err();
    assert!(matches!(missing, DiskError::Open { .. }));
}

#[test]
fn reports_are_json_with_a_kind() {
    let report = inspected(&fixture("tiny-ext4"));

    let json = serde_json::to_value(&report).unwrap();

    assert_eq!(json["content"]["kind"], "filesystem");
    assert_eq!(json["content"]["filesystem"], "ext4");
    assert_eq!(json["content"]["system"]["id"], "example");
    let json = serde_json::to_value(inspected(&fixture("mbr-one"))).unwrap();
    assert_eq!(json["content"]["kind"], "partitioned");
    assert_eq!(json["content"]["scheme"], "mbr");
}

#[test]
fn descriptions_fit_the_screen_and_name_what_matters() {
    for name in ["gpt-two", "mbr-one", "tiny-ext4", "xfs-head", "btrfs-head"] {
        let mut report = inspected(&fixture(name));
        report.path = "disk.img".into();

        let text = describe(&report);

        assert!(text.starts_with("disk.img: "), "{text}");
        for line in text.lines() {
            assert!(line.chars().count() <= 100, "{line}");
            assert_eq!(line, line.trim_end());
        }
    }
    let text = describe(&inspected(&fixture("gpt-two")));
    let row = "   2  yes        2 MiB       1 MiB  Linux filesystem          root\n";
    assert!(text.contains(row), "{text}");
    assert!(
        text.contains("  system        Example Linux 12 (tiny)\n"),
        "{text}"
    );
}

/// Positions and values to overwrite.
fn damage(len: usize) -> impl Strategy<Value = Vec<(usize, u8)>> {
    prop::collection::vec((0..len, any::<u8>()), 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn noise_never_panics(noise in prop::collection::vec(any::<u8>(), 0..4096)) {
        let report = inspected(&noise);
        assert!(!describe(&report).is_empty());
    }

    /// The superblock, group descriptors, inodes and directories of a filesystem of 1 MiB are
    /// within its first 256 KiB.
    #[test]
    fn damaged_filesystems_never_panic(damage in damage(256 << 10), near in damage(4096)) {
        static WHOLE: LazyLock<[Vec<u8>; 2]> =
            LazyLock::new(|| ["tiny-ext2", "tiny-ext4"].map(fixture));
        for image in WHOLE.iter() {
            let mut image = image.clone();
            for (at, value) in damage.iter().chain(&near) {
                image[*at] = *value;
            }
            assert!(!describe(&inspected(&image)).is_empty());
        }
    }

    /// The tables and the beginning of what is in the partitions.
    #[test]
    fn damaged_tables_never_panic(damage in damage(2048), far in damage(3 << 20)) {
        static WHOLE: LazyLock<[Vec<u8>; 2]> =
            LazyLock::new(|| ["gpt-two", "mbr-one"].map(fixture));
        for image in WHOLE.iter() {
            let mut image = image.clone();
            for (at, value) in damage.iter().chain(&far) {
                image[*at] = *value;
            }
            assert!(!describe(&inspected(&image)).is_empty());
        }
    }
}
