//! btrfs: the first superblock at 64 KiB.
//!
//! Source: the btrfs on-disk format, section "Superblock".

use super::super::field::{has, le32, le64, text, uuid};
use super::super::report::{FilesystemKind, Volume};
use super::feature_names;

const START: usize = 64 << 10;
const INCOMPAT_NAMES: &[(u64, &str)] = &[
    (0x8, "compress-lzo"),
    (0x10, "compress-zstd"),
    (0x40, "extref"),
    (0x80, "raid56"),
    (0x100, "skinny-metadata"),
    (0x200, "no-holes"),
    (0x1000, "zoned"),
];

pub(super) fn parse(head: &[u8]) -> Option<Volume> {
    let sb = head.get(START..)?;
    if !has(sb, 0x40, b"_BHRfS_M") {
        return None;
    }
    let (size, used) = (le64(sb, 0x70)?, le64(sb, 0x78)?);
    let mut volume = Volume::new(FilesystemKind::Btrfs);
    volume.label = text(sb, 0x12b, 256);
    volume.uuid = uuid(sb, 0x20);
    volume.size = Some(size);
    volume.free = size.checked_sub(used);
    volume.block_size = le32(sb, 0x90).map(u64::from);
    volume.features = feature_names(le64(sb, 0xbc)?, INCOMPAT_NAMES);
    let devices = le64(sb, 0x88)?;
    if devices > 1 {
        let warning = format!("this is one of {devices} devices of the filesystem");
        volume.warnings.push(warning);
    }
    Some(volume)
}
