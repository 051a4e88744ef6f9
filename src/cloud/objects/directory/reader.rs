//! Reads ranges of one file.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

use super::super::{BlobHandle, BlobId, BlobReader, StoreError};
use super::Root;

/// An open blob. It can be read to its end whoever deletes it meanwhile.
pub(super) struct FileBlob(Arc<Opened>);

struct Opened {
    root: Arc<Root>,
    id: BlobId,
    file: File,
    size: u64,
}

/// A range of a file, read at its own position: many may share the file. A read is one call to
/// the kernel, into the caller's buffer.
struct RangeReader {
    blob: Arc<Opened>,
    offset: u64,
    left: u64,
}

impl FileBlob {
    /// A blob of this file.
    pub(super) fn new(root: Arc<Root>, id: BlobId, file: File) -> Result<Self, StoreError> {
        let size = match file.metadata() {
            Ok(metadata) => metadata.len(),
            Err(error) => return Err(StoreError::io("look at", root.settled_path(&id), error)),
        };
        Ok(Self(Arc::new(Opened {
            root,
            id,
            file,
            size,
        })))
    }
}

impl Opened {
    /// It has `found` bytes where `expected` were asked for.
    fn too_short(&self, found: u64, expected: u64) -> StoreError {
        StoreError::Size {
            id: self.id,
            place: self.root.place(),
            found,
            expected,
        }
    }
}

impl BlobHandle for FileBlob {
    fn size(&self) -> u64 {
        self.0.size
    }

    fn range(&self, offset: u64, length: u64) -> Result<BlobReader, StoreError> {
        let end = offset.saturating_add(length);
        if end > self.0.size {
            return Err(self.0.too_short(self.0.size, end));
        }
        Ok(Box::new(RangeReader {
            blob: Arc::clone(&self.0),
            offset,
            left: length,
        }))
    }
}

impl Read for RangeReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let wanted = usize::try_from(self.left).map_or(buffer.len(), |left| left.min(buffer.len()));
        if wanted == 0 {
            return Ok(0);
        }
        match self.blob.file.read_at(&mut buffer[..wanted], self.offset) {
            // Blobs never change: somebody cut the file short.
            Ok(0) => {
                let expected = self.offset + self.left;
                Err(self.blob.too_short(self.offset, expected).into_io())
            }
            Ok(count) => {
                self.offset += count as u64;
                self.left -= count as u64;
                Ok(count)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(error), // again
            Err(error) => {
                let path = self.blob.root.settled_path(&self.blob.id);
                Err(StoreError::io("read", path, error).into_io())
            }
        }
    }
}
