//! Clears away what nobody needs: blobs without owner, and uploads that nobody goes on with.
//!
//! ```text
//! notified, or a minute later ─► doubtful blobs   ─► settled, or garbage (recover)
//!                             ─► uploads begun long ago ─► aborted ─► their parts are garbage
//!                             ─► completions of yesterday ─► forgotten
//!                             ─► garbage ─ pinned ──► next time
//!                                        ─ deleted ─► forgotten
//!                                        ─ failed ──► later: 1, 2, 4 … minutes, a day at most
//! ```
//!
//! The order of deleting and forgetting makes every step repeatable: what was deleted and not
//! forgotten is deleted once more, which a store takes. A failure is logged and never stops the
//! rest; when the store fails several times in a row, it is left alone until the next time.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::Walrus;
use super::access::no_such_bucket;
use super::error::{S3Error, S3Result};
use super::landing::on_a_thread;
use crate::cloud::objects::{BlobId, BlobStore};
use crate::cloud::state::garbage::{self, Garbage};
use crate::cloud::state::uploads::{self, Upload};
use crate::cloud::state::{StateError, StateResult, buckets};

/// Time between two sweeps that nobody asked for.
const PAUSE: Duration = Duration::from_mins(1);

/// How long a completed upload is remembered, in ms: longer than any client asks again.
const REMEMBERED_MS: i64 = 24 * 3_600_000;

/// The first pause after a failure, and the longest, in ms.
const PAUSES_MS: (i64, i64) = (60_000, 24 * 3_600_000);

/// Blobs and uploads that are looked up at once.
const BATCH: i64 = 100;

/// Failures in a row after which the store is left alone.
const PATIENCE: usize = 10;

/// What a sweep did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Blobs that were deleted.
    pub deleted: usize,
    /// Blobs that are being read: they come next time.
    pub pinned: usize,
    /// Blobs that could not be deleted: they come later.
    pub failed: usize,
    /// Uploads that were aborted.
    pub aborted: usize,
}

/// What happened to a blob.
enum Fate {
    Deleted,
    Pinned,
    Failed,
    /// The store was not asked.
    Left,
}

impl Walrus {
    /// Sweeps whenever there is garbage, and every minute, until `stop` says true or is dropped.
    pub async fn sweep_until(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        loop {
            let stopped = stop.wait_for(|stop| *stop);
            tokio::select! {
                _ = stopped => return,
                () = async {
                    let swept = self.sweep_once(self.now_ms()).await;
                    if swept != Swept::default() {
                        tracing::debug!(?swept, "swept");
                    }
                    let _ = tokio::time::timeout(PAUSE, self.garbage.notified()).await;
                } => {}
            }
        }
    }

    /// Sweeps once, at this time in ms since 1970. What fails is logged.
    pub async fn sweep_once(&self, now_ms: i64) -> Swept {
        let mut swept = Swept::default();
        let failed = |what: &'static str| {
            move |error: StateError| {
                let causes = crate::cloud::causes(&error);
                tracing::warn!(%causes, "cannot {what}: tried again later");
            }
        };
        if let Err(error) = self.clear_doubts().await {
            tracing::warn!(%error, "cannot find out what became of blobs: tried again later");
        }
        if let Err(error) = self.abort_stale(now_ms, &mut swept).await {
            failed("abort old uploads")(error);
        }
        let before_ms = now_ms.saturating_sub(REMEMBERED_MS);
        let forgotten = self.state.write(move |db| {
            Box::pin(async move { uploads::forget_completions(db, before_ms).await })
        });
        if let Err(error) = forgotten.await {
            failed("forget completed uploads")(error);
        }
        if let Err(error) = self.delete_garbage(now_ms, &mut swept).await {
            failed("delete garbage")(error);
        }
        swept
    }

    /// Aborts uploads that were begun longer ago than the settings allow.
    async fn abort_stale(&self, now_ms: i64, swept: &mut Swept) -> StateResult<()> {
        if self.settings.upload_ms == 0 {
            return Ok(());
        }
        let before_ms = now_ms.saturating_sub(self.settings.upload_ms);
        let mut after = (i64::MIN, String::new());
        loop {
            let mut db = self.state.reader().await?;
            let stale =
                uploads::begun_before(&mut db, (after.0, &after.1), before_ms, BATCH).await?;
            drop(db);
            let Some(last) = stale.last() else {
                return Ok(());
            };
            after = (last.created_ms, last.id.clone());
            for upload in stale {
                let name = format!("{}/{}", upload.bucket, upload.key);
                match self.abort(upload, now_ms).await {
                    Ok(true) => {
                        tracing::info!(upload = name, "an upload that was left behind is aborted");
                        swept.aborted += 1;
                    }
                    Ok(false) => {} // it ended meanwhile
                    Err(error) => tracing::warn!(upload = name, %error, "cannot abort an upload"),
                }
            }
        }
    }

    async fn abort(&self, upload: Upload, now_ms: i64) -> S3Result<bool> {
        let aborted = self.state.write(move |db| {
            Box::pin(async move {
                let bucket = buckets::lock(db, &upload.bucket).await?;
                let bucket = bucket.ok_or_else(|| no_such_bucket(&upload.bucket))?;
                let parts = uploads::remove(db, &bucket, &upload.id, now_ms).await?;
                Ok::<_, S3Error>(parts.is_some())
            })
        });
        aborted.await
    }

    /// Deletes what is due, in batches.
    async fn delete_garbage(&self, now_ms: i64, swept: &mut Swept) -> StateResult<()> {
        let until_ms = now_ms.saturating_sub(self.settings.grace_ms);
        let mut after = (i64::MIN, String::new());
        let mut in_a_row = 0;
        loop {
            let mut db = self.state.reader().await?;
            let due = garbage::due(&mut db, (after.0, &after.1), until_ms, BATCH).await?;
            drop(db);
            let Some(last) = due.last() else {
                return Ok(());
            };
            after = (last.due_ms, last.blob.clone());
            let (fates, failures) = self.delete(due, in_a_row).await;
            in_a_row = failures;
            for (_, fate) in &fates {
                match fate {
                    Fate::Deleted => swept.deleted += 1,
                    Fate::Pinned => swept.pinned += 1,
                    Fate::Failed => swept.failed += 1,
                    Fate::Left => {}
                }
            }
            self.note(fates, now_ms).await?;
            if in_a_row >= PATIENCE {
                return Ok(());
            }
        }
    }

    /// Deletes blobs of the store. Returns also how often it has failed lately without success.
    async fn delete(&self, due: Vec<Garbage>, before: usize) -> (Vec<(Garbage, Fate)>, usize) {
        let (store, pins) = (Arc::clone(&self.store), self.pins.clone());
        let deleting = on_a_thread(move || {
            let mut in_a_row = before;
            let fate = |garbage: Garbage| {
                let id = garbage.blob.parse::<BlobId>().ok();
                if id.is_some_and(|id| pins.is_pinned(&id)) {
                    return (garbage, Fate::Pinned);
                }
                if in_a_row >= PATIENCE {
                    return (garbage, Fate::Left);
                }
                let is_deleted = delete(store.as_ref(), id, &garbage.blob);
                in_a_row = if is_deleted { 0 } else { in_a_row + 1 };
                let fate = if is_deleted {
                    Fate::Deleted
                } else {
                    Fate::Failed
                };
                (garbage, fate)
            };
            let fates = due.into_iter().map(fate).collect();
            Ok((fates, in_a_row))
        });
        deleting.await.unwrap_or_else(|_| (Vec::new(), PATIENCE)) // logged there
    }

    /// Writes down what happened to blobs.
    async fn note(&self, fates: Vec<(Garbage, Fate)>, now_ms: i64) -> StateResult<()> {
        self.state
            .write(move |db| {
                Box::pin(async move {
                    let deleted: Vec<&str> = fates
                        .iter()
                        .filter(|(_, fate)| matches!(fate, Fate::Deleted))
                        .map(|(garbage, _)| garbage.blob.as_str())
                        .collect();
                    garbage::forget(db, &deleted).await?;
                    for (garbage, fate) in &fates {
                        if matches!(fate, Fate::Failed) {
                            let due_ms = now_ms.saturating_add(pause_ms(garbage.failures));
                            garbage::put_off(db, &garbage.blob, due_ms).await?;
                        }
                    }
                    Ok(())
                })
            })
            .await
    }
}

/// Deletes a blob. A name that is none cannot be in a store.
fn delete(store: &dyn BlobStore, id: Option<BlobId>, name: &str) -> bool {
    let Some(id) = id else {
        tracing::warn!(blob = name, "the database has garbage that is no blob");
        return true;
    };
    match store.delete(&id) {
        Ok(_) => true,
        Err(error) => {
            let causes = crate::cloud::causes(&error);
            tracing::warn!(blob = name, %causes, "cannot delete a blob: tried again later");
            false
        }
    }
}

/// How long a blob is left alone that has failed so often before.
fn pause_ms(failures: i64) -> i64 {
    let (first, longest) = PAUSES_MS;
    let doublings = u32::try_from(failures.clamp(0, 20)).unwrap_or(20);
    first.saturating_mul(1 << doublings).min(longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_day() {
        assert_eq!(pause_ms(0), 60_000);
        assert_eq!(pause_ms(1), 120_000);
        assert_eq!(pause_ms(10), 61_440_000);
        assert_eq!(pause_ms(11), 86_400_000);
        assert_eq!(pause_ms(i64::MAX), 86_400_000);
    }
}
