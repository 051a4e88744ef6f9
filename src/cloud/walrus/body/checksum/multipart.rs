//! Checksums of objects that were made of parts.
//!
//! ```text
//! FULL_OBJECT   CRC of part 1, length ─┐
//!               CRC of part 2, length ─┴─► CRC of the whole, as if it had come at once
//! COMPOSITE     value of part 1 ‖ value of part 2 ‖ … ─► hashed once more ─► BASE64-NUMBER
//! ```
//!
//! Source: Amazon S3's user guide, "Checking object integrity for data uploads", full object and
//! composite checksum types.

use std::fmt;

use super::{Algorithm, Checksum, Hasher};

/// What the checksum of an object made of parts covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChecksumType {
    /// The object's bytes.
    FullObject,
    /// The checksums of its parts.
    Composite,
}

impl ChecksumType {
    /// Its name in headers and XML.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::FullObject => "FULL_OBJECT",
            Self::Composite => "COMPOSITE",
        }
    }

    /// The type of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let all = [Self::FullObject, Self::Composite];
        all.into_iter().find(|kind| kind.name() == name)
    }

    /// What an upload has that names an algorithm alone.
    #[must_use]
    pub const fn default_of(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Crc64Nvme => Self::FullObject,
            _ => Self::Composite,
        }
    }

    /// Whether an algorithm can be of this type: only CRCs of parts give that of the whole, and
    /// S3 has no composite CRC64NVME.
    #[must_use]
    pub const fn is_possible(self, algorithm: Algorithm) -> bool {
        match (self, algorithm) {
            (Self::FullObject, Algorithm::Sha1 | Algorithm::Sha256)
            | (Self::Composite, Algorithm::Crc64Nvme) => false,
            (Self::FullObject | Self::Composite, _) => true,
        }
    }
}

impl fmt::Display for ChecksumType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Puts the CRCs of parts together to that of the whole.
#[derive(Debug, Clone)]
pub struct Whole {
    algorithm: Algorithm,
    crc: u64,
}

/// A part's checksum that cannot be put together with the others'.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a checksum of {found} among parts of {expected}")]
pub struct OtherAlgorithm {
    /// The part's.
    pub found: Algorithm,
    /// The object's.
    pub expected: Algorithm,
}

impl Whole {
    /// No part yet; none if the algorithm cannot be put together ([`ChecksumType::is_possible`]).
    #[must_use]
    pub fn new(algorithm: Algorithm) -> Option<Self> {
        let nothing = Checksum::of(algorithm, b"").crc();
        let whole = Self {
            algorithm,
            crc: nothing,
        };
        algorithm.crc().map(|_| whole)
    }

    /// Adds the next part: its checksum, and its length in bytes.
    ///
    /// # Errors
    /// When it is of another algorithm.
    pub fn add(&mut self, part: &Checksum, length: u64) -> Result<(), OtherAlgorithm> {
        let crc = same_algorithm(part, self.algorithm)?.crc();
        let algorithm = self.algorithm.crc().ok_or(OtherAlgorithm {
            found: part.algorithm,
            expected: self.algorithm,
        })?;
        self.crc = crc_fast::checksum_combine(algorithm, self.crc, crc, length);
        Ok(())
    }

    /// The checksum of all parts, one after the other.
    #[must_use]
    pub fn finish(&self) -> Checksum {
        Checksum::from_crc(self.algorithm, self.crc)
    }
}

fn same_algorithm(part: &Checksum, expected: Algorithm) -> Result<&Checksum, OtherAlgorithm> {
    let found = part.algorithm;
    if found == expected {
        Ok(part)
    } else {
        Err(OtherAlgorithm { found, expected })
    }
}

/// The checksum of the checksums of parts; its text is `BASE64-NUMBER`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Composite {
    /// Of the parts' raw values, one after the other.
    pub checksum: Checksum,
    /// How many parts there are.
    pub parts: usize,
}

impl Composite {
    /// The composite checksum of parts.
    ///
    /// # Errors
    /// When one is of another algorithm.
    pub fn of<'a>(
        algorithm: Algorithm,
        parts: impl IntoIterator<Item = &'a Checksum>,
    ) -> Result<Self, OtherAlgorithm> {
        let mut hasher = Hasher::new(algorithm);
        let mut number = 0;
        for part in parts {
            hasher.update(same_algorithm(part, algorithm)?.bytes());
            number += 1;
        }
        Ok(Self {
            checksum: hasher.finish(),
            parts: number,
        })
    }

    /// Reads `BASE64-NUMBER`; the number is 1 to 10,000, without leading zeros.
    #[must_use]
    pub fn parse(algorithm: Algorithm, text: &str) -> Option<Self> {
        let (value, number) = text.rsplit_once('-')?;
        let parts: usize = number.parse().ok()?;
        let is_number = (1..=10_000).contains(&parts) && parts.to_string() == number;
        let checksum = Checksum::parse(algorithm, value).ok()?;
        is_number.then_some(Self { checksum, parts })
    }
}

impl fmt::Display for Composite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.checksum, self.parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crcs_of_parts_give_that_of_the_whole() {
        let data: Vec<u8> = (0..100_000_u32).map(|n| (n % 253) as u8).collect();
        for algorithm in [Algorithm::Crc32, Algorithm::Crc32c, Algorithm::Crc64Nvme] {
            let mut whole = Whole::new(algorithm).unwrap();
            for part in [&data[..1], &data[1..70_000], &[], &data[70_000..]] {
                let length = part.len() as u64;
                whole.add(&Checksum::of(algorithm, part), length).unwrap();
            }

            assert_eq!(
                whole.finish(),
                Checksum::of(algorithm, &data),
                "{algorithm}"
            );
        }
        assert!(Whole::new(Algorithm::Sha1).is_none());
        assert!(Whole::new(Algorithm::Sha256).is_none());
    }

    /// The values are those of `(sha256("abc") ‖ sha256("def")) | openssl dgst -sha256 | base64`.
    #[test]
    fn a_composite_hashes_the_raw_values() {
        let parts = ["abc", "def"].map(|part| Checksum::of(Algorithm::Sha256, part.as_bytes()));

        let composite = Composite::of(Algorithm::Sha256, &parts).unwrap();

        let text = composite.to_string();
        assert_eq!(text, "nATTAFe3VK8bLS1PVnV4LdYaWmWcNO5sKvR1JrZsr6Y=-2");
        assert_eq!(Composite::parse(Algorithm::Sha256, &text), Some(composite));
        assert_eq!(Composite::parse(Algorithm::Sha1, &text), None);
        for bad in ["-0", "-02", "-10001", "", "-+2", "-"] {
            let text = format!("{}{bad}", composite.checksum);
            assert_eq!(Composite::parse(Algorithm::Sha256, &text), None, "{text}");
        }
    }

    #[test]
    fn parts_of_another_algorithm_are_refused() {
        let part = Checksum::of(Algorithm::Crc32, b"x");
        let error = OtherAlgorithm {
            found: Algorithm::Crc32,
            expected: Algorithm::Crc32c,
        };

        let mut whole = Whole::new(Algorithm::Crc32c).unwrap();

        assert_eq!(whole.add(&part, 1), Err(error));
        assert_eq!(Composite::of(Algorithm::Crc32c, [&part]), Err(error));
    }

    #[test]
    fn types_are_known_by_name_and_algorithm() {
        for kind in [ChecksumType::FullObject, ChecksumType::Composite] {
            assert_eq!(ChecksumType::from_name(kind.name()), Some(kind));
        }
        for algorithm in Algorithm::ALL {
            assert!(ChecksumType::default_of(algorithm).is_possible(algorithm));
        }
        assert!(!ChecksumType::FullObject.is_possible(Algorithm::Sha256));
    }
}
