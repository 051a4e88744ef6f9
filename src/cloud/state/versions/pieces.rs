//! Where a version's bytes are.

use std::future::poll_fn;

use sqlx::{AnyConnection, Row as _};

use crate::cloud::state::{StateError, StateResult};

/// A blob, whole: an object that came in one request is one piece, one that came by multipart
/// upload a piece for each part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// The blob's id.
    pub blob: String,
    /// Its size in bytes.
    pub size: u64,
    /// Its MD5, 32 hex digits.
    pub md5: String,
    /// Its checksum, `ALGORITHM VALUE`, if the part was sent with one.
    pub checksum: Option<String>,
}

/// Pieces as the database keeps them: `BLOB:SIZE:MD5[:CHECKSUM]`, commas between.
#[must_use]
pub fn pieces_to_text(pieces: &[Piece]) -> String {
    let mut text = String::with_capacity(pieces.len() * 80);
    for piece in pieces {
        if !text.is_empty() {
            text.push(',');
        }
        text.push_str(&piece.blob);
        text.push(':');
        text.push_str(&piece.size.to_string());
        text.push(':');
        text.push_str(&piece.md5);
        if let Some(checksum) = &piece.checksum {
            text.push(':');
            text.push_str(checksum);
        }
    }
    text
}

/// Reads what [`pieces_to_text`] wrote.
///
/// # Errors
/// When it is something else.
pub fn pieces_from_text(text: &str, bucket: &str, key: &str) -> StateResult<Vec<Piece>> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let piece = |text: &str| {
        let mut fields = text.splitn(4, ':');
        let piece = Piece {
            blob: fields.next()?.to_owned(),
            size: fields.next()?.parse().ok()?,
            md5: fields.next()?.to_owned(),
            checksum: fields.next().map(str::to_owned),
        };
        (piece.blob.len() == 32 && piece.md5.len() == 32).then_some(piece)
    };
    let pieces: Option<Vec<Piece>> = text.split(',').map(piece).collect();
    pieces.ok_or_else(|| StateError::Damaged {
        column: "pieces",
        row: format!("version of {bucket}/{key}"),
        found: text.chars().take(80).collect(),
    })
}

/// Shows the blobs of all versions of all buckets, until `visit` says that it is enough. They are
/// those of one moment. Memory is one version's.
///
/// # Errors
/// When the database fails, or a version's pieces are damaged.
pub async fn visit_blobs(
    db: &mut AnyConnection,
    mut visit: impl FnMut(&str) -> bool,
) -> StateResult<()> {
    let query = sqlx::query("SELECT bucket, object_key, pieces FROM versions");
    let mut rows = query.fetch(db);
    while let Some(row) = poll_fn(|context| rows.as_mut().poll_next(context)).await {
        let row = row?;
        let (bucket, key): (String, String) = (row.try_get(0)?, row.try_get(1)?);
        let pieces: String = row.try_get(2)?;
        for piece in pieces_from_text(&pieces, &bucket, &key)? {
            if !visit(&piece.blob) {
                return Ok(());
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let piece = |checksum: Option<&str>| Piece {
            blob: "0123456789abcdef0123456789abcdef".to_owned(),
            size: 10_485_760,
            md5: "d41d8cd98f00b204e9800998ecf8427e".to_owned(),
            checksum: checksum.map(str::to_owned),
        };
        for pieces in [
            vec![],
            vec![piece(None)],
            vec![piece(Some("CRC32 AAAAAA==")), piece(None)],
        ] {
            let text = pieces_to_text(&pieces);

            assert_eq!(pieces_from_text(&text, "b", "k").unwrap(), pieces);
        }
    }

    #[test]
    fn what_nobody_wrote_is_refused() {
        for text in ["x", ",", "a:b:c", "0123456789abcdef0123456789abcdef:1:00"] {
            assert!(pieces_from_text(text, "b", "k").is_err(), "{text}");
        }
    }
}
