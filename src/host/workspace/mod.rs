//! Files that appear whole under their final name, or not at all.
//!
//! ```text
//! DIR/.amikit-<digest of NAME>     what is being made; locked by who makes it
//! DIR/NAME                         appears by rename, when all is written
//! ```
//!
//! The hidden name depends on the final one alone. A run that was killed leaves it behind
//! without a lock, and the next run that makes the same thing takes it over and empties it.
//! A run that ends in any other way removes it.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, RenameFlags};
use rustix::io::Errno;

use crate::crypto::digest::Sha1Digest;

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

/// The hidden name under which `name` is being made in `directory`.
fn hidden(directory: &Path, name: &str) -> PathBuf {
    let digest = Sha1Digest::of(name.as_bytes()).to_string();
    directory.join(format!(".amikit-{}", &digest[..16]))
}

/// Opens what is at `path` for `open`, and locks it.
fn lock(
    path: &Path,
    result: &Path,
    open: impl Fn() -> io::Result<File>,
) -> Result<File, WorkspaceError> {
    let create_error = |source| WorkspaceError::Create {
        path: path.to_owned(),
        source,
    };
    loop {
        let file = open().map_err(create_error)?;
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
            Ok(there) if (there.dev(), there.ino()) == (ours.dev(), ours.ino()) => return Ok(file),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(create_error(error)),
        }
    }
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
        let lock = lock(&path, &directory.join(name), || {
            match fs::create_dir(&path) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                _ => {}
            }
            OpenOptions::new()
                .read(true)
                .custom_flags(nofollow() | directory_only())
                .open(&path)
        })?;
        let workspace = Self { path, _lock: lock };
        workspace.empty().map_err(|source| WorkspaceError::Create {
            path: workspace.path.clone(),
            source,
        })?;
        Ok(workspace)
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Removes what a killed run left.
    fn empty(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.path)? {
            fs::remove_file(entry?.path())?;
        }
        Ok(())
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
        check_directory(directory)?;
        let hidden = hidden(directory, name);
        let path = directory.join(name);
        let file = lock(&hidden, &path, || {
            OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false) // not before the lock
                .custom_flags(nofollow())
                .mode(0o666)
                .open(&hidden)
        })?;
        file.set_len(0).map_err(|source| WorkspaceError::Create {
            path: hidden.clone(),
            source,
        })?;
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

fn nofollow() -> i32 {
    flag(rustix::fs::OFlags::NOFOLLOW)
}

fn directory_only() -> i32 {
    flag(rustix::fs::OFlags::DIRECTORY)
}

fn flag(flag: rustix::fs::OFlags) -> i32 {
    i32::try_from(flag.bits()).unwrap_or(0) // every open flag of Linux fits
}

#[cfg(test)]
mod tests;
