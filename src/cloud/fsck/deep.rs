//! Every blob of versions and parts is read, and its MD5 compared.
//!
//! The MD5 of a multipart object's `ETag` follows from those of its pieces, so it is not looked at.

use std::io::{self, Read as _};

use md5::{Digest as _, Md5};

use super::super::error::CloudError;
use super::super::objects::{BlobId, BlobStore, StoreError};
use super::super::state::StateError;
use super::compare::ROWS;
use super::lost::Bad;
use super::tally::{Owner, get};
use super::{Db, Fsck, Kind, blocking, is_about_blob};

/// Bytes that are read at once.
const BUFFER: usize = 256 << 10;

impl Fsck {
    /// Reads what is there and has the right size.
    pub(super) async fn check_content(&mut self, db: &mut Db) -> Result<(), CloudError> {
        let mut after = 0_i64;
        loop {
            let rows = sqlx::query(
                "SELECT p.id, p.blob, p.size, p.bucket, p.object_key, p.owner, p.number, p.is_part,
                        p.md5
                 FROM fsck_pieces p JOIN fsck_blobs s ON s.blob = p.blob AND s.size = p.size
                 WHERE p.id > $1 ORDER BY p.id LIMIT $2",
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
                let (owner, wanted): (Owner, String) = (Owner::read(row, 3)?, get(row, 8)?);
                let Ok(id) = blob.parse::<BlobId>() else {
                    continue;
                };
                let store = self.store.clone();
                let read = blocking(move || md5_of(store.as_ref(), &id, size));
                self.report.checked.read += 1;
                let detail = match read.await? {
                    Content::Md5(found) if found == wanted => continue,
                    Content::Md5(found) => format!("the blob's MD5 is {found}, expected {wanted}"),
                    Content::Unreadable(why) => why,
                    Content::Gone => continue, // since the store was listed
                };
                let bad = Bad {
                    kind: Kind::Damaged,
                    blob,
                    size,
                    owner,
                    detail,
                };
                self.note_bad(db, bad).await?;
            }
        }
    }
}

/// What reading a blob shows.
enum Content {
    Md5(String),
    Unreadable(String),
    Gone,
}

fn md5_of(store: &dyn BlobStore, id: &BlobId, size: i64) -> Result<Content, StoreError> {
    let judged = |error: StoreError| match error {
        StoreError::NotFound { .. } => Ok(Content::Gone),
        error if is_about_blob(&error) => Ok(Content::Unreadable(crate::cloud::causes(&error))),
        error => Err(error),
    };
    let mut reader = match store.open(id, 0, size.unsigned_abs()) {
        Ok(reader) => reader,
        Err(error) => return judged(error),
    };
    let mut md5 = Md5::new();
    let mut buffer = vec![0; BUFFER];
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => return Ok(Content::Md5(hex::encode(md5.finalize()))),
            Ok(read) => md5.update(&buffer[..read]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => match StoreError::of(error) {
                Ok(error) => return judged(error),
                Err(error) => return Ok(Content::Unreadable(error.to_string())),
            },
        }
    }
}
