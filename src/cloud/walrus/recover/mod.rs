//! After a crash: settles the blobs that were committed, and discards those that never were.
//!
//! ```text
//! before anybody is served   Recovery::begin: which blobs are unsettled?
//! then, beside the service   run: in a part? ─────────────────┐
//!                                 in a version's pieces? ─────┴─ yes ─► settled
//!                                 in neither ──────────────────────────► discarded
//! ```
//!
//! **Why it is exact.** Every blob of the list was committed or never will be: the program that
//! wrote it is gone, and what a database server had still received of it is waited for first
//! ([`crate::cloud::state::State::older_writers_ended`]). One statement reads the pieces of all versions, and a
//! statement sees one state of the database in both engines, so no version is missed that is
//! copied or replaced meanwhile. A part may become a piece while this runs; parts are asked first,
//! so it is found there or in the later state of the versions.
//!
//! **Why it is cheap.** Nothing is written for it when objects are put. An unsettled blob is read
//! like any other, so the start waits only for the list. A part is found by an index, and the
//! versions are read only when a blob is in no part, no longer than until all are found: newest
//! first would not help, since a blob that was never committed is in none of them. Memory is one
//! row's. Reading a million versions takes seconds, once after a crash.
//!
//! A blob whose version was replaced is in the table of garbage instead. It is discarded here;
//! that the sweeper finds nothing to delete then is no fault.

#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::sync::Arc;

use super::Walrus;
use super::error::S3Result;
use super::landing::on_a_thread;
use crate::cloud::objects::{BlobId, BlobStore, StoreError};
use crate::cloud::state::{StateError, garbage, uploads, versions};

/// Blobs that a program left unsettled, which has ended.
#[derive(Debug)]
pub struct Recovery {
    walrus: Arc<Walrus>,
    blobs: Vec<BlobId>,
}

/// What a recovery did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Blobs that belong to versions and parts.
    pub settled: usize,
    /// Blobs that belong to nobody.
    pub discarded: usize,
    /// Blobs that could not be moved or removed; the next start tries again.
    pub failed: usize,
}

impl Recovery {
    /// Finds the blobs. To be called before the service takes requests.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn begin(walrus: &Arc<Walrus>) -> S3Result<Self> {
        let store = Arc::clone(&walrus.store);
        let blobs = on_a_thread(move || Ok(store.unsettled()?)).await?;
        Ok(Self {
            walrus: Arc::clone(walrus),
            blobs,
        })
    }

    /// Settles or discards them; may run while the service takes requests.
    ///
    /// # Errors
    /// When the database fails; then nothing was discarded.
    pub async fn run(self) -> S3Result<Recovered> {
        let (known, unknown) = self.walrus.committed(&self.blobs).await?;
        let store = Arc::clone(&self.walrus.store);
        let recovered = on_a_thread(move || Ok(finish(store.as_ref(), &known, &unknown))).await?;
        recovered.tell();
        Ok(recovered)
    }
}

impl Walrus {
    /// Parts blobs into those that the database has committed and those that it never will.
    async fn committed(&self, blobs: &[BlobId]) -> S3Result<(Vec<BlobId>, HashSet<BlobId>)> {
        let (mut known, mut unknown) = (Vec::new(), HashSet::new());
        if !blobs.is_empty() {
            self.state.older_writers_ended().await?;
        }
        let mut db = self.state.reader().await?;
        for blob in blobs {
            if uploads::holds_blob(&mut db, &blob.to_string()).await? {
                known.push(*blob);
            } else {
                unknown.insert(*blob);
            }
        }
        if !unknown.is_empty() {
            let found = |blob: &str| {
                if let Some(blob) = blob.parse().ok().filter(|blob| unknown.remove(blob)) {
                    known.push(blob);
                }
                !unknown.is_empty()
            };
            versions::visit_blobs(&mut db, found).await?;
        }
        Ok((known, unknown))
    }

    /// Finds out about blobs that the database has left in doubt. Those that it does not know
    /// become garbage, not discarded at once: only a later commit makes sure that one which
    /// failed half-way cannot come back after a crash.
    ///
    /// # Errors
    /// When the database fails; the blobs stay in doubt.
    pub(super) async fn clear_doubts(&self) -> S3Result<()> {
        let blobs = self.doubtful.take();
        if blobs.is_empty() {
            return Ok(());
        }
        let cleared = self.clear(&blobs).await;
        if cleared.is_err() {
            self.doubtful.add(blobs);
        }
        cleared
    }

    async fn clear(&self, blobs: &[BlobId]) -> S3Result<()> {
        let (known, unknown) = self.committed(blobs).await?;
        let (names, now_ms) = (unknown.iter().map(ToString::to_string), self.now_ms());
        let names: Vec<String> = names.collect();
        let discarded = names.len();
        let doomed = self.state.write::<_, StateError>(move |db| {
            Box::pin(async move {
                let names = names.iter().map(String::as_str);
                garbage::add(db, names, now_ms).await
            })
        });
        doomed.await?;
        let store = Arc::clone(&self.store);
        let none = HashSet::new();
        let recovered = on_a_thread(move || Ok(finish(store.as_ref(), &known, &none))).await?;
        let recovered = Recovered {
            discarded,
            ..recovered
        };
        recovered.tell();
        Ok(())
    }
}

fn finish(store: &dyn BlobStore, known: &[BlobId], unknown: &HashSet<BlobId>) -> Recovered {
    let mut recovered = Recovered::default();
    for blob in known {
        match store.settle(blob) {
            // Replaced and swept since it was looked up.
            Ok(()) | Err(StoreError::NotFound { .. }) => recovered.settled += 1,
            Err(error) => recovered.failed(blob, &error),
        }
    }
    for blob in unknown {
        match store.discard(blob) {
            Ok(_) => recovered.discarded += 1,
            Err(error) => recovered.failed(blob, &error),
        }
    }
    recovered
}

impl Recovered {
    fn tell(&self) {
        if *self != Self::default() {
            let recovered = self;
            tracing::info!(
                ?recovered,
                "blobs that were on their way are settled or discarded"
            );
        }
    }

    fn failed(&mut self, blob: &BlobId, error: &StoreError) {
        let causes = crate::cloud::causes(error);
        tracing::warn!(%blob, %causes, "a blob is left to the next start");
        self.failed += 1;
    }
}
