//! ext2, ext3, ext4: the superblock at byte 1024.
//!
//! Source: Linux' Documentation/filesystems/ext4/super.rst.

use super::super::field::{le16, le32, text, uuid};
use super::super::report::{FilesystemKind, Volume, VolumeState};
use super::feature_names;

/// Where the superblock begins.
const START: usize = 1024;

/// `s_feature_compat`: a journal.
const HAS_JOURNAL: u64 = 0x4;
/// `s_feature_incompat`: the journal has to be replayed.
const RECOVER: u64 = 0x4;
/// `s_feature_incompat`: block numbers of 64 bits.
const IS_64BIT: u32 = 0x80;
/// `s_feature_incompat`: group descriptors are spread over the disk.
const META_BG: u32 = 0x10;
/// What ext3 knows of `s_feature_incompat`: `filetype`, `needs_recovery`, `meta_bg`.
const EXT3_INCOMPAT: u32 = 0x2 | 0x4 | META_BG;
/// What ext3 knows of `s_feature_ro_compat`: `sparse_super`, `large_file`, `btree_dir`.
const EXT3_RO_COMPAT: u32 = 0x7;

const COMPAT_NAMES: &[(u64, &str)] = &[
    (HAS_JOURNAL, "has_journal"),
    (0x10, "resize_inode"),
    (0x20, "dir_index"),
    (0x200, "sparse_super2"),
    (0x1000, "orphan_file"),
];
const INCOMPAT_NAMES: &[(u64, &str)] = &[
    (RECOVER, "needs_recovery"),
    (0x8, "journal_dev"),
    (0x10, "meta_bg"),
    (0x40, "extent"),
    (0x80, "64bit"),
    (0x100, "mmp"),
    (0x200, "flex_bg"),
    (0x400, "ea_inode"),
    (0x2000, "metadata_csum_seed"),
    (0x4000, "large_dir"),
    (0x8000, "inline_data"),
    (0x10000, "encrypt"),
    (0x20000, "casefold"),
];
const RO_COMPAT_NAMES: &[(u64, &str)] = &[
    (0x8, "huge_file"),
    (0x10, "uninit_bg"),
    (0x100, "quota"),
    (0x200, "bigalloc"),
    (0x400, "metadata_csum"),
    (0x1000, "read-only"),
    (0x8000, "verity"),
];

/// The numbers that reading files takes. All are checked: sizes are powers of two in their
/// ranges, counts are not zero.
#[derive(Debug, Clone, Copy)]
pub(in crate::disk) struct Geometry {
    /// 1 KiB to 64 KiB.
    pub(in crate::disk) block_size: u32,
    pub(in crate::disk) blocks: u64,
    pub(in crate::disk) first_data_block: u32,
    pub(in crate::disk) inodes: u32,
    pub(in crate::disk) inodes_per_group: u32,
    /// 128 bytes to the block size.
    pub(in crate::disk) inode_size: u16,
    /// 32 bytes, or 64 to 1024 with 64-bit block numbers.
    pub(in crate::disk) descriptor_size: u16,
    /// Whether group descriptors are spread over the disk.
    pub(in crate::disk) has_meta_groups: bool,
}

/// Reads the geometry from the first bytes of a filesystem; `None` when there is no sane
/// superblock.
pub(in crate::disk) fn geometry(head: &[u8]) -> Option<Geometry> {
    let sb = head.get(START..START + 1024)?;
    if le16(sb, 0x38)? != 0xef53 {
        return None;
    }
    let log_block_size = le32(sb, 0x18)?;
    if log_block_size > 6 {
        return None;
    }
    let block_size = 1024_u32 << log_block_size;
    let incompat = le32(sb, 0x60)?;
    let is_64bit = incompat & IS_64BIT != 0;
    let high = if is_64bit { le32(sb, 0x150)? } else { 0 };
    // Revision 0 has inodes of 128 bytes and leaves the field zero.
    let inode_size = if le32(sb, 0x4c)? == 0 {
        128
    } else {
        le16(sb, 0x58)?
    };
    let descriptor_size = if is_64bit { le16(sb, 0xfe)? } else { 32 };
    let geometry = Geometry {
        block_size,
        blocks: u64::from(high) << 32 | u64::from(le32(sb, 0x4)?),
        first_data_block: le32(sb, 0x14)?,
        inodes: le32(sb, 0x0)?,
        inodes_per_group: le32(sb, 0x28)?,
        inode_size,
        descriptor_size,
        has_meta_groups: incompat & META_BG != 0,
    };
    let is_sane = geometry.blocks > 0
        && geometry.blocks.checked_mul(u64::from(block_size)).is_some()
        && u64::from(geometry.first_data_block) < geometry.blocks
        && geometry.inodes_per_group > 0
        && le32(sb, 0x20)? > 0
        && inode_size.is_power_of_two()
        && (128..=block_size).contains(&u32::from(inode_size))
        && descriptor_size.is_power_of_two()
        && (32..=1024).contains(&descriptor_size);
    is_sane.then_some(geometry)
}

pub(super) fn parse(head: &[u8]) -> Option<Volume> {
    let geometry = geometry(head)?;
    let sb = head.get(START..START + 1024)?;
    let (compat, incompat, ro_compat) = (le32(sb, 0x5c)?, le32(sb, 0x60)?, le32(sb, 0x64)?);
    let kind = if incompat & !EXT3_INCOMPAT != 0 || ro_compat & !EXT3_RO_COMPAT != 0 {
        FilesystemKind::Ext4
    } else if u64::from(compat) & HAS_JOURNAL != 0 {
        FilesystemKind::Ext3
    } else {
        FilesystemKind::Ext2
    };
    let state = le16(sb, 0x3a)?;
    let high = if incompat & IS_64BIT != 0 {
        le32(sb, 0x158)?
    } else {
        0
    };
    let free_blocks = u64::from(high) << 32 | u64::from(le32(sb, 0xc)?);
    let block_size = u64::from(geometry.block_size);
    let mut volume = Volume::new(kind);
    volume.label = text(sb, 0x78, 16);
    volume.uuid = uuid(sb, 0x68);
    volume.size = Some(geometry.blocks * block_size);
    volume.block_size = Some(block_size);
    if free_blocks <= geometry.blocks {
        volume.free = Some(free_blocks * block_size);
    } else {
        volume.warnings.push(format!(
            "the superblock counts {free_blocks} free blocks of {}",
            geometry.blocks
        ));
    }
    volume.features = feature_names(u64::from(compat), COMPAT_NAMES);
    let more = feature_names(u64::from(incompat), INCOMPAT_NAMES);
    volume.features.extend(more);
    let more = feature_names(u64::from(ro_compat), RO_COMPAT_NAMES);
    volume.features.extend(more);
    volume.state = Some(if state & 2 != 0 {
        VolumeState::Errors
    } else if u64::from(incompat) & RECOVER != 0 {
        VolumeState::NeedsRecovery
    } else if state & 1 == 0 {
        VolumeState::Dirty
    } else {
        VolumeState::Clean
    });
    volume.last_mounted_on = text(sb, 0x88, 64);
    volume.last_mounted_at = le32(sb, 0x2c).filter(|t| *t != 0).map(u64::from);
    Some(volume)
}
