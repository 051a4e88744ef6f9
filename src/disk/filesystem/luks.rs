//! LUKS 1 and 2: the header at byte 0, big-endian.
//!
//! Source: the LUKS1 on-disk format 1.2.3, and LUKS2 on-disk format 1.1.1, section 2.1.

use super::super::field::{be16, has, text};
use super::super::report::{FilesystemKind, Volume};

pub(super) fn parse(head: &[u8]) -> Option<Volume> {
    if !has(head, 0, b"LUKS\xba\xbe") {
        return None;
    }
    let version = be16(head, 6)?;
    let mut volume = Volume::new(FilesystemKind::Luks);
    volume.uuid = text(head, 168, 40);
    volume.features.push(format!("version {version}"));
    match version {
        1 => {
            let cipher = text(head, 8, 32).zip(text(head, 40, 32));
            let cipher = cipher.map(|(name, mode)| format!("{name}-{mode}"));
            volume.features.extend(cipher);
        }
        _ => volume.label = text(head, 24, 48),
    }
    Some(volume)
}
