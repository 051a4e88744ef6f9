//! Why an upload or a download failed.

use std::io;
use std::path::PathBuf;

use crate::aws::{AwsError, ServiceError};
use crate::host::workspace::WorkspaceError;
use crate::units::Bytes;

/// Why an upload or a download failed. No secret is in any of it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// The image cannot be opened.
    #[error("cannot open image {path}")]
    OpenImage {
        /// The image.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The image is neither a file nor a block device.
    #[error("image {path} is a {found}, expected a regular file or a block device")]
    NotAnImage {
        /// The path.
        path: PathBuf,
        /// What it is.
        found: &'static str,
    },
    /// The image has no bytes.
    #[error("image {path} is empty")]
    EmptyImage {
        /// The image.
        path: PathBuf,
    },
    /// No volume can hold the image.
    #[error("the image has {size} bytes, a volume at most 65536 GiB")]
    HugeImage {
        /// Its size in bytes.
        size: u64,
    },
    /// No volume is so large.
    #[error("the volume is to have {wanted} GiB, at most 65536 are possible")]
    HugeVolume {
        /// Size that was asked for, in GiB.
        wanted: u32,
    },
    /// The volume is smaller than the image.
    #[error("the volume is to have {wanted} GiB, the image needs {needed}")]
    SmallVolume {
        /// Size that was asked for, in GiB.
        wanted: u32,
        /// Size that the image needs, in GiB.
        needed: u32,
    },
    /// The image cannot be read.
    #[error("cannot read image {path} at byte {offset}")]
    ReadImage {
        /// The image.
        path: PathBuf,
        /// Where.
        offset: u64,
        /// Why.
        source: io::Error,
    },
    /// The image was written to while it was uploaded.
    #[error("image {path} changed while it was uploaded")]
    ImageChanged {
        /// The image.
        path: PathBuf,
    },
    /// Another process uploads the same image.
    #[error("another process is uploading {path} at this moment")]
    Busy {
        /// The image.
        path: PathBuf,
    },
    /// A snapshot was started, and takes no blocks.
    #[error("the service started snapshot {snapshot}, which is not pending")]
    NotPending {
        /// The snapshot.
        snapshot: String,
    },
    /// The snapshot takes no blocks any more.
    #[error("snapshot {snapshot} takes no blocks any more")]
    Ended {
        /// The snapshot.
        snapshot: String,
        /// What the service said.
        source: AwsError,
    },
    /// The pages of a list do not fit each other.
    #[error("the blocks of snapshot {snapshot} cannot be listed: {why}")]
    Pages {
        /// The snapshot.
        snapshot: String,
        /// What is wrong.
        why: String,
    },
    /// A file is there already.
    #[error("{path} exists")]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// Something that no image can replace is there.
    #[error("{path} is a {found}")]
    InTheWay {
        /// The path.
        path: PathBuf,
        /// What it is.
        found: &'static str,
    },
    /// The path does not end in a file's name.
    #[error("{path} does not end in the name of a file")]
    NotAFileName {
        /// The path.
        path: PathBuf,
    },
    /// What is to be written in place is no device.
    #[error("{path} cannot be written in place: {why}")]
    NotADevice {
        /// The path.
        path: PathBuf,
        /// Why not.
        why: &'static str,
    },
    /// The device is smaller than the volume.
    #[error("{path} has room for {available}, the volume has {needed}")]
    DeviceTooSmall {
        /// The device.
        path: PathBuf,
        /// Its size.
        available: Bytes,
        /// The volume's.
        needed: Bytes,
    },
    /// The image cannot be begun, or not be given its name.
    #[error(transparent)]
    Workspace(#[from] WorkspaceError),
    /// The image cannot be written.
    #[error("cannot write {path}")]
    Write {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The service said no, or could not be reached.
    #[error(transparent)]
    Service(#[from] AwsError),
    /// It broke off in the middle.
    #[error("the transfer of snapshot {snapshot} broke off: {done} of {total} blocks are done")]
    Partial {
        /// The snapshot.
        snapshot: String,
        /// Blocks that are done.
        done: u64,
        /// Blocks that are to be done, as far as it is known.
        total: u64,
        /// Whether doing the same again does the rest only.
        resumable: bool,
        /// Why.
        source: Box<SnapshotError>,
    },
    /// The caller asked to stop.
    #[error("interrupted: {done} of {total} blocks are done")]
    Interrupted {
        /// Blocks that are done.
        done: u64,
        /// Blocks that are to be done, as far as it is known.
        total: u64,
        /// Whether doing the same again does the rest only.
        resumable: bool,
    },
}

impl SnapshotError {
    /// Whether the caller asked to stop.
    #[must_use]
    pub fn is_interrupted(&self) -> bool {
        matches!(
            self,
            Self::Interrupted { .. } | Self::Service(AwsError::Interrupted)
        )
    }

    /// Whether the service asked for fewer requests until nobody wanted to try again.
    pub(super) fn is_throttling(&self) -> bool {
        let said = match self {
            Self::Service(error) => error.service(),
            _ => None,
        };
        said.is_some_and(ServiceError::asks_for_less)
    }

    /// Whether doing the same again may well help: the network or the service failed, and nobody
    /// refused.
    fn may_pass(&self) -> bool {
        match self {
            Self::Service(AwsError::Service(error)) => error.status >= 500 || error.may_pass(),
            Self::Service(
                AwsError::Transport { .. } | AwsError::Corrupted { .. } | AwsError::Answer { .. },
            ) => true,
            _ => false,
        }
    }

    /// The error of a journey that has done so much.
    pub(super) fn in_the_middle(
        self,
        snapshot: &str,
        (done, total): (u64, u64),
        resumable: bool,
    ) -> Self {
        if self.is_interrupted() {
            return Self::Interrupted {
                done,
                total,
                resumable,
            };
        }
        if done > 0 && self.may_pass() {
            return Self::Partial {
                snapshot: snapshot.to_owned(),
                done,
                total,
                resumable,
                source: Box::new(self),
            };
        }
        self
    }
}
