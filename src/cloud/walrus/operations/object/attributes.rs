//! `GetObjectAttributes`: what `HeadObject` tells and the parts of an object, in one document.
//!
//! Source: Amazon S3's API reference, `GetObjectAttributes`.

use std::sync::Arc;

use crate::cloud::state::versions::Version;
use crate::cloud::walrus::Walrus;
use crate::cloud::walrus::access::{bucket_for, object_for};
use crate::cloud::walrus::acl::Permission;
use crate::cloud::walrus::answer::Answer;
use crate::cloud::walrus::body::Algorithm;
use crate::cloud::walrus::conditions::{Entity, ReadConditions};
use crate::cloud::walrus::error::S3Result;
use crate::cloud::walrus::read::{checksum_parts, is_multipart, modified, piece_checksum};
use crate::cloud::walrus::request::Request;
use crate::cloud::walrus::route::{Mark, Operation, Subject};
use crate::cloud::walrus::xml::invalid_argument;
use crate::xml::Writer;

/// The operation.
pub const OPERATION: Operation = Operation {
    name: "GetObjectAttributes",
    method: "GET",
    subject: Subject::Object,
    marks: &[Mark::Parameter("attributes")],
    run: |walrus, request| Box::pin(run(walrus, request)),
};

/// The header that says which attributes are wanted.
const WANTED: &str = "x-amz-object-attributes";

/// What there is to be asked for.
const ATTRIBUTES: [&str; 5] = [
    "ETag",
    "Checksum",
    "ObjectParts",
    "StorageClass",
    "ObjectSize",
];

/// Most parts of a page, and how many without a word.
const PAGE: u32 = 1000;

async fn run(walrus: Arc<Walrus>, request: Request) -> S3Result<Answer> {
    let wanted = wanted(&request)?;
    let page = Page {
        most: number(&request, "x-amz-max-parts")?.map_or(PAGE, |most| most.min(PAGE)),
        marker: number(&request, "x-amz-part-number-marker")?.unwrap_or(0),
    };
    let (bucket, version) = {
        let mut db = walrus.state.reader().await?;
        let bucket = bucket_for(&mut db, &request).await?;
        let (key, id) = (request.key()?, request.parameter("versionId"));
        let (caller, permission) = (&request.caller, Permission::Read);
        let version = object_for(&mut db, caller, &bucket, key, id, permission).await?;
        (bucket, version)
    };
    let entity = Entity {
        etag: &version.etag,
        modified_ms: version.modified_ms,
    };
    ReadConditions::from_headers(|name| request.header(name)).check(&entity)?;
    let answer = Answer::document("GetObjectAttributesResponse", |writer| {
        for attribute in ATTRIBUTES.into_iter().filter(|it| wanted.contains(it)) {
            match attribute {
                "ETag" => writer.leaf("ETag", &version.etag),
                "Checksum" => checksum(writer, &version),
                "ObjectParts" => parts(writer, &version, page),
                "StorageClass" => writer.leaf("StorageClass", "STANDARD"),
                _ => writer.leaf("ObjectSize", &version.size.to_string()),
            }
        }
    });
    let id = bucket.versioning.was_enabled();
    Ok(answer
        .header("last-modified", modified(&version).http_date())
        .maybe("x-amz-version-id", id.then_some(&version.version_id)))
}

/// The attributes that a request names.
fn wanted(request: &Request) -> S3Result<Vec<&'static str>> {
    let header = request.header(WANTED).unwrap_or_default();
    let names = header.split(',').map(str::trim);
    let names = names.filter(|name| !name.is_empty());
    let known = |name: &str| {
        let found = ATTRIBUTES.into_iter().find(|known| *known == name);
        found.ok_or_else(|| invalid_argument(WANTED, name, "Invalid attribute name specified."))
    };
    let wanted = names.map(known).collect::<S3Result<Vec<_>>>()?;
    if wanted.is_empty() {
        let expected = "the header is missing: expected ETag, Checksum, ObjectParts, \
                        StorageClass or ObjectSize, commas between";
        return Err(invalid_argument(WANTED, header, expected));
    }
    Ok(wanted)
}

/// A header that is a number from 0 on.
fn number(request: &Request, name: &str) -> S3Result<Option<u32>> {
    let Some(text) = request.header(name) else {
        return Ok(None);
    };
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let value = text.parse::<u32>().ok();
    let value = value.filter(|value| is_number && i32::try_from(*value).is_ok());
    let expected = format!("{name} must be an integer between 0 and 2147483647");
    let value = value.ok_or_else(|| invalid_argument(name, text, expected))?;
    Ok(Some(value))
}

fn checksum(writer: &mut Writer, version: &Version) {
    let parts = version.checksum.as_deref().and_then(checksum_parts);
    let Some((name, kind, value)) = parts else {
        return;
    };
    let Some(algorithm) = Algorithm::from_name(name) else {
        return;
    };
    // "VALUE-PARTS" in headers, without the number of parts here, as on Amazon's.
    let value = value.split_once('-').map_or(value, |(value, _)| value);
    writer.element("Checksum", &[], |writer| {
        writer.leaf(algorithm.element(), value);
        writer.leaf("ChecksumType", kind);
    });
}

/// Which of the parts.
#[derive(Clone, Copy)]
struct Page {
    most: u32,
    marker: u32,
}

/// The parts; what came whole has none. Each is told only where the object has a checksum, as on
/// S3.
fn parts(writer: &mut Writer, version: &Version, page: Page) {
    if !is_multipart(version) {
        return;
    }
    let numbered = (1_u32..).zip(&version.pieces);
    let mut after = numbered.filter(|(number, _)| *number > page.marker);
    let most = usize::try_from(page.most).unwrap_or(usize::MAX);
    let shown: Vec<_> = after.by_ref().take(most).collect();
    let is_truncated = page.most > 0 && after.next().is_some();
    let next = shown.last().map_or(page.marker, |(number, _)| *number);
    writer.element("ObjectParts", &[], |writer| {
        writer.leaf("PartsCount", &version.pieces.len().to_string());
        writer.leaf("PartNumberMarker", &page.marker.to_string());
        writer.leaf("NextPartNumberMarker", &next.to_string());
        writer.leaf("MaxParts", &page.most.to_string());
        writer.leaf("IsTruncated", if is_truncated { "true" } else { "false" });
        let told = shown.iter().filter(|_| version.checksum.is_some());
        for (number, piece) in told {
            writer.element("Part", &[], |writer| {
                writer.leaf("PartNumber", &number.to_string());
                writer.leaf("Size", &piece.size.to_string());
                if let Some((algorithm, value)) = piece_checksum(piece) {
                    writer.leaf(algorithm.element(), value);
                }
            });
        }
    });
}
