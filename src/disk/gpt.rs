//! GUID partition table.
//!
//! ```text
//! sector 0     protective MBR: one partition of type 0xEE
//! sector 1     header: "EFI PART", CRC-32, own and other header's sector, disk GUID,
//!              where the entries are, how many, how large, their CRC-32
//! sector 2…    entries: type GUID, own GUID, first and last sector, attributes, name
//! last sector  the header again, its entries before it
//! ```
//!
//! Source: UEFI 2.10, section 5.3.

use std::io;

use super::field::{guid, has, le32, le64, utf16};
use super::mbr;
use super::partition_type::gpt_name;
use super::report::{Partition, PartitionRole, PartitionTable, Scheme};
use super::window::Window;

/// Entries that are read. Every tool makes 128.
const MAX_ENTRIES: u32 = 1024;

/// Largest entry that is read; the standard has 128 bytes, and 2^n times that.
const MAX_ENTRY_SIZE: u32 = 1024;

/// Attribute bits and their names (UEFI 2.10 table 5.8; systemd's and Microsoft's above 48).
const ATTRIBUTES: &[(u32, &str)] = &[
    (0, "required"),
    (1, "no-block-io"),
    (59, "grow-fs"),
    (60, "read-only"),
    (62, "hidden"),
    (63, "no-automount"),
];

/// What a header says, as far as it is used.
#[derive(Debug)]
struct Header {
    /// Sector of the other header.
    other: u64,
    disk_guid: Option<String>,
    entries_at: u64,
    count: u32,
    entry_size: u32,
    entries_crc: u32,
}

/// Why a sector is not a header. The texts end the sentence "the primary GPT header …".
enum NoHeader {
    Missing,
    Bad(&'static str),
}

/// Reads the table of `disk`, with sectors of 512 or of 4096 bytes. `None` when there is no
/// usable header at either end.
pub(super) fn read(disk: &Window<'_>, head: &[u8]) -> io::Result<Option<PartitionTable>> {
    for sector_size in [512, 4096] {
        if let Some(table) = read_with(disk, head, sector_size)? {
            return Ok(Some(table));
        }
    }
    Ok(None)
}

fn read_with(
    disk: &Window<'_>,
    head: &[u8],
    sector_size: u32,
) -> io::Result<Option<PartitionTable>> {
    let sector = u64::from(sector_size);
    let last = (disk.len() / sector).saturating_sub(1);
    let primary = header_at(disk, sector_size, 1)?;
    let backup_at = match &primary {
        Ok(header) => header.other,
        Err(_) => last,
    };
    let backup = header_at(disk, sector_size, backup_at)?;
    let mut warnings = Vec::new();
    let header = match (primary, backup) {
        (Ok(primary), backup) => {
            if backup_at < last {
                warnings.push(format!(
                    "the backup GPT is at sector {backup_at}, not at the last sector {last}"
                ));
            }
            if backup_at > last {
                warnings.push(format!(
                    "the backup GPT would be at sector {backup_at}, but the disk ends at {last}"
                ));
            } else if let Err(problem) = backup {
                warnings.push(problem.tell("backup"));
            }
            primary
        }
        (Err(problem), Ok(backup)) => {
            warnings.push(problem.tell("primary") + "; the backup is used");
            backup
        }
        (Err(_), Err(_)) => return Ok(None),
    };
    if !has_protective_mbr(head) {
        warnings.push("no protective MBR".to_owned());
    } else if is_hybrid(head) {
        warnings.push("the MBR lists partitions too (hybrid MBR)".to_owned());
    }
    let partitions = read_entries(disk, &header, sector, &mut warnings)?;
    Ok(Some(PartitionTable {
        scheme: Scheme::Gpt,
        id: header.disk_guid,
        sector_size,
        partitions,
        warnings,
    }))
}

impl NoHeader {
    fn tell(&self, which: &str) -> String {
        match self {
            Self::Missing => format!("the {which} GPT header is missing"),
            Self::Bad(why) => format!("the {which} GPT header {why}"),
        }
    }
}

fn header_at(
    disk: &Window<'_>,
    sector_size: u32,
    number: u64,
) -> io::Result<Result<Header, NoHeader>> {
    let offset = number.saturating_mul(u64::from(sector_size));
    Ok(parse_header(&disk.read(offset, 512)?, number))
}

fn parse_header(bytes: &[u8], number: u64) -> Result<Header, NoHeader> {
    if !has(bytes, 0, b"EFI PART") {
        return Err(NoHeader::Missing);
    }
    let short = || NoHeader::Bad("is cut off");
    let size = le32(bytes, 12).ok_or_else(short)?;
    let size = usize::try_from(size)
        .ok()
        .filter(|size| (92..=512).contains(size))
        .ok_or(NoHeader::Bad("has an impossible size"))?;
    let mut checked = bytes.get(..size).ok_or_else(short)?.to_vec();
    checked[16..20].fill(0); // the CRC is taken with its own field zero
    if Some(crc32fast::hash(&checked)) != le32(bytes, 16) {
        return Err(NoHeader::Bad("has a bad CRC"));
    }
    if le64(bytes, 24) != Some(number) {
        return Err(NoHeader::Bad("names another sector as its own"));
    }
    Ok(Header {
        other: le64(bytes, 32).ok_or_else(short)?,
        disk_guid: guid(bytes, 56),
        entries_at: le64(bytes, 72).ok_or_else(short)?,
        count: le32(bytes, 80).ok_or_else(short)?,
        entry_size: le32(bytes, 84).ok_or_else(short)?,
        entries_crc: le32(bytes, 88).ok_or_else(short)?,
    })
}

fn read_entries(
    disk: &Window<'_>,
    header: &Header,
    sector: u64,
    warnings: &mut Vec<String>,
) -> io::Result<Vec<Partition>> {
    if !(128..=MAX_ENTRY_SIZE).contains(&header.entry_size) || !header.entry_size.is_multiple_of(8)
    {
        warnings.push(format!(
            "GPT entries of {} bytes, expected 128",
            header.entry_size
        ));
        return Ok(Vec::new());
    }
    let count = header.count.min(MAX_ENTRIES);
    if count < header.count {
        warnings.push(format!(
            "the GPT has {} entries; the first {MAX_ENTRIES} are read",
            header.count
        ));
    }
    let entry_size = header.entry_size as usize;
    let offset = header.entries_at.saturating_mul(sector);
    let bytes = disk.read(offset, count as usize * entry_size)?;
    if bytes.len() < count as usize * entry_size {
        warnings.push("the GPT entries are cut off".to_owned());
    } else if count == header.count && crc32fast::hash(&bytes) != header.entries_crc {
        warnings.push("the GPT entries have a bad CRC".to_owned());
    }
    Ok((1..)
        .zip(bytes.chunks_exact(entry_size))
        .filter_map(|(number, entry)| parse_entry(number, entry, sector))
        .collect())
}

/// One entry; `None` when it is unused.
fn parse_entry(number: u32, entry: &[u8], sector: u64) -> Option<Partition> {
    let type_code = guid(entry, 0)?;
    let (first, last) = (le64(entry, 32)?, le64(entry, 40)?);
    let attributes = le64(entry, 48)?;
    let is_set = |bit: u32| attributes >> bit & 1 == 1;
    Some(Partition {
        number,
        role: PartitionRole::Primary,
        start: first.saturating_mul(sector),
        size: last
            .checked_sub(first)
            .map_or(0, |more| more.saturating_add(1).saturating_mul(sector)),
        type_name: gpt_name(&type_code),
        type_code,
        name: utf16(entry, 56, 72),
        guid: guid(entry, 16),
        bootable: is_set(2),
        attributes: ATTRIBUTES
            .iter()
            .filter(|(bit, _)| is_set(*bit))
            .map(|(_, name)| (*name).to_owned())
            .collect(),
        volume: None,
    })
}

fn has_protective_mbr(head: &[u8]) -> bool {
    mbr::entries(head).is_some_and(|all| all.iter().any(|e| e.code == 0xee))
}

fn is_hybrid(head: &[u8]) -> bool {
    mbr::entries(head).is_some_and(|all| all.iter().any(|e| !matches!(e.code, 0 | 0xee)))
}
