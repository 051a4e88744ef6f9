//! Squashfs 4: the superblock at byte 0.
//!
//! Source: Linux' `fs/squashfs/squashfs_fs.h`.

use super::super::field::{has, le16, le32, le64};
use super::super::report::{FilesystemKind, Volume};

const COMPRESSIONS: [&str; 6] = ["gzip", "lzma", "lzo", "xz", "lz4", "zstd"];

pub(super) fn parse(head: &[u8]) -> Option<Volume> {
    if !has(head, 0, b"hsqs") || le16(head, 28)? != 4 {
        return None;
    }
    let mut volume = Volume::new(FilesystemKind::Squashfs);
    volume.size = Some(le64(head, 40)?);
    volume.free = Some(0);
    volume.block_size = le32(head, 12).map(u64::from);
    let compression = usize::from(le16(head, 20)?).checked_sub(1);
    if let Some(name) = compression.and_then(|index| COMPRESSIONS.get(index)) {
        volume.features.push((*name).to_owned());
    }
    Some(volume)
}
