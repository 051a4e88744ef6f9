//! Versions and parts whose bytes are gone or damaged.
//!
//! They are told, and stay, until somebody asks to have them removed by name. Then what is left of
//! a damaged blob is copied to the quarantine first.

use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use super::super::error::CloudError;
use super::super::identity::files;
use super::super::objects::{BlobId, BlobStore, StoreError};
use super::super::state::versions::{self};
use super::super::state::{StateError, buckets, garbage};
use super::compare::{ROWS, is_there};
use super::tally::{Owner, get};
use super::{Db, Finding, Fsck, Kind, blocking, is_about_blob};

/// A blob that is not what its owner says.
pub(super) struct Bad {
    pub(super) kind: Kind,
    pub(super) blob: String,
    pub(super) size: i64,
    pub(super) owner: Owner,
    pub(super) detail: String,
}

impl Fsck {
    /// Blobs that are missing, or of another size.
    pub(super) async fn check_lost(&mut self, db: &mut Db) -> Result<(), CloudError> {
        let mut after = 0_i64;
        loop {
            let rows = sqlx::query(
                "SELECT p.id, p.blob, p.size, p.bucket, p.object_key, p.owner, p.number, p.is_part
                 FROM fsck_pieces p LEFT JOIN fsck_blobs s ON s.blob = p.blob
                 WHERE p.id > $1 AND p.size >= 0 AND (s.blob IS NULL OR s.size <> p.size)
                 ORDER BY p.id LIMIT $2",
            )
            .bind(after)
            .bind(ROWS)
            .fetch_all(&mut **db)
            .await
            .map_err(StateError::from)?;
            if rows.is_empty() {
                return Ok(());
            }
            for row in &rows {
                after = get(row, 0)?;
                let (blob, size): (String, i64) = (get(row, 1)?, get(row, 2)?);
                let owner = Owner::read(row, 3)?;
                self.look_again(db, blob, size, owner).await?;
            }
        }
    }

    /// The store was listed a while ago: what it has now decides.
    async fn look_again(
        &mut self,
        db: &mut Db,
        blob: String,
        size: i64,
        owner: Owner,
    ) -> Result<(), CloudError> {
        let id = blob.parse::<BlobId>();
        let store = self.store.clone();
        let looked = blocking(move || match id {
            Err(error) => Ok(Err(error.to_string())),
            Ok(id) => match store.handle(&id) {
                Ok(handle) => Ok(Ok(i64::try_from(handle.size()).unwrap_or(i64::MAX))),
                Err(StoreError::NotFound { .. }) => Ok(Err("the blob is gone".to_owned())),
                Err(error) if is_about_blob(&error) => Ok(Err(crate::cloud::causes(&error))),
                Err(error) => Err(error),
            },
        });
        let (kind, detail) = match looked.await? {
            Ok(found) if found == size => return Ok(()),
            Ok(found) => (
                Kind::Size,
                format!("the blob has {found} bytes, expected {size}"),
            ),
            Err(why) => (Kind::Lost, format!("{why}, of {size} bytes")),
        };
        let bad = Bad {
            kind,
            blob,
            size,
            owner,
            detail,
        };
        self.note_bad(db, bad).await
    }

    /// Notes a version or part that cannot be read, if it is there still, and removes it if that
    /// was asked for.
    pub(super) async fn note_bad(&mut self, db: &mut Db, bad: Bad) -> Result<(), CloudError> {
        if !is_there(db, &bad.owner, &bad.blob).await? {
            // Another of its blobs was found before, or it was deleted meanwhile.
            if self.options.remove_lost && bad.kind == Kind::Lost {
                self.forget_garbage(&bad.blob).await?;
            }
            return Ok(());
        }
        let (place, is_mended) = (bad.owner.place(), self.options.remove_lost);
        if is_mended {
            if bad.kind == Kind::Lost {
                self.remove(&bad).await?;
                self.forget_garbage(&bad.blob).await?;
            } else {
                let (store, folder) = (self.store.clone(), self.quarantine.clone());
                let blob = bad.blob.clone();
                blocking(move || set_apart(store.as_ref(), &blob, &folder)).await?;
                self.remove(&bad).await?;
            }
        }
        self.report.note(Finding {
            kind: bad.kind,
            place,
            blob: Some(bad.blob),
            detail: bad.detail,
            is_mended,
        });
        Ok(())
    }

    /// A blob that is gone need not be swept.
    async fn forget_garbage(&self, blob: &str) -> Result<(), CloudError> {
        let blob = blob.to_owned();
        let change = self.state.write::<_, StateError>(move |db| {
            Box::pin(async move { garbage::forget(db, &[&blob]).await })
        });
        Ok(change.await?)
    }

    /// Removes a version or part; its blobs become garbage.
    async fn remove(&self, bad: &Bad) -> Result<(), CloudError> {
        let (owner, blob, size) = (bad.owner.clone(), bad.blob.clone(), bad.size);
        let now_ms = self.now_ms();
        let change = self.state.write::<_, StateError>(move |db| {
            Box::pin(async move {
                let Some(bucket) = buckets::lock(db, &owner.bucket).await? else {
                    return Ok(()); // it went meanwhile, with all that was in it
                };
                if !owner.is_part {
                    let id = &owner.id;
                    versions::delete_version(db, &bucket, &owner.key, id, now_ms).await?;
                    return Ok(());
                }
                let query = sqlx::query("DELETE FROM parts WHERE upload = $1 AND number = $2");
                let query = query.bind(&owner.id).bind(owner.number);
                query.execute(&mut *db).await.map_err(StateError::from)?;
                garbage::add(db, [blob.as_str()].into_iter(), now_ms).await?;
                buckets::count_bytes(db, &bucket.name, -size).await
            })
        });
        Ok(change.await?)
    }
}

/// Copies what can be read of a blob to a folder of its own.
fn set_apart(store: &dyn BlobStore, blob: &str, folder: &Path) -> Result<(), CloudError> {
    let Ok(id) = blob.parse::<BlobId>() else {
        return Ok(());
    };
    files::make_folder(folder)?;
    let path = folder.join(blob);
    let failed = |source: io::Error| super::super::identity::IdentityError::Write {
        path: path.clone(),
        source,
    };
    let mut options = OpenOptions::new();
    let options = options.write(true).create(true).truncate(true).mode(0o600);
    let mut file = options.open(&path).map_err(failed)?;
    let handle = store.handle(&id)?;
    let mut reader = handle.range(0, handle.size())?;
    if let Err(error) = io::copy(&mut reader, &mut file) {
        // The disk that loses bytes is why we are here.
        tracing::warn!(blob, %error, "not all of a damaged blob can be read");
    }
    file.sync_all().map_err(failed)?;
    fs::File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(failed)?;
    Ok(())
}
