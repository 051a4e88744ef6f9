//! Directories and paths.
//!
//! The tree of a hashed directory is disguised as empty entries, so that reading block after
//! block finds every name in either kind.
//!
//! Source: Linux' Documentation/filesystems/ext4/directory.rst.

use super::super::field::{le16, le32};
use super::{ExtError, ExtFs, Inode};

/// The root directory's inode.
const ROOT: u32 = 2;
/// Symbolic links that one path may go through, as in Linux' path walk.
const MAX_LINKS: u32 = 40;
/// Longest path, with the targets of links put in (`PATH_MAX`).
const MAX_PATH: usize = 4096;

impl ExtFs<'_> {
    /// Calls `visit` with each name of `directory` and its inode's number, until it says stop
    /// (`false`) or the budget is used up. What was visited before an error is good.
    ///
    /// # Errors
    /// When it is no directory, is damaged or encrypted, or the budget is used up.
    pub fn visit(
        &self,
        directory: &Inode,
        visit: &mut dyn FnMut(&[u8], u32) -> bool,
    ) -> Result<(), ExtError> {
        if !directory.is_directory() {
            return Err(ExtError::NotFound);
        }
        if directory.is_inline() {
            return Err(ExtError::Unsupported("inline data"));
        }
        if directory.is_encrypted() {
            return Err(ExtError::Unsupported("encryption"));
        }
        let blocks = directory.size.div_ceil(u64::from(self.geometry.block_size));
        for logical in 0..blocks {
            let physical = self
                .map(directory, logical)?
                .ok_or(ExtError::Corrupt("a directory has a hole"))?;
            let block = self.block(physical)?;
            let mut rest = &*block;
            while rest.len() >= 12 {
                let (entry, after) = split(rest)?;
                if let Some((name, inode)) = entry
                    && !visit(name, inode)
                {
                    return Ok(());
                }
                rest = after;
            }
        }
        Ok(())
    }

    /// The names in the directory at `path` but `.` and `..`, at most `limit` of them, sorted.
    pub(in crate::disk) fn list(&self, path: &str, limit: usize) -> Result<Vec<String>, ExtError> {
        let directory = self.find(path)?;
        let mut names = Vec::new();
        self.visit(&directory, &mut |name, _| {
            if name != b"." && name != b".." {
                names.push(String::from_utf8_lossy(name).into_owned());
            }
            names.len() < limit
        })?;
        names.sort();
        Ok(names)
    }

    /// The inode at the absolute `path`. Symbolic links are followed, within this filesystem.
    ///
    /// # Errors
    /// When there is none, links go in circles, or a directory on the way cannot be read.
    pub fn find(&self, path: impl AsRef<[u8]>) -> Result<Inode, ExtError> {
        let mut todo: Vec<Vec<u8>> = components(path.as_ref());
        // The directories on the way, for "..".
        let mut way = vec![self.inode(ROOT)?];
        let mut links = 0;
        while let Some(name) = todo.pop() {
            if name == b".." {
                if way.len() > 1 {
                    way.pop();
                }
                continue;
            }
            let here = way.last().ok_or(ExtError::NotFound)?;
            let found = self.child(here, &name)?;
            if !found.is_symlink() {
                way.push(found);
                continue;
            }
            links += 1;
            let target = self.read(&found, MAX_PATH)?;
            let length: usize = todo.iter().map(Vec::len).sum();
            if links > MAX_LINKS || length + target.len() > MAX_PATH {
                return Err(ExtError::Corrupt("symbolic links go in circles"));
            }
            if target.starts_with(b"/") {
                way.truncate(1);
            }
            todo.extend(components(&target));
        }
        way.pop().ok_or(ExtError::NotFound)
    }

    fn child(&self, directory: &Inode, name: &[u8]) -> Result<Inode, ExtError> {
        let mut found = None;
        self.visit(directory, &mut |entry, inode| {
            if entry == name {
                found = Some(inode);
            }
            found.is_none()
        })?;
        self.inode(found.ok_or(ExtError::NotFound)?)
    }
}

/// The components of a path, last first.
fn components(path: &[u8]) -> Vec<Vec<u8>> {
    path.split(|b| *b == b'/')
        .filter(|name| !name.is_empty() && *name != b".")
        .rev()
        .map(<[u8]>::to_vec)
        .collect()
}

/// A directory entry's name and inode number; `None` where the entry is unused.
type Entry<'a> = Option<(&'a [u8], u32)>;

/// Splits the first entry off `block`.
fn split(block: &[u8]) -> Result<(Entry<'_>, &[u8]), ExtError> {
    const BAD: ExtError = ExtError::Corrupt("a directory entry has an impossible length");
    let inode = le32(block, 0).ok_or(BAD)?;
    // 64 KiB does not fit in the field: 0 and 65535 stand for it.
    let len = match le16(block, 4).ok_or(BAD)? {
        0 | 65535 if block.len() == 65536 => 65536,
        len => usize::from(len),
    };
    if len < 12 || len > block.len() {
        return Err(BAD);
    }
    let (entry, rest) = block.split_at(len);
    let name = entry.get(8..8 + usize::from(entry[6])).ok_or(BAD)?;
    let is_used = inode != 0 && !name.is_empty();
    Ok((is_used.then_some((name, inode)), rest))
}
