//! Where the bytes of objects are kept.
//!
//! ```text
//! create(ID) ─► incoming/ID ─► finish: on the disk ─► (SQL commit, by the caller) ─► settle(ID)
//!      │                            │                                                  │
//!      └ dropped: removed           └ killed before the commit: found by unsettled(),   ▼
//!                                     discard(ID)                            blobs/xx/ID
//! ```
//!
//! A blob is a run of bytes that never changes, named by a random id. The database says which
//! blobs an object is made of, so renaming, copying and putting parts together move no bytes.
//!
//! What a store promises:
//!
//! * When [`BlobWriter::finish`] has returned, the blob survives kill -9 and loss of power, and
//!   can be opened. Before, nobody sees it, and a writer that is dropped leaves nothing.
//! * After a crash every finished blob is either in its place or among [`BlobStore::unsettled`].
//!   The database knows which of those it committed: [`BlobStore::settle`] them, and
//!   [`BlobStore::discard`] the rest.
//! * [`BlobStore::settle`], [`BlobStore::discard`] and [`BlobStore::delete`] may be repeated.
//! * Memory does not depend on the size of a blob, nor on the number of blobs.
//!
//! Two stores: [`DirectoryStore`] and [`S3Store`]. Everything blocks, and may be called from many
//! threads at once; an async front calls it (and drops writers and readers) where blocking is
//! allowed. What is no longer needed is deleted by a sweeper that asks [`Pins`] first.

mod blob_id;
mod directory;
mod error;
mod pins;
mod s3;

use std::io::{Read, Write};
use std::ops::ControlFlow;

use crate::units::Timestamp;

pub use blob_id::{BlobId, BlobIdError};
pub use directory::DirectoryStore;
pub use error::StoreError;
pub use pins::{Pin, Pins};
pub use s3::S3Store;

/// A place that keeps blobs.
pub trait BlobStore: Send + Sync {
    /// Begins a new blob.
    ///
    /// # Errors
    /// When there is one of this id, or it cannot be begun.
    fn create(&self, id: &BlobId) -> Result<Box<dyn BlobWriter>, StoreError>;

    /// Brings a finished blob to its final place. To be called after the database has committed
    /// it; does nothing to a blob that is there already.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such blob.
    fn settle(&self, id: &BlobId) -> Result<(), StoreError>;

    /// Removes a blob that was finished, but which the database never committed. Returns whether
    /// there was one, as far as the store can tell. A settled blob must not be discarded.
    ///
    /// # Errors
    /// When it cannot be removed.
    fn discard(&self, id: &BlobId) -> Result<bool, StoreError>;

    /// Reads `length` bytes of a finished blob, settled or not, from `offset` on. The reader
    /// returns exactly that many bytes, or an error in which [`StoreError::of`] finds the cause.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], or [`StoreError::Size`] when the blob ends earlier.
    fn open(&self, id: &BlobId, offset: u64, length: u64) -> Result<BlobReader, StoreError>;

    /// Whether who has opened a blob reads it to its end even when it is deleted meanwhile.
    fn reads_what_is_deleted(&self) -> bool;

    /// Opens a finished blob for the reading of several ranges.
    ///
    /// # Errors
    /// As [`BlobStore::open`].
    fn handle(&self, id: &BlobId) -> Result<Box<dyn BlobHandle>, StoreError>;

    /// Deletes a blob, settled or not. Returns whether there was one; a store that cannot tell
    /// says yes. To be asked of [`Pins`] first.
    ///
    /// # Errors
    /// When it cannot be deleted.
    fn delete(&self, id: &BlobId) -> Result<bool, StoreError>;

    /// Every blob that is not settled. To be called at start-up: later it also names those that
    /// are being written.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn unsettled(&self) -> Result<Vec<BlobId>, StoreError>;

    /// Shows every blob to `visit` until that breaks off, in no order. Blobs that come and go
    /// meanwhile may be shown or not; one that settles is shown at least once.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn list(&self, visit: &mut dyn FnMut(BlobInfo) -> ControlFlow<()>) -> Result<(), StoreError>;

    /// When a blob was finished; none where nobody else can be writing to the store, so that it
    /// does not matter.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such blob.
    fn written(&self, id: &BlobId) -> Result<Option<Timestamp>, StoreError>;

    /// Removes what writers left that began before `before` and were killed, where neither
    /// [`BlobStore::unsettled`] nor [`BlobStore::list`] shows it. Returns how many there were.
    ///
    /// # Errors
    /// When the store cannot be read, or something cannot be removed.
    fn discard_abandoned(&self, before: Timestamp) -> Result<usize, StoreError>;
}

/// What a blob is written to: bytes in order, then [`BlobWriter::finish`].
///
/// Its `write` fails with an [`std::io::Error`] in which [`StoreError::of`] finds the cause. After
/// an error it can only be dropped, which removes what was written.
pub trait BlobWriter: Write + Send {
    /// Makes the blob durable and visible. Returns its size in bytes.
    ///
    /// # Errors
    /// When it cannot be made so, or a write failed before; nothing is left of it.
    fn finish(self: Box<Self>) -> Result<u64, StoreError>;
}

/// The bytes of a range, in order.
pub type BlobReader = Box<dyn Read + Send>;

/// A blob that several ranges are read of, at the same time if one likes.
pub trait BlobHandle: Send + Sync {
    /// Size of the blob in bytes.
    fn size(&self) -> u64;

    /// Reads `length` bytes from `offset` on, as [`BlobStore::open`] does.
    ///
    /// # Errors
    /// [`StoreError::Size`] when the blob ends earlier.
    fn range(&self, offset: u64, length: u64) -> Result<BlobReader, StoreError>;
}

/// A blob of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlobInfo {
    /// Its name.
    pub id: BlobId,
    /// Size in bytes; what has come so far if it is still being written.
    pub size: u64,
    /// Whether it is in its final place.
    pub settled: bool,
}
