//! Pages of what is in a bucket: prefix, delimiter, and where to go on.
//!
//! ```text
//! delimiter /      a   b/1  b/2  … b/999999   c     keys
//!                  a   b/                     c     entries
//!                       └─ read a few, then ─►┘     the next key behind "b/" is asked for
//! ```
//!
//! A page costs as much as it has entries, whatever there is below a common prefix: it is
//! skipped by asking for the first key behind it. One entry more than the page has is looked
//! for, so that a page never says that there is more when there is not.

mod ask;
mod rows;
#[cfg(test)]
mod tests;
mod write;

use sqlx::AnyConnection;

use super::error::S3Result;
use crate::cloud::state::versions::{Listed, Span};

pub(super) use ask::{Ask, Start, max_keys, some};
use rows::Rows;
pub(super) use rows::Scope;
pub(super) use write::{Owners, write_head, write_prefixes, write_version};

/// Most entries of a page.
pub(super) const MOST: usize = 1000;

/// Rows that are read at first where common prefixes may be.
const FIRST: usize = 32;

/// Fewest rows that are worth a question.
const FEWEST: usize = 2;

/// An entry of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Entry {
    /// A version; of objects, the latest.
    Version(Listed),
    /// What is below a prefix with the delimiter at its end.
    Prefix(String),
}

/// A page of a list.
#[derive(Debug, Default)]
pub(super) struct Page {
    /// The entries, in order.
    pub(super) entries: Vec<Entry>,
    /// Whether there are more.
    pub(super) is_truncated: bool,
    /// Rows that were read for it.
    pub(super) rows: usize,
}

impl Page {
    /// The entry to go on after, if there is more.
    pub(super) fn next(&self) -> Option<&Entry> {
        self.entries.last().filter(|_| self.is_truncated)
    }

    /// The versions, in order.
    pub(super) fn versions(&self) -> impl Iterator<Item = &Listed> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Version(version) => Some(version),
            Entry::Prefix(_) => None,
        })
    }
}

/// Reads a page.
///
/// # Errors
/// When the database fails.
pub(super) async fn page(db: &mut AnyConnection, ask: &Ask<'_>) -> S3Result<Page> {
    let mut page = Page::default();
    if ask.most == 0 {
        return Ok(page);
    }
    let span = Span::of_prefix(ask.prefix);
    let mut rows = Rows::new(ask.bucket, ask.scope, span, &ask.start);
    let mut batch = match ask.delimiter {
        Some(_) => FIRST,
        None => MOST + 1,
    };
    loop {
        let wanted = ask.most + 1 - page.entries.len();
        let asked = batch.min(match ask.delimiter {
            Some(_) => wanted.max(FEWEST),
            None => wanted,
        });
        let found = rows.next(db, asked).await?;
        page.rows += found.len();
        let (is_last, before) = (found.len() < asked, page.entries.len());
        for version in found {
            match ask.common_prefix(&version.key) {
                None => page.entries.push(Entry::Version(version)),
                Some(common) if page.is_below(common) => {}
                Some(common) => page.entries.push(Entry::Prefix(common.to_owned())),
            }
            if page.entries.len() > ask.most {
                page.entries.truncate(ask.most);
                page.is_truncated = true;
                return Ok(page);
            }
        }
        if is_last {
            return Ok(page);
        }
        if let Some(Entry::Prefix(common)) = page.entries.last() {
            rows.skip_below(common);
        }
        // Many rows for few entries: there are large prefixes, of which little is to be read.
        let gained = page.entries.len() - before;
        batch = if gained * 2 < asked {
            (batch / 4).max(FEWEST)
        } else {
            (batch * 4).min(MOST + 1)
        };
    }
}

impl Page {
    /// Whether the last entry is this prefix.
    fn is_below(&self, common: &str) -> bool {
        matches!(self.entries.last(), Some(Entry::Prefix(last)) if last == common)
    }
}
