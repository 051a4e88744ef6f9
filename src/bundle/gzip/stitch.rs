//! Joins encoded chunks into one gzip member.

use std::io::{self, Write};

use crc32fast::Hasher;

/// What every file begins with (RFC 1952, section 2.3): magic, deflate, no flags, time 0, no
/// word about the level, Unix. Nothing in it depends on the day or the machine.
pub(super) const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];

/// A final block with fixed codes that holds nothing.
pub(super) const FINAL_BLOCK: [u8; 2] = [3, 0];

/// Writes one gzip member, chunk by chunk.
pub struct Stitcher<W> {
    inner: W,
    crc: Hasher,
    len: u64,
}

impl<W: Write> Stitcher<W> {
    /// Begins a member.
    ///
    /// # Errors
    /// When the inner writer fails.
    pub fn new(mut inner: W) -> io::Result<Self> {
        inner.write_all(&HEADER)?;
        Ok(Self {
            inner,
            crc: Hasher::new(),
            len: 0,
        })
    }

    /// Appends a chunk that [`ChunkEncoder::encode`](super::ChunkEncoder::encode) made; `crc`
    /// has seen its plain text.
    ///
    /// # Errors
    /// When the inner writer fails.
    pub fn push(&mut self, encoded: &[u8], crc: &Hasher, plain_len: usize) -> io::Result<()> {
        self.crc.combine(crc);
        self.len += plain_len as u64;
        self.inner.write_all(encoded)
    }

    /// Ends the member and returns the inner writer.
    ///
    /// # Errors
    /// When the inner writer fails.
    pub fn finish(mut self) -> io::Result<W> {
        self.inner.write_all(&FINAL_BLOCK)?;
        self.inner.write_all(&self.crc.finalize().to_le_bytes())?;
        // The format keeps the length modulo 2^32: the low four bytes.
        self.inner.write_all(&self.len.to_le_bytes()[..4])?;
        Ok(self.inner)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;
    use crate::bundle::Level;
    use crate::bundle::gzip::ChunkEncoder;

    #[test]
    fn the_whole_is_one_member_with_the_right_checksum() {
        let zeros = vec![0; 70_000];
        let chunks: [&[u8]; 3] = [b"first", &zeros, b"last"];
        let mut encoder = ChunkEncoder::new(Level::Balanced);
        let mut stitcher = Stitcher::new(Vec::new()).unwrap();
        for chunk in chunks {
            let mut encoded = Vec::new();
            encoder.encode(chunk, &mut encoded);
            let mut crc = Hasher::new();
            crc.update(chunk);
            stitcher.push(&encoded, &crc, chunk.len()).unwrap();
        }

        let file = stitcher.finish().unwrap();

        // `GzDecoder` reads one member and checks its CRC and length.
        let mut decoder = flate2::bufread::GzDecoder::new(&file[..]);
        let mut data = Vec::new();
        decoder.read_to_end(&mut data).unwrap();
        assert!(data == chunks.concat());
        assert!(
            decoder.into_inner().is_empty(),
            "nothing behind the first member"
        );
    }

    #[test]
    fn nothing_at_all_is_a_valid_member_too() {
        let file = Stitcher::new(Vec::new()).unwrap().finish().unwrap();

        let mut data = Vec::new();
        flate2::bufread::GzDecoder::new(&file[..])
            .read_to_end(&mut data)
            .unwrap();
        assert!(data.is_empty());
    }
}
