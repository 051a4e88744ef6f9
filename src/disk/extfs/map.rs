//! From a file's logical block to the filesystem's: one descent, never a walk.
//!
//! Source: Linux' Documentation/filesystems/ext4/ifork.rst.

use std::rc::Rc;

use super::super::field::{le16, le32};
use super::{ExtError, ExtFs, Inode};

/// `eh_magic` of an extent node.
const EXTENT_MAGIC: u16 = 0xf30a;
/// Levels below the root that an extent tree may have.
const MAX_DEPTH: u16 = 5;
/// Lengths above mean "allocated but not written": length + this.
const MAX_WRITTEN: u32 = 32768;
/// Block numbers in `i_block` that point to data; the next three are indirect.
const DIRECT: u64 = 12;

impl ExtFs<'_> {
    /// The block that holds logical block `logical` of `inode`; `None` for a hole.
    pub(super) fn map(&self, inode: &Inode, logical: u64) -> Result<Option<u64>, ExtError> {
        if inode.has_extents() {
            self.map_extent(&inode.block, logical)
        } else {
            self.map_indirect(&inode.block, logical)
        }
    }

    fn map_extent(&self, root: &[u8], logical: u64) -> Result<Option<u64>, ExtError> {
        let mut node: Rc<[u8]> = root.into();
        let mut expected_depth = None;
        loop {
            let (entries, depth) =
                header(&node).ok_or(ExtError::Corrupt("an extent node has no magic"))?;
            // Strictly one less on each level: six levels at most.
            if depth > MAX_DEPTH || expected_depth.is_some_and(|expected| depth != expected) {
                return Err(ExtError::Corrupt("an extent tree has a wrong depth"));
            }
            let entry = (1..=usize::from(entries))
                .map_while(|index| node.get(12 * index..12 * index + 12))
                .take_while(|entry| first_block(entry) <= logical)
                .last();
            let Some(entry) = entry else {
                return Ok(None);
            };
            let Some(below) = depth.checked_sub(1) else {
                return Ok(leaf(entry, logical));
            };
            let cut = ExtError::Corrupt("an extent index is cut off");
            let child = number(entry, 8, 4).ok_or(cut)?;
            node = self.block(child)?;
            expected_depth = Some(below);
        }
    }

    fn map_indirect(&self, root: &[u8], logical: u64) -> Result<Option<u64>, ExtError> {
        const TOO_LONG: ExtError = ExtError::Corrupt("a file is longer than a block map allows");
        let per_block = u64::from(self.geometry.block_size) / 4;
        let Some(mut rest) = logical.checked_sub(DIRECT) else {
            return pointer(root, logical);
        };
        // Blocks that one pointer covers: 1 level, 2 levels, 3 levels of indirection.
        let mut covered = per_block;
        let mut slot = DIRECT;
        while rest >= covered {
            rest -= covered;
            covered = covered.checked_mul(per_block).ok_or(TOO_LONG)?;
            slot += 1;
            if slot > DIRECT + 2 {
                return Err(TOO_LONG);
            }
        }
        let mut at = pointer(root, slot)?;
        while let Some(block) = at
            && covered > 1
        {
            covered /= per_block;
            at = pointer(&self.block(block)?, rest / covered)?;
            rest %= covered;
        }
        Ok(at)
    }
}

/// Number of entries and depth of an extent node.
fn header(node: &[u8]) -> Option<(u16, u16)> {
    if le16(node, 0)? != EXTENT_MAGIC {
        return None;
    }
    le16(node, 2).zip(le16(node, 6))
}

/// The first logical block of an extent or index entry.
fn first_block(entry: &[u8]) -> u64 {
    le32(entry, 0).map_or(u64::MAX, u64::from)
}

/// A block number of 48 bits.
fn number(entry: &[u8], high_at: usize, low_at: usize) -> Option<u64> {
    Some(u64::from(le16(entry, high_at)?) << 32 | u64::from(le32(entry, low_at)?))
}

/// Where `logical` is in the extent `entry`; `None` behind its end or when it is not written.
fn leaf(entry: &[u8], logical: u64) -> Option<u64> {
    let within = logical.checked_sub(first_block(entry))?;
    let len = u32::from(le16(entry, 4)?);
    if len > MAX_WRITTEN || within >= u64::from(len) {
        return None;
    }
    Some(number(entry, 6, 8)? + within)
}

/// Pointer `index` of a block map; zero is a hole.
fn pointer(map: &[u8], index: u64) -> Result<Option<u64>, ExtError> {
    let at = usize::try_from(index).ok().and_then(|i| i.checked_mul(4));
    let found = at.and_then(|at| le32(map, at));
    let found = found.ok_or(ExtError::Corrupt("a block map is cut off"))?;
    Ok((found != 0).then_some(u64::from(found)))
}
