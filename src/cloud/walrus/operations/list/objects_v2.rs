//! `ListObjectsV2`: what is in a bucket, page by page with continuation tokens.

use std::sync::Arc;

use crate::cloud::walrus::Walrus;
use crate::cloud::walrus::answer::Answer;
use crate::cloud::walrus::error::S3Result;
use crate::cloud::walrus::listing::{
    self, Ask, Owners, Scope, Start, max_keys, some, write_prefixes, write_version,
};
use crate::cloud::walrus::request::Request;
use crate::cloud::walrus::route::{Mark, Operation, Subject};
use crate::cloud::walrus::xml::{KeyEncoding, invalid_argument};

/// The operation.
pub const OPERATION: Operation = Operation {
    name: "ListObjectsV2",
    method: "GET",
    subject: Subject::Bucket,
    marks: &[Mark::Value("list-type", "2")],
    run: |walrus, request| Box::pin(run(walrus, request)),
};

async fn run(walrus: Arc<Walrus>, request: Request) -> S3Result<Answer> {
    let bucket = walrus.bucket_for(&request).await?;
    let prefix = request.parameter("prefix").unwrap_or_default();
    let delimiter = some(request.parameter("delimiter"));
    let start_after = request.parameter("start-after");
    let token = request.parameter("continuation-token");
    let encoding = KeyEncoding::from_parameter(request.parameter("encoding-type"))?;
    let ask = Ask {
        bucket: &bucket.name,
        scope: Scope::Objects,
        prefix,
        delimiter,
        // Where a token is, it has gone past the beginning already.
        start: match token {
            Some(token) => Start::from_token(token)?,
            None => Start::after_marker(start_after, prefix, delimiter),
        },
        most: max_keys(request.parameter("max-keys"))?,
    };
    let wants_owner = wants_owner(request.parameter("fetch-owner"))?;
    let mut db = walrus.state.reader().await?;
    let page = listing::page(&mut db, &ask).await?;
    let owners = if wants_owner {
        Some(Owners::of(&mut db, &page).await?)
    } else {
        None
    };
    Ok(Answer::document("ListBucketResult", |writer| {
        writer.leaf("Name", &bucket.name);
        writer.leaf("Prefix", &encoding.write(prefix));
        if let Some(key) = some(start_after) {
            writer.leaf("StartAfter", &encoding.write(key));
        }
        if let Some(token) = token {
            writer.leaf("ContinuationToken", token);
        }
        if let Some(next) = page.next() {
            writer.leaf("NextContinuationToken", &Start::token(next));
        }
        writer.leaf("KeyCount", &page.entries.len().to_string());
        listing::write_head(writer, &ask, &page, encoding);
        for version in page.versions() {
            write_version(writer, "Contents", version, owners.as_ref(), encoding);
        }
        write_prefixes(writer, &page, encoding);
    }))
}

fn wants_owner(value: Option<&str>) -> S3Result<bool> {
    match value {
        None | Some("" | "false") => Ok(false),
        Some("true") => Ok(true),
        Some(other) => {
            let message = "fetch-owner must be true or false";
            Err(invalid_argument("fetch-owner", other, message))
        }
    }
}
