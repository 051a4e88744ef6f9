//! Checksums of uploads: what was chosen, and how the database keeps them.
//!
//! ```text
//! upload    ALGORITHM TYPE            CRC32 FULL_OBJECT
//! part      ALGORITHM VALUE           CRC32 4waSgw==
//! version   ALGORITHM TYPE VALUE      SHA256 COMPOSITE 3q2+7w…=-3
//! ```

use crate::cloud::walrus::answer::Answer;
use crate::cloud::walrus::body::checksum::multipart::ChecksumType;
use crate::cloud::walrus::body::{Algorithm, Checksum};
use crate::cloud::walrus::error::{Code, S3Error, S3Result};
use crate::cloud::walrus::xml::excerpt;

/// What an upload's object gets when the client chose nothing, as at S3: every part has it unless
/// it was sent with another.
pub(super) const UNASKED: Algorithm = Algorithm::Crc64Nvme;

/// The checksum that an upload's object is to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Chosen {
    /// How it is made.
    pub(super) algorithm: Algorithm,
    /// Of what.
    pub(super) kind: ChecksumType,
}

impl Chosen {
    /// What `x-amz-checksum-algorithm` and `x-amz-checksum-type` ask for.
    ///
    /// # Errors
    /// `InvalidRequest` for words that are none, a type alone, and a pair that cannot be.
    pub(super) fn from_headers(
        algorithm: Option<&str>,
        kind: Option<&str>,
    ) -> S3Result<Option<Self>> {
        let wrong = |why: String| S3Error::new(Code::InvalidRequest, why);
        let kind = match kind {
            None => None,
            Some(word) => Some(ChecksumType::from_name(word).ok_or_else(|| {
                let word = excerpt(word);
                wrong(format!(
                    "x-amz-checksum-type is {word}, expected FULL_OBJECT or COMPOSITE"
                ))
            })?),
        };
        let Some(word) = algorithm else {
            return match kind {
                None => Ok(None),
                Some(_) => Err(wrong(
                    "x-amz-checksum-type was sent without x-amz-checksum-algorithm".to_owned(),
                )),
            };
        };
        let algorithm = Algorithm::from_name(word).ok_or_else(|| {
            let (word, known) = (
                excerpt(word),
                Algorithm::ALL.map(Algorithm::name).join(", "),
            );
            wrong(format!(
                "x-amz-checksum-algorithm is {word}, expected one of {known}"
            ))
        })?;
        let kind = kind.unwrap_or_else(|| ChecksumType::default_of(algorithm));
        if !kind.is_possible(algorithm) {
            return Err(wrong(format!(
                "The {kind} checksum type cannot be used with the {algorithm} checksum algorithm."
            )));
        }
        Ok(Some(Self { algorithm, kind }))
    }

    /// As the database keeps it.
    pub(super) fn to_text(self) -> String {
        format!("{} {}", self.algorithm, self.kind)
    }

    /// Reads what [`to_text`](Self::to_text) wrote.
    pub(super) fn of_text(text: Option<&str>) -> Option<Self> {
        let (algorithm, kind) = text?.split_once(' ')?;
        Some(Self {
            algorithm: Algorithm::from_name(algorithm)?,
            kind: ChecksumType::from_name(kind)?,
        })
    }
}

/// A part's checksum as the database keeps it.
pub(super) fn to_text(checksum: &Checksum) -> String {
    format!("{} {checksum}", checksum.algorithm())
}

/// Reads what [`to_text`] wrote.
pub(super) fn of_text(text: Option<&str>) -> Option<Checksum> {
    let (algorithm, value) = text?.split_once(' ')?;
    Checksum::parse(Algorithm::from_name(algorithm)?, value).ok()
}

/// An answer that tells a part's checksum.
pub(super) fn tell(answer: Answer, checksum: Option<&Checksum>) -> Answer {
    match checksum {
        None => answer,
        Some(checksum) => answer.header(checksum.algorithm().header(), checksum.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_kept_and_read_back() {
        let chosen = Chosen::from_headers(Some("crc32"), Some("FULL_OBJECT"));
        let chosen = chosen.unwrap().unwrap();

        assert_eq!(chosen.to_text(), "CRC32 FULL_OBJECT");
        assert_eq!(Chosen::of_text(Some("CRC32 FULL_OBJECT")), Some(chosen));
        assert_eq!(Chosen::from_headers(None, None).unwrap(), None);
    }

    #[test]
    fn an_algorithm_alone_has_its_own_type() {
        let kind = |algorithm| {
            Chosen::from_headers(Some(algorithm), None)
                .unwrap()
                .unwrap()
                .kind
        };

        assert_eq!(kind("CRC64NVME"), ChecksumType::FullObject);
        assert_eq!(kind("CRC32C"), ChecksumType::Composite);
        assert_eq!(kind("SHA256"), ChecksumType::Composite);
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for (algorithm, kind) in [
            (Some("MD5"), None),
            (Some("SHA1"), Some("FULL_OBJECT")),
            (Some("CRC64NVME"), Some("COMPOSITE")),
            (Some("CRC32"), Some("full")),
            (None, Some("COMPOSITE")),
        ] {
            let refused = Chosen::from_headers(algorithm, kind).unwrap_err();

            assert_eq!(refused.code, Code::InvalidRequest, "{algorithm:?} {kind:?}");
        }
    }

    #[test]
    fn a_part_s_checksum_is_kept_and_read_back() {
        for algorithm in Algorithm::ALL {
            let checksum = Checksum::of(algorithm, b"abc");

            assert_eq!(of_text(Some(&to_text(&checksum))), Some(checksum));
        }
        assert_eq!(of_text(Some("CRC32 x")), None);
    }
}
