//! LVM2 physical volumes: a label in one of the first four sectors, metadata as text.
//!
//! ```text
//! label       "LABELONE" … offset of the header │ "LVM2 001"
//! header      32 letters of UUID │ device size │ data areas, 0 │ metadata areas, 0
//! metadata    checksum │ magic │ version │ start │ size │ where the text is, its length
//! text        NAME-OF-THE-GROUP { …
//! ```
//!
//! Source: LVM2's `lib/format_text/layout.h`.

use super::super::field::{array, has, le32, le64, printable};
use super::super::report::{FilesystemKind, Volume};

const SECTOR: usize = 512;

/// Areas of a header that are looked at; real ones have one of each kind.
const MAX_AREAS: usize = 8;

pub(super) fn parse(head: &[u8]) -> Option<Volume> {
    let label = (0..4)
        .map(|sector| sector * SECTOR)
        .find(|at| has(head, *at, b"LABELONE") && has(head, at + 24, b"LVM2 001"))?;
    let header = label.checked_add(usize::try_from(le32(head, label + 20)?).ok()?)?;
    let mut volume = Volume::new(FilesystemKind::Lvm2);
    volume.uuid = array::<32>(head, header).and_then(|raw| dashed(&raw));
    volume.size = le64(head, header.checked_add(32)?);
    volume.label = group_name(head, header.checked_add(40)?);
    Some(volume)
}

/// LVM shows its UUIDs in groups of 6-4-4-4-4-4-6 letters.
fn dashed(raw: &[u8; 32]) -> Option<String> {
    if !raw.iter().all(u8::is_ascii_alphanumeric) {
        return None;
    }
    let mut text = String::with_capacity(38);
    for (index, letter) in raw.iter().enumerate() {
        if matches!(index, 6 | 10 | 14 | 18 | 22 | 26) {
            text.push('-');
        }
        text.push(char::from(*letter));
    }
    Some(text)
}

/// The volume group's name, when its text lies within `head`.
fn group_name(head: &[u8], areas: usize) -> Option<String> {
    let metadata_areas = skip_list(head, areas)?;
    let start = usize::try_from(le64(head, metadata_areas)?).ok()?;
    if start == 0 || !has(head, start.checked_add(4)?, b" LVM2 x[5A%r0N*>") {
        return None;
    }
    let offset = usize::try_from(le64(head, start.checked_add(40)?)?).ok()?;
    let text = head.get(start.checked_add(offset)?..)?;
    let name_end = text.iter().take(128).position(|b| !is_name_byte(*b))?;
    let (name, rest) = text.split_at(name_end);
    if !rest.starts_with(b" {") {
        return None;
    }
    printable(&String::from_utf8_lossy(name))
}

/// The position after a list of (offset, size) pairs that a zero pair ends.
fn skip_list(head: &[u8], list: usize) -> Option<usize> {
    (0..MAX_AREAS).find_map(|index| {
        let at = list.checked_add(16 * index)?;
        (le64(head, at)? == 0).then_some(at + 16)
    })
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+_.-".contains(&byte)
}
