//! The image that is uploaded: a file or a block device, read block by block.

use std::fs::File;
use std::io::{Seek as _, SeekFrom};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::SnapshotError;
use crate::aws::ebs::{BLOCK, BLOCK_SIZE};
use crate::disk::extents::{Extent, allocated, read_at};
use crate::host::filesystem;

/// A block of zeros.
pub(super) static ZEROS: [u8; BLOCK] = [0; BLOCK];

/// An open image.
#[derive(Debug)]
pub(super) struct Image {
    file: File,
    path: PathBuf,
    size: u64,
    is_device: bool,
}

/// What tells that a file is still the same. A program can set the time of modification back, but
/// not that of change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Identity {
    size: u64,
    device: u64,
    inode: u64,
    /// Seconds and nanoseconds.
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Image {
    /// Opens an image.
    ///
    /// # Errors
    /// When it cannot be opened, is neither file nor block device, or has no bytes.
    pub(super) fn open(path: &Path) -> Result<Self, SnapshotError> {
        let failed = |source| SnapshotError::OpenImage {
            path: path.to_owned(),
            source,
        };
        let kind = std::fs::metadata(path).map_err(failed)?.file_type();
        if !kind.is_file() && !kind.is_block_device() {
            return Err(SnapshotError::NotAnImage {
                path: path.to_owned(),
                found: filesystem::describe(kind),
            });
        }
        let mut file = File::open(path).map_err(failed)?;
        let size = file.seek(SeekFrom::End(0)).map_err(failed)?;
        if size == 0 {
            return Err(SnapshotError::EmptyImage {
                path: path.to_owned(),
            });
        }
        Ok(Self {
            file,
            path: path.to_owned(),
            size,
            is_device: kind.is_block_device(),
        })
    }

    /// Its size in bytes.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// Where it has data, as far as the file system tells.
    pub(super) fn extents(&self) -> Vec<Extent> {
        allocated(&self.file, self.size)
    }

    /// What tells that it is the same; none for devices, whose times tell nothing of their bytes.
    ///
    /// # Errors
    /// When the system does not tell.
    pub(super) fn identity(&self) -> Result<Option<Identity>, SnapshotError> {
        if self.is_device {
            return Ok(None);
        }
        let known = self.file.metadata();
        let known = known.map_err(|source| SnapshotError::OpenImage {
            path: self.path.clone(),
            source,
        })?;
        Ok(Some(Identity {
            size: known.len(),
            device: known.dev(),
            inode: known.ino(),
            modified: (known.mtime(), known.mtime_nsec()),
            changed: (known.ctime(), known.ctime_nsec()),
        }))
    }

    /// A block; the last one is filled up with zeros.
    ///
    /// # Errors
    /// When it cannot be read, or the image has become shorter.
    pub(super) fn block(&self, index: u32) -> Result<Bytes, SnapshotError> {
        let offset = u64::from(index) * BLOCK_SIZE;
        let failed = |source| SnapshotError::ReadImage {
            path: self.path.clone(),
            offset,
            source,
        };
        let left = self.size.saturating_sub(offset);
        let wanted = usize::try_from(left).map_or(BLOCK, |left| left.min(BLOCK));
        let mut block = vec![0; BLOCK];
        let read = read_at(&self.file, &mut block[..wanted], offset).map_err(failed)?;
        if read < wanted {
            return Err(SnapshotError::ImageChanged {
                path: self.path.clone(),
            });
        }
        Ok(Bytes::from(block))
    }
}

/// Whether a block is nothing but zeros.
pub(super) fn is_zero(block: &[u8]) -> bool {
    block == &ZEROS[..block.len()]
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn the_last_block_is_filled_up_with_zeros() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&vec![7; BLOCK + 3]).unwrap();
        let image = Image::open(file.path()).unwrap();

        let last = image.block(1).unwrap();

        assert_eq!(last.len(), BLOCK);
        assert_eq!(last[..3], [7, 7, 7]);
        assert!(is_zero(&last[3..]));
        assert!(!is_zero(&last));
    }

    #[test]
    fn an_image_that_became_shorter_is_noticed() {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().set_len(BLOCK_SIZE + 10).unwrap();
        let image = Image::open(file.path()).unwrap();
        file.as_file().set_len(BLOCK_SIZE + 9).unwrap();

        let error = image.block(1).unwrap_err();

        assert!(
            matches!(error, SnapshotError::ImageChanged { .. }),
            "{error}"
        );
    }

    #[test]
    fn what_is_no_image_is_refused() {
        let empty = tempfile::NamedTempFile::new().unwrap();

        let error = |path: &Path| Image::open(path).unwrap_err().to_string();

        assert!(error(empty.path()).ends_with("is empty"));
        assert!(error(Path::new("/dev/null")).contains("is a character device"));
        assert!(error(Path::new("/nowhere")).contains("cannot open"));
    }

    #[test]
    fn every_write_makes_another_image() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"abc").unwrap();
        let image = Image::open(file.path()).unwrap();
        let before = image.identity().unwrap();
        assert_eq!(image.identity().unwrap(), before);
        // The kernel's clock ticks some hundred times a second.
        let ticked = || file.as_file().metadata().unwrap().ctime_nsec();
        let tick = ticked();
        while ticked() == tick {
            file.as_file().set_len(3).unwrap();
            file.as_file()
                .set_modified(std::time::SystemTime::UNIX_EPOCH)
                .unwrap();
        }

        assert_ne!(image.identity().unwrap(), before);
    }
}
