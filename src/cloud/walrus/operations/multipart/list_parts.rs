//! `ListParts`: the parts of an upload that have come.

use std::sync::Arc;

use super::checksums::{self, Chosen};
use super::{number, owner, page_size};
use crate::cloud::state::uploads;
use crate::cloud::walrus::answer::Answer;
use crate::cloud::walrus::error::S3Result;
use crate::cloud::walrus::request::Request;
use crate::cloud::walrus::route::{Mark, Operation, Subject};
use crate::cloud::walrus::xml::invalid_argument;
use crate::cloud::walrus::{Walrus, iso_ms};

/// The operation.
pub const OPERATION: Operation = Operation {
    name: "ListParts",
    method: "GET",
    subject: Subject::Object,
    marks: &[Mark::Parameter("uploadId")],
    run: |walrus, request| Box::pin(run(walrus, request)),
};

async fn run(walrus: Arc<Walrus>, request: Request) -> S3Result<Answer> {
    let most = page_size(&request, "max-parts")?;
    let marker = marker(&request)?;
    let (_, upload) = walrus.upload(&request).await?;
    let mut db = walrus.state.reader().await?;
    let mut parts = uploads::parts_after(&mut db, &upload.id, marker, i64::from(most) + 1).await?;
    let is_truncated = most > 0 && parts.len() > usize::from(most);
    parts.truncate(usize::from(most));
    let owner = owner(&mut db, &upload.account_id).await?;
    let chosen = Chosen::of_text(upload.checksum.as_deref());
    Ok(Answer::document("ListPartsResult", |writer| {
        writer.leaf("Bucket", &upload.bucket);
        writer.leaf("Key", &upload.key);
        writer.leaf("UploadId", &upload.id);
        writer.leaf("PartNumberMarker", &marker.to_string());
        let next = parts.last().map_or(0, |part| part.number);
        writer.leaf("NextPartNumberMarker", &next.to_string());
        writer.leaf("MaxParts", &most.to_string());
        writer.leaf("IsTruncated", if is_truncated { "true" } else { "false" });
        for part in &parts {
            writer.element("Part", &[], |writer| {
                writer.leaf("PartNumber", &part.number.to_string());
                writer.leaf("LastModified", &iso_ms(part.modified_ms));
                writer.leaf("ETag", &format!("\"{}\"", part.piece.md5));
                writer.leaf("Size", &part.piece.size.to_string());
                if let Some(checksum) = checksums::of_text(part.piece.checksum.as_deref()) {
                    writer.leaf(checksum.algorithm().element(), &checksum.to_string());
                }
            });
        }
        owner.write(writer, "Initiator");
        owner.write(writer, "Owner");
        writer.leaf("StorageClass", "STANDARD");
        if let Some(chosen) = chosen {
            writer.leaf("ChecksumAlgorithm", chosen.algorithm.name());
            writer.leaf("ChecksumType", chosen.kind.name());
        }
    }))
}

/// The number after which the page begins.
fn marker(request: &Request) -> S3Result<u16> {
    let name = "part-number-marker";
    let Some(text) = request.parameter(name).filter(|text| !text.is_empty()) else {
        return Ok(0);
    };
    let number = number(text).ok_or_else(|| {
        let why = format!("{name} must be an integer between 0 and 2147483647");
        invalid_argument(name, text, why)
    })?;
    Ok(u16::try_from(number).unwrap_or(u16::MAX)) // no part has a higher one
}
