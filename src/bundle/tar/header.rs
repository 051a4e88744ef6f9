//! The fields of a tar header, at their places.
//!
//! ```text
//!   0 name      100 │ 124 size      12 │ 257 magic  "ustar  "│ 386 map        4 × 24
//! 100 mode        8 │ 136 mtime     12 │ 265 uname        32 │ 482 more follow     1
//! 108 uid         8 │ 148 checksum   8 │ 297 gname        32 │ 483 real size      12
//! 116 gid         8 │ 156 type       1 │ 329 device     2 × 8│
//! ```

use std::ops::Range;

use crate::disk::extents::Extent;

/// Length of a header in bytes.
pub(super) const LEN: usize = 512;

pub(super) const NAME: Range<usize> = 0..100;
const MODE: Range<usize> = 100..108;
const UID: Range<usize> = 108..116;
const GID: Range<usize> = 116..124;
pub(super) const SIZE: Range<usize> = 124..136;
const MTIME: Range<usize> = 136..148;
const CHECKSUM: Range<usize> = 148..156;
pub(super) const TYPE: usize = 156;
pub(super) const MAGIC: Range<usize> = 257..265;
const DEVICE: [Range<usize>; 2] = [329..337, 337..345];
pub(super) const MAP: usize = 386;
pub(super) const EXTENDED: usize = 482;
pub(super) const REAL_SIZE: Range<usize> = 483..495;

/// GNU tar's magic and version.
pub(super) const GNU_MAGIC: &[u8; 8] = b"ustar  \0";

/// Length of one entry of a sparse map: an offset and a length.
pub(super) const MAP_ENTRY: usize = 24;

/// Type flags.
pub(super) const REGULAR: u8 = b'0';
pub(super) const SPARSE: u8 = b'S';
pub(super) const LONG_NAME: u8 = b'L';

/// A header without a map and checksum, with the fields that Python's tarfile writes for a
/// member made from nothing but a name and a size, as euca2ools does.
pub(super) fn new(name: &[u8], mode: u64, type_flag: u8, size: u64) -> [u8; LEN] {
    let mut header = [0; LEN];
    header[NAME][..name.len()].copy_from_slice(name);
    put_number(&mut header[MODE], mode);
    put_number(&mut header[UID], 0);
    put_number(&mut header[GID], 0);
    put_number(&mut header[SIZE], size);
    put_number(&mut header[MTIME], 0);
    header[TYPE] = type_flag;
    header[MAGIC].copy_from_slice(GNU_MAGIC);
    for field in DEVICE {
        put_number(&mut header[field], 0);
    }
    header
}

/// Writes octal digits and a NUL, or GNU's base 256 with a leading 0x80 where they do not fit.
pub(super) fn put_number(field: &mut [u8], number: u64) {
    let digits = field.len() - 1;
    if number >> (3 * digits) == 0 {
        let text = format!("{number:0digits$o}");
        field[..digits].copy_from_slice(text.as_bytes());
        field[digits] = 0;
    } else {
        let bytes = number.to_be_bytes();
        let start = field.len() - bytes.len();
        field.fill(0);
        field[0] = 0x80;
        field[start..].copy_from_slice(&bytes);
    }
}

/// Reads what [`put_number`] or any other tar wrote: octal digits between spaces or NULs, or
/// base 256. Returns nothing for negative, malformed and absurdly large numbers.
pub(super) fn number(field: &[u8]) -> Option<u64> {
    let (&first, rest) = field.split_first()?;
    if first == 0x80 {
        let (high, low) = rest.split_at(rest.len().checked_sub(8)?);
        let low: [u8; 8] = low.try_into().ok()?;
        return high
            .iter()
            .all(|byte| *byte == 0)
            .then(|| u64::from_be_bytes(low));
    }
    let text = std::str::from_utf8(field).ok()?;
    let text = text.trim_matches([' ', '\0']);
    match text {
        "" => Some(0),
        _ if text.bytes().all(|byte| byte.is_ascii_digit()) => u64::from_str_radix(text, 8).ok(),
        _ => None,
    }
}

/// Writes one entry of a sparse map at `place`.
pub(super) fn put_map_entry(block: &mut [u8], place: usize, extent: Extent) {
    let (offset, len) = block[place..place + MAP_ENTRY].split_at_mut(MAP_ENTRY / 2);
    put_number(offset, extent.offset);
    put_number(len, extent.len);
}

/// Computes the checksum and writes it.
pub(super) fn seal(header: &mut [u8; LEN]) {
    let sum = checksum(header);
    header[CHECKSUM].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
}

/// Whether the checksum is right. Old tars summed signed bytes; both sums are accepted.
pub(super) fn is_sealed(header: &[u8; LEN]) -> bool {
    let signed: i64 = header
        .iter()
        .enumerate()
        .map(|(at, byte)| {
            if CHECKSUM.contains(&at) {
                32
            } else {
                i64::from(byte.cast_signed())
            }
        })
        .sum();
    number(&header[CHECKSUM]).is_some_and(|sum| {
        sum == checksum(header) || i64::try_from(sum).is_ok_and(|sum| sum == signed)
    })
}

/// Sum of all bytes, those of the checksum counted as spaces.
fn checksum(header: &[u8; LEN]) -> u64 {
    let sum: u64 = header.iter().map(|byte| u64::from(*byte)).sum();
    let own: u64 = header[CHECKSUM].iter().map(|byte| u64::from(*byte)).sum();
    sum - own + 8 * u64::from(b' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_from_both_forms() {
        for number_ in [0, 1, 0o777, (8 << 30) - 1, 8 << 30, 1 << 40, u64::MAX] {
            let mut field = [0xff; 12];
            put_number(&mut field, number_);
            assert_eq!(number(&field), Some(number_));
            assert_eq!(field[0] == 0x80, number_ >= 8 << 30, "{number_}");
        }
    }

    #[test]
    fn spaces_and_short_numbers_of_other_tars_are_read() {
        assert_eq!(number(b"     644 \0\0\0"), Some(0o644));
        assert_eq!(number(b"\0\0\0\0\0\0\0\0"), Some(0));
    }

    #[test]
    fn negative_malformed_and_huge_numbers_are_nothing() {
        for field in [
            &b"-0000000644\0"[..],
            b"00000000008\0",
            b"0x100000000\0",
            &[0xff; 12],
            &[0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0],
            &[0x80, 1],
            b"",
        ] {
            assert_eq!(number(field), None, "{field:?}");
        }
    }

    #[test]
    fn any_changed_byte_breaks_the_seal() {
        let mut header = new(b"disk", 0o644, REGULAR, 5);
        seal(&mut header);
        assert!(is_sealed(&header));

        for at in [0, 124, 156, 300, 511] {
            let mut changed = header;
            changed[at] ^= 1;
            assert!(!is_sealed(&changed), "{at}");
        }
    }
}
