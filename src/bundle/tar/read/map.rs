//! Where in the image a member's data belongs, checked as the map comes.

use super::super::header::{self, MAP_ENTRY};
use super::super::{BLOCK, ENTRIES_IN_EXTENSION};
use crate::disk::extents::Extent;

/// Most entries of a sparse map: what GNU tar needs for 32 GiB of which every other block of
/// 4 KiB is a hole. It bounds the memory that a map takes to 64 MiB.
pub(super) const MOST_ENTRIES: usize = 1 << 22;

/// The size of an image and the place of its data.
#[derive(Debug)]
pub(super) struct ImageMap {
    /// Size of the image.
    pub size: u64,
    /// Bytes of data that the header announces.
    pub data_len: u64,
    /// Data in ascending order, none of it empty.
    pub extents: Vec<Extent>,
    /// Bytes of data that the map holds so far.
    mapped: u64,
    /// Entries that have come, empty ones included.
    entries: usize,
}

impl ImageMap {
    /// The map of a member that is data from end to end.
    pub fn plain(size: u64) -> Self {
        Self {
            size,
            data_len: size,
            extents: vec![Extent {
                offset: 0,
                len: size,
            }],
            mapped: size,
            entries: 1,
        }
    }

    /// A map to which entries are to be added.
    pub fn sparse(size: u64, data_len: u64) -> Self {
        Self {
            size,
            data_len,
            extents: Vec::new(),
            mapped: 0,
            entries: 0,
        }
    }

    /// Adds the entries of a header up to the first unused one; returns whether all are used.
    pub fn add(&mut self, entries: &[u8]) -> Result<bool, String> {
        for entry in entries.chunks(MAP_ENTRY) {
            if entry.iter().all(|byte| *byte == 0) {
                return Ok(false);
            }
            let (offset, len) = entry.split_at(MAP_ENTRY / 2);
            let (Some(offset), Some(len)) = (header::number(offset), header::number(len)) else {
                return Err("the map of a sparse file has a malformed number".to_owned());
            };
            self.add_extent(Extent { offset, len })?;
        }
        Ok(true)
    }

    /// Adds a block of entries; returns whether another one follows.
    pub fn add_block(&mut self, block: &[u8]) -> Result<bool, String> {
        let (entries, rest) = block.split_at(ENTRIES_IN_EXTENSION * MAP_ENTRY);
        let all_used = self.add(entries)?;
        more_follow(all_used, rest[0])
    }

    /// Checks that the map holds as much data as the header announced.
    pub fn check_whole(&self) -> Result<(), String> {
        if self.mapped == self.data_len {
            return Ok(());
        }
        Err(format!(
            "the map of a sparse file has {} bytes of data, its header says {}",
            self.mapped, self.data_len
        ))
    }

    fn add_extent(&mut self, extent: Extent) -> Result<(), String> {
        let Extent { offset, len } = extent;
        self.entries += 1;
        if self.entries > MOST_ENTRIES {
            return Err(format!(
                "the map of a sparse file has more than {MOST_ENTRIES} entries"
            ));
        }
        let last = self.extents.last();
        let start = last.map_or(0, |last| last.end());
        if offset < start {
            return Err(format!(
                "the map of a sparse file goes back from {start} to {offset}"
            ));
        }
        let end = offset.checked_add(len);
        if end.is_none_or(|end| end > self.size) {
            return Err(format!(
                "the map of a sparse file puts {len} bytes at {offset} of {}",
                self.size
            ));
        }
        if len == 0 {
            return Ok(()); // marks the end of the file
        }
        // Here readers disagree: GNU tar pads every extent to whole blocks, others only the last.
        if let Some(last) = last.filter(|last| last.len % BLOCK != 0) {
            return Err(format!(
                "the map of a sparse file has {} bytes at {}, expected whole blocks of {BLOCK}",
                last.len, last.offset
            ));
        }
        self.mapped += len; // not more than the image's size
        if self.mapped > self.data_len {
            return self.check_whole();
        }
        self.extents.push(extent);
        Ok(())
    }
}

/// Whether a block of entries follows one that says `flag`. Behind unused entries there can be
/// none: a map of empty blocks would never end.
pub(super) fn more_follow(all_used: bool, flag: u8) -> Result<bool, String> {
    match flag {
        0 => Ok(false),
        _ if all_used => Ok(true),
        _ => Err("the map of a sparse file goes on behind its end".to_owned()),
    }
}
