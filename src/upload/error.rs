//! Why an upload failed.

use std::io;
use std::path::PathBuf;

use crate::aws::AwsError;
use crate::crypto::digest::Sha1Digest;
use crate::manifest::ManifestError;

/// Why an upload failed. No secret is in any of it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UploadError {
    /// The manifest cannot be read.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// A part of the manifest is not there.
    #[error("part {path} does not exist")]
    MissingPart {
        /// Where it should be.
        path: PathBuf,
        /// Why it was not found.
        source: io::Error,
    },
    /// What has a part's name is no regular file.
    #[error("part {path} is a {found}, expected a regular file")]
    NotAPart {
        /// Where.
        path: PathBuf,
        /// What it is.
        found: &'static str,
    },
    /// A part cannot be read.
    #[error("cannot read part {path}")]
    ReadPart {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The parts are not as long together as the manifest says.
    #[error("the parts have {found} bytes together, the manifest says {expected}")]
    BundledSize {
        /// Sum of the files' sizes.
        found: u64,
        /// The manifest's.
        expected: u64,
    },
    /// A part is not what the manifest says. Nothing of it was sent.
    #[error("part {path} has SHA-1 {found}, the manifest says {expected}")]
    PartDigest {
        /// The file.
        path: PathBuf,
        /// Its digest.
        found: Sha1Digest,
        /// The manifest's.
        expected: Sha1Digest,
    },
    /// A part was written to while it was sent.
    #[error("part {path} changed while it was uploaded")]
    PartChanged {
        /// The file.
        path: PathBuf,
    },
    /// There is no part of the number to begin with.
    #[error("there is no part {first}: the bundle has {count}, the first is 0")]
    NoSuchPart {
        /// The number that was asked for.
        first: usize,
        /// Number of parts.
        count: usize,
    },
    /// Another process uploads the same bundle.
    #[error("another process is uploading {manifest} at this moment")]
    Busy {
        /// The manifest.
        manifest: PathBuf,
    },
    /// The bucket is another's, or may not be looked into.
    #[error("bucket {bucket} belongs to somebody else, or its contents may not be listed")]
    BucketTaken {
        /// The bucket.
        bucket: String,
        /// What the service said.
        source: AwsError,
    },
    /// The bucket is in another place than the one asked for.
    #[error("bucket \"{bucket}\" already exists in \"{found}\" and \"{wanted}\" was specified")]
    BucketElsewhere {
        /// The bucket.
        bucket: String,
        /// Where it is.
        found: String,
        /// Where it should be.
        wanted: String,
    },
    /// The server knows no canned ACLs, or not this one.
    #[error("the server does not take the ACL {acl}")]
    AclRefused {
        /// The ACL.
        acl: &'static str,
        /// What the service said.
        source: AwsError,
    },
    /// At the end an object is not on the server as it should be.
    #[error("{key} is not on the server as it was sent: {found}, expected {expected}")]
    NotStored {
        /// The object's key.
        key: String,
        /// What is there.
        found: String,
        /// What should be there.
        expected: String,
    },
    /// The service said no, or could not be reached.
    #[error(transparent)]
    Service(#[from] AwsError),
    /// The upload broke off in the middle: doing the same again sends the rest.
    #[error("the upload broke off: {there} of {total} parts are on the server")]
    Partial {
        /// Parts that are on the server.
        there: usize,
        /// Parts of the bundle.
        total: usize,
        /// Why.
        source: Box<UploadError>,
    },
    /// The caller asked to stop while pending uploads were given up.
    #[error("interrupted after {done} of {total}")]
    Stopped {
        /// Uploads that are gone.
        done: usize,
        /// Uploads to give up.
        total: usize,
    },
    /// The caller asked to stop: doing the same again sends the rest.
    #[error("interrupted: {there} of {total} parts are on the server")]
    Interrupted {
        /// Parts that are on the server.
        there: usize,
        /// Parts of the bundle.
        total: usize,
    },
}

impl UploadError {
    /// Whether the caller asked to stop.
    #[must_use]
    pub fn is_interrupted(&self) -> bool {
        matches!(
            self,
            Self::Interrupted { .. } | Self::Service(AwsError::Interrupted)
        )
    }

    /// Whether doing the same again may well help: the network or the service failed, and
    /// nobody refused.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Service(AwsError::Service(error)) => {
                error.status >= 500
                    || error.status == 408
                    || error.may_pass()
                    || error.tells_damage()
            }
            Self::Service(
                AwsError::Transport { .. } | AwsError::Corrupted { .. } | AwsError::Answer { .. },
            )
            | Self::NotStored { .. } => true,
            _ => false,
        }
    }

    /// The error of a journey of `total` parts, `there` of which are on the server. `began` tells
    /// that there is something to go on with.
    pub(super) fn in_the_middle(self, there: usize, total: usize, began: bool) -> Self {
        if self.is_interrupted() {
            return Self::Interrupted { there, total };
        }
        if began && self.may_pass() {
            return Self::Partial {
                there,
                total,
                source: Box::new(self),
            };
        }
        self
    }
}
