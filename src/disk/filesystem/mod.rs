//! Filesystems by their superblocks: one small pure parser each, over the first bytes of the
//! partition or disk.

mod btrfs;
pub(super) mod ext;
mod fat;
mod iso9660;
mod luks;
mod lvm2;
mod squashfs;
mod swap;
mod xfs;

#[cfg(test)]
mod tests;

use super::report::Volume;

/// Bytes that the parsers need: btrfs' superblock ends last, at 68 KiB; an LVM metadata text
/// may lie within the first MiB, of which this covers the usual place.
pub(super) const HEAD: usize = 132 << 10;

/// A parser: the volume, when `head` begins one.
type Parser = fn(&[u8]) -> Option<Volume>;

/// In the order of trust: containers first, as their content may look like a filesystem; FAT,
/// of which the signature is the weakest, last.
const PARSERS: &[Parser] = &[
    luks::parse,
    lvm2::parse,
    xfs::parse,
    squashfs::parse,
    btrfs::parse,
    ext::parse,
    swap::parse,
    iso9660::parse,
    fat::parse,
];

/// The volume of which `head` is the beginning.
pub(super) fn recognise(head: &[u8]) -> Option<Volume> {
    PARSERS.iter().find_map(|parse| parse(head))
}

/// The names of the bits of `flags` that `names` knows.
fn feature_names(flags: u64, names: &[(u64, &str)]) -> Vec<String> {
    names
        .iter()
        .filter(|(bit, _)| flags & bit != 0)
        .map(|(_, name)| (*name).to_owned())
        .collect()
}
