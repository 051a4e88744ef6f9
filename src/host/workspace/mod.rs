//! Files that appear whole under their final name, or not at all.
//!
//! ```text
//! DIR/.amikit-<digest of NAME>     what is being made; locked by who makes it
//! DIR/NAME                         appears by rename, when all is written
//! ```
//!
//! The hidden name depends on the final one alone. A run that was killed leaves it behind
//! without a lock, and the next run that makes the same thing removes it and begins anew.
//! A run that ends in any other way removes it. Only a [`ResumableFile`] may stay, and goes on
//! where it ended.

mod resumable;

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, OFlags, RenameFlags};
use rustix::io::Errno;

use crate::crypto::digest::Sha1Digest;
pub use resumable::ResumableFile;

/// Why something new cannot be begun, or not be given its name.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorkspaceError {
    /// The directory for the results is not there, or not a directory.
    #[error("{path} is not a directory that can be written to")]
    NoDirectory {
        /// The directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Somebody else is making the same thing.
    #[error("another process is writing {path} at this moment")]
    Busy {
        /// The final name.
        path: PathBuf,
    },
    /// The hidden file or folder cannot be made.
    #[error("cannot create {path}")]
    Create {
        /// The hidden name.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file of the final name is there, and may not be replaced.
    #[error("{path} exists")]
    Exists {
        /// The final name.
        path: PathBuf,
    },
    /// The result cannot be given its name.
    #[error("cannot put {path} in place")]
    Publish {
        /// The final name.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// What hidden names begin with.
const HIDDEN_PREFIX: &str = ".amikit-";

/// The hidden name under which `name` is being made in `directory`.
fn hidden(directory: &Path, name: &str) -> PathBuf {
    let digest = Sha1Digest::of(name.as_bytes()).to_string();
    directory.join(format!("{HIDDEN_PREFIX}{}", &digest[..16]))
}

/// Makes something new at the hidden name `path`, and locks it.
///
/// What a killed run left there is removed, never written into: a stranger could have put a
/// link to another file there, or something whose owner and mode are not ours.
fn claim(
    path: &Path,
    result: &Path,
    create: impl Fn() -> io::Result<File>,
    remove: impl Fn() -> io::Result<()>,
) -> Result<File, WorkspaceError> {
    let create_error = |source| WorkspaceError::Create {
        path: path.to_owned(),
        source,
    };
    loop {
        let (file, new) = match create() {
            Ok(file) => (file, true),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => match open_left(path) {
                Ok(file) => (file, false),
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue, // it ended
                Err(error) => return Err(create_error(error)),
            },
            Err(error) => return Err(create_error(error)),
        };
        match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => {
                return Err(WorkspaceError::Busy {
                    path: result.to_owned(),
                });
            }
            Err(error) => return Err(create_error(error.into())),
        }
        // Its last owner may have renamed or removed it between our opening and locking it.
        let ours = file.metadata().map_err(create_error)?;
        match fs::symlink_metadata(path) {
            Ok(there) if (there.dev(), there.ino()) == (ours.dev(), ours.ino()) => {
                if new {
                    return Ok(file);
                }
                remove().map_err(create_error)?; // still locked: nobody else does the same
            }
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(create_error(error)),
        }
    }
}

/// Opens what an earlier run left, to see whether it is still locked.
fn open_left(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .custom_flags(flag(OFlags::NOFOLLOW | OFlags::NONBLOCK))
        .open(path)
}

fn check_directory(path: &Path) -> Result<(), WorkspaceError> {
    let error = |source| WorkspaceError::NoDirectory {
        path: path.to_owned(),
        source,
    };
    let metadata = fs::metadata(path).map_err(error)?;
    if metadata.is_dir() {
        Ok(())
    } else {
        Err(error(io::ErrorKind::NotADirectory.into()))
    }
}

/// Makes the names in a directory survive a power loss.
///
/// # Errors
/// When the directory cannot be synchronised.
pub fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// A hidden folder for several files that belong together.
#[derive(Debug)]
pub struct Workspace {
    path: PathBuf,
    _lock: File,
}

impl Workspace {
    /// Makes an empty hidden folder in `directory` for the thing called `name`.
    ///
    /// # Errors
    /// When the directory is not there or not writable, or somebody else is making `name`.
    pub fn create(directory: &Path, name: &str) -> Result<Self, WorkspaceError> {
        check_directory(directory)?;
        let path = hidden(directory, name);
        let create = || {
            fs::create_dir(&path)?;
            OpenOptions::new()
                .read(true)
                .custom_flags(flag(OFlags::NOFOLLOW | OFlags::DIRECTORY))
                .open(&path)
        };
        let remove = || fs::remove_dir_all(&path);
        let lock = claim(&path, &directory.join(name), create, remove)?;
        Ok(Self { path, _lock: lock })
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Workspace {
    fn drop(&mut self) {
        // Nothing can be done about a failure here; the next run tries again.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// One file that gets its name when it is whole.
#[derive(Debug)]
pub struct PendingFile {
    file: File,
    hidden: PathBuf,
    path: PathBuf,
    published: bool,
}

impl PendingFile {
    /// Begins the file `name` in `directory`.
    ///
    /// # Errors
    /// When the directory is not there or not writable, or somebody else is making `name`.
    pub fn create(directory: &Path, name: &str) -> Result<Self, WorkspaceError> {
        Self::with_mode(directory, name, 0o666)
    }

    /// As [`PendingFile::create`], for what nobody else may read: from its first moment on, as
    /// whoever has opened a file can read it whatever its mode becomes.
    ///
    /// # Errors
    /// As [`PendingFile::create`].
    pub fn private(directory: &Path, name: &str) -> Result<Self, WorkspaceError> {
        Self::with_mode(directory, name, 0o600)
    }

    /// The user's mask takes from the mode.
    fn with_mode(directory: &Path, name: &str, mode: u32) -> Result<Self, WorkspaceError> {
        check_directory(directory)?;
        let hidden = hidden(directory, name);
        let path = directory.join(name);
        let create = || {
            OpenOptions::new()
                .read(true)
                .write(true)
                .create_new(true)
                .mode(mode)
                .open(&hidden)
        };
        let file = claim(&hidden, &path, create, || fs::remove_file(&hidden))?;
        Ok(Self {
            file,
            hidden,
            path,
            published: false,
        })
    }

    /// The file, to write into.
    #[must_use]
    pub fn file(&self) -> &File {
        &self.file
    }

    /// The name it will get.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes the content durable and gives the file its name.
    ///
    /// # Errors
    /// When that fails, or a file of this name is there and `replace` is not set. The hidden
    /// file is removed then.
    pub fn publish(mut self, replace: bool) -> Result<PathBuf, WorkspaceError> {
        let path = self.path.clone();
        let error = |source| WorkspaceError::Publish {
            path: path.clone(),
            source,
        };
        self.file.sync_all().map_err(error)?;
        rename(&self.hidden, &self.path, replace)?;
        self.published = true;
        if let Some(directory) = self
            .path
            .parent()
            .filter(|path| !path.as_os_str().is_empty())
        {
            sync_directory(directory).map_err(error)?;
        }
        Ok(path)
    }
}

impl Drop for PendingFile {
    fn drop(&mut self) {
        if !self.published {
            let _ = fs::remove_file(&self.hidden); // the next run tries again
        }
    }
}

/// Renames a file, over another only if `replace` is set.
///
/// # Errors
/// When there is a file of the new name and `replace` is not set, or renaming fails.
pub fn rename(from: &Path, to: &Path, replace: bool) -> Result<(), WorkspaceError> {
    let error = |source| WorkspaceError::Publish {
        path: to.to_owned(),
        source,
    };
    if replace {
        return fs::rename(from, to).map_err(error);
    }
    let cwd = rustix::fs::CWD;
    match rustix::fs::renameat_with(cwd, from, cwd, to, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(()),
        Err(Errno::EXIST) => Err(WorkspaceError::Exists {
            path: to.to_owned(),
        }),
        // Filesystems without the flag (NFS): a hard link refuses to replace as well.
        Err(Errno::INVAL | Errno::NOSYS) => match fs::hard_link(from, to) {
            Ok(()) => fs::remove_file(from).map_err(error),
            Err(source) if source.kind() == io::ErrorKind::AlreadyExists => {
                Err(WorkspaceError::Exists {
                    path: to.to_owned(),
                })
            }
            Err(source) => Err(error(source)),
        },
        Err(source) => Err(error(source.into())),
    }
}

fn flag(flag: OFlags) -> i32 {
    i32::try_from(flag.bits()).unwrap_or(0) // every open flag of Linux fits
}

#[cfg(test)]
mod tests;
