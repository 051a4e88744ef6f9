//! Reads files out of an ext2, ext3 or ext4 filesystem that nobody vouches for.
//!
//! ```text
//! path ─► directory entry ─► inode ─► logical block ─┬─ extent tree, one way down
//!                                                    └─ block map, one way down
//! ```
//!
//! Every block of the filesystem that is looked at costs from a [`Budget`], and each block is found
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

use std::cell::RefCell;
use std::fmt;
use std::io;
use std::rc::Rc;

use super::budget::Budget;
use super::field::le32;
use super::filesystem::ext::{self, Geometry};
use super::window::Window;

pub use inode::Inode;

/// Blocks of directories, inodes and maps that are remembered.
const REMEMBERED: usize = 64;

/// Why something is not readable.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExtError {
    /// The image cannot be read there.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The filesystem contradicts itself.
    #[error("it is damaged: {0}")]
    Corrupt(&'static str),
    /// The filesystem is newer than this reader, or encrypted.
    #[error("it uses {0}, which is not supported here")]
    Unsupported(&'static str),
    /// The budget is used up.
    #[error("looking further would take too much reading")]
    TooMuch,
    /// There is no file of that name.
    #[error("no such file")]
    NotFound,
}

/// A block's number and content.
type Remembered = (u64, Rc<[u8]>);

/// An ext filesystem, open for reading.
pub struct ExtFs<'a> {
    window: Window<'a>,
    geometry: Geometry,
    budget: &'a Budget,
    /// Blocks that may be asked for again, each in the one place that its number gives it.
    recent: RefCell<Vec<Option<Remembered>>>,
}

impl fmt::Debug for ExtFs<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("ExtFs");
        shown
            .field("geometry", &self.geometry)
            .finish_non_exhaustive()
    }
}

impl<'a> ExtFs<'a> {
    /// Opens the filesystem that fills `window`.
    pub(super) fn open(window: Window<'a>, budget: &'a Budget) -> Result<Self, ExtError> {
        let head = window.read(0, 2048)?;
        let geometry =
            ext::geometry(&head).ok_or(ExtError::Corrupt("the superblock is not plausible"))?;
        if geometry.has_meta_groups {
            return Err(ExtError::Unsupported("meta_bg"));
        }
        Ok(Self {
            window,
            geometry,
            budget,
            recent: RefCell::new(vec![None; REMEMBERED]),
        })
    }

    fn block_size(&self) -> usize {
        self.geometry.block_size as usize
    }

    /// Block `number`, whole, which is likely to be asked for again.
    fn block(&self, number: u64) -> Result<Rc<[u8]>, ExtError> {
        let slot = usize::try_from(number).map_or(0, |number| number % REMEMBERED);
        if let Some((known, block)) = &self.recent.borrow()[slot]
            && *known == number
        {
            if !self.budget.pay_remembered(block.len()) {
                return Err(ExtError::TooMuch);
            }
            return Ok(Rc::clone(block));
        }
        let block: Rc<[u8]> = self.data_block(number)?.into();
        self.recent.borrow_mut()[slot] = Some((number, Rc::clone(&block)));
        Ok(block)
    }

    /// Block `number`, whole, which is not remembered.
    fn data_block(&self, number: u64) -> Result<Vec<u8>, ExtError> {
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
        if !self.budget.pay_read(len) {
            return Err(ExtError::TooMuch);
        }
        let bytes = self.window.read(offset, len)?;
        if bytes.len() < len {
            return Err(ExtError::Corrupt("it is longer than the image"));
        }
        Ok(bytes)
    }

    /// Inode `number`.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    pub fn inode(&self, number: u32) -> Result<Inode, ExtError> {
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
        // Descriptors and inodes are powers of two in size, so that none is in two blocks.
        let per_block = block_size / u32::from(descriptor_size);
        // The superblock is in block 1 of 1 KiB, even where `bigalloc` counts from block 0.
        let superblock = first_data_block.max(u32::from(block_size == 1024));
        let block = u64::from(superblock) + 1 + u64::from(group / per_block);
        let descriptors = self.block(block)?;
        let descriptor = (group % per_block) as usize * usize::from(descriptor_size);
        let cut = || ExtError::Corrupt("a group descriptor is cut off");
        let low = le32(&descriptors, descriptor + 8).ok_or_else(cut)?;
        let high = if descriptor_size >= 64 {
            le32(&descriptors, descriptor + 0x28).ok_or_else(cut)?
        } else {
            0
        };
        let table = u64::from(high) << 32 | u64::from(low);
        if table == 0 || table >= self.geometry.blocks {
            return Err(ExtError::Corrupt(
                "an inode table is outside the filesystem",
            ));
        }
        let per_block = block_size / u32::from(inode_size);
        let inodes = self.block(table + u64::from(slot / per_block))?;
        let at = (slot % per_block) as usize * usize::from(inode_size);
        let inode = inodes.get(at..).unwrap_or_default();
        Inode::parse(number, inode).ok_or(ExtError::Corrupt("an inode is cut off"))
    }

    /// Up to `limit` bytes from the beginning of `inode`. Holes are zeros.
    ///
    /// # Errors
    /// When it is damaged, encrypted, or more than the budget has left.
    pub fn read(&self, inode: &Inode, limit: usize) -> Result<Vec<u8>, ExtError> {
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
                Some(physical) => content.extend(self.data_block(physical)?),
                None => content.resize(content.len() + self.block_size(), 0),
            }
        }
        content.truncate(len);
        Ok(content)
    }
}
