//! `UploadPart`: takes one part in, as a blob of its own.
//!
//! A part that comes again replaces the one before. What the request says of its body is checked
//! as in `PutObject`; a part has the checksum that the upload was begun with, whether or not the
//! client sends it.

use std::sync::Arc;

use hyper::StatusCode;

use super::checksums::{self, Chosen, UNASKED};
use crate::cloud::state::uploads::{Part, Upload};
use crate::cloud::state::versions::Piece;
use crate::cloud::walrus::Walrus;
use crate::cloud::walrus::answer::Answer;
use crate::cloud::walrus::blobs::check_room;
use crate::cloud::walrus::body::{Expectation, Purpose};
use crate::cloud::walrus::complete_list::part_number;
use crate::cloud::walrus::error::{Code, S3Error, S3Result};
use crate::cloud::walrus::request::Request;
use crate::cloud::walrus::route::{Mark, Operation, Subject};

/// The operation.
pub const OPERATION: Operation = Operation {
    name: "UploadPart",
    method: "PUT",
    subject: Subject::Object,
    marks: &[Mark::Parameter("partNumber"), Mark::Parameter("uploadId")],
    run: |walrus, request| Box::pin(run(walrus, request)),
};

async fn run(walrus: Arc<Walrus>, request: Request) -> S3Result<Answer> {
    let number = part_number(request.parameter("partNumber").unwrap_or_default())?;
    let (bucket, upload) = walrus.upload(&request).await?;
    let (verified, most) = (request.verified.as_ref(), walrus.settings.object_bytes);
    let mut expectation = Expectation::of(&request.headers, verified, Purpose::Object { most })?;
    let is_told = expect_checksum(&mut expectation, &upload)?;
    if let Some(length) = expectation.length() {
        let length = i64::try_from(length).unwrap_or(i64::MAX);
        check_room(bucket.bytes, length, walrus.settings.bucket_bytes)?;
    }

    let taken = walrus.take_in(request.body, expectation).await?;
    let checksum = taken.checksum;
    let piece = Piece {
        checksum: checksum.as_ref().map(checksums::to_text),
        ..taken.piece
    };

    let etag = format!("\"{}\"", piece.md5);
    let part = Part {
        number,
        piece,
        modified_ms: request.now_ms,
    };
    walrus.store_part(&upload, part, taken.landed).await?;
    let answer = Answer::empty(StatusCode::OK).header("etag", etag);
    Ok(checksums::tell(
        answer,
        checksum.as_ref().filter(|_| is_told),
    ))
}

/// Has the body checked for, or given, the checksum of its upload. Returns whether the client
/// cares: it chose the algorithm, or sends a value.
fn expect_checksum(expectation: &mut Expectation, upload: &Upload) -> S3Result<bool> {
    let Some(chosen) = Chosen::of_text(upload.checksum.as_deref()) else {
        let is_told = expectation.sends_checksum();
        expectation.want(UNASKED);
        return Ok(is_told);
    };
    if let Some(sent) = expectation
        .algorithm()
        .filter(|sent| *sent != chosen.algorithm)
    {
        let message = format!(
            "Checksum Type mismatch occurred, expected checksum Type: {}, \
             actual checksum Type: {}",
            chosen.algorithm.name().to_ascii_lowercase(),
            sent.name().to_ascii_lowercase()
        );
        return Err(S3Error::new(Code::InvalidRequest, message));
    }
    expectation.want(chosen.algorithm);
    Ok(true)
}
