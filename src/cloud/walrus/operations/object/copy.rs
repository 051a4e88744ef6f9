//! `CopyObject`: puts an object that is here already, under another key or with other metadata.

use std::sync::Arc;

use crate::cloud::state::buckets::Bucket;
use crate::cloud::state::versions::{self, New, Version};
use crate::cloud::walrus::answer::Answer;
use crate::cloud::walrus::body::Algorithm;
use crate::cloud::walrus::conditions::{Entity, ReadConditions, WriteConditions};
use crate::cloud::walrus::copy_source::CopySource;
use crate::cloud::walrus::error::{Code, S3Error, S3Result};
use crate::cloud::walrus::metadata::Metadata;
use crate::cloud::walrus::range::Span;
use crate::cloud::walrus::read::checksum_parts;
use crate::cloud::walrus::request::Request;
use crate::cloud::walrus::route::{Mark, Operation, Subject};
use crate::cloud::walrus::tags::{Tagged, Tags};
use crate::cloud::walrus::xml::invalid_argument;
use crate::cloud::walrus::{Walrus, grants, iso_ms};

use super::put::{full_object, when};

/// The operation.
pub const OPERATION: Operation = Operation {
    name: "CopyObject",
    method: "PUT",
    subject: Subject::Object,
    marks: &[Mark::Header("x-amz-copy-source")],
    run: |walrus, request| Box::pin(run(walrus, request)),
};

/// Most bytes that one copy takes, as on S3; more goes by parts.
const MOST: i64 = 5 << 30;

async fn run(walrus: Arc<Walrus>, request: Request) -> S3Result<Answer> {
    let key = request.key()?.to_owned();
    let header = request.header("x-amz-copy-source").unwrap_or_default();
    let name = CopySource::parse(header)?;
    let conditions = WriteConditions::from_headers(|name| request.header(name))?;
    let replaces_metadata = directive(&request, "x-amz-metadata-directive")?;
    let replaces_tags = directive(&request, "x-amz-tagging-directive")?;

    let bucket = walrus.bucket_for(&request).await?;
    let source = walrus.source(&name, &request.caller).await?;
    let version = &source.version;
    let (owner, acl) = {
        let mut db = walrus.state.reader().await?;
        let there = versions::latest(&mut db, &bucket.name, &key).await?;
        let there = there.filter(|there| !there.is_marker);
        conditions.check(there.as_ref().map(|there| there.etag.as_str()))?;
        let owner = request.caller.owner_in(&mut db, &bucket).await?;
        let (own, bucket_owner) = (&owner.canonical_id, &bucket.owner_canonical_id);
        let acl = grants::of_headers(&mut db, &request, own, Some(bucket_owner)).await?;
        (owner, acl.to_text())
    };

    let entity = Entity {
        etag: &version.etag,
        modified_ms: version.modified_ms,
    };
    ReadConditions::of_copy_source(|name| request.header(name)).check(&entity)?;
    refuse_pointless(&bucket, &key, &name, replaces_metadata)?;
    if version.size > MOST {
        let message = format!(
            "the source has {} bytes, a copy takes at most {MOST}: copy it by parts",
            version.size
        );
        return Err(S3Error::new(Code::InvalidRequest, message));
    }
    let metadata = if replaces_metadata {
        Metadata::from_headers(&request.headers)?.to_text()
    } else {
        version.headers.clone()
    };
    let tags = match request.header("x-amz-tagging").filter(|_| replaces_tags) {
        Some(header) => Some(Tags::from_header(header, Tagged::Object)?.to_text()),
        None if replaces_tags => None,
        None => version.tags.clone(),
    };
    let algorithm = algorithm(&request, version)?;
    let span = Span {
        offset: 0,
        length: version.size.unsigned_abs(),
    };
    let (size, id) = (version.size, version.version_id.clone());
    let source_id = Some(id).filter(|_| source.is_versioned);

    let taken = walrus.copy_bytes(source, span, algorithm).await?;

    let (etag, checksum) = (taken.piece.md5.clone(), taken.checksum);
    let now_ms = (walrus.surroundings.now_ms)();
    let new = New {
        key,
        version_id: walrus.new_version_id(),
        size,
        etag: etag.clone(),
        now_ms,
        account_id: owner.id,
        acl,
        headers: metadata,
        tags,
        checksum: checksum.as_ref().map(full_object),
        pieces: vec![taken.piece],
    };
    let stored = walrus
        .store_version(&bucket.name, new, taken.landed, when(conditions))
        .await?;
    let answer = Answer::document("CopyObjectResult", |writer| {
        writer.leaf("LastModified", &iso_ms(now_ms));
        writer.leaf("ETag", &format!("\"{etag}\""));
        if let Some(checksum) = &checksum {
            writer.leaf("ChecksumType", "FULL_OBJECT");
            writer.leaf(checksum.algorithm().element(), &checksum.to_string());
        }
    });
    Ok(answer
        .maybe("x-amz-version-id", stored)
        .maybe("x-amz-copy-source-version-id", source_id))
}

/// Whether a directive says `REPLACE`.
fn directive(request: &Request, header: &'static str) -> S3Result<bool> {
    match request.header(header) {
        None => Ok(false),
        Some(word) if word.eq_ignore_ascii_case("COPY") => Ok(false),
        Some(word) if word.eq_ignore_ascii_case("REPLACE") => Ok(true),
        Some(other) => Err(invalid_argument(header, other, "expected COPY or REPLACE")),
    }
}

/// A copy of an object onto itself has to change something.
fn refuse_pointless(
    bucket: &Bucket,
    key: &str,
    source: &CopySource,
    replaces_metadata: bool,
) -> S3Result<()> {
    let onto_itself = source.bucket == bucket.name && source.key == key;
    if onto_itself && source.version_id.is_none() && !replaces_metadata {
        let message = "the copy is the object itself and changes nothing of it: \
                       expected another key, or x-amz-metadata-directive: REPLACE";
        return Err(S3Error::new(Code::InvalidRequest, message));
    }
    Ok(())
}

/// Which checksum the copy gets: the one asked for, else the source's.
fn algorithm(request: &Request, version: &Version) -> S3Result<Option<Algorithm>> {
    let header = "x-amz-checksum-algorithm";
    if let Some(name) = request.header(header) {
        let expected = "expected CRC32, CRC32C, CRC64NVME, SHA1 or SHA256";
        let found = Algorithm::from_name(name);
        return found
            .map(Some)
            .ok_or_else(|| invalid_argument(header, name, expected));
    }
    let parts = version.checksum.as_deref().and_then(checksum_parts);
    Ok(parts.and_then(|(name, _, _)| Algorithm::from_name(name)))
}
