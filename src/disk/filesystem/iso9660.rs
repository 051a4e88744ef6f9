//! ISO 9660: the primary volume descriptor at 32 KiB.
//!
//! Source: ECMA-119, section 8.4.

use super::super::field::{has, le16, le32, text};
use super::super::report::{FilesystemKind, Volume};

const START: usize = 32 << 10;

pub(super) fn parse(head: &[u8]) -> Option<Volume> {
    let descriptor = head.get(START..)?;
    if !has(descriptor, 0, b"\x01CD001") {
        return None;
    }
    let block_size = u64::from(le16(descriptor, 128)?);
    let mut volume = Volume::new(FilesystemKind::Iso9660);
    volume.label = text(descriptor, 40, 32);
    volume.size = Some(u64::from(le32(descriptor, 80)?) * block_size);
    volume.free = Some(0);
    volume.block_size = Some(block_size);
    Some(volume)
}
