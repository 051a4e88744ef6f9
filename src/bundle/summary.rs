//! What the journeys of this module report.

use std::path::PathBuf;

use crate::crypto::digest::Sha1Digest;
use crate::manifest::Manifest;
use crate::manifest::signature::SignatureCheck;

/// A bundle that was made.
#[derive(Debug)]
pub struct BundleSummary {
    /// The manifest file.
    pub manifest_path: PathBuf,
    /// What it says.
    pub manifest: Manifest,
    /// The part files, in order.
    pub parts: Vec<PartSummary>,
    /// Bytes of the image that are not runs of zeros.
    pub data_bytes: u64,
    /// Bytes of the tar stream.
    pub tar_bytes: u64,
}

/// A part that was made.
#[derive(Debug, Clone)]
pub struct PartSummary {
    /// The file.
    pub path: PathBuf,
    /// Its size in bytes.
    pub size: u64,
    /// Its SHA-1.
    pub digest: Sha1Digest,
}

/// A bundle that was made and went elsewhere.
#[derive(Debug)]
pub struct StreamedBundle {
    /// The manifest file, if the bundle was preserved here.
    pub manifest_path: Option<PathBuf>,
    /// What the manifest says.
    pub manifest: Manifest,
    /// Sizes of the parts in bytes, in order.
    pub part_sizes: Vec<u64>,
    /// Bytes of the image that are not runs of zeros.
    pub data_bytes: u64,
    /// Bytes of the tar stream.
    pub tar_bytes: u64,
}

/// An image that was unbundled.
#[derive(Debug)]
pub struct UnbundleSummary {
    /// The file or device; absent when the image went to a stream.
    pub path: Option<PathBuf>,
    /// Size of the image in bytes.
    pub image_size: u64,
    /// Bytes of it that are not holes.
    pub data_bytes: u64,
    /// SHA-1 of the tar stream.
    pub digest: Sha1Digest,
    /// Whether the manifest's image digest is the known wrong one of euca2ools before 1.3.2,
    /// so that nothing could be compared.
    pub digest_unknown: bool,
    /// What became of the signature; absent when there was no certificate.
    pub signature: Option<SignatureCheck>,
}

/// What a check of a bundle found.
#[derive(Debug)]
pub struct VerifyReport {
    /// What the manifest says.
    pub manifest: Manifest,
    /// The signature's check; absent when no certificate was given.
    pub signature: Option<SignatureCheck>,
    /// Every part, in order.
    pub parts: Vec<PartCheck>,
    /// The parts' sizes, summed, when all could be read.
    pub bundled_size: Option<u64>,
    /// The image's check; absent when no key was given or a part is bad.
    pub image: Option<ImageCheck>,
}

/// What a check of one part found.
#[derive(Debug, Clone)]
pub struct PartCheck {
    /// The part's file name.
    pub filename: String,
    /// Its size in bytes, if it could be read.
    pub size: Option<u64>,
    /// Whether it is what the manifest says.
    pub verdict: PartVerdict,
}

/// Whether a part is what the manifest says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PartVerdict {
    /// The digest agrees.
    Good,
    /// There is no such file.
    Missing,
    /// The file cannot be read, for this reason.
    Unreadable(String),
    /// The digest does not agree.
    WrongDigest {
        /// Digest of the file.
        found: Sha1Digest,
        /// Digest in the manifest.
        expected: Sha1Digest,
    },
}

/// What a check of the image inside a bundle found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImageCheck {
    /// Size and digest agree.
    Good {
        /// Size in bytes.
        size: u64,
        /// Bytes of it that are not holes.
        data_bytes: u64,
    },
    /// The size agrees; the manifest's digest is the known wrong one.
    DigestUnknown {
        /// Size in bytes.
        size: u64,
    },
    /// The image is not what the manifest says, for this reason.
    Bad(String),
}

impl VerifyReport {
    /// Whether nothing bad was found. An absent check is not a bad one.
    #[must_use]
    pub fn is_good(&self) -> bool {
        let parts = self
            .parts
            .iter()
            .all(|part| part.verdict == PartVerdict::Good);
        let size = self
            .bundled_size
            .is_none_or(|size| size == self.manifest.image.bundled_size);
        let signature = !matches!(
            self.signature,
            Some(SignatureCheck::Invalid | SignatureCheck::Unsigned)
        );
        let image = !matches!(self.image, Some(ImageCheck::Bad(_)));
        parts && size && signature && image
    }
}
