//! Which blocks an image has, and in which of them there may be data.
//!
//! ```text
//! image    │▓▓▓  hole  ▓│   hole   │▓▓▓▓▓▓▓▓▓▓│ hole │▓▓┆      up to 64 TiB
//! blocks   │     0      │    1     │    2     │   3  │   4 │    of 512 KiB, the last filled up
//! volume   │                                            … │    whole GiB
//! ```
//!
//! Pure: what the file system says of holes comes in, ranges of blocks go out. Whether a block
//! outside the holes is zeros is found when it is read.

use std::ops::Range;

use super::SnapshotError;
use crate::aws::ebs::{BLOCK_SIZE, LARGEST_VOLUME};
use crate::disk::extents::Extent;

/// The blocks of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layout {
    /// Size of the volume in GiB.
    pub(super) volume_size: u32,
    /// Blocks of the image; those behind it up to the volume's end are never sent.
    pub(super) blocks: u32,
    /// Blocks that are not inside holes: in order, none twice.
    pub(super) allocated: Vec<Range<u32>>,
}

impl Layout {
    /// The layout of an image of `size` bytes, at least one, with data in these extents only. The
    /// volume is as large as it must be, or `wanted` GiB.
    ///
    /// # Errors
    /// When the image is larger than that, or than any volume.
    pub(super) fn new(
        size: u64,
        wanted: Option<u32>,
        extents: &[Extent],
    ) -> Result<Self, SnapshotError> {
        let gibs = size.div_ceil(1 << 30);
        let needed = u32::try_from(gibs)
            .ok()
            .filter(|gibs| *gibs <= LARGEST_VOLUME);
        let needed = needed.ok_or(SnapshotError::HugeImage { size })?;
        let volume_size = wanted.unwrap_or(needed);
        if volume_size < needed {
            return Err(SnapshotError::SmallVolume {
                wanted: volume_size,
                needed,
            });
        }
        if volume_size > LARGEST_VOLUME {
            return Err(SnapshotError::HugeVolume {
                wanted: volume_size,
            });
        }
        let mut allocated: Vec<Range<u32>> = Vec::new();
        for extent in extents.iter().filter(|extent| extent.len > 0) {
            let first = block_of(extent.offset);
            let end = block_of(extent.end().min(size) - 1) + 1;
            match allocated.last_mut() {
                Some(last) if first <= last.end => last.end = last.end.max(end),
                _ => allocated.push(first..end),
            }
        }
        Ok(Self {
            volume_size,
            blocks: block_of(size - 1) + 1,
            allocated,
        })
    }

    /// All blocks, as one range.
    pub(super) fn whole(&self) -> Vec<Range<u32>> {
        std::iter::once(0..self.blocks).collect()
    }

    /// Whether a block is not inside a hole.
    pub(super) fn is_allocated(&self, block: u32) -> bool {
        let before = self.allocated.partition_point(|range| range.end <= block);
        self.allocated
            .get(before)
            .is_some_and(|range| range.start <= block)
    }
}

/// How many blocks are in ranges.
pub(super) fn count(ranges: &[Range<u32>]) -> u64 {
    ranges
        .iter()
        .map(|range| u64::from(range.end - range.start))
        .sum()
}

/// The block that a byte of a volume is in.
fn block_of(offset: u64) -> u32 {
    u32::try_from(offset / BLOCK_SIZE).unwrap_or(u32::MAX) // volumes have 2^27 blocks at most
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const GIB: u64 = 1 << 30;

    fn extent(offset: u64, len: u64) -> Extent {
        Extent { offset, len }
    }

    #[test]
    fn volumes_are_whole_gibs_and_no_smaller_than_the_image() {
        let size = |bytes, wanted| Layout::new(bytes, wanted, &[]).map(|l| l.volume_size).ok();

        assert_eq!(size(1, None), Some(1));
        assert_eq!(size(GIB, None), Some(1));
        assert_eq!(size(GIB + 1, None), Some(2));
        assert_eq!(size(GIB + 1, Some(5)), Some(5));
        assert_eq!(size(GIB + 1, Some(1)), None);
        assert_eq!(size(65_536 * GIB, None), Some(65_536));
        assert_eq!(size(65_536 * GIB + 1, None), None);
        assert_eq!(size(1, Some(65_537)), None);
        assert_eq!(size(u64::MAX, None), None);
    }

    #[test]
    fn extents_that_share_a_block_or_touch_are_one_range() {
        let extents = [
            extent(0, 1),
            extent(4096, 4096),
            extent(BLOCK_SIZE, 1),
            extent(3 * BLOCK_SIZE - 1, 2),
        ];

        let layout = Layout::new(5 * BLOCK_SIZE + 1, None, &extents).unwrap();

        assert_eq!((layout.allocated.len(), &layout.allocated[0]), (1, &(0..4)));
        assert_eq!(layout.blocks, 6);
    }

    #[test]
    fn an_image_that_is_a_hole_has_blocks_and_none_with_data() {
        let layout = Layout::new(GIB, None, &[]).unwrap();

        assert_eq!((layout.blocks, layout.allocated.len()), (2048, 0));
        assert_eq!(count(&layout.whole()), 2048);
    }

    proptest! {
        /// A block is in the ranges if, and only if, a byte of an extent is in it.
        #[test]
        fn blocks_with_data_are_found_and_no_others(
            size in 1..20 * BLOCK_SIZE,
            cuts in proptest::collection::vec((0..20 * BLOCK_SIZE, 0..3 * BLOCK_SIZE), 0..8),
        ) {
            let mut extents: Vec<Extent> = Vec::new();
            let mut cuts = cuts;
            cuts.sort_unstable();
            for (offset, len) in cuts {
                let offset = extents.last().map_or(offset, |last| offset.max(last.end()));
                let end = (offset + len).min(size);
                if offset < end {
                    extents.push(extent(offset, end - offset));
                }
            }

            let layout = Layout::new(size, None, &extents).unwrap();

            prop_assert_eq!(u64::from(layout.blocks), size.div_ceil(BLOCK_SIZE));
            for block in 0..layout.blocks {
                let bytes = u64::from(block) * BLOCK_SIZE..(u64::from(block) + 1) * BLOCK_SIZE;
                let has_data = extents
                    .iter()
                    .any(|extent| extent.offset < bytes.end && extent.end() > bytes.start);
                let listed = layout.allocated.iter().any(|range| range.contains(&block));
                prop_assert_eq!(listed, has_data, "block {}", block);
                prop_assert_eq!(layout.is_allocated(block), has_data, "block {}", block);
            }
            let apart = layout.allocated.windows(2).all(|pair| pair[0].end < pair[1].start);
            prop_assert!(apart, "in order, and joined where they touch");
        }
    }
}
