//! What the store has and nobody wants, and the other way round for what is only noted.

use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::super::error::CloudError;
use super::super::objects::{BlobId, StoreError};
use super::super::state::{StateError, StateResult, uploads};
use super::tally::{Owner, get};
use super::{Db, Finding, Fsck, Kind, Statement, blocking};

/// Rows that are read at once.
pub(super) const ROWS: i64 = 200;

/// A blob in the store.
struct Stored {
    id: BlobId,
    size: i64,
    is_settled: bool,
}

impl Fsck {
    /// Garbage that is gone, and garbage that is none.
    pub(super) async fn check_garbage(&mut self, db: &mut Db) -> Result<(), CloudError> {
        const GONE: &str = "SELECT g.blob FROM garbage g WHERE g.blob > $1 AND NOT EXISTS
                              (SELECT 1 FROM fsck_blobs s WHERE s.blob = g.blob)
                            ORDER BY g.blob LIMIT $2";
        const USED: &str = "SELECT g.blob FROM garbage g WHERE g.blob > $1 AND EXISTS
                              (SELECT 1 FROM fsck_pieces p WHERE p.blob = g.blob)
                            ORDER BY g.blob LIMIT $2";
        for (kind, query, detail) in [
            (
                Kind::Used,
                USED,
                "noted as garbage, though something is made of it",
            ),
            (Kind::Garbage, GONE, "noted as garbage, but gone already"),
        ] {
            let mut after = String::new();
            loop {
                let blobs = page(db, query, &after).await?;
                let Some(last) = blobs.last() else { break };
                after.clone_from(last);
                for blob in blobs {
                    let is_so = match kind {
                        Kind::Used => self.owners(db, &blob).await? > 0,
                        _ => !self.is_stored(&blob).await?,
                    };
                    if is_so {
                        let text = "DELETE FROM garbage WHERE blob = $1".to_owned();
                        let mend = vec![Statement(text, vec![(&blob).into()])];
                        let place = format!("blob {blob}");
                        self.found(kind, place, detail.to_owned(), mend).await?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Whether the store has a blob, now.
    async fn is_stored(&self, blob: &str) -> Result<bool, CloudError> {
        let Ok(id) = blob.parse::<BlobId>() else {
            return Ok(false);
        };
        let store = self.store.clone();
        blocking(move || match store.handle(&id) {
            Ok(_) => Ok(true),
            Err(StoreError::NotFound { .. }) => Ok(false),
            Err(error) => Err(error),
        })
        .await
    }

    /// How many versions and parts are made of a blob, now.
    async fn owners(&self, db: &mut Db, blob: &str) -> StateResult<usize> {
        let rows = sqlx::query(
            "SELECT bucket, object_key, owner, number, is_part FROM fsck_pieces
             WHERE blob = $1 ORDER BY id LIMIT 10",
        )
        .bind(blob)
        .fetch_all(&mut **db)
        .await?;
        let mut count = 0;
        for row in &rows {
            let owner = Owner::read(row, 0)?;
            count += usize::from(is_there(db, &owner, blob).await?);
        }
        Ok(count)
    }

    /// Blobs of versions and parts that are not in their final place.
    pub(super) async fn check_unsettled(&mut self, db: &mut Db) -> Result<(), CloudError> {
        let query = "SELECT s.blob FROM fsck_blobs s WHERE s.settled = 0 AND s.blob > $1 AND EXISTS
                       (SELECT 1 FROM fsck_pieces p WHERE p.blob = s.blob)
                     ORDER BY s.blob LIMIT $2";
        let mut after = String::new();
        loop {
            let blobs = page(db, query, &after).await?;
            let Some(last) = blobs.last() else {
                return Ok(());
            };
            after.clone_from(last);
            for blob in blobs {
                let Ok(id) = blob.parse::<BlobId>() else {
                    continue;
                };
                if self.options.repair {
                    let store = self.store.clone();
                    blocking(move || store.settle(&id)).await?;
                }
                let detail = "committed, but not in its place: the next start settles it, too";
                self.note_blob(Kind::Unsettled, id, detail.to_owned(), self.options.repair);
            }
        }
    }

    /// Blobs that belong to several. Which of them may have it cannot be told from here.
    pub(super) async fn check_shared(&mut self, db: &mut Db) -> Result<(), CloudError> {
        let query = "SELECT p.blob FROM fsck_pieces p WHERE p.blob > $1
                     GROUP BY p.blob HAVING COUNT(*) > 1 ORDER BY p.blob LIMIT $2";
        let mut after = String::new();
        loop {
            let blobs = page(db, query, &after).await?;
            let Some(last) = blobs.last() else {
                return Ok(());
            };
            after.clone_from(last);
            for blob in blobs {
                let owners = self.owners(db, &blob).await?;
                if owners > 1 {
                    let detail = format!(
                        "{owners} versions or parts are made of it: copy all but one of them onto \
                         themselves, before one is deleted"
                    );
                    let place = format!("blob {blob}");
                    self.found(Kind::Shared, place, detail, Vec::new()).await?;
                }
            }
        }
    }

    /// Blobs that belong to nobody.
    pub(super) async fn check_orphans(&mut self, db: &mut Db) -> Result<(), CloudError> {
        let query = "SELECT s.blob, s.size, s.settled FROM fsck_blobs s
                     WHERE s.blob > $1
                       AND NOT EXISTS (SELECT 1 FROM fsck_pieces p WHERE p.blob = s.blob)
                       AND NOT EXISTS (SELECT 1 FROM garbage g WHERE g.blob = s.blob)
                     ORDER BY s.blob LIMIT $2";
        let mut after = String::new();
        loop {
            let rows = sqlx::query(query)
                .bind(&after)
                .bind(ROWS)
                .fetch_all(&mut **db)
                .await
                .map_err(StateError::from)?;
            if rows.is_empty() {
                return Ok(());
            }
            for row in &rows {
                after = get(row, 0)?;
                if let Ok(blob) = stored(row, &after)? {
                    self.check_orphan(db, blob).await?;
                }
            }
        }
    }

    async fn check_orphan(&mut self, db: &mut Db, blob: Stored) -> Result<(), CloudError> {
        let id = blob.id;
        let store = self.store.clone();
        let written = blocking(move || match store.written(&id) {
            Ok(written) => Ok(Some(written)),
            Err(StoreError::NotFound { .. }) => Ok(None), // swept since
            Err(error) => Err(error),
        });
        let Some(written) = written.await? else {
            return Ok(());
        };
        let age_ms = |written: crate::units::Timestamp| {
            self.now_ms()
                .saturating_sub(written.0.saturating_mul(1_000))
        };
        if written.is_some_and(|written| age_ms(written) < self.options.grace_ms)
            || uploads::holds_blob(db, &id.to_string()).await?
        {
            self.report.checked.young += 1;
            return Ok(());
        }
        let kind = if blob.is_settled {
            Kind::Orphan
        } else {
            Kind::Leftover
        };
        let mut detail = format!("{} bytes that nothing is made of", blob.size);
        // Where rows cannot be read, who knows whose it is.
        let may_remove = self.options.repair && self.unreadable == 0;
        if may_remove {
            let store = self.store.clone();
            let delete = move || {
                if blob.is_settled {
                    store.delete(&id)
                } else {
                    store.discard(&id)
                }
            };
            blocking(delete).await?;
        } else if self.options.repair {
            detail.push_str(": kept, while there are versions whose pieces cannot be read");
        }
        self.note_blob(kind, id, detail, may_remove);
        Ok(())
    }

    /// Notes a finding about a blob alone.
    fn note_blob(&mut self, kind: Kind, id: BlobId, detail: String, is_mended: bool) {
        self.report.note(Finding {
            kind,
            place: format!("blob {id}"),
            blob: Some(id.to_string()),
            detail,
            is_mended,
        });
    }
}

fn stored(
    row: &AnyRow,
    blob: &str,
) -> StateResult<Result<Stored, super::super::objects::BlobIdError>> {
    let (size, settled): (i64, i64) = (row.try_get(1)?, row.try_get(2)?);
    Ok(blob.parse().map(|id| Stored {
        id,
        size,
        is_settled: settled != 0,
    }))
}

/// Blobs of a query, after one.
async fn page(db: &mut Db, query: &'static str, after: &str) -> StateResult<Vec<String>> {
    let query = sqlx::query(query).bind(after).bind(ROWS);
    let rows = query.fetch_all(&mut **db).await?;
    rows.iter().map(|row| get(row, 0)).collect()
}

/// Whether a version or part is there still, and made of this blob.
pub(super) async fn is_there(db: &mut Db, owner: &Owner, blob: &str) -> StateResult<bool> {
    if owner.is_part {
        let query = sqlx::query("SELECT blob FROM parts WHERE upload = $1 AND number = $2");
        let row = query.bind(&owner.id).bind(owner.number);
        let row = row.fetch_optional(&mut **db).await?;
        return Ok(match row {
            Some(row) => get::<String>(&row, 0)? == blob,
            None => false,
        });
    }
    let query = sqlx::query(
        "SELECT pieces FROM versions WHERE bucket = $1 AND object_key = $2 AND sequence = $3",
    );
    let row = query
        .bind(&owner.bucket)
        .bind(&owner.key)
        .bind(owner.number);
    let row = row.fetch_optional(&mut **db).await?;
    Ok(match row {
        Some(row) => get::<String>(&row, 0)?.contains(blob),
        None => false,
    })
}
