//! The folders of a store, and what may be in them.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, FlockOperation, Mode, OFlags, fsync, mkdirat, openat, statat};
use rustix::io::Errno;

use super::super::StoreError;
use super::Root;
use super::group_sync::GroupSync;
use crate::host::filesystem::describe;

/// Blobs that are not settled.
pub(super) const INCOMING: &str = "incoming";

/// Folders of settled blobs.
pub(super) const BLOBS: &str = "blobs";

/// The file that the store's program locks.
const LOCK: &str = "lock";

/// What a blob is.
pub(super) const FILE: &str = "regular file";

/// What holds blobs.
const FOLDER: &str = "directory";

/// Nobody but the owner.
const OWN_FOLDER: Mode = Mode::RWXU;

/// Nobody but the owner.
pub(super) const OWN_FILE: Mode = Mode::RUSR.union(Mode::WUSR);

/// Opens a store; creates what is missing of it.
pub(super) fn open(path: &Path) -> Result<Root, StoreError> {
    let created = match DirBuilder::new().mode(OWN_FOLDER.bits()).create(path) {
        Ok(()) => true,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => false,
        Err(error) => return Err(StoreError::io("create", path, error)),
    };
    // Messages, and whoever reads them, should not depend on where the program runs.
    let path = fs::canonicalize(path).map_err(|error| StoreError::io("open", path, error))?;
    let root = open_folder(CWD, &path, &path)?;
    let lock = lock(&root, &path)?;

    let (blobs_path, mut new) = (path.join(BLOBS), created);
    new |= create_folder(&root, INCOMING, &path.join(INCOMING))?;
    new |= create_folder(&root, BLOBS, &blobs_path)?;
    let incoming = open_folder(&root, INCOMING, &path.join(INCOMING))?;
    let blobs = open_folder(&root, BLOBS, &blobs_path)?;
    for shelf in 0..=u8::MAX {
        let name = hex::encode([shelf]);
        let path = blobs_path.join(&name);
        new |= create_folder(&blobs, &name, &path)?;
        open_folder(&blobs, &name, &path)?; // so that a link is found now, and not in a request
    }
    if new {
        // Blobs are no safer than the folders that they are in.
        durable(&blobs, &blobs_path)?;
        durable(&root, &path)?;
        if let Some(parent) = path.parent() {
            let folder = File::open(parent).map_err(|error| StoreError::io("open", parent, error));
            durable(&folder?, parent)?;
        }
    }
    Ok(Root {
        path,
        incoming,
        blobs,
        entries: GroupSync::default(),
        _lock: lock,
    })
}

/// Takes the lock of a store, or fails at once.
fn lock(root: &OwnedFd, path: &Path) -> Result<File, StoreError> {
    let lock = path.join(LOCK);
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = openat(root, LOCK, flags | OFlags::NONBLOCK, OWN_FILE)
        .map_err(|error| refused("open", &lock, error, FILE))?;
    let file = regular(file.into(), &lock)?;
    match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(file),
        Err(Errno::WOULDBLOCK) => Err(StoreError::InUse {
            root: path.to_owned(),
            lock,
        }),
        Err(error) => Err(StoreError::io("lock", lock, error.into())),
    }
}

/// Creates a folder unless something of that name is there; returns whether it did.
fn create_folder(parent: impl AsFd, name: &str, path: &Path) -> Result<bool, StoreError> {
    match mkdirat(parent, name, OWN_FOLDER) {
        Ok(()) => Ok(true),
        Err(Errno::EXIST) => Ok(false),
        Err(error) => Err(StoreError::io("create", path, error.into())),
    }
}

/// Opens a folder, which is not a link and to which nobody but its owner may write.
pub(super) fn open_folder(
    parent: impl AsFd,
    name: impl rustix::path::Arg,
    path: &Path,
) -> Result<OwnedFd, StoreError> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let folder = openat(parent, name, flags, Mode::empty())
        .map_err(|error| refused("open", path, error, FOLDER))?;
    let folder = File::from(folder);
    let metadata = folder.metadata();
    let mode = metadata
        .map_err(|error| StoreError::io("look at", path, error))?
        .mode()
        & 0o777;
    if mode & 0o022 != 0 {
        return Err(StoreError::Exposed {
            path: path.to_owned(),
            mode,
        });
    }
    Ok(folder.into())
}

/// The file, if it is one.
pub(super) fn regular(file: File, path: &Path) -> Result<File, StoreError> {
    let metadata = file.metadata();
    let metadata = metadata.map_err(|error| StoreError::io("look at", path, error))?;
    if metadata.is_file() {
        return Ok(file);
    }
    Err(StoreError::Kind {
        path: path.to_owned(),
        found: describe(metadata.file_type()),
        expected: FILE,
    })
}

/// Why something cannot be opened. That it is a link, or something else, is said in so many words.
pub(super) fn refused(
    action: &'static str,
    path: &Path,
    error: Errno,
    expected: &'static str,
) -> StoreError {
    let odd = matches!(
        error,
        Errno::LOOP | Errno::NOTDIR | Errno::ISDIR | Errno::NXIO
    );
    match fs::symlink_metadata(path).map(|metadata| describe(metadata.file_type())) {
        Ok(found) if odd && found != expected => StoreError::Kind {
            path: path.to_owned(),
            found,
            expected,
        },
        _ => StoreError::io(action, path, error.into()),
    }
}

/// Makes the entries of a folder durable.
fn durable(folder: impl AsFd, path: &Path) -> Result<(), StoreError> {
    fsync(folder).map_err(|error| StoreError::io("sync", path, error.into()))
}

/// Size of a regular file in a folder; none if there is none of this name, or another thing.
pub(super) fn size_in(
    folder: impl AsFd,
    name: impl rustix::path::Arg,
    path: impl FnOnce() -> PathBuf,
) -> Result<Option<u64>, StoreError> {
    match statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) if rustix::fs::FileType::from_raw_mode(stat.st_mode).is_file() => {
            Ok(Some(u64::try_from(stat.st_size).unwrap_or(0))) // never negative
        }
        Ok(_) | Err(Errno::NOENT) => Ok(None),
        Err(error) => Err(StoreError::io("look at", path(), error.into())),
    }
}
