//! The parts of uploads.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};

use super::unsigned;
use crate::cloud::state::buckets::{self, Bucket};
use crate::cloud::state::versions::Piece;
use crate::cloud::state::{StateResult, garbage};

/// A part that has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// 1 to 10,000.
    pub number: u16,
    /// Where its bytes are, how many, their MD5 and checksum.
    pub piece: Piece,
    /// When it came, in ms since 1970.
    pub modified_ms: i64,
}

/// What a part did to its bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Put {
    /// Whether there was one of its number, which is garbage now.
    pub has_replaced: bool,
    /// Bytes that the bucket has grown by; negative when the one before was larger.
    pub growth: i64,
}

macro_rules! columns {
    () => {
        "number, blob, size, md5, checksum, modified_ms"
    };
}

impl Part {
    fn read(row: &AnyRow) -> StateResult<Self> {
        let number = unsigned(row, 0, "number")?;
        Ok(Self {
            number: u16::try_from(number).unwrap_or(u16::MAX), // no part that can be asked for
            piece: Piece {
                blob: row.try_get(1)?,
                size: unsigned(row, 2, "size")?,
                md5: row.try_get(3)?,
                checksum: row.try_get(4)?,
            },
            modified_ms: row.try_get(5)?,
        })
    }

    /// Its size as the database counts.
    #[must_use]
    pub fn bytes(&self) -> i64 {
        i64::try_from(self.piece.size).unwrap_or(i64::MAX)
    }
}

/// Every part of an upload, by number.
///
/// # Errors
/// When the database fails.
pub async fn parts(db: &mut AnyConnection, upload: &str) -> StateResult<Vec<Part>> {
    parts_after(db, upload, 0, i64::MAX).await
}

/// Some parts of an upload, by number, after one number.
///
/// # Errors
/// When the database fails.
pub async fn parts_after(
    db: &mut AnyConnection,
    upload: &str,
    after: u16,
    most: i64,
) -> StateResult<Vec<Part>> {
    let text = concat!(
        "SELECT ",
        columns!(),
        " FROM parts WHERE upload = $1 AND number > $2 ORDER BY number LIMIT $3"
    );
    let query = sqlx::query(text).bind(upload).bind(i64::from(after));
    let rows = query.bind(most).fetch_all(db).await?;
    rows.iter().map(Part::read).collect()
}

/// Adds a part to an upload of a locked bucket. One of the same number is replaced and becomes
/// garbage.
///
/// # Errors
/// When the database fails.
pub async fn put_part(
    db: &mut AnyConnection,
    bucket: &Bucket,
    upload: &str,
    part: &Part,
) -> StateResult<Put> {
    let number = i64::from(part.number);
    let replaced =
        sqlx::query("DELETE FROM parts WHERE upload = $1 AND number = $2 RETURNING blob, size")
            .bind(upload)
            .bind(number)
            .fetch_optional(&mut *db)
            .await?;
    let mut bytes = part.bytes();
    if let Some(row) = &replaced {
        let (blob, size): (String, i64) = (row.try_get(0)?, row.try_get(1)?);
        garbage::add(db, [blob.as_str()].into_iter(), part.modified_ms).await?;
        bytes -= size;
    }
    sqlx::query(
        "INSERT INTO parts (upload, number, blob, size, md5, checksum, modified_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(upload)
    .bind(number)
    .bind(&part.piece.blob)
    .bind(part.bytes())
    .bind(&part.piece.md5)
    .bind(&part.piece.checksum)
    .bind(part.modified_ms)
    .execute(&mut *db)
    .await?;
    buckets::count_bytes(db, &bucket.name, bytes).await?;
    Ok(Put {
        has_replaced: replaced.is_some(),
        growth: bytes,
    })
}

/// Takes parts out of an upload: they are a version's pieces now. Numbers rise; each run of
/// neighbours is one statement.
///
/// # Errors
/// When the database fails.
pub async fn take_parts(
    db: &mut AnyConnection,
    upload: &str,
    numbers: impl Iterator<Item = u16>,
) -> StateResult<()> {
    let mut runs: Vec<(u16, u16)> = Vec::new();
    for number in numbers {
        match runs.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(number) => *last = number,
            _ => runs.push((number, number)),
        }
    }
    for (first, last) in runs {
        sqlx::query("DELETE FROM parts WHERE upload = $1 AND number BETWEEN $2 AND $3")
            .bind(upload)
            .bind(i64::from(first))
            .bind(i64::from(last))
            .execute(&mut *db)
            .await?;
    }
    Ok(())
}

/// Whether a part is in this blob.
///
/// # Errors
/// When the database fails.
pub async fn holds_blob(db: &mut AnyConnection, blob: &str) -> StateResult<bool> {
    let query = sqlx::query("SELECT 1 FROM parts WHERE blob = $1").bind(blob);
    Ok(query.fetch_optional(db).await?.is_some())
}
