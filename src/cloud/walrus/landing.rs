//! Blobs between the store, which has them, and the database, which does not know them yet.
//!
//! ```text
//! body ─► blob, durable ─► Landed ─► keep(commit) ─┬─ committed ─► settled
//!                             │                    ├─ refused   ─► discarded
//!                             └ dropped: discarded └─ who knows ─► doubtful: asked later
//! ```
//!
//! A client may hang up at any moment, and its request is dropped where it is. So the commit runs
//! as a task of its own, which comes to its end; only the answer is lost then. When it cannot be
//! known whether the database has committed (its connection broke, its disk is full), the blob
//! stays as it is: it can be read, and [`super::recover`] finds out, at the next sweep or start.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::task::{JoinError, spawn_blocking};

use super::error::{Code, S3Error, S3Result};
use crate::cloud::objects::{BlobId, BlobStore};

/// What the database's own failures become: the commit may have reached it.
const DOUBT: [Code; 2] = [Code::InternalError, Code::ServiceUnavailable];

/// A blob that is durable and that nothing points to. Dropped, it is thrown away.
pub(super) struct Landed {
    store: Arc<dyn BlobStore>,
    id: BlobId,
    is_ours: bool,
    doubtful: Doubtful,
}

/// Blobs of which nobody knows whether the database has committed them. Clones are one list.
#[derive(Debug, Clone, Default)]
pub(super) struct Doubtful(Arc<Mutex<Vec<BlobId>>>);

impl Doubtful {
    /// Adds blobs.
    pub(super) fn add(&self, blobs: impl IntoIterator<Item = BlobId>) {
        self.list().extend(blobs);
    }

    /// All of them; none are left.
    pub(super) fn take(&self) -> Vec<BlobId> {
        std::mem::take(&mut *self.list())
    }

    /// The list is whole even after a panic elsewhere: each change is one step.
    fn list(&self) -> MutexGuard<'_, Vec<BlobId>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Landed {
    /// A blob that its writer has finished.
    pub(super) fn new(store: Arc<dyn BlobStore>, id: BlobId, doubtful: Doubtful) -> Self {
        Self {
            store,
            id,
            is_ours: true,
            doubtful,
        }
    }

    /// Commits what points to the blob. That is done to its end even if nobody waits for it.
    ///
    /// # Errors
    /// Those of the commit.
    pub(super) async fn keep<T: Send + 'static>(
        mut self,
        commit: impl Future<Output = S3Result<T>> + Send + 'static,
    ) -> S3Result<T> {
        // From here on only what `commit` says decides.
        self.is_ours = false;
        let kept = async move {
            let done = commit.await;
            let end = match &done {
                Ok(_) => Some(End::Settle),
                Err(error) if DOUBT.contains(&error.code) => None,
                Err(_) => Some(End::Discard),
            };
            if let Some(end) = end {
                let ended = spawn_blocking(move || self.end(end)).await;
                ended.map_err(|error| lost(&error))?;
            } else {
                self.doubtful.add([self.id]);
            }
            done
        };
        tokio::spawn(kept)
            .await
            .unwrap_or_else(|error| Err(lost(&error)))
    }

    /// What fails here has no consequence: an unsettled blob is read like others.
    fn end(&self, end: End) {
        let ended = match end {
            End::Settle => self.store.settle(&self.id),
            End::Discard => self.store.discard(&self.id).map(drop),
        };
        if let Err(error) = ended {
            let causes = crate::cloud::causes(&error);
            tracing::warn!(blob = %self.id, %causes, "a blob is left to the next start");
        }
    }
}

/// How it ends for a blob.
#[derive(Clone, Copy)]
enum End {
    Settle,
    Discard,
}

impl Drop for Landed {
    fn drop(&mut self) {
        if self.is_ours {
            self.end(End::Discard);
        }
    }
}

/// Does what blocks, such as the store.
///
/// # Errors
/// Those of `work`; `InternalError` when its thread fails.
pub(super) async fn on_a_thread<T: Send + 'static>(
    work: impl FnOnce() -> S3Result<T> + Send + 'static,
) -> S3Result<T> {
    let done = spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(lost(&error)))
}

fn lost(error: &JoinError) -> S3Error {
    tracing::error!(%error, "a task of a request has failed");
    S3Error::new(
        Code::InternalError,
        "the request was not carried out: try again",
    )
}
