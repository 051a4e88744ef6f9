//! Checksums of S3's that a client may ask for besides MD5.
//!
//! ```text
//! x-amz-checksum-crc32c: 4waSgw==          base64 of the bytes, most significant first
//! x-amz-checksum-sha256: 3q2+7w…=-3        of an object of 3 parts, see multipart
//! ```
//!
//! Source: Amazon S3's user guide, "Checking object integrity for data uploads".

pub mod multipart;

use std::fmt;

use base64ct::{Base64, Encoding as _};
use crc_fast::{CrcAlgorithm, Digest as Crc};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

/// How a checksum is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// CRC-32 of Ethernet and gzip.
    Crc32,
    /// CRC-32C (Castagnoli), of iSCSI.
    Crc32c,
    /// CRC-64 of NVM Express.
    Crc64Nvme,
    /// SHA-1.
    Sha1,
    /// SHA-256.
    Sha256,
}

impl Algorithm {
    /// Every algorithm.
    pub const ALL: [Self; 5] = [
        Self::Crc32,
        Self::Crc32c,
        Self::Crc64Nvme,
        Self::Sha1,
        Self::Sha256,
    ];

    /// Its name in headers and XML.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Crc32c => "CRC32C",
            Self::Crc64Nvme => "CRC64NVME",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
        }
    }

    /// The algorithm of a name, in either case.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|algorithm| algorithm.name().eq_ignore_ascii_case(name))
    }

    /// The header or trailer that carries its value, in lower case.
    #[must_use]
    pub const fn header(self) -> &'static str {
        match self {
            Self::Crc32 => "x-amz-checksum-crc32",
            Self::Crc32c => "x-amz-checksum-crc32c",
            Self::Crc64Nvme => "x-amz-checksum-crc64nvme",
            Self::Sha1 => "x-amz-checksum-sha1",
            Self::Sha256 => "x-amz-checksum-sha256",
        }
    }

    /// The algorithm whose value a header carries; the name in either case.
    #[must_use]
    pub fn from_header(header: &str) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|algorithm| algorithm.header().eq_ignore_ascii_case(header))
    }

    /// The element that holds its value in XML.
    #[must_use]
    pub const fn element(self) -> &'static str {
        match self {
            Self::Crc32 => "ChecksumCRC32",
            Self::Crc32c => "ChecksumCRC32C",
            Self::Crc64Nvme => "ChecksumCRC64NVME",
            Self::Sha1 => "ChecksumSHA1",
            Self::Sha256 => "ChecksumSHA256",
        }
    }

    /// Bytes of a value.
    #[must_use]
    pub const fn width(self) -> usize {
        match self {
            Self::Crc32 | Self::Crc32c => 4,
            Self::Crc64Nvme => 8,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }

    /// The CRC, if it is one.
    const fn crc(self) -> Option<CrcAlgorithm> {
        match self {
            Self::Crc32 => Some(CrcAlgorithm::Crc32IsoHdlc),
            Self::Crc32c => Some(CrcAlgorithm::Crc32Iscsi),
            Self::Crc64Nvme => Some(CrcAlgorithm::Crc64Nvme),
            Self::Sha1 | Self::Sha256 => None,
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The checksum of some bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checksum {
    algorithm: Algorithm,
    /// The value, in the first [`Algorithm::width`] bytes; the others are zero.
    bytes: [u8; 32],
}

/// A text that is no checksum of its algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the value is not the base64 of the {width} bytes that a {algorithm} has", width = algorithm.width())]
pub struct NotAChecksum {
    /// What it should have been.
    pub algorithm: Algorithm,
}

impl Checksum {
    /// How it was made.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The value, most significant byte first.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..self.algorithm.width()]
    }

    /// The checksum of some bytes.
    #[must_use]
    pub fn of(algorithm: Algorithm, data: &[u8]) -> Self {
        let mut hasher = Hasher::new(algorithm);
        hasher.update(data);
        hasher.finish()
    }

    /// Reads the base64 text of a value.
    ///
    /// # Errors
    /// When it is not base64 of exactly as many bytes as the algorithm makes.
    pub fn parse(algorithm: Algorithm, text: &str) -> Result<Self, NotAChecksum> {
        let mut bytes = [0; 32];
        match Base64::decode(text, &mut bytes) {
            Ok(value) if value.len() == algorithm.width() => Ok(Self { algorithm, bytes }),
            _ => Err(NotAChecksum { algorithm }),
        }
    }

    fn from_bytes(algorithm: Algorithm, value: &[u8]) -> Self {
        let mut bytes = [0; 32];
        bytes[..value.len()].copy_from_slice(value);
        Self { algorithm, bytes }
    }

    fn from_crc(algorithm: Algorithm, crc: u64) -> Self {
        // A narrow CRC is in the low bytes, which come last.
        let bytes = crc.to_be_bytes();
        Self::from_bytes(algorithm, &bytes[bytes.len() - algorithm.width()..])
    }

    /// The value of a CRC as a number.
    fn crc(&self) -> u64 {
        let fold = |number: u64, &byte: &u8| number << 8 | u64::from(byte);
        self.bytes().iter().fold(0, fold)
    }
}

/// The base64 text, as headers and XML have it.
impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Base64::encode_string(self.bytes()))
    }
}

/// Makes a checksum of what passes.
#[derive(Debug, Clone)]
pub struct Hasher {
    algorithm: Algorithm,
    state: State,
}

#[derive(Clone)]
enum State {
    Crc(Crc),
    Sha1(Sha1),
    Sha256(Sha256),
}

impl Hasher {
    /// A hasher that has seen nothing.
    #[must_use]
    pub fn new(algorithm: Algorithm) -> Self {
        let state = match algorithm.crc() {
            Some(crc) => State::Crc(Crc::new(crc)),
            None if algorithm == Algorithm::Sha1 => State::Sha1(Sha1::new()),
            None => State::Sha256(Sha256::new()),
        };
        Self { algorithm, state }
    }

    /// Takes the next bytes in.
    pub fn update(&mut self, data: &[u8]) {
        match &mut self.state {
            State::Crc(crc) => crc.update(data),
            State::Sha1(sha1) => sha1.update(data),
            State::Sha256(sha256) => sha256.update(data),
        }
    }

    /// The checksum of all bytes.
    #[must_use]
    pub fn finish(self) -> Checksum {
        let algorithm = self.algorithm;
        match self.state {
            State::Crc(crc) => Checksum::from_crc(algorithm, crc.finalize()),
            State::Sha1(sha1) => Checksum::from_bytes(algorithm, &sha1.finalize()),
            State::Sha256(sha256) => Checksum::from_bytes(algorithm, &sha256.finalize()),
        }
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("State")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Check values of the catalogue of parametrised CRC algorithms ("123456789"), of NVM
    /// Express' specification and of FIPS 180 ("abc").
    #[test]
    fn published_check_values() {
        let of =
            |algorithm, data: &str| hex::encode(Checksum::of(algorithm, data.as_bytes()).bytes());
        let nine = "123456789";

        assert_eq!(of(Algorithm::Crc32, nine), "cbf43926");
        assert_eq!(of(Algorithm::Crc32c, nine), "e3069283");
        assert_eq!(of(Algorithm::Crc64Nvme, nine), "ae8b14860a799888");
        assert_eq!(
            of(Algorithm::Sha1, "abc"),
            "a9993e364706816aba3e25717850c26c9cd0d89d"
        );
        assert_eq!(
            of(Algorithm::Sha256, "abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn a_text_is_read_as_it_is_written() {
        for algorithm in Algorithm::ALL {
            let checksum = Checksum::of(algorithm, b"some data");

            let text = checksum.to_string();

            assert_eq!(Checksum::parse(algorithm, &text), Ok(checksum));
            assert_eq!(Algorithm::from_name(algorithm.name()), Some(algorithm));
            assert_eq!(Algorithm::from_header(algorithm.header()), Some(algorithm));
        }
        assert_eq!(
            Checksum::of(Algorithm::Crc32c, b"123456789").to_string(),
            "4waSgw=="
        );
        assert_eq!(
            Algorithm::from_header("X-Amz-Checksum-SHA1"),
            Some(Algorithm::Sha1)
        );
        assert_eq!(Algorithm::from_name("MD5"), None);
    }

    #[test]
    fn a_text_of_another_length_is_refused() {
        for text in [
            "",
            "4waSgw",
            "4waSgw=",
            "4waSg===",
            "4waSgwA=",
            "4waS\ngw==",
            "é",
            "rosUhgp5mIg=",
        ] {
            assert!(Checksum::parse(Algorithm::Crc32c, text).is_err(), "{text}");
        }
        let long = "A".repeat(10_000);
        assert!(Checksum::parse(Algorithm::Sha256, &long).is_err());
    }

    #[test]
    fn pieces_make_the_checksum_of_the_whole() {
        for algorithm in Algorithm::ALL {
            let data: Vec<u8> = (0..10_000_u32).map(|n| (n % 251) as u8).collect();
            let mut hasher = Hasher::new(algorithm);

            for piece in data.chunks(77) {
                hasher.update(piece);
            }

            assert_eq!(
                hasher.finish(),
                Checksum::of(algorithm, &data),
                "{algorithm}"
            );
        }
    }
}
