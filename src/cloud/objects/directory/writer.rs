//! Writes one blob to a file.
//!
//! Nothing is copied on the way: what is given goes to the kernel in one call.

use std::fs::File;
use std::io::{self, IoSlice, Write};
use std::os::fd::AsFd as _;
use std::sync::Arc;

use rustix::fs::{OFlags, openat};
use rustix::io::Errno;

use super::super::{BlobId, BlobWriter, StoreError};
use super::{Root, layout};

/// A blob in the making. Its file goes when this is dropped unfinished.
pub(super) struct FileWriter {
    root: Arc<Root>,
    id: BlobId,
    file: File,
    written: u64,
    /// Whether a write failed: what is there is not what was given.
    failed: bool,
    /// Whether the file stays.
    finished: bool,
}

impl FileWriter {
    /// Begins a blob.
    pub(super) fn create(root: &Arc<Root>, id: &BlobId) -> Result<Self, StoreError> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        let file = match openat(&root.incoming, id.to_string(), flags, layout::OWN_FILE) {
            Ok(file) => File::from(file),
            Err(Errno::EXIST) => {
                return Err(StoreError::Exists {
                    id: *id,
                    place: root.place(),
                });
            }
            Err(error) => {
                return Err(StoreError::io(
                    "create",
                    root.incoming_path(id),
                    error.into(),
                ));
            }
        };
        Ok(Self {
            root: Arc::clone(root),
            id: *id,
            file,
            written: 0,
            failed: false,
            finished: false,
        })
    }

    fn error(&self, action: &'static str, error: io::Error) -> StoreError {
        StoreError::io(action, self.root.incoming_path(&self.id), error)
    }

    /// Counts what a call wrote.
    fn wrote(&mut self, result: io::Result<usize>) -> io::Result<usize> {
        match result {
            Ok(count) => {
                self.written += count as u64;
                Ok(count)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(error), // again
            Err(error) => {
                self.failed = true;
                Err(self.error("write", error).into_io())
            }
        }
    }
}

impl Write for FileWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let result = self.file.write(bytes);
        self.wrote(result)
    }

    fn write_vectored(&mut self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        let result = self.file.write_vectored(pieces);
        self.wrote(result)
    }

    /// Does nothing: there is no buffer.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl BlobWriter for FileWriter {
    fn finish(mut self: Box<Self>) -> Result<u64, StoreError> {
        if self.failed {
            return Err(StoreError::Unwritten { id: self.id });
        }
        // The size is among what `sync_data` makes durable; only the times are not.
        let synced = self.file.sync_data();
        synced.map_err(|error| self.error("sync", error))?;
        let root = &self.root;
        let entered = root.entries.sync(root.incoming.as_fd());
        entered.map_err(|error| StoreError::io("sync", root.path.join(layout::INCOMING), error))?;
        self.finished = true;
        Ok(self.written)
    }
}

impl Drop for FileWriter {
    fn drop(&mut self) {
        if self.finished {
            return;
        }
        if let Err(error) = self.root.remove_incoming(&self.id) {
            // Start-up finds and discards it.
            tracing::warn!(blob = %self.id, %error, "an unfinished blob stays");
        }
    }
}
