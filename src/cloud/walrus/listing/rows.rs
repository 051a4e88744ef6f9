//! Rows of a bucket one after the other, with jumps.

use sqlx::AnyConnection;

use super::Start;
use crate::cloud::state::StateResult;
use crate::cloud::state::versions::{self, Listed, Span};

/// What is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cloud::walrus) enum Scope {
    /// What keys stand for.
    Objects,
    /// Every version and delete marker.
    Versions,
}

/// A place in a bucket, going forward.
#[derive(Debug)]
pub(in crate::cloud::walrus) struct Rows<'a> {
    bucket: &'a str,
    scope: Scope,
    /// What is still to come, behind the versions of `within`.
    span: Span,
    /// A key, and the sequence of its version that came last.
    within: Option<(String, i64)>,
}

impl<'a> Rows<'a> {
    /// Begins in a span, behind where a page before ended.
    pub(super) fn new(bucket: &'a str, scope: Scope, mut span: Span, start: &Start) -> Self {
        let (from, within) = match start {
            Start::First => (String::new(), None),
            Start::AfterKey(key) => (Span::after(key), None),
            Start::AfterPrefix(common) => (Span::behind(common), None),
            Start::AfterVersion(key, sequence) => {
                (Span::after(key), Some((key.clone(), *sequence)))
            }
        };
        let within = within.filter(|(key, _)| *key >= span.from && *key < span.until);
        span.from = span.from.max(from);
        Self {
            bucket,
            scope,
            span,
            within,
        }
    }

    /// The next rows; fewer than asked for at the end.
    pub(super) async fn next(
        &mut self,
        db: &mut AnyConnection,
        most: usize,
    ) -> StateResult<Vec<Listed>> {
        let bucket = self.bucket;
        let mut found = match self.within.take() {
            Some((key, sequence)) => {
                versions::older(db, bucket, &key, sequence, limit(most)).await?
            }
            None => Vec::new(),
        };
        let rest = most.saturating_sub(found.len());
        if rest > 0 && self.span.from < self.span.until {
            let more = match self.scope {
                Scope::Objects => versions::listed(db, bucket, &self.span, limit(rest)).await?,
                Scope::Versions => versions::spanned(db, bucket, &self.span, limit(rest)).await?,
            };
            found.extend(more);
        }
        if let Some(last) = found.last() {
            self.span.from = Span::after(&last.key);
            self.within = match self.scope {
                Scope::Objects => None,
                Scope::Versions => Some((last.key.clone(), last.sequence)),
            };
        }
        Ok(found)
    }

    /// Goes on behind all keys with this beginning.
    pub(super) fn skip_below(&mut self, common: &str) {
        let behind = Span::behind(common);
        if behind > self.span.from {
            self.span.from = behind;
            self.within = None;
        }
    }
}

fn limit(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}
