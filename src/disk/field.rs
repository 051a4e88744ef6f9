//! Numbers, texts and identifiers at an offset of a byte slice. Outside the slice is `None`.

use std::fmt::Write as _;

/// The `N` bytes at `at`.
pub(super) fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}

/// The little-endian `u16` at `at`.
pub(super) fn le16(bytes: &[u8], at: usize) -> Option<u16> {
    array(bytes, at).map(u16::from_le_bytes)
}

/// The little-endian `u32` at `at`.
pub(super) fn le32(bytes: &[u8], at: usize) -> Option<u32> {
    array(bytes, at).map(u32::from_le_bytes)
}

/// The little-endian `u64` at `at`.
pub(super) fn le64(bytes: &[u8], at: usize) -> Option<u64> {
    array(bytes, at).map(u64::from_le_bytes)
}

/// The big-endian `u16` at `at`.
pub(super) fn be16(bytes: &[u8], at: usize) -> Option<u16> {
    array(bytes, at).map(u16::from_be_bytes)
}

/// The big-endian `u32` at `at`.
pub(super) fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    array(bytes, at).map(u32::from_be_bytes)
}

/// The big-endian `u64` at `at`.
pub(super) fn be64(bytes: &[u8], at: usize) -> Option<u64> {
    array(bytes, at).map(u64::from_be_bytes)
}

/// Whether `magic` stands at `at`.
pub(super) fn has(bytes: &[u8], at: usize, magic: &[u8]) -> bool {
    bytes.get(at..).is_some_and(|rest| rest.starts_with(magic))
}

/// The text in `len` bytes at `at`, up to the first NUL, without white space at its ends.
/// `None` when nothing is left.
pub(super) fn text(bytes: &[u8], at: usize, len: usize) -> Option<String> {
    let field = bytes.get(at..at.checked_add(len)?)?;
    let end = field.iter().position(|b| *b == 0).unwrap_or(len);
    printable(&String::from_utf8_lossy(&field[..end]))
}

/// `text` trimmed, with control characters replaced: a label must not be able to drive the
/// terminal that it is shown on. `None` when nothing is left.
pub(super) fn printable(text: &str) -> Option<String> {
    let clean: String = text
        .trim()
        .chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect();
    (!clean.is_empty()).then_some(clean)
}

/// The UUID in the 16 bytes at `at`, first byte first (RFC 9562). `None` when it is all zero.
pub(super) fn uuid(bytes: &[u8], at: usize) -> Option<String> {
    let raw: [u8; 16] = array(bytes, at)?;
    if raw == [0; 16] {
        return None;
    }
    let mut text = String::with_capacity(36);
    for (index, byte) in raw.iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    Some(text)
}

/// The GUID at `at` as EFI stores it: its first three groups are little-endian (UEFI 2.10,
/// appendix A). `None` when it is all zero.
pub(super) fn guid(bytes: &[u8], at: usize) -> Option<String> {
    let mut raw: [u8; 16] = array(bytes, at)?;
    raw[0..4].reverse();
    raw[4..6].reverse();
    raw[6..8].reverse();
    uuid(&raw, 0).map(|text| text.to_ascii_uppercase())
}

/// The UTF-16LE text in `len` bytes at `at`, up to the first NUL.
pub(super) fn utf16(bytes: &[u8], at: usize, len: usize) -> Option<String> {
    let units: Vec<u16> = bytes
        .get(at..at.checked_add(len)?)?
        .chunks_exact(2)
        .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
        .take_while(|unit| *unit != 0)
        .collect();
    printable(&String::from_utf16_lossy(&units))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outside_the_slice_is_none() {
        assert_eq!(le32(&[1, 2, 3], 0), None);
        assert_eq!(le16(&[1, 2, 3], 1), Some(0x0302));
        assert_eq!(be64(&[0; 8], usize::MAX), None);
        assert!(!has(b"abc", 4, b""));
    }

    #[test]
    fn texts_end_at_nul_and_lose_control_characters() {
        assert_eq!(text(b"  root\0junk", 0, 11).unwrap(), "root");
        assert_eq!(text(b"\x1b[31mx", 0, 6).unwrap(), "\u{fffd}[31mx");
        assert_eq!(text(b"\0\0", 0, 2), None);
    }

    #[test]
    fn guids_swap_their_first_groups_and_uuids_do_not() {
        let bytes: Vec<u8> = (0..16).collect();

        assert_eq!(
            guid(&bytes, 0).unwrap(),
            "03020100-0504-0706-0809-0A0B0C0D0E0F"
        );
        assert_eq!(
            uuid(&bytes, 0).unwrap(),
            "00010203-0405-0607-0809-0a0b0c0d0e0f"
        );
    }
}
