//! `UploadPartCopy`: makes a part of an object's bytes, or of a range of them.
//!
//! ```text
//! source's pieces ─► read, compared with their MD5 ─► MD5, checksum ─► a new blob ─► part
//! ```
//!
//! The bytes are really copied, so parts share nothing with their sources.

use std::sync::Arc;

use super::checksums::{self, Chosen, UNASKED};
use crate::cloud::state::uploads::Part;
use crate::cloud::state::versions::Piece;
use crate::cloud::walrus::answer::Answer;
use crate::cloud::walrus::blobs::check_room;
use crate::cloud::walrus::complete_list::part_number;
use crate::cloud::walrus::conditions::{Entity, ReadConditions};
use crate::cloud::walrus::copy_source::{CopySource, Source};
use crate::cloud::walrus::error::{Code, S3Error, S3Result};
use crate::cloud::walrus::range::{self, Span};
use crate::cloud::walrus::request::Request;
use crate::cloud::walrus::route::{Mark, Operation, Subject};
use crate::cloud::walrus::{Walrus, iso_ms};

/// The operation.
pub const OPERATION: Operation = Operation {
    name: "UploadPartCopy",
    method: "PUT",
    subject: Subject::Object,
    marks: &[
        Mark::Parameter("partNumber"),
        Mark::Parameter("uploadId"),
        Mark::Header("x-amz-copy-source"),
    ],
    run: |walrus, request| Box::pin(run(walrus, request)),
};

/// Most bytes of a part.
const MOST: u64 = 5 << 30;

async fn run(walrus: Arc<Walrus>, request: Request) -> S3Result<Answer> {
    let number = part_number(request.parameter("partNumber").unwrap_or_default())?;
    let (bucket, upload) = walrus.upload(&request).await?;
    let name = request.header("x-amz-copy-source").unwrap_or_default();
    let source = walrus
        .source(&CopySource::parse(name)?, &request.caller)
        .await?;
    check_conditions(&request, &source)?;
    let span = span(&request, &source)?;
    let length = i64::try_from(span.length).unwrap_or(i64::MAX);
    check_room(bucket.bytes, length, walrus.settings.bucket_bytes)?;

    let chosen = Chosen::of_text(upload.checksum.as_deref());
    let algorithm = chosen.map_or(UNASKED, |chosen| chosen.algorithm);
    let version_id = source.version.version_id.clone();
    let version_id = Some(version_id).filter(|_| source.is_versioned);
    let taken = walrus.copy_bytes(source, span, Some(algorithm)).await?;
    let checksum = taken.checksum;
    let piece = Piece {
        checksum: checksum.as_ref().map(checksums::to_text),
        ..taken.piece
    };

    let etag = format!("\"{}\"", piece.md5);
    let now_ms = walrus.now_ms();
    let part = Part {
        number,
        piece,
        modified_ms: now_ms,
    };
    walrus.store_part(&upload, part, taken.landed).await?;
    let answer = Answer::document("CopyPartResult", |writer| {
        writer.leaf("ETag", &etag);
        writer.leaf("LastModified", &iso_ms(now_ms));
        if let Some(checksum) = checksum.as_ref().filter(|_| chosen.is_some()) {
            writer.leaf(checksum.algorithm().element(), &checksum.to_string());
        }
    });
    Ok(answer.maybe("x-amz-copy-source-version-id", version_id))
}

fn check_conditions(request: &Request, source: &Source) -> S3Result<()> {
    ReadConditions::of_copy_source(|name| request.header(name)).check(&Entity {
        etag: &source.version.etag,
        modified_ms: source.version.modified_ms,
    })
}

/// The bytes of the source that the part is to have.
fn span(request: &Request, source: &Source) -> S3Result<Span> {
    let size = source.version.size.unsigned_abs();
    let span = match request.header("x-amz-copy-source-range") {
        Some(header) => range::of_copy_source(header, size)?,
        None => Span {
            offset: 0,
            length: size,
        },
    };
    if span.length > MOST {
        let length = span.length;
        let message = format!(
            "{length} bytes are to be copied, a part has at most {MOST}: \
             name some of them by x-amz-copy-source-range"
        );
        return Err(S3Error::new(Code::InvalidRequest, message));
    }
    Ok(span)
}
