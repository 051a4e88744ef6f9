//! What `GetObject` and `HeadObject` have in common.
//!
//! ```text
//! version ─► conditions ─► range or part ─► headers ─► (body)
//! ```

use hyper::StatusCode;

use super::Walrus;
use super::access::{bucket_for, object_for};
use super::acl::Permission;
use super::answer::Answer;
use super::body::Algorithm;
use super::caller::Caller;
use super::conditions::{Entity, ReadConditions, range_counts};
use super::error::{Code, S3Error, S3Result};
use super::metadata::Metadata;
use super::range::{ByteRange, Span};
use super::request::Request;
use super::tags::Tags;
use super::xml::invalid_argument;
use crate::cloud::state::versions::{Piece, Version};
use crate::units::Timestamp;

/// Parameters that replace headers of the answer.
const OVERRIDES: [(&str, &str); 6] = [
    ("response-cache-control", "cache-control"),
    ("response-content-disposition", "content-disposition"),
    ("response-content-encoding", "content-encoding"),
    ("response-content-language", "content-language"),
    ("response-content-type", "content-type"),
    ("response-expires", "expires"),
];

/// An object that may be read, and the answer without its body.
pub(super) struct Reading {
    /// The version.
    pub(super) version: Version,
    /// Which of its bytes.
    pub(super) span: Option<Span>,
    /// Status and headers.
    pub(super) answer: Answer,
}

impl Walrus {
    /// Finds what a request wants to read.
    ///
    /// # Errors
    /// When there is no such object, the caller may not read it, or a condition does not hold.
    pub(super) async fn reading(&self, request: &Request) -> S3Result<Reading> {
        let version = {
            let mut db = self.state.reader().await?;
            let bucket = bucket_for(&mut db, request).await?;
            let (key, id) = (request.key()?, request.parameter("versionId"));
            let (caller, permission) = (&request.caller, Permission::Read);
            let version = object_for(&mut db, caller, &bucket, key, id, permission).await?;
            (version, bucket.versioning)
        };
        let (version, versioning) = version;
        let entity = Entity {
            etag: &version.etag,
            modified_ms: version.modified_ms,
        };
        ReadConditions::from_headers(|name| request.header(name)).check(&entity)?;
        let size = version.size.unsigned_abs();
        let part = part_number(request, &version)?;
        if part.is_some() && request.header("range").is_some() {
            let message = "the request has a range and a part number, expected one of both";
            return Err(S3Error::new(Code::InvalidRequest, message));
        }
        let range = ByteRange::from_header(request.header("range"))
            .filter(|_| range_counts(request.header("if-range"), &entity));
        let span = match (&part, range) {
            // Of an empty object there is nothing that a range could name.
            (Some(part), _) => Some(part.span).filter(|span| span.length > 0),
            (None, Some(range)) => Some(range.of(size)?),
            (None, None) => None,
        };
        let mut answer = Metadata::from_text(&version.headers)
            .apply(Answer::empty(StatusCode::OK))
            .header("accept-ranges", "bytes")
            .header("etag", format!("\"{}\"", version.etag))
            .header("last-modified", modified(&version).http_date());
        if versioning.was_enabled() {
            answer = answer.header("x-amz-version-id", &version.version_id);
        }
        let length = span.map_or(size, |span| span.length);
        answer = answer.header("content-length", length.to_string());
        if let Some(span) = span {
            answer.status = StatusCode::PARTIAL_CONTENT;
            answer = answer.header("content-range", span.content_range(size));
        }
        if part.is_some() && is_multipart(&version) {
            answer = answer.header("x-amz-mp-parts-count", version.pieces.len().to_string());
        }
        if let Some(tags) = &version.tags
            && let Ok(tags) = Tags::from_text(tags)
            && !tags.is_empty()
        {
            answer = answer.header("x-amz-tagging-count", tags.len().to_string());
        }
        if wants_checksum(request) {
            answer = match &part {
                Some(part) if is_multipart(&version) => {
                    with_part_checksum(answer, &version, part.piece)
                }
                // Of bytes that are not known to be the whole, no checksum is known.
                _ if span.is_none_or(|span| span.length == size) => with_checksum(answer, &version),
                _ => answer,
            };
        }
        answer = overridden(answer, request)?;
        let span = span.or((size > 0).then_some(Span {
            offset: 0,
            length: size,
        }));
        Ok(Reading {
            version,
            span,
            answer,
        })
    }
}

/// When a version was made.
pub(super) fn modified(version: &Version) -> Timestamp {
    Timestamp(version.modified_ms.div_euclid(1000))
}

/// `ALGORITHM TYPE VALUE` of the database, taken apart.
pub(super) fn checksum_parts(text: &str) -> Option<(&str, &str, &str)> {
    let mut words = text.splitn(3, ' ');
    Some((words.next()?, words.next()?, words.next()?))
}

/// Whether an object came by parts, as its `ETag` tells: what is copied whole did not.
pub(super) fn is_multipart(version: &Version) -> bool {
    version.etag.contains('-')
}

/// The checksum of a part: algorithm and value.
pub(super) fn piece_checksum(piece: &Piece) -> Option<(Algorithm, &str)> {
    let (name, value) = piece.checksum.as_deref()?.split_once(' ')?;
    Some((Algorithm::from_name(name)?, value))
}

fn wants_checksum(request: &Request) -> bool {
    let mode = request.header("x-amz-checksum-mode");
    mode.is_some_and(|mode| mode.eq_ignore_ascii_case("enabled"))
}

fn with_part_checksum(answer: Answer, version: &Version, piece: &Piece) -> Answer {
    let Some((algorithm, value)) = piece_checksum(piece) else {
        return answer;
    };
    let parts = version.checksum.as_deref().and_then(checksum_parts);
    let answer = answer.header(algorithm.header(), value);
    answer.maybe("x-amz-checksum-type", parts.map(|(_, kind, _)| kind))
}

fn with_checksum(answer: Answer, version: &Version) -> Answer {
    let parts = version.checksum.as_deref().and_then(checksum_parts);
    match parts {
        Some((algorithm, kind, value)) => {
            let name = format!("x-amz-checksum-{}", algorithm.to_ascii_lowercase());
            answer
                .header_named(&name, value)
                .header("x-amz-checksum-type", kind)
        }
        None => answer,
    }
}

/// A part that a request asks for.
struct Part<'a> {
    piece: &'a Piece,
    span: Span,
}

/// The part that a request asks for.
fn part_number<'a>(request: &Request, version: &'a Version) -> S3Result<Option<Part<'a>>> {
    let Some(text) = request.parameter("partNumber") else {
        return Ok(None);
    };
    let number: usize = text
        .parse()
        .ok()
        .filter(|number| (1..=10_000).contains(number))
        .ok_or_else(|| {
            let expected = "Part number must be an integer between 1 and 10000, inclusive";
            invalid_argument("partNumber", text, expected)
        })?;
    let Some(piece) = version.pieces.get(number - 1) else {
        let message = format!("the object has {} parts", version.pieces.len());
        return Err(S3Error::new(Code::InvalidPartNumber, message));
    };
    let before = version.pieces.iter().take(number - 1);
    let offset = before.map(|piece| piece.size).sum();
    let span = Span {
        offset,
        length: piece.size,
    };
    Ok(Some(Part { piece, span }))
}

/// Headers that the request wants otherwise; only who signs may.
fn overridden(mut answer: Answer, request: &Request) -> S3Result<Answer> {
    for (parameter, header) in OVERRIDES {
        let Some(value) = request.parameter(parameter) else {
            continue;
        };
        if request.caller == Caller::Anonymous {
            let message = "request specific response headers cannot be used for anonymous requests";
            return Err(S3Error::new(Code::InvalidRequest, message));
        }
        answer = answer.header(header, value);
    }
    Ok(answer)
}
