//! Requests that are carried out only if the object is, or is not, what the client thinks.
//!
//! ```text
//! read    If-Match ──────────── else If-Unmodified-Since ── false ─► 412
//!         If-None-Match ─────── else If-Modified-Since ──── false ─► 304, a copy 412
//! write   If-Match: etag        nothing there ─► 404, another etag ─► 412
//!         If-None-Match: *      something there ─► 412
//! ```
//!
//! A time counts only where the request has no `ETag` of the same row. Times have seconds: an
//! object changed within the second of the time counts as not changed after it. A time that
//! cannot be read counts as none.
//!
//! Source: RFC 9110, section 13; Amazon S3 user guide, "Conditional requests".

#[cfg(test)]
mod tests;

use crate::units::Timestamp;

use super::xml::excerpt;
use super::{Code, S3Error, S3Result};

/// What an object is now.
#[derive(Debug, Clone, Copy)]
pub struct Entity<'a> {
    /// Its `ETag`, without quotes.
    pub etag: &'a str,
    /// When it was written, in milliseconds since 1970.
    pub modified_ms: i64,
}

impl Entity<'_> {
    const fn modified(&self) -> Timestamp {
        Timestamp(self.modified_ms.div_euclid(1000))
    }
}

/// An `ETag` without white space and quotes around it.
#[must_use]
pub fn bare_etag(text: &str) -> &str {
    let text = text.trim();
    let inside = text.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
    inside.unwrap_or(text)
}

/// The `ETags` of a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Etags {
    /// `*`: whatever there is.
    Any,
    /// Any of these.
    Of(Vec<Etag>),
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Etag {
    /// Without quotes.
    pub value: String,
    /// Whether it was written `W/"…"`.
    pub is_weak: bool,
}

impl Etags {
    /// Reads a list: quoted, weak, or without quotes as many clients send them.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut quoted = false;
        let parts = text.split(|c| {
            quoted ^= c == '"';
            c == ',' && !quoted
        });
        let mut etags = Vec::new();
        for part in parts.map(str::trim).filter(|part| !part.is_empty()) {
            if part == "*" {
                return Self::Any;
            }
            let weak = part.strip_prefix("W/").filter(|it| it.starts_with('"'));
            etags.push(Etag {
                value: bare_etag(weak.unwrap_or(part)).to_owned(),
                is_weak: weak.is_some(),
            });
        }
        Self::Of(etags)
    }

    /// Whether one of them is this one. A weak one never is when the bytes are to be the same.
    #[must_use]
    pub fn contain(&self, etag: &str, strongly: bool) -> bool {
        match self {
            Self::Any => true,
            Self::Of(etags) => etags
                .iter()
                .any(|it| it.value == etag && !(strongly && it.is_weak)),
        }
    }
}

/// A condition and the header that carries it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Condition<T> {
    header: &'static str,
    value: T,
}

/// Conditions of `GetObject`, `HeadObject`, and of the source of a copy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadConditions {
    matches: Option<Condition<Etags>>,
    none_match: Option<Condition<Etags>>,
    modified_since: Option<Condition<Timestamp>>,
    unmodified_since: Option<Condition<Timestamp>>,
    is_copy: bool,
}

impl ReadConditions {
    /// The conditions of a request that reads. `header` gives a header's value by its name in
    /// lower case, repeats joined by commas.
    #[must_use]
    pub fn from_headers<'h>(header: impl Fn(&str) -> Option<&'h str>) -> Self {
        Self::read(
            header,
            [
                "if-match",
                "if-none-match",
                "if-modified-since",
                "if-unmodified-since",
            ],
            false,
        )
    }

    /// The conditions on the source of a copy.
    #[must_use]
    pub fn of_copy_source<'h>(header: impl Fn(&str) -> Option<&'h str>) -> Self {
        Self::read(
            header,
            [
                "x-amz-copy-source-if-match",
                "x-amz-copy-source-if-none-match",
                "x-amz-copy-source-if-modified-since",
                "x-amz-copy-source-if-unmodified-since",
            ],
            true,
        )
    }

    fn read<'h>(
        header: impl Fn(&str) -> Option<&'h str>,
        names: [&'static str; 4],
        is_copy: bool,
    ) -> Self {
        let etags = |name: &'static str| {
            header(name).map(|text| Condition {
                header: name,
                value: Etags::parse(text),
            })
        };
        let time = |name: &'static str| {
            header(name)
                .and_then(Timestamp::parse)
                .map(|value| Condition {
                    header: name,
                    value,
                })
        };
        let [matches, none_match, modified_since, unmodified_since] = names;
        Self {
            matches: etags(matches),
            none_match: etags(none_match),
            modified_since: time(modified_since),
            unmodified_since: time(unmodified_since),
            is_copy,
        }
    }

    /// Judges them for what there is.
    ///
    /// # Errors
    /// `PreconditionFailed`, or `NotModified` with the headers `ETag` and `Last-Modified`.
    pub fn check(&self, entity: &Entity<'_>) -> S3Result<()> {
        if let Some(Condition { header, value }) = &self.matches {
            if !value.contain(entity.etag, true) {
                return Err(failed(header));
            }
        } else if let Some(Condition { header, value }) = &self.unmodified_since
            && entity.modified() > *value
        {
            return Err(failed(header));
        }
        if let Some(Condition { header, value }) = &self.none_match {
            if value.contain(entity.etag, false) {
                return Err(self.unchanged(header, entity));
            }
        } else if let Some(Condition { header, value }) = &self.modified_since
            && entity.modified() <= *value
        {
            return Err(self.unchanged(header, entity));
        }
        Ok(())
    }

    fn unchanged(&self, header: &str, entity: &Entity<'_>) -> S3Error {
        if self.is_copy {
            return failed(header);
        }
        S3Error::new(Code::NotModified, "the object is what the client has")
            .with_header("ETag", format!("\"{}\"", entity.etag))
            .with_header("Last-Modified", entity.modified().http_date())
    }
}

/// Whether the range of a request counts: `If-Range` names the `ETag` or the very time of what
/// there is, or is not there. Otherwise the whole object is sent (RFC 9110, section 13.1.5).
#[must_use]
pub fn range_counts(if_range: Option<&str>, entity: &Entity<'_>) -> bool {
    if_range.is_none_or(|text| match Timestamp::parse(text) {
        Some(time) => time == entity.modified(),
        None => text.trim() != "*" && Etags::parse(text).contain(entity.etag, true),
    })
}

/// Conditions of `PutObject`, `CompleteMultipartUpload`, the target of a copy, and deletes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WriteConditions {
    matches: Option<Etags>,
    must_be_new: bool,
}

impl WriteConditions {
    /// The conditions of a request that writes; `header` as in
    /// [`ReadConditions::from_headers`].
    ///
    /// # Errors
    /// `NotImplemented` for `If-None-Match` with an `ETag`, and for times, as S3 answers.
    pub fn from_headers<'h>(header: impl Fn(&str) -> Option<&'h str>) -> S3Result<Self> {
        for (name, shown) in [
            ("if-modified-since", "If-Modified-Since"),
            ("if-unmodified-since", "If-Unmodified-Since"),
        ] {
            if header(name).is_some() {
                return Err(not_implemented(shown, "writing has no condition of time"));
            }
        }
        let must_be_new = match header("if-none-match") {
            None => false,
            Some(text) if Etags::parse(text) == Etags::Any => true,
            Some(other) => {
                let other = excerpt(other);
                let why = format!("the value is {other}, writing knows * only");
                return Err(not_implemented("If-None-Match", &why));
            }
        };
        Ok(Self {
            matches: header("if-match").map(Etags::parse),
            must_be_new,
        })
    }

    /// The condition of one object in a [`DeleteList`](super::delete_list::DeleteList).
    #[must_use]
    pub fn of_etag(etag: &str) -> Self {
        Self {
            matches: Some(Etags::parse(etag)),
            must_be_new: false,
        }
    }

    /// Whether there are any.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.matches.is_none() && !self.must_be_new
    }

    /// Judges them for the `ETag` of the object's current version; none when there is no object
    /// or a delete marker.
    ///
    /// # Errors
    /// `NoSuchKey` when an `ETag` is asked for and there is no object, otherwise
    /// `PreconditionFailed`.
    pub fn check(&self, current: Option<&str>) -> S3Result<()> {
        match (&self.matches, current) {
            (Some(_), None) => {
                let why = "If-Match was given and there is no object of this key";
                return Err(S3Error::new(Code::NoSuchKey, why));
            }
            (Some(etags), Some(etag)) if !etags.contain(etag, true) => {
                return Err(failed("If-Match"));
            }
            _ => {}
        }
        if self.must_be_new && current.is_some() {
            return Err(failed("If-None-Match"));
        }
        Ok(())
    }
}

/// `PreconditionFailed`, with S3's spelling of the header.
fn failed(header: &str) -> S3Error {
    let shown = match header {
        "if-match" => "If-Match",
        "if-unmodified-since" => "If-Unmodified-Since",
        other => other,
    };
    S3Error::new(
        Code::PreconditionFailed,
        format!("the object is not as {shown} says"),
    )
    .with("Condition", shown)
}

fn not_implemented(header: &str, why: &str) -> S3Error {
    let message = format!("{header} is not supported here: {why}");
    S3Error::new(Code::NotImplemented, message).with("Header", header)
}
