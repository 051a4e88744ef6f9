//! Why a bundle cannot be migrated.

use std::io;
use std::path::PathBuf;

use crate::aws::AwsError;
use crate::crypto::rsa::KeyError;
use crate::host::workspace::WorkspaceError;
use crate::manifest::sealed_key::OpenError;
use crate::manifest::{ImageKind, ManifestError};
use crate::upload::UploadError;

/// Why a migration failed. No secret is in any of it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MigrateError {
    /// The manifest cannot be read, or the new one could not be.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The manifest was not signed with the certificate's key, or changed since.
    #[error("the signature of {manifest} is not the certificate's")]
    Signature {
        /// The manifest.
        manifest: PathBuf,
    },
    /// The manifest is not signed at all.
    #[error("the manifest {manifest} is not signed")]
    Unsigned {
        /// The manifest.
        manifest: PathBuf,
    },
    /// Key and certificate of the user are not a pair.
    #[error("the private key does not belong to the certificate {certificate}")]
    KeyMismatch {
        /// The certificate.
        certificate: PathBuf,
    },
    /// The bundle's key does not open.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A key cannot seal or sign.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Nobody said what becomes of a kernel or ramdisk that is named.
    #[error("the manifest names {}, which may not exist at the target", ids.join(" and "))]
    UndecidedIds {
        /// The ids.
        ids: Vec<String>,
    },
    /// A kernel or ramdisk was given to what is one itself.
    #[error("a {kind} image has no other kernel or ramdisk")]
    NotAMachine {
        /// What the image is.
        kind: ImageKind,
    },
    /// The name of the copy of the old manifest is taken.
    #[error("the backup {path} exists already")]
    BackupExists {
        /// The backup.
        path: PathBuf,
    },
    /// A path names no file.
    #[error("{path} names no file")]
    NotAFileName {
        /// The path.
        path: PathBuf,
    },
    /// A file cannot be begun or given its name.
    #[error(transparent)]
    Workspace(#[from] WorkspaceError),
    /// A file cannot be written.
    #[error("cannot write {path}")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Source and destination are the same place.
    #[error("{place} is both source and destination")]
    SamePlace {
        /// Bucket and prefix.
        place: String,
    },
    /// There is no such manifest in the bucket.
    #[error("there is no manifest {object}")]
    NoManifest {
        /// Bucket and key.
        object: String,
    },
    /// A part of the manifest is not in the bucket.
    #[error("there is no part {object}")]
    NoPart {
        /// Bucket and key.
        object: String,
    },
    /// The parts are not as long together as the manifest says.
    #[error("the parts have {found} bytes together, the manifest says {expected}")]
    BundledSize {
        /// Sum of the objects' sizes.
        found: u64,
        /// The manifest's.
        expected: u64,
    },
    /// A copy is not what was copied.
    #[error("the copy {object} is not like its source: {found}, expected {expected}")]
    NotCopied {
        /// Bucket and key of the copy.
        object: String,
        /// What is there.
        found: String,
        /// What should be there.
        expected: String,
    },
    /// The destination's bucket, or the manifest there.
    #[error(transparent)]
    Upload(UploadError),
    /// The service said no, or could not be reached.
    #[error(transparent)]
    Service(AwsError),
    /// The caller asked to stop. Doing the same again copies all parts again.
    #[error("interrupted")]
    Interrupted,
}

impl From<AwsError> for MigrateError {
    fn from(error: AwsError) -> Self {
        match error {
            AwsError::Interrupted => Self::Interrupted,
            error => Self::Service(error),
        }
    }
}

impl From<UploadError> for MigrateError {
    fn from(error: UploadError) -> Self {
        if error.is_interrupted() {
            return Self::Interrupted;
        }
        Self::Upload(error)
    }
}
