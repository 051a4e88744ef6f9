//! Versions in the order of lists: by key, bytes compared; of one key the newest first.
//!
//! ```text
//! keys   a   b/1   b/2   b/3   c
//!        └── span ──────────┘  from ≤ key < until, at most so many rows
//! ```
//!
//! Only the columns of lists are read: where the bytes are may be a megabyte for each row. Each
//! statement walks along one index and stops at its limit.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};

use crate::cloud::state::StateResult;

/// Longest key, in bytes.
const MAX_KEY: usize = 1024;

/// A version or a delete marker, as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The key.
    pub key: String,
    /// The bucket's sequence when it was made.
    pub sequence: i64,
    /// Its id.
    pub version_id: String,
    /// Whether the key stands for it.
    pub is_latest: bool,
    /// Whether it only says that the object was deleted.
    pub is_marker: bool,
    /// Size in bytes.
    pub size: i64,
    /// The `ETag`, without quotes.
    pub etag: String,
    /// When it was made, in ms since 1970.
    pub modified_ms: i64,
    /// Whose it is.
    pub account_id: String,
    /// `ALGORITHM TYPE VALUE`, if it has a checksum.
    pub checksum: Option<String>,
}

/// Keys from one on, up to but without another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// The first key that may be in it.
    pub from: String,
    /// The first key after it.
    pub until: String,
}

impl Span {
    /// The keys that begin with a prefix.
    #[must_use]
    pub fn of_prefix(prefix: &str) -> Self {
        Self {
            from: prefix.to_owned(),
            until: Self::behind(prefix),
        }
    }

    /// The first text after all that begin with a prefix. Bytes of UTF-8 sort as the numbers of
    /// their characters do: the last character is counted up. Where none can be, it is a text
    /// after every key.
    #[must_use]
    pub fn behind(prefix: &str) -> String {
        let mut text = prefix.to_owned();
        while let Some(last) = text.pop() {
            let next = match last {
                '\u{d7ff}' => Some('\u{e000}'),
                last => char::from_u32(u32::from(last) + 1),
            };
            if let Some(next) = next {
                text.push(next);
                return text;
            }
        }
        "\u{10ffff}".repeat(MAX_KEY / 4 + 1)
    }

    /// The first key after a key: there is none between, since keys have no NUL.
    #[must_use]
    pub fn after(key: &str) -> String {
        format!("{key}\u{1}")
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT object_key, sequence, version_id, is_latest, is_marker, size, etag,
                    modified_ms, account_id, checksum
             FROM versions WHERE bucket = $1 AND ",
            $rest
        )
    };
}

impl Listed {
    fn read(row: &AnyRow) -> StateResult<Self> {
        Ok(Self {
            key: row.try_get(0)?,
            sequence: row.try_get(1)?,
            version_id: row.try_get(2)?,
            is_latest: row.try_get::<i64, _>(3)? != 0,
            is_marker: row.try_get::<i64, _>(4)? != 0,
            size: row.try_get(5)?,
            etag: row.try_get(6)?,
            modified_ms: row.try_get(7)?,
            account_id: row.try_get(8)?,
            checksum: row.try_get(9)?,
        })
    }
}

/// Statement of [`listed`].
pub(super) const LISTED: &str = select!(
    "is_latest = 1 AND is_marker = 0 AND object_key >= $2 AND object_key < $3
     ORDER BY object_key LIMIT $4"
);

/// Statement of [`spanned`].
pub(super) const SPANNED: &str =
    select!("object_key >= $2 AND object_key < $3 ORDER BY object_key, sequence DESC LIMIT $4");

/// Statement of [`older`].
pub(super) const OLDER: &str =
    select!("object_key = $2 AND sequence < $3 ORDER BY sequence DESC LIMIT $4");

/// What the keys of a span stand for, without those that are deleted.
///
/// # Errors
/// When the database fails.
pub async fn listed(
    db: &mut AnyConnection,
    bucket: &str,
    span: &Span,
    most: i64,
) -> StateResult<Vec<Listed>> {
    in_span(LISTED, db, bucket, span, most).await
}

/// Every version and delete marker of a span.
///
/// # Errors
/// When the database fails.
pub async fn spanned(
    db: &mut AnyConnection,
    bucket: &str,
    span: &Span,
    most: i64,
) -> StateResult<Vec<Listed>> {
    in_span(SPANNED, db, bucket, span, most).await
}

async fn in_span(
    text: &'static str,
    db: &mut AnyConnection,
    bucket: &str,
    span: &Span,
    most: i64,
) -> StateResult<Vec<Listed>> {
    let query = sqlx::query(text).bind(bucket);
    let query = query.bind(&span.from).bind(&span.until).bind(most);
    let rows = query.fetch_all(db).await?;
    rows.iter().map(Listed::read).collect()
}

/// Versions and delete markers of one key that are older than a sequence.
///
/// # Errors
/// When the database fails.
pub async fn older(
    db: &mut AnyConnection,
    bucket: &str,
    key: &str,
    sequence: i64,
    most: i64,
) -> StateResult<Vec<Listed>> {
    let query = sqlx::query(OLDER).bind(bucket);
    let query = query.bind(key).bind(sequence).bind(most);
    let rows = query.fetch_all(db).await?;
    rows.iter().map(Listed::read).collect()
}

/// The sequence of a version, if it is there.
///
/// # Errors
/// When the database fails.
pub async fn sequence_of(
    db: &mut AnyConnection,
    bucket: &str,
    key: &str,
    version_id: &str,
) -> StateResult<Option<i64>> {
    let row = sqlx::query(
        "SELECT sequence FROM versions WHERE bucket = $1 AND object_key = $2 AND version_id = $3",
    )
    .bind(bucket)
    .bind(key)
    .bind(version_id)
    .fetch_optional(db)
    .await?;
    row.map(|row| Ok(row.try_get(0)?)).transpose()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

    use super::*;

    #[test]
    fn the_text_behind_a_prefix_is_the_next_of_its_length() {
        assert_eq!(Span::behind("a/"), "a0");
        assert_eq!(Span::behind("a\u{10ffff}"), "b");
        assert_eq!(Span::behind("\u{d7ff}"), "\u{e000}");
        assert!(Span::behind("").len() > MAX_KEY);
        assert!(Span::behind(&"\u{10ffff}".repeat(3)).len() > MAX_KEY);
    }

    proptest! {
        #[test]
        fn a_span_has_what_begins_with_its_prefix_and_nothing_else(
            prefix in any::<String>(), rest in any::<String>(), other in any::<String>()
        ) {
            let span = Span::of_prefix(&prefix);
            let is_in = |key: &str| key >= span.from.as_str() && key < span.until.as_str();

            let key = [prefix.as_str(), rest.as_str()].concat();
            prop_assert!(is_in(&key));
            prop_assert_eq!(is_in(&other), other.starts_with(&prefix));
        }

        #[test]
        fn nothing_is_between_a_key_and_the_one_after(key in "[^\0]{1,9}", other in "[^\0]{1,9}") {
            let after = Span::after(&key);

            prop_assert_eq!(other > key, other >= after);
        }
    }
}
