//! FAT12, FAT16, FAT32: the BIOS parameter block in the boot sector.
//!
//! Source: Microsoft's FAT specification, sections 3 and 4.

use super::super::field::{has, le16, le32, text};
use super::super::report::{FilesystemKind, Volume, VolumeState};

/// Labels that mean "none".
const NO_LABEL: &str = "NO NAME";

pub(super) fn parse(head: &[u8]) -> Option<Volume> {
    let begins_with_jump = has(head, 0, &[0xeb]) || has(head, 0, &[0xe9]);
    if !begins_with_jump || !has(head, 510, &[0x55, 0xaa]) {
        return None;
    }
    let sector = le16(head, 11)?;
    let per_cluster = *head.get(13)?;
    let reserved = le16(head, 14)?;
    let tables = *head.get(16)?;
    let media = *head.get(21)?;
    let is_sane = matches!(sector, 512 | 1024 | 2048 | 4096)
        && per_cluster.is_power_of_two()
        && reserved > 0
        && (1..=2).contains(&tables)
        && (media == 0xf0 || media >= 0xf8);
    if !is_sane {
        return None;
    }
    let table_16 = le16(head, 22)?;
    let is_32 = table_16 == 0;
    let table_sectors = if is_32 {
        le32(head, 36)?
    } else {
        u32::from(table_16)
    };
    let sectors = match le16(head, 19)? {
        0 => le32(head, 32)?,
        few => u32::from(few),
    };
    let root_sectors = (u32::from(le16(head, 17)?) * 32).div_ceil(u32::from(sector));
    let overhead = u64::from(reserved)
        + u64::from(tables) * u64::from(table_sectors)
        + u64::from(root_sectors);
    let clusters = u64::from(sectors).checked_sub(overhead)? / u64::from(per_cluster);
    let kind = match clusters {
        _ if is_32 => FilesystemKind::Fat32,
        ..4085 => FilesystemKind::Fat12,
        _ => FilesystemKind::Fat16,
    };
    let cluster_size = u64::from(sector) * u64::from(per_cluster);
    // The extended block sits further back in FAT32.
    let extended = if is_32 { 64 } else { 36 };
    let mut volume = Volume::new(kind);
    if has(head, extended + 2, &[0x29]) {
        volume.uuid =
            le32(head, extended + 3).map(|id| format!("{:04X}-{:04X}", id >> 16, id & 0xffff));
        volume.label = text(head, extended + 7, 11).filter(|label| label != NO_LABEL);
    }
    volume.size = Some(u64::from(sectors) * u64::from(sector));
    volume.block_size = Some(cluster_size);
    let is_dirty = head.get(extended + 1)? & 1 == 1;
    volume.state = Some(if is_dirty {
        VolumeState::Dirty
    } else {
        VolumeState::Clean
    });
    if is_32 {
        volume.free = free_clusters(head, usize::from(sector))
            .filter(|free| *free <= clusters)
            .map(|free| free * cluster_size);
    }
    Some(volume)
}

/// The free cluster count of the FAT32 information sector. `None` when it is not kept.
fn free_clusters(head: &[u8], sector: usize) -> Option<u64> {
    let info = usize::from(le16(head, 48)?) * sector;
    let is_info = has(head, info, b"RRaA") && has(head, info + 484, b"rrAa");
    let free = le32(head, info + 488)?;
    (is_info && free != u32::MAX).then_some(u64::from(free))
}
