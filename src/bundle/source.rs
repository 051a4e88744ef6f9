//! The image that is bundled: a file, a block device or a stream.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read, Seek as _, SeekFrom};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use super::{BundleError, ImageSource};
use crate::disk::extents::{self, Extent};
use crate::host::filesystem;

/// Largest image: what an offset in a Linux file can be, less a little for the tar around it.
const LARGEST: u64 = (1 << 62) - 1;

/// An image that is open, and whose size is known.
pub(super) struct Source {
    path: PathBuf,
    size: u64,
    input: Input,
}

enum Input {
    File(File),
    Stream {
        reader: Box<dyn Read + Send>,
        position: u64,
    },
}

impl Source {
    /// Opens an image. A fifo or a device that is no disk is refused, and never waited for.
    /// A stream is taken out of `source`, and an empty one left.
    pub(super) fn open(source: &mut ImageSource) -> Result<Self, BundleError> {
        let source = match source {
            ImageSource::Path(path) => Self::open_path(path.clone())?,
            ImageSource::Stream { reader, size } => Self {
                path: PathBuf::from("-"),
                size: *size,
                input: Input::Stream {
                    reader: std::mem::replace(reader, Box::new(io::empty())),
                    position: 0,
                },
            },
        };
        if source.size == 0 {
            return Err(BundleError::EmptyImage { path: source.path });
        }
        if source.size > LARGEST {
            return Err(BundleError::HugeImage {
                path: source.path,
                size: source.size,
                most: LARGEST,
            });
        }
        Ok(source)
    }

    fn open_path(path: PathBuf) -> Result<Self, BundleError> {
        let error = |source| BundleError::OpenImage {
            path: path.clone(),
            source,
        };
        let nonblocking = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or(0); // fits
        let mut file = OpenOptions::new()
            .read(true)
            .custom_flags(nonblocking)
            .open(&path)
            .map_err(error)?;
        let metadata = file.metadata().map_err(error)?;
        let file_type = metadata.file_type();
        let size = if file_type.is_file() {
            metadata.len()
        } else if file_type.is_block_device() {
            file.seek(SeekFrom::End(0)).map_err(error)?
        } else {
            let found = filesystem::describe(file_type);
            return Err(BundleError::NotAnImage { path, found });
        };
        Ok(Self {
            path,
            size,
            input: Input::File(file),
        })
    }

    /// Whether `metadata` is of the image's own file.
    pub(super) fn is(&self, metadata: &Metadata) -> bool {
        self.file()
            .and_then(|file| file.metadata().ok())
            .is_some_and(|own| (own.dev(), own.ino()) == (metadata.dev(), metadata.ino()))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// The file, if the image can be read in any order.
    pub(super) fn file(&self) -> Option<&File> {
        match &self.input {
            Input::File(file) => Some(file),
            Input::Stream { .. } => None,
        }
    }

    /// Where the image need be read; the rest is zeros.
    pub(super) fn allocated(&self) -> Vec<Extent> {
        match &self.input {
            Input::File(file) => extents::allocated(file, self.size),
            Input::Stream { .. } => vec![Extent {
                offset: 0,
                len: self.size,
            }],
        }
    }

    /// Fills `buffer` with what is at `offset`. A stream can only be read in order.
    pub(super) fn read_exact_at(
        &mut self,
        buffer: &mut [u8],
        offset: u64,
    ) -> Result<(), BundleError> {
        let read = match &mut self.input {
            Input::File(file) => extents::read_at(file, buffer, offset),
            Input::Stream { reader, position } => {
                debug_assert_eq!(*position, offset);
                let read = read_full(reader, buffer);
                *position += buffer.len() as u64;
                read
            }
        };
        let read = read.map_err(|source| BundleError::ReadImage {
            path: self.path.clone(),
            offset,
            source,
        })?;
        if read < buffer.len() {
            return Err(BundleError::ShortImage {
                path: self.path.clone(),
                found: offset + read as u64,
                expected: self.size,
            });
        }
        Ok(())
    }

    /// Checks that a stream has ended where it should. A file that grew while it was read has
    /// been read as it was when it was opened.
    pub(super) fn expect_end(&mut self) -> Result<(), BundleError> {
        let Input::Stream { reader, position } = &mut self.input else {
            return Ok(());
        };
        let more = read_full(reader, &mut [0]).map_err(|source| BundleError::ReadImage {
            path: self.path.clone(),
            offset: *position,
            source,
        })?;
        if more == 0 {
            Ok(())
        } else {
            Err(BundleError::LongImage {
                path: self.path.clone(),
                expected: self.size,
            })
        }
    }
}

/// Reads until the buffer is full or the stream ends.
pub(super) fn read_full(reader: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match reader.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
