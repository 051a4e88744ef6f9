//! Inodes: what a file is and where its blocks are noted.
//!
//! Source: Linux' Documentation/filesystems/ext4/inodes.rst.

use super::super::field::{array, le16, le32};

/// `i_flags`: the file is encrypted.
const ENCRYPTED: u32 = 0x800;
/// `i_flags`: `i_block` holds an extent tree.
const EXTENTS: u32 = 0x8_0000;
/// `i_flags`: `i_block` holds the content.
const INLINE_DATA: u32 = 0x1000_0000;

/// An inode, as far as reading takes it.
#[derive(Debug, Clone)]
pub struct Inode {
    /// The number it was asked for with.
    pub number: u32,
    mode: u16,
    flags: u32,
    /// Bytes of content.
    pub size: u64,
    /// `i_block`: block numbers, an extent tree, or the content of a short symbolic link.
    pub(super) block: [u8; 60],
}

impl Inode {
    /// Reads the first 128 bytes of an inode.
    pub(super) fn parse(number: u32, bytes: &[u8]) -> Option<Self> {
        let (low, high) = (le32(bytes, 0x4)?, le32(bytes, 0x6c)?);
        let mode = le16(bytes, 0x0)?;
        // In old directories the upper half is something else (`i_dir_acl`).
        let high = if mode >> 12 == 4 { 0 } else { high };
        Some(Self {
            number,
            mode,
            flags: le32(bytes, 0x20)?,
            size: u64::from(high) << 32 | u64::from(low),
            block: array(bytes, 0x28)?,
        })
    }

    /// Whether it is a directory.
    #[must_use]
    pub fn is_directory(&self) -> bool {
        self.mode >> 12 == 0x4
    }

    /// Whether it is a regular file.
    #[must_use]
    pub fn is_regular(&self) -> bool {
        self.mode >> 12 == 0x8
    }

    /// Whether it is a symbolic link.
    #[must_use]
    pub fn is_symlink(&self) -> bool {
        self.mode >> 12 == 0xa
    }

    pub(super) fn is_encrypted(&self) -> bool {
        self.flags & ENCRYPTED != 0
    }

    pub(super) fn has_extents(&self) -> bool {
        self.flags & EXTENTS != 0
    }

    /// Whether `block` holds the content itself: flagged so, or a short symbolic link.
    pub(super) fn is_inline(&self) -> bool {
        let is_short_link = self.is_symlink() && self.size < 60 && !self.has_extents();
        is_short_link || self.flags & INLINE_DATA != 0
    }
}
