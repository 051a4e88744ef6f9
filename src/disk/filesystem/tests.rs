//! Superblocks that the filesystems' own tools made, and damaged ones.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::super::report::{FilesystemKind, VolumeState};
use super::super::tests::fixture;
use super::*;

fn parsed(name: &str) -> Volume {
    recognise(&fixture(name)).unwrap()
}

#[test]
fn xfs_tells_label_uuid_and_usage() {
    let volume = parsed("xfs-head");

    assert_eq!(volume.filesystem, FilesystemKind::Xfs);
    assert_eq!(volume.label.as_deref(), Some("tiny-xfs"));
    assert_eq!(
        volume.uuid.as_deref(),
        Some("6a1e2c6e-0000-4000-8000-000000000004")
    );
    assert_eq!(volume.size, Some(300 << 20));
    assert!(volume.free.unwrap() > 200 << 20);
    assert_eq!(volume.block_size, Some(4096));
    assert!(volume.features.contains(&"reflink".to_owned()));
}

#[test]
fn btrfs_tells_label_uuid_and_usage() {
    let volume = parsed("btrfs-head");

    assert_eq!(volume.filesystem, FilesystemKind::Btrfs);
    assert_eq!(volume.label.as_deref(), Some("tiny-btrfs"));
    assert_eq!(
        volume.uuid.as_deref(),
        Some("6a1e2c6e-0000-4000-8000-000000000005")
    );
    assert_eq!(volume.size, Some(128 << 20));
    assert_eq!(volume.block_size, Some(4096));
    assert!(volume.features.contains(&"no-holes".to_owned()));
}

#[test]
fn fat32_tells_label_serial_and_usage() {
    let volume = parsed("fat32-head");

    assert_eq!(volume.filesystem, FilesystemKind::Fat32);
    assert_eq!(volume.label.as_deref(), Some("TINY-FAT"));
    assert_eq!(volume.uuid.as_deref(), Some("1234-ABCD"));
    assert_eq!(volume.size, Some(64 << 20));
    assert!(volume.free.unwrap() > 60 << 20);
    assert_eq!(volume.state, Some(VolumeState::Clean));
}

#[test]
fn squashfs_tells_its_compression() {
    let volume = parsed("squashfs-head");

    assert_eq!(volume.filesystem, FilesystemKind::Squashfs);
    assert_eq!(volume.features, ["xz"]);
    assert_eq!(volume.block_size, Some(128 << 10));
}

#[test]
fn luks_tells_label_and_uuid() {
    let volume = parsed("luks-head");

    assert_eq!(volume.filesystem, FilesystemKind::Luks);
    assert_eq!(volume.label.as_deref(), Some("tiny-luks"));
    assert_eq!(
        volume.uuid.as_deref(),
        Some("6a1e2c6e-0000-4000-8000-000000000006")
    );
    assert_eq!(volume.features, ["version 2"]);
}

/// A physical volume as the module header of `lvm2` draws it.
fn physical_volume() -> Vec<u8> {
    let mut head = vec![0; 16 << 10];
    let mut put = |at: usize, what: &[u8]| head[at..at + what.len()].copy_from_slice(what);
    put(512, b"LABELONE");
    put(512 + 20, &32_u32.to_le_bytes());
    put(512 + 24, b"LVM2 001");
    put(544, b"abcdefghijklmnopqrstuvwxyz012345");
    put(544 + 32, &(64_u64 << 20).to_le_bytes());
    put(544 + 40, &(1_u64 << 20).to_le_bytes()); // data area; a zero pair follows
    put(544 + 72, &4096_u64.to_le_bytes()); // metadata area
    put(4096 + 4, b" LVM2 x[5A%r0N*>");
    put(4096 + 40, &512_u64.to_le_bytes());
    put(4096 + 512, b"vg_root {\nid = 1\n}\n");
    head
}

#[test]
fn lvm_tells_its_group_uuid_and_size() {
    let volume = recognise(&physical_volume()).unwrap();

    assert_eq!(volume.filesystem, FilesystemKind::Lvm2);
    assert_eq!(volume.label.as_deref(), Some("vg_root"));
    assert_eq!(
        volume.uuid.as_deref(),
        Some("abcdef-ghij-klmn-opqr-stuv-wxyz-012345")
    );
    assert_eq!(volume.size, Some(64 << 20));
}

#[test]
fn iso9660_tells_its_label() {
    let mut head = vec![0; 40 << 10];
    head[0x8000..0x8006].copy_from_slice(b"\x01CD001");
    head[0x8000 + 40..][..8].copy_from_slice(b"TINY-ISO");
    head[0x8000 + 80..][..4].copy_from_slice(&100_u32.to_le_bytes());
    head[0x8000 + 128..][..2].copy_from_slice(&2048_u16.to_le_bytes());

    let volume = recognise(&head).unwrap();

    assert_eq!(volume.filesystem, FilesystemKind::Iso9660);
    assert_eq!(volume.label.as_deref(), Some("TINY-ISO"));
    assert_eq!(volume.size, Some(100 * 2048));
}

#[test]
fn a_journal_to_replay_and_errors_are_told() {
    let mut head = fixture("tiny-ext4");
    head[1024 + 0x60] |= 4;
    assert_eq!(
        recognise(&head).unwrap().state,
        Some(VolumeState::NeedsRecovery)
    );
    head[1024 + 0x3a] |= 2;
    assert_eq!(recognise(&head).unwrap().state, Some(VolumeState::Errors));
}

#[test]
fn an_ext_superblock_that_counts_wrong_is_none() {
    let whole = fixture("tiny-ext4");
    // Block size of 2^42, no inodes in a group, inode size of 1.
    for (at, value) in [(0x18, 32_u32), (0x28, 0), (0x58, 1)] {
        let mut head = whole.clone();
        head[1024 + at..][..4].copy_from_slice(&value.to_le_bytes());

        assert_eq!(recognise(&head), None);
    }
}

proptest! {
    #[test]
    fn damaged_superblocks_never_panic(
        damage in prop::collection::vec((0..1024_usize, any::<u8>()), 1..40),
        cut in 0..HEAD,
    ) {
        const NAMES: [&str; 5] =
            ["xfs-head", "btrfs-head", "fat32-head", "squashfs-head", "luks-head"];
        static WHOLE: LazyLock<[Vec<u8>; 5]> = LazyLock::new(|| NAMES.map(fixture));
        for mut head in WHOLE.iter().cloned().chain([physical_volume()]) {
            for start in [0, 512, 4096, 64 << 10] {
                for (at, value) in &damage {
                    if let Some(byte) = head.get_mut(start + at / 4) {
                        *byte = *value;
                    }
                }
            }
            recognise(&head);
            head.truncate(cut);
            recognise(&head);
            // What magic is left must not decide alone: every parser sees every head.
            for parse in PARSERS {
                parse(&head);
            }
        }
    }
}
