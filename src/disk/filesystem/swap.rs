//! Linux swap: a signature at the end of the first page.
//!
//! Source: Linux' `include/linux/swap.h`, `union swap_header`.

use super::super::field::{has, le32, text, uuid};
use super::super::report::{FilesystemKind, Volume};

/// Page sizes of the architectures that Linux runs on.
const PAGE_SIZES: [usize; 4] = [4096, 8192, 16384, 65536];

pub(super) fn parse(head: &[u8]) -> Option<Volume> {
    let page = PAGE_SIZES
        .into_iter()
        .find(|page| has(head, page - 10, b"SWAPSPACE2"))?;
    let mut volume = Volume::new(FilesystemKind::Swap);
    volume.label = text(head, 1052, 16);
    volume.uuid = uuid(head, 1036);
    let pages = u64::from(le32(head, 1028)?) + 1;
    volume.size = Some(pages * page as u64);
    volume.block_size = Some(page as u64);
    Some(volume)
}
