//! The way of parts into a bucket while they are made.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::bundle::{OutgoingPart, PartSink};
use crate::progress::{Progress, Stage};
use crate::upload::{InOrder, StoredPart, UploadError, Uploader};

/// Sends parts, unless the server has them already.
pub(super) struct BucketSink<'a> {
    pub uploader: Uploader<'a>,
    /// Name of the manifest that will come at the end.
    pub manifest: String,
    /// Whether the server may have parts already, so that asking is worth it.
    pub may_be_there: bool,
    pub progress: &'a dyn Progress,
    pub told: InOrder<'a>,
    pub done: Done,
}

/// What a sink has done so far.
#[derive(Default)]
pub(super) struct Done {
    stored: Mutex<BTreeMap<usize, StoredPart>>,
    sent: AtomicUsize,
    bytes_sent: AtomicU64,
    /// Whether another manifest could be removed; none before the first part is sent.
    way_made: Mutex<Option<bool>>,
}

impl Done {
    /// Parts that are on the server.
    pub(super) fn there(&self) -> usize {
        locked(&self.stored).len()
    }

    /// Parts that were sent in this run.
    pub(super) fn sent(&self) -> usize {
        self.sent.load(Ordering::Relaxed)
    }

    /// Bytes that were sent in this run, the manifest's among them.
    pub(super) fn bytes_sent(&self) -> u64 {
        self.bytes_sent.load(Ordering::Relaxed)
    }

    /// Whether an older manifest told of parts that were gone, until it was replaced.
    pub(super) fn old_manifest_stayed(&self) -> bool {
        *locked(&self.way_made) == Some(false)
    }
}

impl BucketSink<'_> {
    fn send(&self, part: &OutgoingPart<'_>) -> Result<StoredPart, UploadError> {
        let mut way_made = locked(&self.done.way_made);
        if way_made.is_none() {
            *way_made = Some(self.uploader.make_way(&self.manifest, None)?);
        }
        drop(way_made);
        let stored = self.uploader.part(part.name, part.path, part.digest)?;
        self.done.sent.fetch_add(1, Ordering::Relaxed);
        self.done.bytes_sent.fetch_add(part.size, Ordering::Relaxed);
        Ok(stored)
    }
}

impl PartSink for BucketSink<'_> {
    type Error = UploadError;

    fn part(&self, part: &OutgoingPart<'_>) -> Result<(), UploadError> {
        let found = if self.may_be_there {
            self.uploader.find(part.name, part.path, part.digest)?
        } else {
            None
        };
        let stored = match found {
            Some(found) => found,
            None => self.send(part)?,
        };
        tracing::info!(key = stored.key, "on the server");
        self.progress.advance(Stage::Upload, part.size);
        self.told.done(part.index, &stored.key);
        locked(&self.done.stored).insert(part.index, stored);
        Ok(())
    }

    fn manifest(&self, name: &str, bytes: Vec<u8>) -> Result<(), UploadError> {
        let parts: Vec<StoredPart> = locked(&self.done.stored).values().cloned().collect();
        let stored = self.uploader.complete(&parts, name, bytes)?;
        self.done
            .bytes_sent
            .fetch_add(stored.size, Ordering::Relaxed);
        self.progress.finish(Stage::Upload);
        Ok(())
    }
}

/// What a thread that panicked has left is still true.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
