//! Reads files out of an ext2, ext3 or ext4 filesystem that nobody vouches for.
//!
//! ```text
//! path ─► directory entry ─► inode ─► logical block ─┬─ extent tree, one way down
//!                                                    └─ block map, one way down
//! ```
//!
//! Every block of the filesystem that is looked at costs from one budget, and each block is found
//! by one descent of at most six levels. So a filesystem made to mislead (a directory of a
//! million blocks which are all the same, a tree that contains itself) ends in
//! [`ExtError::TooMuch`] and not in hours of work, which a reader that walks all blocks of a
//! directory cannot promise. Checksums are not checked, and a journal is not replayed: this
//! looks, it does not restore.
//!
//! Source: Linux' Documentation/filesystems/ext4/.

mod directory;
mod inode;
mod map;

#[cfg(test)]
mod tests;

use std::cell::Cell;
use std::io;

use super::field::le32;
use super::filesystem::ext::{self, Geometry};
use super::window::Window;

pub(super) use inode::Inode;

/// Bytes that are read from one filesystem before giving up: some thousand blocks, where an
/// ordinary inspection takes some hundred.
const BUDGET: u64 = 64 << 20;

/// Why something is not readable.
#[derive(Debug, thiserror::Error)]
pub(super) enum ExtError {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("it is damaged: {0}")]
    Corrupt(&'static str),
    #[error("it uses {0}, which is not supported here")]
    Unsupported(&'static str),
    #[error("looking further would take too much reading")]
    TooMuch,
    #[error("no such file")]
    NotFound,
}

/// An ext filesystem, open for reading.
pub(super) struct ExtFs<'a> {
    window: Window<'a>,
    geometry: Geometry,
    budget: Cell<u64>,
}

impl<'a> ExtFs<'a> {
    /// Opens the filesystem that fills `window`.
    pub(super) fn open(window: Window<'a>) -> Result<Self, ExtError> {
        let head = window.read(0, 2048)?;
        let geometry =
            ext::geometry(&head).ok_or(ExtError::Corrupt("the superblock is not plausible"))?;
        if geometry.has_meta_groups {
            return Err(ExtError::Unsupported("meta_bg"));
        }
        Ok(Self {
            window,
            geometry,
            budget: Cell::new(BUDGET),
        })
    }

    fn block_size(&self) -> usize {
        self.geometry.block_size as usize
    }

    /// Block `number`, whole.
    fn block(&self, number: u64) -> Result<Vec<u8>, ExtError> {
        if number == 0 || number >= self.geometry.blocks {
            return Err(ExtError::Corrupt(
                "a block number is outside the filesystem",
            ));
        }
        let size = self.block_size();
        // In range: the geometry is only accepted when blocks times block size fits.
        self.bytes(number * u64::from(self.geometry.block_size), size)
    }

    /// Exactly `len` bytes at `offset`, paid from the budget.
    fn bytes(&self, offset: u64, len: usize) -> Result<Vec<u8>, ExtError> {
        let left = self.budget.get().checked_sub(len as u64);
        self.budget.set(left.ok_or(ExtError::TooMuch)?);
        let bytes = self.window.read(offset, len)?;
        if bytes.len() < len {
            return Err(ExtError::Corrupt("it is longer than the image"));
        }
        Ok(bytes)
    }

    /// Inode `number`.
    fn inode(&self, number: u32) -> Result<Inode, ExtError> {
        const NOT_THERE: ExtError = ExtError::Corrupt("an inode number is out of range");
        let Geometry {
            block_size,
            first_data_block,
            inodes,
            inodes_per_group,
            inode_size,
            descriptor_size,
            ..
        } = self.geometry;
        if number > inodes {
            return Err(NOT_THERE);
        }
        let index = number.checked_sub(1).ok_or(NOT_THERE)?;
        let (group, slot) = (index / inodes_per_group, index % inodes_per_group);
        let descriptors = (u64::from(first_data_block) + 1) * u64::from(block_size);
        let at = descriptors + u64::from(group) * u64::from(descriptor_size);
        let descriptor = self.bytes(at, usize::from(descriptor_size))?;
        let cut = || ExtError::Corrupt("a group descriptor is cut off");
        let low = le32(&descriptor, 8).ok_or_else(cut)?;
        let high = if descriptor_size >= 64 {
            le32(&descriptor, 0x28).ok_or_else(cut)?
        } else {
            0
        };
        let table = u64::from(high) << 32 | u64::from(low);
        if table == 0 || table >= self.geometry.blocks {
            return Err(ExtError::Corrupt(
                "an inode table is outside the filesystem",
            ));
        }
        let offset = u64::from(slot) * u64::from(inode_size);
        let at = (table * u64::from(block_size)).saturating_add(offset);
        Inode::parse(&self.bytes(at, 128)?).ok_or(ExtError::Corrupt("an inode is cut off"))
    }

    /// Up to `limit` bytes from the beginning of `inode`. Holes are zeros.
    pub(super) fn read(&self, inode: &Inode, limit: usize) -> Result<Vec<u8>, ExtError> {
        let len = usize::try_from(inode.size).map_or(limit, |size| size.min(limit));
        if inode.is_encrypted() {
            return Err(ExtError::Unsupported("encryption"));
        }
        if inode.is_inline() {
            return inode
                .block
                .get(..len)
                .map(<[u8]>::to_vec)
                .ok_or(ExtError::Unsupported("inline data"));
        }
        let mut content = Vec::with_capacity(len);
        for logical in 0.. {
            if content.len() >= len {
                break;
            }
            match self.map(inode, logical)? {
                Some(physical) => content.extend(self.block(physical)?),
                None => content.resize(content.len() + self.block_size(), 0),
            }
        }
        content.truncate(len);
        Ok(content)
    }
}
