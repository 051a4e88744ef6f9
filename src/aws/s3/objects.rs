//! Objects: put, get, head, copy, delete, ACL.

use std::sync::atomic::Ordering;

use base64ct::{Base64, Encoding as _};
use bytes::Bytes;

use super::super::AwsError;
use super::super::http::Body;
use super::super::service::{Answer, Call};
use super::super::sign::SignatureVersion;
use super::super::sign::canonical::uri_encode;
use super::answer::{allowing, document, etag, text, unexpected, unquoted, whole};
use super::checksum::{SHA1_HEADER, Sent, md5, sha1};
use super::{Download, ObjectInfo, ObjectName, PutOptions, S3, Stored, pair};

impl S3 {
    /// Puts an object in one request.
    ///
    /// # Errors
    /// When the service refuses, or stores other bytes ([`AwsError::Corrupted`]).
    pub fn put_object(
        &self,
        object: ObjectName<'_>,
        body: &Body,
        options: &PutOptions,
    ) -> Result<Stored, AwsError> {
        let mut call = object.call("PutObject", "PUT");
        call.headers = headers(options);
        call.body = body.clone();
        let stored = self.put(call, options.sha1)?;
        if stored.etag.is_empty() {
            return self.look_at(object, body, options.sha1);
        }
        Ok(stored)
    }

    /// Compares what is stored with what was sent: for answers that tell nothing of it.
    fn look_at(
        &self,
        object: ObjectName<'_>,
        body: &Body,
        sha1: Option<crate::crypto::digest::Sha1Digest>,
    ) -> Result<Stored, AwsError> {
        let mut call = object.call("HeadObject", "HEAD");
        call.headers.push(pair("x-amz-checksum-mode", "ENABLED"));
        let answer = whole(&self.service, &call)?;
        let mut sent = Sent { sha1, md5: None };
        let named = ("PutObject", object.key);
        sent.compare(&self.service, named, body, &answer.head)?;
        Ok(Stored {
            etag: etag(&answer.head),
        })
    }

    /// Sends a body, and compares what the service says of it; once more if it differs.
    pub(super) fn put(
        &self,
        mut call: Call<'_>,
        sha1: Option<crate::crypto::digest::Sha1Digest>,
    ) -> Result<Stored, AwsError> {
        let key = call.key.unwrap_or_default();
        let mut sent = Sent { sha1, md5: None };
        if self.service.connection().signature == SignatureVersion::V2 && !call.body.is_empty() {
            // Services of that age check nothing else.
            let digest = *sent.md5.insert(md5(&self.service, &call.body)?);
            call.headers
                .push(pair("content-md5", Base64::encode_string(&digest)));
        }
        let mut again = true;
        loop {
            let answer = self.put_with_checksum(&mut call, &sent)?;
            let named = (call.operation, key);
            match sent.compare(&self.service, named, &call.body, &answer.head) {
                Ok(()) => {
                    let etag = etag(&answer.head);
                    return Ok(Stored { etag });
                }
                Err(error @ AwsError::Corrupted { .. }) if again => {
                    tracing::warn!(operation = call.operation, key, %error, "sending it again");
                    again = false;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Sends the SHA-1 along, unless the service does not want it.
    fn put_with_checksum(&self, call: &mut Call<'_>, sent: &Sent) -> Result<Answer, AwsError> {
        let refused = &self.checksums_refused;
        let plain = call.headers.len();
        if let Some(digest) = sent.sha1.filter(|_| !refused.load(Ordering::Relaxed)) {
            let value = Base64::encode_string(&digest.0);
            call.headers.push(pair(SHA1_HEADER, value));
        }
        let result = whole(&self.service, call);
        let with_checksum = call.headers.len() > plain;
        call.headers.truncate(plain);
        match result {
            Err(error) if with_checksum && is_checksum_refused(&error) => {
                refused.store(true, Ordering::Relaxed);
                whole(&self.service, call)
            }
            result => result,
        }
    }

    /// Gets an object or, of it, `range` (first byte, number of bytes: at least one).
    ///
    /// # Errors
    /// When the service refuses, or answers with another range.
    pub fn get_object(
        &self,
        object: ObjectName<'_>,
        range: Option<(u64, u64)>,
    ) -> Result<Download, AwsError> {
        self.get_object_if(object, range, None)
    }

    /// As [`S3::get_object`], but only while the object has this `ETag`: what is put together
    /// from ranges must be of one object.
    ///
    /// # Errors
    /// As [`S3::get_object`]; with status 412 when the object is another by now.
    pub fn get_object_if(
        &self,
        object: ObjectName<'_>,
        range: Option<(u64, u64)>,
        etag: Option<&str>,
    ) -> Result<Download, AwsError> {
        let mut call = object.call("GetObject", "GET");
        if let Some((first, len)) = range {
            let last = first.checked_add(len).and_then(|end| end.checked_sub(1));
            let last = last.filter(|_| len > 0).ok_or_else(|| AwsError::Request {
                operation: call.operation,
                resource: format!("{}/{}", object.bucket, object.key),
                why: "the range has no bytes, or ends beyond all sizes",
            })?;
            call.headers
                .push(pair("range", format!("bytes={first}-{last}")));
        }
        if let Some(etag) = etag {
            call.headers.push(pair("if-match", format!("\"{etag}\"")));
        }
        let head = self.service.call(&call)?;
        let length = head
            .header("content-length")
            .and_then(|text| text.parse::<u64>().ok());
        let object_size = match range {
            None => length,
            Some((first, len)) if head.status == 206 => {
                let shown = head.header("content-range").unwrap_or_default();
                let found = content_range(shown);
                let asked = found.filter(|found| (found.0, found.1) == (first, first + (len - 1)));
                let wrong = || {
                    let found = format!("range {shown:?}");
                    unexpected(&self.service, &call, found, "the range that was asked for")
                };
                asked.ok_or_else(wrong)?.2
            }
            // A service without ranges sends all, which may be what was asked for.
            Some((0, len)) if length == Some(len) => length,
            Some(_) => {
                let found = format!("status {} and {length:?} bytes", head.status);
                return Err(unexpected(
                    &self.service,
                    &call,
                    found,
                    "a range (status 206)",
                ));
            }
        };
        Ok(Download {
            etag: super::answer::etag(&head),
            object_size,
            response: head,
        })
    }

    /// Gets a small object whole.
    ///
    /// # Errors
    /// As [`S3::get_object`]; also when it has more than `limit` bytes.
    pub fn get_bytes(&self, object: ObjectName<'_>, limit: usize) -> Result<Bytes, AwsError> {
        let call = object.call("GetObject", "GET");
        let answer = self.service.call_data(&call, limit)?;
        Ok(answer.body.into())
    }

    /// What the service tells of an object; none if there is none.
    ///
    /// # Errors
    /// When the service refuses to tell.
    pub fn head_object(&self, object: ObjectName<'_>) -> Result<Option<ObjectInfo>, AwsError> {
        let mut call = object.call("HeadObject", "HEAD");
        call.headers.push(pair("x-amz-checksum-mode", "ENABLED"));
        let answer = match whole(&self.service, &call) {
            Err(error) if error.is_status(404) => return Ok(None),
            other => other?,
        };
        let length = answer.head.header("content-length");
        let size = length.and_then(|text| text.parse().ok()).ok_or_else(|| {
            let found = format!("Content-Length {length:?}");
            unexpected(&self.service, &call, found, "the object's size")
        })?;
        Ok(Some(ObjectInfo {
            key: object.key.to_owned(),
            size,
            etag: etag(&answer.head),
            sha1: sha1(&answer.head),
        }))
    }

    /// Sets an object's canned ACL.
    ///
    /// # Errors
    /// When the service refuses.
    pub fn put_object_acl(&self, object: ObjectName<'_>, acl: &str) -> Result<(), AwsError> {
        let mut call = object.call("PutObjectAcl", "PUT");
        call.query.push(pair("acl", ""));
        call.headers.push(pair("x-amz-acl", acl));
        whole(&self.service, &call).map(drop)
    }

    /// Deletes an object. That there is none is no error.
    ///
    /// # Errors
    /// When the service refuses.
    pub fn delete_object(&self, object: ObjectName<'_>) -> Result<(), AwsError> {
        let call = object.call("DeleteObject", "DELETE");
        allowing(whole(&self.service, &call), &["NoSuchKey"]).map(drop)
    }

    /// Copies an object within the service.
    ///
    /// # Errors
    /// When the service refuses, also after it had begun to answer well (an error in a 200).
    pub fn copy_object(
        &self,
        from: ObjectName<'_>,
        to: ObjectName<'_>,
        acl: Option<&str>,
    ) -> Result<Stored, AwsError> {
        let mut call = to.call("CopyObject", "PUT");
        let source = format!("/{}/{}", from.bucket, from.key);
        let source = uri_encode(source.as_bytes(), true);
        call.headers.push(pair("x-amz-copy-source", source));
        if let Some(acl) = acl {
            call.headers.push(pair("x-amz-acl", acl));
        }
        let answer = whole(&self.service, &call)?;
        let result = document(&self.service, &call, &answer.body, "CopyObjectResult")?;
        let etag = text(&result, "ETag")
            .ok_or_else(|| unexpected(&self.service, &call, "no ETag", "the ETag of the copy"))?;
        Ok(Stored {
            etag: unquoted(etag),
        })
    }
}

/// What goes with an object that is put, the SHA-1 excepted.
pub(super) fn headers(options: &PutOptions) -> Vec<(String, String)> {
    let mut headers = Vec::new();
    if let Some(acl) = &options.acl {
        headers.push(pair("x-amz-acl", acl));
    }
    if let Some(content_type) = options.content_type {
        headers.push(pair("content-type", content_type));
    }
    headers
}

/// Whether a service does not know checksums, rather than finds this one wrong.
fn is_checksum_refused(error: &AwsError) -> bool {
    error.service().is_some_and(|error| {
        let names_it = error.message.to_ascii_lowercase().contains(SHA1_HEADER);
        error.status == 501 || error.status == 400 && names_it && error.code != "BadDigest"
    })
}

/// First and last byte, and the size of the whole if it is told: `bytes 0-9/100`.
fn content_range(text: &str) -> Option<(u64, u64, Option<u64>)> {
    let (range, size) = text.strip_prefix("bytes ")?.trim().split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let size = if size == "*" {
        None
    } else {
        Some(size.parse().ok()?)
    };
    Some((first.parse().ok()?, last.parse().ok()?, size))
}
