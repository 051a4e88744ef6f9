//! A hidden file that may outlive its run, so that the next run goes on where it ended.
//!
//! ```text
//! open ─┬─ nothing there ──────────────────────────► empty
//!       ├─ left by us: locked, regular, one name ──► its bytes, to be checked by the caller
//!       └─ anything else ──► removed ──────────────► empty
//!                                     │
//!   publish: durable, named ◄────────┴──► keep: stays hidden      otherwise: removed
//! ```
//!
//! What is found may be half a file, the half of another one, or zeros after a power loss: the
//! caller computes its digest and begins anew when the result is wrong. A file that another
//! user owns, or that has a second name, is never written into.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, OFlags};
use rustix::io::Errno;

use super::{WorkspaceError, check_directory, claim, flag, hidden, rename};

/// A file in the making that may have been begun by an earlier run.
#[derive(Debug)]
pub struct ResumableFile {
    file: File,
    hidden: PathBuf,
    path: PathBuf,
    stays: bool,
}

impl ResumableFile {
    /// Goes on with the file `name` in `directory`, or begins it.
    ///
    /// # Errors
    /// When the directory is not there or not writable, or somebody else is making `name`.
    pub fn open(directory: &Path, name: &str) -> Result<Self, WorkspaceError> {
        check_directory(directory)?;
        let hidden = hidden(directory, name);
        let path = directory.join(name);
        let create = || {
            OpenOptions::new()
                .read(true)
                .write(true)
                .create_new(true)
                .open(&hidden)
        };
        let file = if let Some(file) = take_over(&hidden, &path)? {
            file
        } else {
            claim(&hidden, &path, create, || fs::remove_file(&hidden))?
        };
        Ok(Self {
            file,
            hidden,
            path,
            stays: false,
        })
    }

    /// How much an earlier run has left of the file `name`, in bytes.
    #[must_use]
    pub fn left(directory: &Path, name: &str) -> u64 {
        let left = fs::symlink_metadata(hidden(directory, name));
        left.ok()
            .filter(fs::Metadata::is_file)
            .map_or(0, |left| left.len())
    }

    /// Whether a name may be one that this module gives to its hidden files.
    #[must_use]
    pub fn is_reserved(name: &str) -> bool {
        name.starts_with(super::HIDDEN_PREFIX)
    }

    /// The file, to read and write.
    #[must_use]
    pub fn file(&self) -> &File {
        &self.file
    }

    /// The name it will get.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Number of bytes that it has.
    ///
    /// # Errors
    /// When the system does not tell.
    pub fn len(&self) -> io::Result<u64> {
        self.file.metadata().map(|metadata| metadata.len())
    }

    /// Whether it has no bytes.
    ///
    /// # Errors
    /// When the system does not tell.
    pub fn is_empty(&self) -> io::Result<bool> {
        self.len().map(|len| len == 0)
    }

    /// Throws away what it has.
    ///
    /// # Errors
    /// When the file cannot be cut.
    pub fn restart(&self) -> io::Result<()> {
        self.file.set_len(0)
    }

    /// Leaves the file for the next run, if it has anything.
    pub fn keep(mut self) {
        self.stays = self.is_empty().is_ok_and(|empty| !empty);
    }

    /// Makes the content durable and gives the file its name. That the name survives a power
    /// loss takes [`sync_directory`](super::sync_directory), once for many files.
    ///
    /// # Errors
    /// When that fails, or a file of this name is there and `replace` is not set. The hidden
    /// file is removed then.
    pub fn publish(mut self, replace: bool) -> Result<(), WorkspaceError> {
        self.file
            .sync_data()
            .map_err(|source| WorkspaceError::Publish {
                path: self.path.clone(),
                source,
            })?;
        rename(&self.hidden, &self.path, replace)?;
        self.stays = true; // under its name
        Ok(())
    }
}

impl Drop for ResumableFile {
    fn drop(&mut self) {
        if !self.stays {
            let _ = fs::remove_file(&self.hidden); // the next run takes it over
        }
    }
}

/// Opens and locks what an earlier run of the same user left; none if there is nothing of use.
fn take_over(hidden: &Path, result: &Path) -> Result<Option<File>, WorkspaceError> {
    let opened = OpenOptions::new()
        .read(true)
        .write(true)
        .custom_flags(flag(OFlags::NOFOLLOW | OFlags::NONBLOCK))
        .open(hidden);
    let Ok(file) = opened else {
        return Ok(None); // what cannot be opened is for `claim` to judge
    };
    match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => {}
        Err(Errno::WOULDBLOCK) => {
            return Err(WorkspaceError::Busy {
                path: result.to_owned(),
            });
        }
        Err(_) => return Ok(None),
    }
    // Its last owner may have given it its name between our opening and locking it.
    let (Ok(ours), Ok(there)) = (file.metadata(), fs::symlink_metadata(hidden)) else {
        return Ok(None);
    };
    let is_ours = ours.is_file()
        && ours.nlink() == 1
        && ours.uid() == rustix::process::geteuid().as_raw()
        && (ours.dev(), ours.ino()) == (there.dev(), there.ino());
    Ok(is_ours.then_some(file))
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};

    use super::*;

    fn entries(directory: &Path) -> usize {
        fs::read_dir(directory).unwrap().count()
    }

    #[test]
    fn what_is_kept_is_found_by_the_next_run() {
        let dir = tempfile::tempdir().unwrap();
        let first = ResumableFile::open(dir.path(), "part").unwrap();
        first.file().write_all(b"half").unwrap();
        first.keep();
        assert_eq!(ResumableFile::left(dir.path(), "part"), 4);

        let second = ResumableFile::open(dir.path(), "part").unwrap();
        let mut found = Vec::new();
        second.file().read_to_end(&mut found).unwrap();
        second.file().write_all(b", whole").unwrap();
        second.publish(false).unwrap();

        assert_eq!(found, b"half");
        assert_eq!(fs::read(dir.path().join("part")).unwrap(), b"half, whole");
        assert_eq!(entries(dir.path()), 1);
    }

    #[test]
    fn what_is_not_kept_or_empty_is_removed() {
        let dir = tempfile::tempdir().unwrap();

        let dropped = ResumableFile::open(dir.path(), "part").unwrap();
        dropped.file().write_all(b"half").unwrap();
        drop(dropped);
        ResumableFile::open(dir.path(), "part").unwrap().keep();

        assert_eq!(entries(dir.path()), 0);
    }

    #[test]
    fn two_cannot_make_the_same_file_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let _first = ResumableFile::open(dir.path(), "part").unwrap();

        let second = ResumableFile::open(dir.path(), "part").unwrap_err();
        let pending = super::super::PendingFile::create(dir.path(), "part").unwrap_err();

        assert!(matches!(second, WorkspaceError::Busy { .. }), "{second}");
        assert!(matches!(pending, WorkspaceError::Busy { .. }), "{pending}");
    }

    #[test]
    fn a_file_with_another_name_is_not_written_into() {
        let dir = tempfile::tempdir().unwrap();
        let precious = dir.path().join("precious");
        fs::write(&precious, b"precious").unwrap();
        fs::hard_link(&precious, hidden(dir.path(), "part")).unwrap();

        let file = ResumableFile::open(dir.path(), "part").unwrap();
        assert!(file.is_empty().unwrap());
        file.file().write_all(b"new").unwrap();
        file.publish(false).unwrap();

        assert_eq!(fs::read(precious).unwrap(), b"precious");
    }

    #[test]
    fn a_symbolic_link_is_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let victim = dir.path().join("victim");
        fs::write(&victim, b"precious").unwrap();
        std::os::unix::fs::symlink(&victim, hidden(dir.path(), "part")).unwrap();

        assert!(ResumableFile::open(dir.path(), "part").is_err());

        assert_eq!(fs::read(victim).unwrap(), b"precious");
    }

    #[test]
    fn an_existing_file_is_replaced_only_on_demand() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("part"), b"old").unwrap();

        let error = ResumableFile::open(dir.path(), "part")
            .unwrap()
            .publish(false)
            .unwrap_err();

        assert!(matches!(error, WorkspaceError::Exists { .. }), "{error}");
        assert_eq!(entries(dir.path()), 1);
        let file = ResumableFile::open(dir.path(), "part").unwrap();
        file.publish(true).unwrap();
        assert_eq!(fs::read(dir.path().join("part")).unwrap(), b"");
    }
}
