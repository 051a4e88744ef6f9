//! Why a store cannot do what it was asked.

use std::io;
use std::path::PathBuf;

use super::BlobId;
use crate::aws::AwsError;

/// Why a store cannot do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// There is no room left: of the disk, or of a quota.
    #[error("no room to write {path}")]
    Full {
        /// What was being written.
        path: PathBuf,
        /// The system's words.
        source: io::Error,
    },
    /// There is no such blob.
    #[error("{place} has no blob {id}")]
    NotFound {
        /// Its name.
        id: BlobId,
        /// The store: a directory, a URL.
        place: String,
    },
    /// A blob of this name is there already.
    #[error("{place} has a blob {id} already")]
    Exists {
        /// Its name.
        id: BlobId,
        /// The store.
        place: String,
    },
    /// A blob has another size than it should.
    #[error("blob {id} in {place} has {found} bytes, expected {expected}")]
    Size {
        /// Its name.
        id: BlobId,
        /// The store.
        place: String,
        /// Its bytes.
        found: u64,
        /// How many there should be, or should be at least when a range was asked for.
        expected: u64,
    },
    /// A blob grows beyond what the store can keep in one.
    #[error("blob {id} has more than {limit} bytes, which is all that {place} takes")]
    TooLarge {
        /// Its name.
        id: BlobId,
        /// The store.
        place: String,
        /// The most bytes.
        limit: u64,
    },
    /// A write of this blob failed before, so that it cannot be finished.
    #[error("blob {id} is not whole: a write to it failed")]
    Unwritten {
        /// Its name.
        id: BlobId,
    },
    /// The machine failed.
    #[error("cannot {action} {path}")]
    Io {
        /// What was tried: `open`.
        action: &'static str,
        /// With what.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Another program uses the directory.
    #[error("another program uses {root}: it holds the lock {lock}")]
    InUse {
        /// The directory.
        root: PathBuf,
        /// The file that it has locked.
        lock: PathBuf,
    },
    /// Something of another kind is where the store keeps its own.
    #[error("{path} is a {found}, expected a {expected}")]
    Kind {
        /// Where.
        path: PathBuf,
        /// What is there: `symbolic link`.
        found: &'static str,
        /// What should be.
        expected: &'static str,
    },
    /// Others could change the blobs.
    #[error("others can write to {path} (mode {mode:03o}): expected its owner alone")]
    Exposed {
        /// The directory.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// The service refused, or cannot be reached.
    #[error("cannot {action} {url}")]
    Service {
        /// What was tried: `write`.
        action: &'static str,
        /// With what, without keys.
        url: String,
        /// What the service said.
        source: Box<AwsError>,
    },
    /// The store belongs to somebody else, or is none.
    #[error("{url} is not this cloud's store: {found}, expected {expected}")]
    Foreign {
        /// Where that is written.
        url: String,
        /// What is there.
        found: String,
        /// What should be.
        expected: String,
    },
}

impl StoreError {
    /// What the machine said about a path. A full disk is told apart.
    pub(super) fn io(action: &'static str, path: impl Into<PathBuf>, source: io::Error) -> Self {
        let path = path.into();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Self::Full { path, source }
            }
            _ => Self::Io {
                action,
                path,
                source,
            },
        }
    }

    /// Wraps it for `Read` and `Write`, which know only one kind of error.
    pub(super) fn into_io(self) -> io::Error {
        let kind = match &self {
            Self::Full { source, .. } | Self::Io { source, .. } => source.kind(),
            Self::NotFound { .. } => io::ErrorKind::NotFound,
            Self::Size { .. } => io::ErrorKind::UnexpectedEof,
            Self::TooLarge { .. } => io::ErrorKind::FileTooLarge,
            _ => io::ErrorKind::Other,
        };
        // An interrupted write would be repeated by `write_all`, for ever if that is our word.
        let kind = match kind {
            io::ErrorKind::Interrupted => io::ErrorKind::Other,
            kind => kind,
        };
        io::Error::new(kind, self)
    }

    /// The store's error in one that a writer or reader of a blob returned; any other error comes
    /// back as it is.
    ///
    /// # Errors
    /// The error itself, if it is not from a store.
    pub fn of(error: io::Error) -> Result<Self, io::Error> {
        error.downcast()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_has_an_error_of_its_own_that_survives_write() {
        for kind in [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded] {
            let error = StoreError::io("write", "/x/incoming/1", io::Error::from(kind)).into_io();

            assert_eq!(error.kind(), kind);
            assert!(matches!(StoreError::of(error), Ok(StoreError::Full { .. })));
        }
        let other = io::Error::from(io::ErrorKind::BrokenPipe);
        assert!(StoreError::of(other).is_err());
    }
}
