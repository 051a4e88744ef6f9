//! Master boot record and its chain of logical partitions.
//!
//! ```text
//! sector 0   440 bytes code │ disk signature │ 4 × 16-byte entry │ 55 AA
//! entry      status │ CHS │ type │ CHS │ first sector (u32) │ sectors (u32)
//! extended   EBR: entry 1 = the logical partition, relative to this EBR
//!                 entry 2 = the next EBR, relative to the extended partition
//! ```

use std::io;

use super::field::{has, le32};
use super::partition_type::{is_extended, mbr_name};
use super::report::{Partition, PartitionRole, PartitionTable, Scheme};
use super::window::Window;

/// Bytes in a sector, as MBR tables of disk images count them.
const SECTOR: u32 = 512;

/// Logical partitions that are followed. Linux stops at 60 (`sda5` to `sda63` and some).
const MAX_LOGICAL: u32 = 128;

/// One entry as it stands in a sector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) active: bool,
    pub(super) code: u8,
    /// In sectors, relative to what the table is relative to.
    pub(super) first: u32,
    pub(super) sectors: u32,
}

impl Entry {
    fn is_used(self) -> bool {
        self.code != 0 && self.sectors != 0
    }
}

/// The four entries of a boot sector. `None` when this is no partition table: no signature, or
/// a status byte that is neither 0 nor 0x80, as in the boot code of a filesystem.
pub(super) fn entries(sector: &[u8]) -> Option<[Entry; 4]> {
    if !has(sector, 510, &[0x55, 0xaa]) {
        return None;
    }
    let mut found = [Entry {
        active: false,
        code: 0,
        first: 0,
        sectors: 0,
    }; 4];
    for (index, entry) in found.iter_mut().enumerate() {
        let at = 446 + 16 * index;
        let status = *sector.get(at)?;
        if status & 0x7f != 0 {
            return None;
        }
        *entry = Entry {
            active: status == 0x80,
            code: *sector.get(at + 4)?,
            first: le32(sector, at + 8)?,
            sectors: le32(sector, at + 12)?,
        };
    }
    Some(found)
}

/// Reads the table in the first sector of `disk`. `None` when there is none, or none of its
/// partitions begins on the disk.
pub(super) fn read(disk: &Window<'_>, head: &[u8]) -> io::Result<Option<PartitionTable>> {
    let Some(primary) = entries(head) else {
        return Ok(None);
    };
    let begins_inside = |e: &Entry| {
        e.is_used() && e.first > 0 && u64::from(e.first) * u64::from(SECTOR) < disk.len()
    };
    if !primary.iter().any(begins_inside) {
        return Ok(None);
    }
    let mut table = PartitionTable {
        scheme: Scheme::Mbr,
        id: le32(head, 440)
            .filter(|id| *id != 0)
            .map(|id| format!("0x{id:08x}")),
        sector_size: SECTOR,
        partitions: Vec::new(),
        warnings: Vec::new(),
    };
    let mut extended = None;
    for (number, entry) in (1..).zip(primary) {
        if !entry.is_used() {
            continue;
        }
        let role = if is_extended(entry.code) {
            if extended.is_some() {
                table
                    .warnings
                    .push("more than one extended partition; only the first is read".to_owned());
            } else {
                extended = Some(entry);
            }
            PartitionRole::Extended
        } else {
            PartitionRole::Primary
        };
        let start = u64::from(entry.first);
        table.partitions.push(partition(number, role, start, entry));
    }
    if let Some(extended) = extended {
        read_logical(disk, extended, &mut table)?;
    }
    Ok(Some(table))
}

/// Follows the chain of extended boot records. It has to run forward, which real ones do and
/// which makes a loop impossible.
fn read_logical(disk: &Window<'_>, extended: Entry, table: &mut PartitionTable) -> io::Result<()> {
    let base = u64::from(extended.first);
    let mut at = base;
    for number in 5..5 + MAX_LOGICAL {
        let sector = disk.read(at * u64::from(SECTOR), 512)?;
        let Some([logical, next, ..]) = entries(&sector) else {
            table
                .warnings
                .push(format!("no extended boot record at sector {at}"));
            return Ok(());
        };
        if logical.is_used() {
            let start = at + u64::from(logical.first);
            let found = partition(number, PartitionRole::Logical, start, logical);
            table.partitions.push(found);
        }
        if !next.is_used() {
            return Ok(());
        }
        let target = base + u64::from(next.first);
        if target <= at {
            table.warnings.push(format!(
                "the extended boot record at sector {at} points back to sector {target}"
            ));
            return Ok(());
        }
        at = target;
    }
    table.warnings.push(format!(
        "more than {MAX_LOGICAL} logical partitions; the rest is not shown"
    ));
    Ok(())
}

fn partition(number: u32, role: PartitionRole, first: u64, entry: Entry) -> Partition {
    Partition {
        number,
        role,
        start: first * u64::from(SECTOR),
        size: u64::from(entry.sectors) * u64::from(SECTOR),
        type_code: format!("0x{:02x}", entry.code),
        type_name: mbr_name(entry.code),
        name: None,
        guid: None,
        bootable: entry.active,
        attributes: Vec::new(),
        volume: None,
    }
}
