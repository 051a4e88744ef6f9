//! Compares a body that came with what was said about it.

use base64ct::{Base64, Encoding as _};

use super::{Asked, Expectation};
use crate::cloud::walrus::body::checksum::Checksum;
use crate::cloud::walrus::error::{Code, S3Error, S3Result};

/// What a body was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Bytes of data.
    pub size: u64,
    /// Their MD5, if it was made.
    pub md5: Option<[u8; 16]>,
    /// Their SHA-256, if it was signed.
    pub sha256: Option<[u8; 32]>,
    /// The checksum, if one was asked for.
    pub checksum: Option<Checksum>,
    /// What followed the data, names in lower case.
    pub trailers: Vec<(String, String)>,
}

impl Expectation {
    /// Whether there may be so many bytes of data; asked whenever more come.
    pub(in crate::cloud::walrus::body) fn allows(&self, size: u64) -> S3Result<()> {
        if size > self.purpose.most() {
            return Err(self.purpose.too_large(size));
        }
        match self.length {
            Some(length) if size > length => Err(incomplete(size, length)),
            _ => Ok(()),
        }
    }

    /// Whether a whole body is the one that was meant.
    pub(in crate::cloud::walrus::body) fn judge(&self, found: &Found) -> S3Result<()> {
        self.allows(found.size)?;
        if let Some(length) = self.length.filter(|length| *length != found.size) {
            return Err(incomplete(found.size, length));
        }
        if found.size < self.least {
            let (size, least) = (found.size, self.least);
            let message = format!("the upload has {size} bytes, at least {least} are asked for");
            return Err(S3Error::new(Code::EntityTooSmall, message)
                .with("ProposedSize", size.to_string())
                .with("MinSizeAllowed", least.to_string()));
        }
        if self.sha256.is_some() && self.sha256 != found.sha256 {
            return Err(other_sha256(self.sha256, found.sha256));
        }
        if self.md5.is_some() && self.md5 != found.md5 {
            let text = |md5: Option<[u8; 16]>| md5.map(|md5| Base64::encode_string(&md5));
            return Err(bad_digest(
                "MD5",
                &text(self.md5).unwrap_or_default(),
                &text(found.md5).unwrap_or_default(),
            ));
        }
        self.judge_checksum(found)
    }

    fn judge_checksum(&self, found: &Found) -> S3Result<()> {
        let expected = match &self.checksum {
            None | Some(Asked::Any(_)) => return Ok(()),
            Some(Asked::Value(checksum)) => *checksum,
            Some(Asked::Trailer(algorithm)) => {
                let mut trailers = found.trailers.iter();
                let trailer = trailers.find(|(name, _)| name == algorithm.header());
                let value = trailer.map(|(_, value)| value.as_str()).unwrap_or_default();
                Checksum::parse(*algorithm, value).map_err(|error| {
                    let message = format!("the trailer {}: {error}", algorithm.header());
                    S3Error::new(Code::MalformedTrailerError, message)
                })?
            }
        };
        match found.checksum {
            Some(checksum) if checksum == expected => Ok(()),
            other => Err(bad_digest(
                expected.algorithm().name(),
                &expected.to_string(),
                &other
                    .map(|checksum| checksum.to_string())
                    .unwrap_or_default(),
            )),
        }
    }
}

fn incomplete(size: u64, length: u64) -> S3Error {
    let message = format!("the body has {size} bytes, it was said to have {length}");
    S3Error::new(Code::IncompleteBody, message)
}

fn bad_digest(name: &str, expected: &str, found: &str) -> S3Error {
    let message = format!("the body has the {name} {found}, the request says {expected}");
    S3Error::new(Code::BadDigest, message)
        .with("ExpectedDigest", expected)
        .with("CalculatedDigest", found)
}

fn other_sha256(expected: Option<[u8; 32]>, found: Option<[u8; 32]>) -> S3Error {
    let text = |digest: Option<[u8; 32]>| digest.map(hex::encode).unwrap_or_default();
    S3Error::new(
        Code::XAmzContentSHA256Mismatch,
        "the body has another SHA-256 than x-amz-content-sha256 says",
    )
    .with("ClientComputedContentSHA256", text(expected))
    .with("S3ComputedContentSHA256", text(found))
}
