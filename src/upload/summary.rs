//! What an upload is asked for, and what it did.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use super::{BucketLocation, BucketPath, BucketState, CannedAcl};
use crate::aws::s3::PostForm;
use crate::crypto::digest::Sha1Digest;

/// What to upload, and how. Plain data: nothing is opened until [`upload`](super::upload) is
/// called.
#[derive(Debug, Clone)]
pub struct UploadOptions {
    /// The bundle's manifest.
    pub manifest: PathBuf,
    /// Directory of the parts.
    pub directory: PathBuf,
    /// Where they go.
    pub to: BucketPath,
    /// ACL of every object; none leaves it to the server.
    pub acl: Option<CannedAcl>,
    /// Where the bucket is wanted.
    pub location: BucketLocation,
    /// Number of objects, or chunks of large ones, that are sent at the same time.
    pub jobs: NonZeroUsize,
    /// Index of the first part to send, from 0; those before it have to be there.
    pub first_part: usize,
    /// Whether the manifest stays here.
    pub skip_manifest: bool,
    /// Whether what the server has already is not sent again.
    pub resume: bool,
    /// Whether nothing is created or sent, but only told.
    pub dry_run: bool,
    /// A signed policy: objects are then posted as forms, without a look at the bucket.
    pub form: Option<PostForm>,
}

/// An object that the server has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPart {
    /// Its key.
    pub key: String,
    /// Its size in bytes.
    pub size: u64,
    /// SHA-1 of its bytes.
    pub sha1: Sha1Digest,
    /// The server's tag for its content; none after a posted form, whose answer has none.
    pub etag: Option<String>,
}

/// What became of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartOutcome {
    /// It was sent; in a dry run, it would be.
    Sent,
    /// The server had it with the right checksum.
    Found,
    /// It was not to be sent; the server has an object of its size.
    Assumed,
}

/// A part of an uploaded bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadedFile {
    /// File name of the part.
    pub name: String,
    /// Size in bytes.
    pub size: u64,
    /// What became of it.
    pub outcome: PartOutcome,
}

/// Something that the user should know of an upload that succeeded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UploadNote {
    /// A state file was of no use, for this reason.
    StateIgnored {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// Another manifest could not be removed before parts took the place of its own, so that
    /// until the end it told of parts that were gone.
    OldManifestStayed {
        /// Its key.
        key: String,
    },
    /// No state file can be written, for this reason: resuming asks the server for checksums.
    StateUnwritable {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
}

/// What an upload did, or in a dry run would do.
#[derive(Debug, Clone)]
pub struct UploadSummary {
    /// The bucket's part; none with a policy, when nobody looks.
    pub bucket: Option<BucketState>,
    /// The manifest's key; none when it was not to be sent.
    pub manifest_key: Option<String>,
    /// Every part, in order.
    pub parts: Vec<UploadedFile>,
    /// Bytes of the objects that were sent, the manifest among them.
    pub bytes_sent: u64,
    /// Whether a state file of an earlier run was used.
    pub resumed: bool,
    /// What else is to be told.
    pub notes: Vec<UploadNote>,
}

impl UploadSummary {
    /// Number of parts with this outcome.
    #[must_use]
    pub fn count(&self, outcome: PartOutcome) -> usize {
        let with = self.parts.iter().filter(|part| part.outcome == outcome);
        with.count()
    }
}
