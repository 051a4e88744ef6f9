//! Images and tar streams for the tests of this module.

use super::{Segment, TarLayout};
use crate::disk::extents::Extent;

/// The byte that every sample image has at `offset`, if it has data there. Never zero.
fn byte(offset: u64) -> u8 {
    u8::try_from((offset / 512 * 31 + offset * 7) % 251 + 1).expect("at most 251")
}

/// The data of one extent.
pub(super) fn data(extent: Extent) -> Vec<u8> {
    (extent.offset..extent.end()).map(byte).collect()
}

/// A whole image with data in `extents` and zeros elsewhere.
pub(super) fn image(size: u64, extents: &[Extent]) -> Vec<u8> {
    let mut image = vec![0; usize::try_from(size).expect("samples are small")];
    for extent in extents {
        let start = usize::try_from(extent.offset).expect("samples are small");
        let data = data(*extent);
        image[start..start + data.len()].copy_from_slice(&data);
    }
    image
}

/// The whole stream of a layout.
pub(super) fn stream(layout: &TarLayout) -> Vec<u8> {
    let mut stream = Vec::new();
    for segment in layout.segments() {
        match segment {
            Segment::Bytes(bytes) => stream.extend_from_slice(bytes),
            Segment::Image(extent) => stream.extend(data(*extent)),
            Segment::Zeros(len) => {
                let len = usize::try_from(*len).expect("samples are small");
                stream.resize(stream.len() + len, 0);
            }
        }
    }
    stream
}

/// So many extents of one to three blocks with holes of 4 KiB between them.
pub(super) fn extents(count: u64, first: u64) -> Vec<Extent> {
    let mut next = first;
    (0..count)
        .map(|index| {
            let offset = next;
            let len = 512 * (1 + index % 3);
            next += len + 4096;
            Extent { offset, len }
        })
        .collect()
}
