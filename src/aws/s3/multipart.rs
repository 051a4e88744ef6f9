//! Multipart uploads: begin, parts, complete, abort.

use std::collections::BTreeMap;

use super::super::AwsError;
use super::super::http::Body;
use super::answer::{allowing, document, etag, is_true, text, unexpected, unquoted, whole};
use super::buckets::NAMESPACE;
use super::checksum::{is_multipart_etag, multipart_etag};
use super::objects::headers;
use super::{ObjectName, PutOptions, S3, Stored, UploadedPart, pair};
use crate::xml::Writer;

/// Highest number of a part.
///
/// Source: Amazon S3, User Guide, "Amazon S3 multipart upload limits".
const MAX_PARTS: u32 = 10_000;

/// There is no such upload any more, in S3's words and in Ceph's.
const GONE: [&str; 2] = ["NoSuchUpload", "NoSuchKey"];

impl S3 {
    /// Begins a multipart upload; returns its id.
    ///
    /// # Errors
    /// When the service refuses.
    pub fn create_multipart(
        &self,
        object: ObjectName<'_>,
        options: &PutOptions,
    ) -> Result<String, AwsError> {
        let mut call = object.call("CreateMultipartUpload", "POST");
        call.query.push(pair("uploads", ""));
        call.headers = headers(options);
        let answer = whole(&self.service, &call)?;
        let root = "InitiateMultipartUploadResult";
        let result = document(&self.service, &call, &answer.body, root)?;
        let id = text(&result, "UploadId").filter(|id| !id.is_empty());
        let missing = || unexpected(&self.service, &call, "no UploadId", "the upload's id");
        Ok(id.ok_or_else(missing)?.to_owned())
    }

    /// Uploads a part; compared as in [`S3::put_object`].
    ///
    /// # Errors
    /// When the service refuses, or stores other bytes.
    pub fn upload_part(
        &self,
        object: ObjectName<'_>,
        upload_id: &str,
        number: u32,
        body: &Body,
    ) -> Result<Stored, AwsError> {
        let mut call = object.call("UploadPart", "PUT");
        call.query.push(pair("partNumber", number.to_string()));
        call.query.push(pair("uploadId", upload_id));
        call.body = body.clone();
        self.put(call, None)
    }

    /// The parts that have arrived, in order; none if there is no such upload.
    ///
    /// # Errors
    /// When the service refuses to tell.
    pub fn list_parts(
        &self,
        object: ObjectName<'_>,
        upload_id: &str,
    ) -> Result<Option<Vec<UploadedPart>>, AwsError> {
        let mut parts: BTreeMap<u32, UploadedPart> = BTreeMap::new(); // not all services sort
        loop {
            let mut call = object.call("ListParts", "GET");
            if let Some((last, _)) = parts.last_key_value() {
                call.query
                    .push(pair("part-number-marker", last.to_string()));
            }
            call.query.push(pair("uploadId", upload_id));
            let answer = allowing(whole(&self.service, &call), &GONE)?;
            let Some(answer) = answer else {
                return Ok(None);
            };
            let page = document(&self.service, &call, &answer.body, "ListPartsResult")?;
            let before = parts.len();
            for entry in page.all("Part") {
                let number = text(entry, "PartNumber").and_then(|text| text.parse().ok());
                let size = text(entry, "Size").and_then(|text| text.parse().ok());
                let number = number.filter(|number| (1..=MAX_PARTS).contains(number));
                let (Some(number), Some(size)) = (number, size) else {
                    let found = "a part without number or size";
                    return Err(unexpected(&self.service, &call, found, "a list of parts"));
                };
                let etag = unquoted(text(entry, "ETag").unwrap_or_default());
                let part = UploadedPart { number, size, etag };
                if parts.insert(number, part).is_some() {
                    let found = format!("part {number} twice");
                    return Err(unexpected(&self.service, &call, found, "a list of parts"));
                }
            }
            if !is_true(&page, "IsTruncated") {
                return Ok(Some(parts.into_values().collect()));
            }
            if parts.len() == before {
                return Err(unexpected(
                    &self.service,
                    &call,
                    "no part",
                    "the rest of the parts",
                ));
            }
        }
    }

    /// Makes an object of the parts. The object's `ETag` is compared when the parts' and its own
    /// have MD5s in them.
    ///
    /// # Errors
    /// When the service refuses, also after it had begun to answer well (an error in a 200), or
    /// makes another object ([`AwsError::Corrupted`]).
    pub fn complete_multipart(
        &self,
        object: ObjectName<'_>,
        upload_id: &str,
        parts: &[UploadedPart],
    ) -> Result<Stored, AwsError> {
        let mut call = object.call("CompleteMultipartUpload", "POST");
        call.query.push(pair("uploadId", upload_id));
        let mut writer = Writer::new();
        writer.element(
            "CompleteMultipartUpload",
            &[("xmlns", NAMESPACE)],
            |writer| {
                for part in parts {
                    writer.element("Part", &[], |writer| {
                        writer.leaf("PartNumber", &part.number.to_string());
                        writer.leaf("ETag", &format!("\"{}\"", part.etag));
                    });
                }
            },
        );
        call.body = Body::Bytes(writer.finish().into());
        let expected = multipart_etag(parts.iter().map(|part| part.etag.as_str()));
        let found = match whole(&self.service, &call) {
            // The answer to an attempt that succeeded may have been lost.
            Err(error) if error.is_code("NoSuchUpload") => {
                let there = self.head_object(object)?.map(|info| info.etag);
                there
                    .filter(|etag| expected.as_ref() == Some(etag))
                    .ok_or(error)?
            }
            answer => {
                let answer = answer?;
                let root = "CompleteMultipartUploadResult";
                let result = document(&self.service, &call, &answer.body, root)?;
                match text(&result, "ETag") {
                    Some(etag) => unquoted(etag),
                    None => etag(&answer.head),
                }
            }
        };
        match expected {
            Some(expected) if is_multipart_etag(&found) && found != expected => {
                Err(AwsError::Corrupted {
                    operation: call.operation,
                    key: object.key.to_owned(),
                    found: format!("ETag {found}"),
                    expected: format!("ETag {expected}"),
                })
            }
            _ => Ok(Stored { etag: found }),
        }
    }

    /// Gives a multipart upload up. That there is none is no error.
    ///
    /// # Errors
    /// When the service refuses.
    pub fn abort_multipart(&self, object: ObjectName<'_>, upload_id: &str) -> Result<(), AwsError> {
        let mut call = object.call("AbortMultipartUpload", "DELETE");
        call.query.push(pair("uploadId", upload_id));
        allowing(whole(&self.service, &call), &GONE).map(drop)
    }
}
