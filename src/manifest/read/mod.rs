//! Reads a manifest of any version, from any tool.
//!
//! ```text
//! file ─► regular? ≤ 16 MiB? ─► bounded XML ─► version? ─► fields ─► signed slices ─► SignedManifest
//! ```
//!
//! The order of elements does not matter and unknown elements are passed over, but an element
//! that counts stands once. Every field is read in the same way whatever the version says, since
//! the version is not signed. What is parsed and what is signed are the same bytes.
//!
//! Source: docs/formats/manifest.md.

mod error;
mod fields;
mod image;
#[cfg(test)]
mod tests;

use std::fs::{self, File, FileType, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use super::signature::{self, SignatureCheck};
use super::{Manifest, Version};
use crate::crypto::x509::Certificate;
use crate::xml::{self, Limits};
pub use error::ManifestError;
use fields::Fields;

/// Most parts that are read: a terabyte in parts of 10 MiB.
pub const MAX_PARTS: usize = 100_000;

/// Three elements per part, and room for the others.
const MAX_ELEMENTS: usize = 3 * MAX_PARTS + 10_000;

/// A manifest together with the bytes that its signature covers.
#[derive(Debug, Clone)]
pub struct SignedManifest {
    /// What it says.
    pub manifest: Manifest,
    path: PathBuf,
    signed: Vec<u8>,
}

impl SignedManifest {
    /// Largest manifest that is read, in bytes: a part takes some 110 of them, so that this has
    /// room for [`MAX_PARTS`] and for long names.
    pub const MAX_BYTES: u64 = 16 * 1024 * 1024;

    /// Reads a manifest file. Devices, pipes and directories are refused without being read.
    ///
    /// # Errors
    /// When the file cannot be read or is not a whole, unambiguous manifest.
    pub fn read(path: &Path) -> Result<Self, ManifestError> {
        Self::parse(&Self::read_bytes(path)?, path)
    }

    /// The bytes of a manifest file, for those who pass them on as they are: one more than
    /// [`SignedManifest::MAX_BYTES`] at most, which [`SignedManifest::parse`] refuses.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn read_bytes(path: &Path) -> Result<Vec<u8>, ManifestError> {
        let unreadable = |source| ManifestError::Read {
            path: path.to_owned(),
            source,
        };
        let refuse = |found| ManifestError::NotAFile {
            path: path.to_owned(),
            found,
        };
        let kind = fs::metadata(path).map_err(unreadable)?.file_type();
        if let Some(found) = not_a_file(kind) {
            return Err(refuse(found));
        }
        let file = open_without_waiting(path).map_err(unreadable)?;
        // The path may have been given to another file in the meantime.
        let kind = file.metadata().map_err(unreadable)?.file_type();
        if let Some(found) = not_a_file(kind) {
            return Err(refuse(found));
        }
        let mut bytes = Vec::new();
        file.take(Self::MAX_BYTES + 1)
            .read_to_end(&mut bytes)
            .map_err(unreadable)?;
        Ok(bytes)
    }

    /// Reads a manifest from memory; `origin` is the name that errors give it.
    ///
    /// # Errors
    /// When the bytes are not a whole, unambiguous manifest.
    pub fn parse(bytes: &[u8], origin: &Path) -> Result<Self, ManifestError> {
        if bytes.len() as u64 > Self::MAX_BYTES {
            return Err(ManifestError::TooLarge {
                path: origin.to_owned(),
                limit: Self::MAX_BYTES,
            });
        }
        let limits = Limits {
            bytes: bytes.len(),
            elements: MAX_ELEMENTS,
            plain: true,
        };
        let root = xml::parse(bytes, &limits).map_err(|source| ManifestError::Xml {
            path: origin.to_owned(),
            source,
        })?;
        if root.name != "manifest" {
            return Err(ManifestError::NotAManifest {
                path: origin.to_owned(),
                found: root.name.chars().take(80).collect(),
            });
        }
        let fields = Fields::root(origin, &root);
        let manifest = Manifest {
            version: version(&fields)?,
            bundler: fields::bundler(&fields)?,
            machine_configuration: fields::machine_configuration(&fields)?,
            image: image::read(&fields)?,
            signature: fields::signature(&fields)?,
        };
        let signed =
            signature::signed_bytes(bytes, &root, manifest.version).map_err(|element| {
                ManifestError::Ambiguous {
                    path: origin.to_owned(),
                    element,
                }
            })?;
        Ok(Self {
            manifest,
            path: origin.to_owned(),
            signed,
        })
    }

    /// Where the manifest came from.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The bytes that the signature covers, exactly as they stand in the file: the machine
    /// configuration and the image, one after the other; in version 3 the image only.
    #[must_use]
    pub fn signed_bytes(&self) -> &[u8] {
        &self.signed
    }

    /// Checks the signature with the key of a certificate.
    #[must_use]
    pub fn verify(&self, certificate: &Certificate) -> SignatureCheck {
        signature::check(
            &self.manifest.signature,
            &self.signed,
            certificate.public_key(),
        )
    }
}

/// The version gate. Versions are compared as numbers, as ec2-migrate-manifest does.
fn version(fields: &Fields<'_, '_>) -> Result<Version, ManifestError> {
    let text = fields.text("version")?;
    let problem = match text {
        "3" => return Ok(Version::V3),
        "20070829" | "2007-08-29" => return Ok(Version::V20070829),
        "2007-10-10" => return Ok(Version::V20071010),
        other => match other.replace('-', "").parse::<u64>() {
            Ok(number) if number > 20_071_010 => "which is too new",
            Ok(number) if number < 3 => "which is too old",
            _ => "which is not known",
        },
    };
    Err(ManifestError::Version {
        path: fields.path().to_owned(),
        found: text.chars().take(80).collect(),
        problem,
    })
}

/// What a file is, unless it is a regular one.
fn not_a_file(kind: FileType) -> Option<&'static str> {
    if kind.is_file() {
        None
    } else if kind.is_dir() {
        Some("a directory")
    } else if kind.is_fifo() {
        Some("a pipe")
    } else if kind.is_block_device() || kind.is_char_device() {
        Some("a device")
    } else {
        Some("a special file")
    }
}

/// Opens for reading; a pipe that takes the file's place does not block.
fn open_without_waiting(path: &Path) -> io::Result<File> {
    let flags = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    OpenOptions::new().read(true).custom_flags(flags).open(path)
}
