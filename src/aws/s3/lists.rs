//! Lists of objects and of pending uploads, page by page.

use std::collections::HashSet;

use super::super::AwsError;
use super::super::service::Call;
use super::super::sign::canonical::uri_decode;
use super::answer::{document, is_true, raw, text, unexpected, unquoted, whole};
use super::{ObjectInfo, ObjectPage, PendingUpload, S3, call, pair};
use crate::xml::Element;

/// Most pending uploads that are listed.
const MAX_UPLOADS: usize = 100_000;

impl S3 {
    /// One page of the objects whose keys begin with `prefix`, from after `marker` on
    /// (version 1 of the call, which every server has).
    ///
    /// # Errors
    /// When the service refuses.
    pub fn list_objects(
        &self,
        bucket: &str,
        prefix: &str,
        marker: Option<&str>,
    ) -> Result<ObjectPage, AwsError> {
        match self.page(bucket, prefix, marker, false) {
            // Keys may have characters that XML cannot say. Encoding is only asked for then: some
            // services say that they encode and do not, and would turn `+` into a space.
            Err(AwsError::Answer { .. }) => self.page(bucket, prefix, marker, true),
            result => result,
        }
    }

    fn page(
        &self,
        bucket: &str,
        prefix: &str,
        marker: Option<&str>,
        encoded: bool,
    ) -> Result<ObjectPage, AwsError> {
        let mut call = call("ListObjects", "GET", Some(bucket));
        if encoded {
            call.query.push(pair("encoding-type", "url"));
        }
        call.query
            .extend(marker.map(|marker| pair("marker", marker)));
        call.query.push(pair("prefix", prefix));
        let answer = whole(&self.service, &call)?;
        let page = document(&self.service, &call, &answer.body, "ListBucketResult")?;
        let names = Names::of(&page);
        let object = |entry: &Element<'_>| self.object(&call, &names, entry);
        let objects: Vec<ObjectInfo> =
            page.all("Contents").map(object).collect::<Result<_, _>>()?;
        let next = if is_true(&page, "IsTruncated") {
            let told = raw(&page, "NextMarker").map(|marker| names.decode(marker));
            let told = told.filter(|marker| !marker.is_empty());
            let next = told.or_else(|| objects.last().map(|object| object.key.clone()));
            let lost = || unexpected(&self.service, &call, "no object", "the rest of a list");
            Some(next.ok_or_else(lost)?)
        } else {
            None
        };
        Ok(ObjectPage { objects, next })
    }

    /// Every object whose key begins with `prefix`, at most `limit`.
    ///
    /// # Errors
    /// When the service refuses, or pages for ever.
    pub fn list_all(
        &self,
        bucket: &str,
        prefix: &str,
        limit: usize,
    ) -> Result<Vec<ObjectInfo>, AwsError> {
        let mut objects = Vec::new();
        let mut seen = HashSet::new();
        let mut marker: Option<String> = None;
        while objects.len() < limit {
            let page = self.list_objects(bucket, prefix, marker.as_deref())?;
            let nothing = page.objects.is_empty();
            objects.extend(page.objects);
            let Some(next) = page.next else { break };
            if nothing || !seen.insert(next.clone()) {
                let call = call("ListObjects", "GET", Some(bucket));
                let found = format!("marker {next:?} again");
                return Err(unexpected(
                    &self.service,
                    &call,
                    found,
                    "the next page of a list",
                ));
            }
            marker = Some(next);
        }
        objects.truncate(limit);
        Ok(objects)
    }

    /// All pending multipart uploads of keys that begin with `prefix`.
    ///
    /// # Errors
    /// When the service refuses to tell.
    pub fn list_uploads(&self, bucket: &str, prefix: &str) -> Result<Vec<PendingUpload>, AwsError> {
        let mut uploads = Vec::new();
        let mut seen = HashSet::new();
        let mut after: Option<(String, String)> = None;
        loop {
            let mut call = call("ListMultipartUploads", "GET", Some(bucket));
            if let Some((key, id)) = &after {
                call.query.push(pair("key-marker", key));
                call.query.push(pair("upload-id-marker", id));
            }
            call.query.push(pair("prefix", prefix));
            call.query.push(pair("uploads", ""));
            let answer = whole(&self.service, &call)?;
            let page = document(
                &self.service,
                &call,
                &answer.body,
                "ListMultipartUploadsResult",
            )?;
            let before = uploads.len();
            for entry in page.all("Upload") {
                let (key, id) =
                    raw(entry, "Key")
                        .zip(text(entry, "UploadId"))
                        .ok_or_else(|| {
                            unexpected(&self.service, &call, "an upload without", "its key and id")
                        })?;
                uploads.push(PendingUpload {
                    key: key.to_owned(),
                    upload_id: id.to_owned(),
                    initiated: text(entry, "Initiated").unwrap_or_default().to_owned(),
                });
            }
            if !is_true(&page, "IsTruncated") {
                return Ok(uploads);
            }
            let key = raw(&page, "NextKeyMarker").unwrap_or_default();
            let id = text(&page, "NextUploadIdMarker").unwrap_or_default();
            let next = (key.to_owned(), id.to_owned());
            let stuck = uploads.len() == before || uploads.len() > MAX_UPLOADS;
            if stuck || !seen.insert(next.clone()) {
                let found = format!("marker {:?} after {} uploads", next.0, uploads.len());
                return Err(unexpected(
                    &self.service,
                    &call,
                    found,
                    "the next page of a list",
                ));
            }
            after = Some(next);
        }
    }

    fn object(
        &self,
        call: &Call<'_>,
        names: &Names,
        entry: &Element<'_>,
    ) -> Result<ObjectInfo, AwsError> {
        let missing = |found: String| unexpected(&self.service, call, found, "an object of a list");
        let key = raw(entry, "Key").ok_or_else(|| missing("an entry without key".to_owned()))?;
        let key = names.decode(key);
        let size = text(entry, "Size");
        let size = size.and_then(|size| size.parse().ok());
        Ok(ObjectInfo {
            size: size.ok_or_else(|| missing(format!("{key:?} without a size")))?,
            key,
            etag: unquoted(text(entry, "ETag").unwrap_or_default()),
            sha1: None,
        })
    }
}

/// How names are written in a document.
struct Names {
    encoded: bool,
}

impl Names {
    /// Services that encode say so.
    fn of(page: &Element<'_>) -> Self {
        let encoded = text(page, "EncodingType").is_some_and(|kind| kind == "url");
        Self { encoded }
    }

    /// As forms encode: a space may be a plus sign.
    fn decode(&self, name: &str) -> String {
        if !self.encoded {
            return name.to_owned();
        }
        let bytes = uri_decode(&name.replace('+', " "));
        String::from_utf8(bytes).unwrap_or_else(|_| name.to_owned())
    }
}
