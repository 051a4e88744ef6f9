//! Makes an object of the parts that a client names.
//!
//! ```text
//! named   1 etag   2 etag   5 etag        numbers rise (complete_list)
//! there   1 ═══    2 ═══    4 ═══   5 ═══
//!         └──────────┴───────────────┴──► pieces, ETag, checksum;  4 is left over
//! ```
//!
//! Pure: what is there was read before, what follows is written after.
//!
//! Source: Amazon S3 API reference, `CompleteMultipartUpload`; its user guide, "Checking object
//! integrity for data uploads".

#[cfg(test)]
mod tests;

use md5::{Digest as _, Md5};

use super::checksums::{self, Chosen, UNASKED};
use crate::cloud::state::uploads::Part;
use crate::cloud::state::versions::Piece;
use crate::cloud::walrus::body::checksum::multipart::{ChecksumType, Composite, Whole};
use crate::cloud::walrus::body::{Algorithm, Checksum};
use crate::cloud::walrus::complete_list::CompletedPart;
use crate::cloud::walrus::error::{Code, S3Error, S3Result};
use crate::cloud::walrus::xml::excerpt;

/// Fewest bytes of every part but the last.
const LEAST: u64 = 5 << 20;

/// An object as its parts make it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Assembly {
    /// Where its bytes are.
    pub(super) pieces: Vec<Piece>,
    /// The numbers of the parts, rising.
    pub(super) numbers: Vec<u16>,
    /// Its size in bytes.
    pub(super) size: u64,
    /// Its `ETag`, without quotes.
    pub(super) etag: String,
    /// Its checksum, if its parts have one of a kind.
    pub(super) checksum: Option<Sum>,
}

/// The checksum of an object that was made of parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sum {
    /// How it was made.
    pub(super) algorithm: Algorithm,
    /// Of what.
    pub(super) kind: ChecksumType,
    /// The value; a composite one ends with the number of parts.
    pub(super) value: String,
}

impl Sum {
    /// As the database keeps it.
    pub(super) fn to_text(&self) -> String {
        format!("{} {} {}", self.algorithm, self.kind, self.value)
    }

    /// Reads what [`to_text`](Self::to_text) wrote.
    pub(super) fn of_text(text: Option<&str>) -> Option<Self> {
        let mut words = text?.splitn(3, ' ');
        Some(Self {
            algorithm: Algorithm::from_name(words.next()?)?,
            kind: ChecksumType::from_name(words.next()?)?,
            value: words.next()?.to_owned(),
        })
    }
}

/// Puts the named parts together.
///
/// # Errors
/// `InvalidPart` when one is not there or is another, `EntityTooSmall` when one that is not the
/// last is too small.
pub(super) fn assemble(
    named: &[CompletedPart],
    there: Vec<Part>,
    chosen: Option<Chosen>,
) -> S3Result<Assembly> {
    let mut assembly = Assembly {
        pieces: Vec::with_capacity(named.len()),
        numbers: Vec::with_capacity(named.len()),
        size: 0,
        etag: String::new(),
        checksum: None,
    };
    let mut there = there.into_iter().peekable();
    let mut small = None;
    for (index, wanted) in named.iter().enumerate() {
        while there.next_if(|part| part.number < wanted.number).is_some() {}
        let part = there.next_if(|part| part.number == wanted.number);
        let part = part.ok_or_else(|| invalid(wanted, "it was not uploaded"))?;
        compare(wanted, &part.piece)?;
        if part.piece.size < LEAST && index + 1 < named.len() && small.is_none() {
            small = Some(too_small(&part));
        }
        assembly.size += part.piece.size;
        assembly.numbers.push(part.number);
        assembly.pieces.push(part.piece);
    }
    if let Some(refusal) = small {
        return Err(refusal); // only of parts that are there
    }
    let etags = assembly.pieces.iter().map(|piece| piece.md5.as_str());
    assembly.etag = etag_of(etags).ok_or_else(damaged)?;
    assembly.checksum = sum(&assembly.pieces, chosen)?;
    Ok(assembly)
}

/// The `ETag` of an object of these parts: the MD5 of their MD5s, and their number. None if one is
/// no MD5.
pub(super) fn etag_of<'a>(etags: impl Iterator<Item = &'a str>) -> Option<String> {
    let (mut md5, mut count) = (Md5::new(), 0);
    for etag in etags {
        let mut bytes = [0; 16];
        hex::decode_to_slice(etag, &mut bytes).ok()?;
        md5.update(bytes);
        count += 1;
    }
    Some(format!("{}-{count}", hex::encode(md5.finalize())))
}

/// Whether a part is the one that the client knows.
fn compare(wanted: &CompletedPart, piece: &Piece) -> S3Result<()> {
    if !wanted.etag.eq_ignore_ascii_case(&piece.md5) {
        let why = format!("its ETag is {}", piece.md5);
        return Err(invalid(wanted, &why));
    }
    let has = checksums::of_text(piece.checksum.as_deref());
    for (name, value) in &wanted.checksums {
        match has.filter(|has| has.algorithm().element() == *name) {
            Some(has) if has.to_string() == value.trim() => {}
            Some(has) => return Err(invalid(wanted, &format!("its {name} is {has}"))),
            None => return Err(invalid(wanted, &format!("it has no {name}"))),
        }
    }
    Ok(())
}

fn invalid(wanted: &CompletedPart, why: &str) -> S3Error {
    let (number, etag) = (wanted.number, excerpt(&wanted.etag));
    let message = format!("part {number} with the ETag {etag} cannot be found: {why}");
    S3Error::new(Code::InvalidPart, message)
        .with("PartNumber", number.to_string())
        .with("ETag", etag)
}

fn too_small(part: &Part) -> S3Error {
    let (number, size) = (part.number, part.piece.size);
    let message = format!("part {number} has {size} bytes, all but the last have at least {LEAST}");
    S3Error::new(Code::EntityTooSmall, message)
        .with("ProposedSize", size.to_string())
        .with("MinSizeAllowed", LEAST.to_string())
        .with("PartNumber", number.to_string())
        .with("ETag", &part.piece.md5)
}

/// The checksum that was chosen; or the one that S3 gives every object, if all parts have it.
fn sum(pieces: &[Piece], chosen: Option<Chosen>) -> S3Result<Option<Sum>> {
    let algorithm = chosen.map_or(UNASKED, |chosen| chosen.algorithm);
    let kind = chosen.map_or(ChecksumType::FullObject, |chosen| chosen.kind);
    let of = |piece: &Piece| checksums::of_text(piece.checksum.as_deref());
    let of = |piece: &Piece| of(piece).filter(|checksum| checksum.algorithm() == algorithm);
    let all: Option<Vec<Checksum>> = pieces.iter().map(of).collect();
    let all = match (all, chosen) {
        (Some(all), _) => all,
        (None, None) => return Ok(None),
        (None, Some(_)) => return Err(damaged()), // every part was given one
    };
    let value = match kind {
        ChecksumType::Composite => {
            let composite = Composite::of(algorithm, &all);
            composite.map_err(|_| damaged())?.to_string()
        }
        ChecksumType::FullObject => {
            let mut whole = Whole::new(algorithm).ok_or_else(damaged)?;
            for (checksum, piece) in all.iter().zip(pieces) {
                whole.add(checksum, piece.size).map_err(|_| damaged())?;
            }
            whole.finish().to_string()
        }
    };
    Ok(Some(Sum {
        algorithm,
        kind,
        value,
    }))
}

/// The database holds what is not written by us.
fn damaged() -> S3Error {
    tracing::error!("the database has a part with a damaged digest");
    S3Error::new(Code::InternalError, "a part is damaged: ask the operator")
}

/// What a client says of the object that is to come.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Claims {
    /// Its checksum: algorithm and value.
    pub(super) checksum: Option<(Algorithm, String)>,
    /// Of what it is.
    pub(super) kind: Option<String>,
    /// Its size in bytes.
    pub(super) size: Option<String>,
}

impl Claims {
    /// Compares them with what the parts make.
    ///
    /// # Errors
    /// `BadDigest` for another checksum; `InvalidRequest` for a checksum that the object has not,
    /// another type and another size.
    pub(super) fn check(&self, assembly: &Assembly) -> S3Result<()> {
        let wrong = |why: String| Err(S3Error::new(Code::InvalidRequest, why));
        if let Some(claimed) = &self.size
            && *claimed != assembly.size.to_string()
        {
            let (claimed, size) = (excerpt(claimed), assembly.size);
            return wrong(format!(
                "x-amz-mp-object-size is {claimed}, the parts have {size} bytes"
            ));
        }
        let has = assembly.checksum.as_ref();
        if let (Some(kind), Some(has)) = (&self.kind, has)
            && *kind != has.kind.name()
        {
            let kind = excerpt(kind);
            return wrong(format!(
                "x-amz-checksum-type is {kind}, the upload's is {}",
                has.kind
            ));
        }
        let Some((algorithm, claimed)) = &self.checksum else {
            return Ok(());
        };
        let header = algorithm.header();
        let Some(has) = has.filter(|has| has.algorithm == *algorithm) else {
            return wrong(format!(
                "{header} was sent, but the parts have no {algorithm}"
            ));
        };
        let claimed = claimed.trim();
        // The number of parts may be left out.
        let is_same = claimed == has.value
            || (has.kind == ChecksumType::Composite
                && has
                    .value
                    .rsplit_once('-')
                    .is_some_and(|(value, _)| value == claimed));
        if is_same {
            return Ok(());
        }
        let message = format!(
            "{header} is {}, the parts make {}",
            excerpt(claimed),
            has.value
        );
        Err(S3Error::new(Code::BadDigest, message))
    }
}
