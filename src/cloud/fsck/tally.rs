//! What the store has, and what the rows say that it has, in two temporary tables.

use std::ops::ControlFlow;

use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row as _};
use tokio::sync::mpsc;

use super::super::error::CloudError;
use super::super::objects::BlobInfo;
use super::super::state::versions::pieces_from_text;
use super::super::state::{Engine, StateResult};
use super::{Db, Fsck, Kind, Statement, blocking};

/// Rows of one statement that fills a table.
const ROWS: usize = 100;

/// Versions that are read at once: the pieces of each may be a megabyte.
const VERSIONS: i64 = 50;

/// Parts that are read at once.
const PARTS: i64 = 500;

/// Pieces that are waiting to be noted, at most.
const WAITING: usize = 1_000;

/// Whose bytes a blob has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Owner {
    /// The bucket; for parts that of the upload.
    pub(super) bucket: String,
    /// The key.
    pub(super) key: String,
    /// The version's id, or the upload's.
    pub(super) id: String,
    /// The version's sequence, or the part's number.
    pub(super) number: i64,
    /// Whether it is a part.
    pub(super) is_part: bool,
}

impl Owner {
    /// Where it is, for people.
    pub(super) fn place(&self) -> String {
        let Self {
            bucket,
            key,
            id,
            number,
            ..
        } = self;
        match (self.is_part, id.as_str()) {
            (true, _) => format!("{bucket}/{key}, part {number} of upload {id}"),
            (false, "null") => format!("{bucket}/{key}"),
            (false, _) => format!("{bucket}/{key}, version {id}"),
        }
    }

    /// Reads it from columns of `fsck_pieces`, from this one on.
    pub(super) fn read(row: &AnyRow, at: usize) -> StateResult<Self> {
        Ok(Self {
            bucket: row.try_get(at)?,
            key: row.try_get(at + 1)?,
            id: row.try_get(at + 2)?,
            number: row.try_get(at + 3)?,
            is_part: row.try_get::<i64, _>(at + 4)? != 0,
        })
    }
}

/// A blob as a row says it is. Where the row cannot be read, size is -1 and MD5 empty.
pub(super) struct Noted {
    pub(super) blob: String,
    pub(super) size: i64,
    pub(super) md5: String,
    pub(super) owner: Owner,
}

pub(super) async fn make_tables(db: &mut Db, engine: Engine) -> StateResult<()> {
    let name = engine.name_type();
    for text in [
        format!(
            "CREATE TEMPORARY TABLE fsck_blobs (blob {name} PRIMARY KEY, size BIGINT NOT NULL,
             settled BIGINT NOT NULL)"
        ),
        format!(
            "CREATE TEMPORARY TABLE fsck_pieces (id BIGINT PRIMARY KEY, blob {name} NOT NULL,
             size BIGINT NOT NULL, md5 TEXT NOT NULL, bucket TEXT NOT NULL,
             object_key TEXT NOT NULL, owner TEXT NOT NULL, number BIGINT NOT NULL,
             is_part BIGINT NOT NULL)"
        ),
    ] {
        sqlx::query(AssertSqlSafe(text)).execute(&mut **db).await?;
    }
    Ok(())
}

/// What makes comparing cheap, once the tables are full.
pub(super) async fn index(db: &mut Db) -> StateResult<()> {
    for text in [
        "CREATE INDEX fsck_pieces_by_blob ON fsck_pieces (blob)",
        "ANALYZE fsck_blobs",
        "ANALYZE fsck_pieces",
    ] {
        sqlx::query(text).execute(&mut **db).await?;
    }
    Ok(())
}

pub(super) async fn drop_tables(db: &mut Db) -> StateResult<()> {
    for text in ["DROP TABLE fsck_blobs", "DROP TABLE fsck_pieces"] {
        sqlx::query(text).execute(&mut **db).await?;
    }
    Ok(())
}

/// `INSERT … VALUES ($1, $2), ($3, $4)…`
fn insert(table: &str, columns: usize, rows: usize, tail: &str) -> String {
    let row = |row: usize| {
        let values = (1..=columns).map(|column| format!("${}", row * columns + column));
        format!("({})", values.collect::<Vec<_>>().join(", "))
    };
    let rows: Vec<String> = (0..rows).map(row).collect();
    format!("INSERT INTO {table} VALUES {}{tail}", rows.join(", "))
}

impl Fsck {
    /// Lists the store.
    pub(super) async fn tally_store(&mut self, db: &mut Db) -> Result<(), CloudError> {
        let store = self.store.clone();
        let (sender, mut batches) = mpsc::channel::<Vec<BlobInfo>>(4);
        let listing = blocking(move || {
            let mut batch = Vec::with_capacity(ROWS);
            store.list(&mut |blob| {
                batch.push(blob);
                let is_full = batch.len() == ROWS;
                if is_full && sender.blocking_send(std::mem::take(&mut batch)).is_err() {
                    return ControlFlow::Break(()); // the database failed
                }
                ControlFlow::Continue(())
            })?;
            let _ = sender.blocking_send(batch); // as above
            Ok::<_, CloudError>(())
        });
        // When this fails it drops the receiver, which ends the list.
        let noting = async move {
            while let Some(batch) = batches.recv().await {
                self.note_blobs(db, &batch).await?;
            }
            Ok::<_, CloudError>(())
        };
        let (listed, noted) = tokio::join!(listing, noting);
        noted?;
        listed
    }

    async fn note_blobs(&mut self, db: &mut Db, batch: &[BlobInfo]) -> StateResult<()> {
        if batch.is_empty() {
            return Ok(());
        }
        let text = insert(
            "fsck_blobs",
            3,
            batch.len(),
            " ON CONFLICT (blob) DO NOTHING",
        );
        let mut query = sqlx::query(AssertSqlSafe(text));
        for blob in batch {
            self.report.checked.blobs += 1;
            self.report.checked.bytes += blob.size;
            query = query
                .bind(blob.id.to_string())
                .bind(i64::try_from(blob.size).unwrap_or(i64::MAX))
                .bind(i64::from(blob.settled));
        }
        query.execute(&mut **db).await?;
        Ok(())
    }

    /// Notes what the parts of uploads say.
    pub(super) async fn tally_parts(&mut self, db: &mut Db) -> Result<(), CloudError> {
        let (mut upload, mut number) = (String::new(), 0);
        loop {
            let rows = sqlx::query(
                "SELECT p.upload, p.number, p.blob, p.size, p.md5, p.checksum,
                        COALESCE(u.bucket, ''), COALESCE(u.object_key, '')
                 FROM parts p LEFT JOIN uploads u ON u.id = p.upload
                 WHERE p.upload > $1 OR (p.upload = $1 AND p.number > $2)
                 ORDER BY p.upload, p.number LIMIT $3",
            )
            .bind(&upload)
            .bind(number)
            .bind(PARTS)
            .fetch_all(&mut **db)
            .await
            .map_err(crate::cloud::state::StateError::from)?;
            if rows.is_empty() {
                return Ok(());
            }
            let mut noted = Vec::with_capacity(rows.len());
            for row in &rows {
                let piece = part(row)?;
                self.report.checked.parts += 1;
                (upload, number) = (piece.owner.id.clone(), piece.owner.number);
                let checksum: Option<String> = get(row, 5)?;
                self.check_part(&piece, checksum.as_deref()).await?;
                noted.push(piece);
            }
            self.note_pieces(db, &mut noted).await?;
        }
    }

    /// Notes what the versions of objects say, and looks at their columns.
    pub(super) async fn tally_versions(&mut self, db: &mut Db) -> Result<(), CloudError> {
        let mut after = (String::new(), String::new(), String::new());
        loop {
            let rows = sqlx::query(
                "SELECT bucket, object_key, version_id, sequence, is_marker, size, acl, headers,
                        tags, checksum, pieces,
                        (SELECT a.canonical_id FROM accounts a WHERE a.id = account_id) AS owner
                 FROM versions WHERE (bucket, object_key, version_id) > ($1, $2, $3)
                 ORDER BY bucket, object_key, version_id LIMIT $4",
            )
            .bind(&after.0)
            .bind(&after.1)
            .bind(&after.2)
            .bind(VERSIONS)
            .fetch_all(&mut **db)
            .await
            .map_err(crate::cloud::state::StateError::from)?;
            if rows.is_empty() {
                return Ok(());
            }
            let mut noted = Vec::new();
            for row in &rows {
                self.report.checked.versions += 1;
                let owner = Owner {
                    bucket: get(row, 0)?,
                    key: get(row, 1)?,
                    id: get(row, 2)?,
                    number: get(row, 3)?,
                    is_part: false,
                };
                after = (owner.bucket.clone(), owner.key.clone(), owner.id.clone());
                self.check_version(row, &owner).await?;
                self.pieces(row, &owner, &mut noted).await?;
                if noted.len() >= WAITING {
                    self.note_pieces(db, &mut noted).await?;
                }
            }
            self.note_pieces(db, &mut noted).await?;
        }
    }

    /// The blobs of a version. Where they cannot be read, all that could be one is kept.
    async fn pieces(
        &mut self,
        row: &AnyRow,
        owner: &Owner,
        noted: &mut Vec<Noted>,
    ) -> Result<(), CloudError> {
        let (size, text): (i64, String) = (get(row, 5)?, get(row, 10)?);
        let parsed = pieces_from_text(&text, &owner.bucket, &owner.key);
        let parsed = parsed.ok().filter(|pieces| {
            let is_blob = |blob: &str| blob.parse::<crate::cloud::objects::BlobId>().is_ok();
            pieces.iter().all(|piece| is_blob(&piece.blob))
        });
        let Some(pieces) = parsed else {
            return self.unreadable(owner, &text, noted).await;
        };
        let total = pieces.iter().map(|piece| piece.size).sum::<u64>();
        let total = i64::try_from(total).unwrap_or(i64::MAX);
        if total != size {
            let text = "UPDATE versions SET size = $4
                        WHERE bucket = $1 AND object_key = $2 AND sequence = $3";
            let values = vec![
                (&owner.bucket).into(),
                (&owner.key).into(),
                owner.number.into(),
                total.into(),
            ];
            let detail = format!("the row says {size} bytes, its pieces have {total}");
            let mend = vec![Statement(text.to_owned(), values)];
            self.found(Kind::Total, owner.place(), detail, mend).await?;
        }
        noted.extend(pieces.into_iter().map(|piece| Noted {
            blob: piece.blob,
            size: i64::try_from(piece.size).unwrap_or(i64::MAX),
            md5: piece.md5,
            owner: owner.clone(),
        }));
        Ok(())
    }

    async fn unreadable(
        &mut self,
        owner: &Owner,
        text: &str,
        noted: &mut Vec<Noted>,
    ) -> Result<(), CloudError> {
        let found: String = text.chars().take(80).collect();
        let detail = format!("pieces cannot be read: {found:?}");
        let mend = if self.options.remove_lost {
            vec![
                Statement(
                    "UPDATE buckets SET sequence = sequence + 1 WHERE name = $1".to_owned(),
                    vec![(&owner.bucket).into()],
                ),
                Statement(
                    "DELETE FROM versions WHERE bucket = $1 AND object_key = $2 AND sequence = $3"
                        .to_owned(),
                    vec![
                        (&owner.bucket).into(),
                        (&owner.key).into(),
                        owner.number.into(),
                    ],
                ),
            ]
        } else {
            Vec::new()
        };
        self.found(Kind::Column, owner.place(), detail, mend)
            .await?;
        if self.options.remove_lost {
            return Ok(()); // its blobs belong to nobody now
        }
        self.unreadable += 1;
        let words = text.split([':', ',']);
        let blobs = words.filter(|word| word.parse::<crate::cloud::objects::BlobId>().is_ok());
        noted.extend(blobs.map(|blob| Noted {
            blob: blob.to_owned(),
            size: -1,
            md5: String::new(),
            owner: owner.clone(),
        }));
        Ok(())
    }

    async fn note_pieces(&mut self, db: &mut Db, noted: &mut Vec<Noted>) -> StateResult<()> {
        for batch in noted.chunks(ROWS) {
            let text = insert("fsck_pieces", 9, batch.len(), "");
            let mut query = sqlx::query(AssertSqlSafe(text));
            for Noted {
                blob,
                size,
                md5,
                owner,
            } in batch
            {
                self.noted += 1;
                query = query.bind(self.noted).bind(blob).bind(*size).bind(md5);
                query = query.bind(&owner.bucket).bind(&owner.key).bind(&owner.id);
                query = query.bind(owner.number).bind(i64::from(owner.is_part));
            }
            query.execute(&mut **db).await?;
        }
        noted.clear();
        Ok(())
    }
}

fn part(row: &AnyRow) -> StateResult<Noted> {
    Ok(Noted {
        blob: row.try_get(2)?,
        size: row.try_get(3)?,
        md5: row.try_get(4)?,
        owner: Owner {
            bucket: row.try_get(6)?,
            key: row.try_get(7)?,
            id: row.try_get(0)?,
            number: row.try_get(1)?,
            is_part: true,
        },
    })
}

/// A column's value.
pub(super) fn get<'r, T>(row: &'r AnyRow, at: usize) -> StateResult<T>
where
    T: sqlx::Decode<'r, sqlx::Any> + sqlx::Type<sqlx::Any>,
{
    Ok(row.try_get(at)?)
}
