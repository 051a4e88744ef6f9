//! Blobs that nothing points to any more.
//!
//! They come here in the transaction that takes the last pointer away, and leave when the store
//! has deleted them: a crash between the two only means that they are deleted later. A blob that
//! cannot be deleted is tried again, after pauses that grow.
//!
//! Statements take 25 blobs at once: an object of 10,000 parts becomes garbage in 400.

use sqlx::{AnyConnection, Row as _};

use super::StateResult;

/// Blobs of one statement.
const MANY: usize = 25;

/// A statement about [`MANY`] blobs, `$2` to `$26`, with `$1` for something else.
macro_rules! many {
    ($head:literal, $before:literal, $after:literal, $tail:literal) => {
        many!(@ $head, $before, $after, $tail,
            "$3" "$4" "$5" "$6" "$7" "$8" "$9" "$10" "$11" "$12" "$13" "$14" "$15" "$16" "$17"
            "$18" "$19" "$20" "$21" "$22" "$23" "$24" "$25" "$26")
    };
    (@ $head:literal, $before:literal, $after:literal, $tail:literal, $($n:literal)*) => {
        concat!($head, $before, "$2", $after, $(", ", $before, $n, $after,)* $tail)
    };
}

const ADD: &str = many!(
    "INSERT INTO garbage (since_ms, due_ms, blob) VALUES ",
    "($1, $1, ",
    ")",
    " ON CONFLICT (blob) DO NOTHING"
);

/// What most changes leave is one blob.
const ADD_ONE: &str = "INSERT INTO garbage (since_ms, due_ms, blob) VALUES ($1, $1, $2)
                       ON CONFLICT (blob) DO NOTHING";

const FORGET: &str = many!(
    "DELETE FROM garbage WHERE due_ms <= $1 AND blob IN (",
    "",
    "",
    ")"
);

/// A blob that is to be deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Garbage {
    /// Its id.
    pub blob: String,
    /// When it may be tried, in ms since 1970.
    pub due_ms: i64,
    /// How often deleting it has failed.
    pub failures: i64,
}

/// Notes blobs that are to be deleted.
///
/// # Errors
/// When the database fails.
pub async fn add<'a>(
    db: &mut AnyConnection,
    blobs: impl Iterator<Item = &'a str>,
    now_ms: i64,
) -> StateResult<()> {
    let blobs: Vec<&str> = blobs.collect();
    if let [blob] = blobs[..] {
        let query = sqlx::query(ADD_ONE).bind(now_ms).bind(blob);
        query.execute(db).await?;
        return Ok(());
    }
    in_batches(db, ADD, &blobs, now_ms).await
}

/// The first blobs that are due, in the order of [`Garbage::due_ms`] and id, after the one given.
///
/// # Errors
/// When the database fails.
pub async fn due(
    db: &mut AnyConnection,
    (after_ms, after): (i64, &str),
    until_ms: i64,
    most: i64,
) -> StateResult<Vec<Garbage>> {
    let rows = sqlx::query(
        "SELECT blob, due_ms, failures FROM garbage
         WHERE due_ms <= $3 AND (due_ms > $1 OR (due_ms = $1 AND blob > $2))
         ORDER BY due_ms, blob LIMIT $4",
    )
    .bind(after_ms)
    .bind(after)
    .bind(until_ms)
    .bind(most)
    .fetch_all(db)
    .await?;
    let garbage = |row: &sqlx::any::AnyRow| {
        Ok(Garbage {
            blob: row.try_get(0)?,
            due_ms: row.try_get(1)?,
            failures: row.try_get(2)?,
        })
    };
    rows.iter().map(garbage).collect()
}

/// Forgets blobs that were deleted.
///
/// # Errors
/// When the database fails.
pub async fn forget(db: &mut AnyConnection, blobs: &[&str]) -> StateResult<()> {
    in_batches(db, FORGET, blobs, i64::MAX).await
}

/// Puts off a blob that could not be deleted.
///
/// # Errors
/// When the database fails.
pub async fn put_off(db: &mut AnyConnection, blob: &str, due_ms: i64) -> StateResult<()> {
    sqlx::query("UPDATE garbage SET failures = failures + 1, due_ms = $2 WHERE blob = $1")
        .bind(blob)
        .bind(due_ms)
        .execute(db)
        .await?;
    Ok(())
}

/// Runs one of the statements above. Where fewer blobs are left than it takes, it gets the last
/// one several times, which changes nothing.
async fn in_batches(
    db: &mut AnyConnection,
    statement: &'static str,
    blobs: &[&str],
    first: i64,
) -> StateResult<()> {
    for batch in blobs.chunks(MANY) {
        let Some(last) = batch.last() else { continue };
        let mut query = sqlx::query(statement).bind(first);
        for number in 0..MANY {
            query = query.bind(*batch.get(number).unwrap_or(last));
        }
        query.execute(&mut *db).await?;
    }
    Ok(())
}
