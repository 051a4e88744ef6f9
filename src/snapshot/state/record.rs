//! The first line of a state file, and its records.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::crypto::digest::Sha256Digest;

/// Version of the layout; files of another one are foreign.
pub(super) const VERSION: u32 = 1;

/// Bytes of a record: index, digest, CRC-32 of both.
pub(super) const RECORD: usize = 4 + 32 + 4;

/// The first line: what the records are about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Header {
    /// Also tells what the file is.
    #[serde(rename = "amikit-snapshot")]
    pub(super) version: u32,
    /// What has to be the same for the records to be of use.
    pub(super) terms: Value,
    /// Token that the snapshot is started with; empty for downloads.
    pub(super) token: String,
    /// The snapshot that was started.
    pub(super) started: Option<Started>,
}

/// A snapshot that was started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::snapshot) struct Started {
    /// Its id.
    pub(in crate::snapshot) snapshot: String,
    /// Whether it is encrypted.
    pub(in crate::snapshot) encrypted: bool,
}

/// A record: this block, with this digest, is done.
pub(super) fn write(index: u32, digest: Sha256Digest) -> [u8; RECORD] {
    let mut record = [0; RECORD];
    record[..4].copy_from_slice(&index.to_le_bytes());
    record[4..36].copy_from_slice(&digest.0);
    let sum = crc32fast::hash(&record[..36]);
    record[36..].copy_from_slice(&sum.to_le_bytes());
    record
}

/// Reads a record; none if it is damaged.
pub(super) fn read(record: &[u8]) -> Option<(u32, Sha256Digest)> {
    let (index, rest) = record.split_first_chunk::<4>()?;
    let (digest, sum) = rest.split_first_chunk::<32>()?;
    let sum = u32::from_le_bytes(sum.try_into().ok()?);
    let is_whole = crc32fast::hash(&record[..36]) == sum;
    is_whole.then_some((u32::from_le_bytes(*index), Sha256Digest(*digest)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_what_is_damaged_is_not() {
        let digest = Sha256Digest::of(b"block");
        let record = write(0x0102_0304, digest);

        assert_eq!(read(&record), Some((0x0102_0304, digest)));
        assert_eq!(record[..4], [4, 3, 2, 1]);
        for place in 0..RECORD {
            let mut damaged = record;
            damaged[place] ^= 1;
            assert_eq!(read(&damaged), None, "byte {place}");
        }
        assert_eq!(read(&[0; RECORD]), None, "zeros after a power loss");
        assert_eq!(read(&record[..RECORD - 1]), None);
    }
}
