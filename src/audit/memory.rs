//! Swap areas and hibernation images: what was in memory is in them, keys and passwords too.
//!
//! Source: Linux' `include/linux/swap.h` and `kernel/power/swap.c`; systemd and uswsusp for the
//! other signatures.

use super::report::{Finding, FindingKind, Severity};
use crate::disk::{Area, Budget, ExtError, FilesystemKind};
use crate::units::Bytes;

/// Page sizes of the architectures that Linux runs on; signatures end the first page.
const PAGE_SIZES: [usize; 4] = [4096, 8192, 16384, 65536];
/// What stands in the place of swap's signature while the machine sleeps.
const SLEEPING: [&[u8]; 4] = [b"S1SUSPEND", b"S2SUSPEND", b"ULSUSPEND", b"LINHIB0001"];
const SWAP: &[u8] = b"SWAPSPACE2";
/// Bytes of a swap area that are searched for anything but zeros.
const SEARCHED: u64 = 64 << 20;
/// Bytes that are searched at once.
const CHUNK: usize = 1 << 20;

/// What to do about memory on a disk.
pub(super) const REMEDY: &str = "make the swap area anew (mkswap) after filling it with zeros, or \
                                 leave it out: swap needs no place in an image";

/// The size of the page that one of `signatures` ends.
fn page(head: &[u8], signatures: &[&[u8]]) -> Option<usize> {
    PAGE_SIZES.into_iter().find(|page| {
        let end = head.get(page - 10..*page).unwrap_or_default();
        signatures
            .iter()
            .any(|signature| end.starts_with(signature))
    })
}

/// What a swap file holds, by its first bytes.
pub(super) fn swap_file(head: &[u8]) -> Option<String> {
    if page(head, &SLEEPING).is_some() {
        return Some("a hibernation image: all that was in memory".to_owned());
    }
    let rest = head.get(page(head, &[SWAP])?..)?;
    let is_used = rest.iter().any(|byte| *byte != 0);
    is_used.then(|| "a swap file that was used".to_owned())
}

/// What a partition holds of memory, if it is for swap at all.
pub(super) fn in_area(area: &Area<'_>, budget: &Budget) -> Result<Option<Finding>, ExtError> {
    let finding = |severity, detail| Finding {
        severity,
        kind: FindingKind::Memory,
        partition: area.partition.map(|partition| partition.number),
        path: None,
        detail,
        remedy: REMEDY,
    };
    let head = area.read(0, PAGE_SIZES[3], budget)?;
    if page(&head, &SLEEPING).is_some() {
        let detail = "a hibernation image: all that was in memory".to_owned();
        return Ok(Some(finding(Severity::Danger, detail)));
    }
    let is_swap = |volume: &crate::disk::Volume| volume.filesystem == FilesystemKind::Swap;
    let Some(page) = page(&head, &[SWAP]).filter(|_| area.volume.is_some_and(is_swap)) else {
        return Ok(None);
    };
    let end = area.size().min(SEARCHED);
    let mut at = page as u64;
    while at < end {
        let chunk = area.read(at, CHUNK, budget)?;
        if chunk.is_empty() {
            break;
        }
        if chunk.iter().any(|byte| *byte != 0) {
            let detail = "a swap area that was used: pages of memory".to_owned();
            return Ok(Some(finding(Severity::Danger, detail)));
        }
        at += chunk.len() as u64;
    }
    Ok((end < area.size()).then(|| {
        let detail = format!("a swap area, unused in its first {}", Bytes(SEARCHED));
        finding(Severity::Notice, detail)
    }))
}
