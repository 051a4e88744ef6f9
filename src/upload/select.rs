//! Which bundle in a bucket is meant, and its manifest.
//!
//! ```text
//! bucket  key prefix  selector
//! images/ web/        -m disk.img.manifest.xml     web/disk.img.manifest.xml
//!                     -p disk.img                  web/disk.img.manifest.xml
//!                     --local-manifest FILE        FILE, nothing of the bucket is read
//! ```
//!
//! The parts are beside the manifest. Their names come from it, and the reader of manifests
//! lets only plain file names through: no key outside the prefix is ever made of them.

use std::path::{Path, PathBuf};

use bytes::Bytes;

use crate::aws::AwsError;
use crate::aws::s3::{ObjectName, S3};
use crate::manifest::{ManifestError, SignedManifest};

/// What follows a bundle's prefix in the name of its manifest.
pub(super) const MANIFEST_SUFFIX: &str = ".manifest.xml";

/// Where a bundle is, and how it is named.
#[derive(Debug, Clone)]
pub struct BundleAddress {
    /// The bucket.
    pub bucket: String,
    /// What stands before every key, with a slash at its end; or empty.
    pub key_prefix: String,
    /// Which bundle.
    pub selector: BundleSelector,
}

/// How a bundle is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BundleSelector {
    /// By its manifest's key, below the key prefix.
    Manifest(String),
    /// By its prefix: the manifest is `PREFIX.manifest.xml`.
    Prefix(String),
    /// By a manifest on this machine; its parts are below the key prefix.
    Local(PathBuf),
}

/// A bundle's manifest.
#[derive(Debug)]
pub struct FoundManifest {
    /// Its key; none if it is on this machine.
    pub key: Option<String>,
    /// The bytes, exactly as they came; none if it is on this machine.
    pub bytes: Option<Bytes>,
    /// What it says.
    pub signed: SignedManifest,
}

/// Why there is no manifest.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SelectError {
    /// There is no such object or bucket.
    #[error("manifest '{bucket}/{key}' does not exist on the server")]
    NoManifest {
        /// The bucket.
        bucket: String,
        /// The manifest's key.
        key: String,
    },
    /// A name that is no name of a manifest.
    #[error("\"{name}\" is not the name of a manifest: {why}")]
    Name {
        /// The name as given.
        name: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// It is not a manifest.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The service does not give it.
    #[error(transparent)]
    Aws(#[from] AwsError),
}

impl BundleAddress {
    /// The manifest's key, unless it is on this machine.
    #[must_use]
    pub fn manifest_key(&self) -> Option<String> {
        match &self.selector {
            BundleSelector::Manifest(name) => Some(format!("{}{name}", self.key_prefix)),
            BundleSelector::Prefix(prefix) => {
                Some(format!("{}{prefix}{MANIFEST_SUFFIX}", self.key_prefix))
            }
            BundleSelector::Local(_) => None,
        }
    }

    /// What stands before the name of a part in its key: the manifest's key up to its last
    /// slash.
    #[must_use]
    pub fn part_prefix(&self) -> String {
        match self.manifest_key() {
            Some(key) => key[..key.len() - file_name(&key).len()].to_owned(),
            None => self.key_prefix.clone(),
        }
    }

    /// Fetches the manifest, at most [`SignedManifest::MAX_BYTES`], or reads it.
    ///
    /// # Errors
    /// When there is none, the service refuses, or it is no manifest.
    pub fn manifest(&self, s3: &S3) -> Result<FoundManifest, SelectError> {
        let key = match (&self.selector, self.manifest_key()) {
            (BundleSelector::Local(path), _) => {
                return Ok(FoundManifest {
                    key: None,
                    bytes: None,
                    signed: SignedManifest::read(path)?,
                });
            }
            (_, key) => key.unwrap_or_default(),
        };
        if file_name(&key).is_empty() {
            return Err(SelectError::Name {
                name: key,
                why: "it ends with a slash",
            });
        }
        let object = ObjectName {
            bucket: &self.bucket,
            key: &key,
        };
        let limit = usize::try_from(SignedManifest::MAX_BYTES).unwrap_or(usize::MAX);
        let bytes = match s3.get_bytes(object, limit) {
            Ok(bytes) => bytes,
            Err(error) if is_absent(&error) => {
                return Err(SelectError::NoManifest {
                    bucket: self.bucket.clone(),
                    key,
                });
            }
            Err(error) => return Err(error.into()),
        };
        let origin = format!("{}/{key}", self.bucket);
        let signed = SignedManifest::parse(&bytes, Path::new(&origin))?;
        Ok(FoundManifest {
            key: Some(key),
            bytes: Some(bytes),
            signed,
        })
    }
}

/// What follows the last slash of a key.
pub(super) fn file_name(key: &str) -> &str {
    key.rsplit('/').next().unwrap_or(key)
}

/// Whether the service says that there is no such object, or no such bucket.
pub(super) fn is_absent(error: &AwsError) -> bool {
    error.is_code("NoSuchKey") || error.is_code("NoSuchBucket") || error.is_status(404)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(selector: BundleSelector) -> BundleAddress {
        BundleAddress {
            bucket: "images".to_owned(),
            key_prefix: "web/".to_owned(),
            selector,
        }
    }

    #[test]
    fn parts_are_beside_the_manifest() {
        let by_prefix = address(BundleSelector::Prefix("disk.img".to_owned()));
        let by_name = address(BundleSelector::Manifest("old/x.manifest.xml".to_owned()));
        let local = address(BundleSelector::Local(PathBuf::from("/tmp/x.xml")));

        assert_eq!(
            by_prefix.manifest_key().as_deref(),
            Some("web/disk.img.manifest.xml")
        );
        assert_eq!(by_prefix.part_prefix(), "web/");
        assert_eq!(by_name.part_prefix(), "web/old/");
        assert_eq!(local.manifest_key(), None);
        assert_eq!(local.part_prefix(), "web/");
    }

    #[test]
    fn a_name_after_the_last_slash_is_a_file_name() {
        assert_eq!(file_name("a/b/c"), "c");
        assert_eq!(file_name("c"), "c");
        assert_eq!(file_name("c/"), "");
    }
}
