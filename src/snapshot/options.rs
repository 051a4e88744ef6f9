//! What is asked of the journeys, and what they tell in the end.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;

use crate::crypto::digest::Sha256Digest;

/// What becomes of blocks that are nothing but zeros.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ZeroBlocks {
    /// They are sent if the snapshot is encrypted, since what it lacks reads back as noise.
    #[default]
    Auto,
    /// They are left out.
    Omit,
    /// They are sent.
    Send,
}

/// Why a text is no way with zeros.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" is no way to treat zeros: expected auto, omit or send")]
pub struct ZeroBlocksError {
    /// The text as given.
    pub text: String,
}

impl FromStr for ZeroBlocks {
    type Err = ZeroBlocksError;

    fn from_str(text: &str) -> Result<Self, ZeroBlocksError> {
        match text {
            "auto" => Ok(Self::Auto),
            "omit" => Ok(Self::Omit),
            "send" => Ok(Self::Send),
            _ => Err(ZeroBlocksError {
                text: text.to_owned(),
            }),
        }
    }
}

/// What to upload, and how.
#[derive(Debug, Clone)]
pub struct UploadOptions {
    /// The image: a file or a block device.
    pub image: PathBuf,
    /// Size of the volume in GiB; as small as the image allows if not given.
    pub volume_size: Option<u32>,
    /// What the snapshot is, for people.
    pub description: Option<String>,
    /// Tags of the snapshot.
    pub tags: Vec<(String, String)>,
    /// Whether it is to be encrypted.
    pub encrypted: bool,
    /// ARN of the KMS key to encrypt with.
    pub kms_key: Option<String>,
    /// Minutes without a block after which the service cancels it.
    pub timeout: Option<u32>,
    /// What becomes of zeros.
    pub zeros: ZeroBlocks,
    /// Most requests at the same time.
    pub jobs: NonZeroUsize,
    /// Whether to go on with what an earlier run began.
    pub resume: bool,
}

/// What became of an upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadSummary {
    /// The snapshot.
    pub snapshot: String,
    /// Size of the volume in GiB.
    pub volume_size: u32,
    /// Whether the snapshot is encrypted.
    pub is_encrypted: bool,
    /// Blocks that were sent now.
    pub sent: u64,
    /// Of these, blocks of zeros.
    pub zeros_sent: u64,
    /// Blocks that an earlier run had sent.
    pub skipped: u64,
    /// Blocks of the image that are zeros and not in the snapshot.
    pub omitted: u64,
    /// Bytes of the blocks that were sent now.
    pub bytes_sent: u64,
    /// SHA-256 over the digests of all blocks, which the service has compared.
    pub checksum: Sha256Digest,
    /// Whether an earlier run's snapshot was used.
    pub resumed: bool,
    /// What else there is to tell.
    pub notes: Vec<SnapshotNote>,
}

/// Something that is worth to be told and no failure.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SnapshotNote {
    /// A state file was found and not used.
    StateIgnored {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// No state file can be kept: nothing can be resumed.
    StateUnwritable {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// The snapshot that an earlier run began takes no blocks any more, and a new one was begun.
    BegunAnew {
        /// The old snapshot.
        snapshot: String,
        /// What the service said of it.
        why: String,
    },
    /// The service said no to the completion of a snapshot that was completed already.
    CompletedBefore {
        /// The snapshot.
        snapshot: String,
    },
}

/// Where a downloaded image goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A new file with holes.
    File {
        /// Its path.
        path: PathBuf,
        /// Whether a file that is there may be replaced.
        replace: bool,
    },
    /// A block device, or a file that stands for one, which is written in place, zeros too.
    Device(PathBuf),
}

/// What to download, and how.
#[derive(Debug, Clone)]
pub struct DownloadOptions {
    /// The snapshot's id.
    pub snapshot: String,
    /// Where the image goes.
    pub target: Target,
    /// Most requests at the same time.
    pub jobs: NonZeroUsize,
    /// Whether to go on with what an earlier run began.
    pub resume: bool,
}

/// What became of a download.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DownloadSummary {
    /// Where the image is.
    pub path: PathBuf,
    /// Size of the volume in GiB, and of the image.
    pub volume_size: u32,
    /// Blocks that were got now.
    pub got: u64,
    /// Blocks that an earlier run had got.
    pub skipped: u64,
    /// Blocks that the snapshot has not: zeros.
    pub absent: u64,
    /// SHA-256 over the digests of all blocks of the snapshot.
    pub checksum: Sha256Digest,
    /// What else there is to tell.
    pub notes: Vec<SnapshotNote>,
}
