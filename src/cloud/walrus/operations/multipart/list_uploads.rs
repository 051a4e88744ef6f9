//! `ListMultipartUploads`: the uploads of a bucket that are going on.
//!
//! ```text
//! key-marker K                    after all uploads of K
//! key-marker K, upload-id-marker  after that upload of K
//! key-marker ending a common prefix, as pages end with them: after all that is below it
//! ```

use std::collections::HashMap;
use std::sync::Arc;

use sqlx::AnyConnection;

use super::checksums::Chosen;
use super::{MOST, owner, page_size};
use crate::cloud::state::uploads::{self, Start, Upload};
use crate::cloud::state::versions::Span;
use crate::cloud::walrus::answer::Answer;
use crate::cloud::walrus::error::S3Result;
use crate::cloud::walrus::request::Request;
use crate::cloud::walrus::route::{Mark, Operation, Subject};
use crate::cloud::walrus::xml::{KeyEncoding, Owner};
use crate::cloud::walrus::{Walrus, iso_ms};
use crate::xml::Writer;

/// The operation.
pub const OPERATION: Operation = Operation {
    name: "ListMultipartUploads",
    method: "GET",
    subject: Subject::Bucket,
    marks: &[Mark::Parameter("uploads")],
    run: |walrus, request| Box::pin(run(walrus, request)),
};

/// Fewest uploads that are worth a question.
const FEWEST: usize = 16;

/// What is asked for.
struct Ask<'a> {
    bucket: &'a str,
    prefix: &'a str,
    delimiter: Option<&'a str>,
    key_marker: &'a str,
    id_marker: &'a str,
    most: u16,
}

/// What is listed.
#[derive(Default)]
struct Page {
    uploads: Vec<Upload>,
    prefixes: Vec<String>,
    /// Key and id to go on after, if there is more; no id after a common prefix.
    next: Option<(String, String)>,
}

async fn run(walrus: Arc<Walrus>, request: Request) -> S3Result<Answer> {
    let bucket = walrus.bucket_for(&request).await?;
    let text = |name: &str| request.parameter(name).unwrap_or_default();
    let encoding = KeyEncoding::from_parameter(request.parameter("encoding-type"))?;
    let ask = Ask {
        bucket: &bucket.name,
        prefix: text("prefix"),
        delimiter: Some(text("delimiter")).filter(|delimiter| !delimiter.is_empty()),
        key_marker: text("key-marker"),
        // It says nothing without a key.
        id_marker: match text("key-marker") {
            "" => "",
            _ => text("upload-id-marker"),
        },
        most: page_size(&request, "max-uploads")?,
    };
    let mut db = walrus.state.reader().await?;
    let page = page(&mut db, &ask).await?;
    let mut owners = HashMap::new();
    for upload in &page.uploads {
        if !owners.contains_key(&upload.account_id) {
            let owner = owner(&mut db, &upload.account_id).await?;
            owners.insert(upload.account_id.clone(), owner);
        }
    }
    Ok(Answer::document("ListMultipartUploadsResult", |writer| {
        write(writer, &ask, &page, &owners, encoding);
    }))
}

impl Ask<'_> {
    /// The part of a key up to the first delimiter behind the prefix.
    fn common_prefix<'k>(&self, key: &'k str) -> Option<&'k str> {
        let delimiter = self.delimiter?;
        let at = key.strip_prefix(self.prefix)?.find(delimiter)?;
        key.get(..self.prefix.len() + at + delimiter.len())
    }

    fn start(&self) -> Start {
        let (key, id) = (self.key_marker, self.id_marker);
        if key < self.prefix {
            return Start::key(self.prefix);
        }
        if id.is_empty() && !key.is_empty() && self.common_prefix(key) == Some(key) {
            return Start::key(Span::behind(key));
        }
        match (key, id) {
            ("", _) => Start::key(""),
            (key, "") => Start::after(key, None),
            (key, id) => Start::after(key, Some(id)),
        }
    }
}

/// Reads a page, and one entry more to know whether it is the last. What is below a common prefix
/// is skipped, however much it is.
async fn page(db: &mut AnyConnection, ask: &Ask<'_>) -> S3Result<Page> {
    let mut page = Page::default();
    let most = usize::from(ask.most);
    if most == 0 {
        return Ok(page);
    }
    let mut start = ask.start();
    loop {
        let listed = page.uploads.len() + page.prefixes.len();
        let asked = (most + 1 - listed).max(FEWEST).min(usize::from(MOST) + 1);
        let limit = i64::try_from(asked).unwrap_or(i64::MAX);
        let found = uploads::list(db, ask.bucket, &start, limit).await?;
        let is_last = found.len() < asked;
        let mut last: Option<(String, String)> = None;
        let mut skipped = None;
        for upload in found {
            if !upload.key.starts_with(ask.prefix) {
                return Ok(page); // keys are in order: none follows
            }
            let common = ask.common_prefix(&upload.key).map(str::to_owned);
            if common.is_some() && page.prefixes.last() == common.as_ref() {
                continue;
            }
            if page.uploads.len() + page.prefixes.len() == most {
                page.next = page.end();
                return Ok(page);
            }
            last = Some((upload.key.clone(), upload.id.clone()));
            skipped.clone_from(&common);
            match common {
                Some(common) => page.prefixes.push(common),
                None => page.uploads.push(upload),
            }
        }
        if is_last {
            return Ok(page);
        }
        start = match (skipped, last, page.prefixes.last()) {
            (Some(common), _, _) => Start::key(Span::behind(&common)),
            (None, Some((key, id)), _) => Start::after(key, Some(&id)),
            // All of it was below the prefix before.
            (None, None, Some(common)) => Start::key(Span::behind(common)),
            (None, None, None) => return Ok(page),
        };
    }
}

impl Page {
    /// Where the page ends: the larger of its last upload and its last prefix.
    fn end(&self) -> Option<(String, String)> {
        let upload = self.uploads.last();
        let upload = upload.map(|upload| (upload.key.clone(), upload.id.clone()));
        let prefix = self.prefixes.last();
        let prefix = prefix.map(|prefix| (prefix.clone(), String::new()));
        upload.max(prefix)
    }
}

fn write(
    writer: &mut Writer,
    ask: &Ask<'_>,
    page: &Page,
    owners: &HashMap<String, Owner>,
    encoding: KeyEncoding,
) {
    writer.leaf("Bucket", ask.bucket);
    writer.leaf("KeyMarker", &encoding.write(ask.key_marker));
    writer.leaf("UploadIdMarker", ask.id_marker);
    if let Some((key, id)) = &page.next {
        writer.leaf("NextKeyMarker", &encoding.write(key));
        writer.leaf("NextUploadIdMarker", id);
    }
    if !ask.prefix.is_empty() {
        writer.leaf("Prefix", &encoding.write(ask.prefix));
    }
    if let Some(delimiter) = ask.delimiter {
        writer.leaf("Delimiter", &encoding.write(delimiter));
    }
    if encoding == KeyEncoding::Url {
        writer.leaf("EncodingType", "url");
    }
    writer.leaf("MaxUploads", &ask.most.to_string());
    let is_truncated = page.next.is_some();
    writer.leaf("IsTruncated", if is_truncated { "true" } else { "false" });
    for upload in &page.uploads {
        writer.element("Upload", &[], |writer| {
            writer.leaf("Key", &encoding.write(&upload.key));
            writer.leaf("UploadId", &upload.id);
            if let Some(owner) = owners.get(&upload.account_id) {
                owner.write(writer, "Initiator");
                owner.write(writer, "Owner");
            }
            writer.leaf("StorageClass", "STANDARD");
            writer.leaf("Initiated", &iso_ms(upload.created_ms));
            if let Some(chosen) = Chosen::of_text(upload.checksum.as_deref()) {
                writer.leaf("ChecksumAlgorithm", chosen.algorithm.name());
                writer.leaf("ChecksumType", chosen.kind.name());
            }
        });
    }
    for prefix in &page.prefixes {
        writer.element("CommonPrefixes", &[], |writer| {
            writer.leaf("Prefix", &encoding.write(prefix));
        });
    }
}
