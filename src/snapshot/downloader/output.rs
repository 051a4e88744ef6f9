//! Where the blocks go: a hidden file, or a device.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek as _, SeekFrom};
use std::os::unix::fs::{FileExt as _, FileTypeExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use super::super::SnapshotError;
use super::super::image::ZEROS;
use crate::aws::ebs::{BLOCK, BLOCK_SIZE};
use crate::crypto::digest::Sha256Digest;
use crate::disk::extents::read_at;
use crate::host::filesystem;
use crate::host::sparse;
use crate::host::workspace::{ResumableFile, sync_directory};
use crate::units::Bytes;

/// Where the blocks go.
#[derive(Debug)]
pub(super) struct Output {
    path: PathBuf,
    place: Place,
}

#[derive(Debug)]
enum Place {
    File { file: ResumableFile, replace: bool },
    Device(File),
}

impl Output {
    /// A file that gets its name at the end.
    ///
    /// # Errors
    /// When something is there that may not be replaced, or the file cannot be made.
    pub(super) fn file(path: &Path, replace: bool) -> Result<Self, SnapshotError> {
        let there = path.symlink_metadata().is_ok();
        if there && !replace {
            return Err(SnapshotError::Exists {
                path: path.to_owned(),
            });
        }
        // A device would not get the image, but lose its name to a file.
        if let Ok(found) = path.metadata()
            && !found.is_file()
        {
            return Err(SnapshotError::InTheWay {
                path: path.to_owned(),
                found: filesystem::describe(found.file_type()),
            });
        }
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.ok_or_else(|| SnapshotError::NotAFileName {
            path: path.to_owned(),
        })?;
        Ok(Self {
            path: path.to_owned(),
            place: Place::File {
                file: ResumableFile::open(directory(path), name)?,
                replace,
            },
        })
    }

    /// A device, or a file that stands for one, of at least so many bytes.
    ///
    /// # Errors
    /// When it is none, too small, in use, or cannot be opened.
    pub(super) fn device(path: &Path, size: u64) -> Result<Self, SnapshotError> {
        let failed = |source| SnapshotError::Write {
            path: path.to_owned(),
            source,
        };
        let refuse = |why| SnapshotError::NotADevice {
            path: path.to_owned(),
            why,
        };
        let kind = std::fs::metadata(path).map_err(failed)?.file_type();
        let mut options = OpenOptions::new();
        options.read(true).write(true);
        if kind.is_block_device() {
            // Linux refuses an exclusive open of a device that is mounted or otherwise in use.
            let exclusive = i32::try_from(rustix::fs::OFlags::EXCL.bits()).unwrap_or(0); // fits
            options.custom_flags(exclusive);
        } else if !kind.is_file() {
            return Err(refuse("it is neither a block device nor a regular file"));
        }
        let mut device = options.open(path).map_err(|source| {
            if source.kind() == io::ErrorKind::ResourceBusy {
                return refuse("it is mounted or otherwise in use");
            }
            failed(source)
        })?;
        let available = device.seek(SeekFrom::End(0)).map_err(failed)?;
        if available < size {
            return Err(SnapshotError::DeviceTooSmall {
                path: path.to_owned(),
                available: Bytes(available),
                needed: Bytes(size),
            });
        }
        Ok(Self {
            path: path.to_owned(),
            place: Place::Device(device),
        })
    }

    /// Gives a file its size. `resumed` tells that what an earlier run left may be of use; returns
    /// whether there is anything.
    ///
    /// # Errors
    /// When the file cannot be changed.
    pub(super) fn prepare(&self, size: u64, resumed: bool) -> Result<bool, SnapshotError> {
        let Place::File { file, .. } = &self.place else {
            return Ok(false);
        };
        let prepared = (|| {
            let kept = resumed && file.len()? == size;
            if !kept {
                file.restart()?;
                file.file().set_len(size)?;
            }
            Ok(kept)
        })();
        prepared.map_err(|source| self.failed(source))
    }

    /// Whether a block is there, as an earlier run noted it.
    pub(super) fn has(&self, index: u32, digest: Sha256Digest) -> bool {
        let mut block = vec![0; BLOCK];
        let read = read_at(self.target(), &mut block, offset(index));
        read.is_ok_and(|read| read == BLOCK) && Sha256Digest::of(&block) == digest
    }

    /// Writes a block.
    ///
    /// # Errors
    /// When that fails.
    pub(super) fn put(&self, index: u32, block: &[u8]) -> Result<(), SnapshotError> {
        let written = match &self.place {
            Place::File { file, .. } => sparse::write_at(file.file(), offset(index), block),
            Place::Device(device) => device.write_all_at(block, offset(index)),
        };
        written.map_err(|source| self.failed(source))
    }

    /// Whether blocks that the snapshot has not must be written.
    pub(super) fn needs_zeros(&self) -> bool {
        matches!(self.place, Place::Device(_))
    }

    /// Writes a block of zeros.
    ///
    /// # Errors
    /// When that fails.
    pub(super) fn put_zeros(&self, index: u32) -> Result<(), SnapshotError> {
        let written = self.target().write_all_at(&ZEROS, offset(index));
        written.map_err(|source| self.failed(source))
    }

    /// Makes all durable, and gives a file its name.
    ///
    /// # Errors
    /// When that fails.
    pub(super) fn finish(self) -> Result<(), SnapshotError> {
        let Self { path, place } = self;
        let failed = |source| SnapshotError::Write {
            path: path.clone(),
            source,
        };
        match place {
            Place::File { file, replace } => {
                file.publish(replace)?;
                sync_directory(directory(&path)).map_err(failed)
            }
            Place::Device(device) => device.sync_all().map_err(failed),
        }
    }

    /// Leaves a file for the next run, if that can go on with it.
    pub(super) fn leave(self, keeps: bool) {
        if let (Place::File { file, .. }, true) = (self.place, keeps) {
            file.keep();
        }
    }

    fn target(&self) -> &File {
        match &self.place {
            Place::File { file, .. } => file.file(),
            Place::Device(device) => device,
        }
    }

    fn failed(&self, source: io::Error) -> SnapshotError {
        SnapshotError::Write {
            path: self.path.clone(),
            source,
        }
    }
}

fn offset(index: u32) -> u64 {
    u64::from(index) * BLOCK_SIZE
}

/// The directory that a file is in.
fn directory(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}
