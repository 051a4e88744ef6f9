//! XFS: the superblock at byte 0, big-endian.
//!
//! Source: XFS Algorithms & Data Structures, chapter "Superblocks".

use super::super::field::{be16, be32, be64, has, text, uuid};
use super::super::report::{FilesystemKind, Volume};
use super::feature_names;

const RO_COMPAT_NAMES: &[(u64, &str)] = &[(1, "finobt"), (2, "rmapbt"), (4, "reflink")];
const INCOMPAT_NAMES: &[(u64, &str)] = &[(1, "ftype"), (2, "sparse"), (8, "bigtime")];

pub(super) fn parse(head: &[u8]) -> Option<Volume> {
    if !has(head, 0, b"XFSB") {
        return None;
    }
    let block_size = be32(head, 4)?;
    if !block_size.is_power_of_two() || !(512..=65536).contains(&block_size) {
        return None;
    }
    let block_size = u64::from(block_size);
    let (blocks, free_blocks) = (be64(head, 8)?, be64(head, 144)?);
    let version = be16(head, 100)? & 0xf;
    let mut volume = Volume::new(FilesystemKind::Xfs);
    volume.label = text(head, 108, 12);
    volume.uuid = uuid(head, 32);
    volume.size = Some(blocks.checked_mul(block_size)?);
    volume.free = (free_blocks <= blocks).then(|| free_blocks * block_size);
    volume.block_size = Some(block_size);
    volume.features.push(format!("v{version}"));
    if version == 5 {
        let names = feature_names(u64::from(be32(head, 212)?), RO_COMPAT_NAMES);
        volume.features.extend(names);
        let names = feature_names(u64::from(be32(head, 216)?), INCOMPAT_NAMES);
        volume.features.extend(names);
    }
    if head.get(126) == Some(&1) {
        volume.warnings.push("mkfs.xfs did not finish".to_owned());
    }
    Some(volume)
}
