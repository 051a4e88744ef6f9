//! `ListObjects`: what is in a bucket, as the first version of the interface tells it.
//!
//! `NextMarker` is told only with a delimiter, as S3 does it: without one, the last key of the
//! page is the next marker.

use std::sync::Arc;

use crate::cloud::walrus::Walrus;
use crate::cloud::walrus::answer::Answer;
use crate::cloud::walrus::error::S3Result;
use crate::cloud::walrus::listing::{
    self, Ask, Entry, Owners, Scope, Start, max_keys, some, write_prefixes, write_version,
};
use crate::cloud::walrus::request::Request;
use crate::cloud::walrus::route::{Operation, Subject};
use crate::cloud::walrus::xml::KeyEncoding;

/// The operation.
pub const OPERATION: Operation = Operation {
    name: "ListObjects",
    method: "GET",
    subject: Subject::Bucket,
    marks: &[],
    run: |walrus, request| Box::pin(run(walrus, request)),
};

async fn run(walrus: Arc<Walrus>, request: Request) -> S3Result<Answer> {
    let bucket = walrus.bucket_for(&request).await?;
    let prefix = request.parameter("prefix").unwrap_or_default();
    let delimiter = some(request.parameter("delimiter"));
    let marker = request.parameter("marker");
    let encoding = KeyEncoding::from_parameter(request.parameter("encoding-type"))?;
    let ask = Ask {
        bucket: &bucket.name,
        scope: Scope::Objects,
        prefix,
        delimiter,
        start: Start::after_marker(marker, prefix, delimiter),
        most: max_keys(request.parameter("max-keys"))?,
    };
    let mut db = walrus.state.reader().await?;
    let page = listing::page(&mut db, &ask).await?;
    let owners = Owners::of(&mut db, &page).await?;
    Ok(Answer::document("ListBucketResult", |writer| {
        writer.leaf("Name", &bucket.name);
        writer.leaf("Prefix", &encoding.write(prefix));
        writer.leaf("Marker", &encoding.write(marker.unwrap_or_default()));
        if let Some(next) = page.next().filter(|_| delimiter.is_some()) {
            let next = match next {
                Entry::Version(version) => &version.key,
                Entry::Prefix(common) => common,
            };
            writer.leaf("NextMarker", &encoding.write(next));
        }
        listing::write_head(writer, &ask, &page, encoding);
        for version in page.versions() {
            write_version(writer, "Contents", version, Some(&owners), encoding);
        }
        write_prefixes(writer, &page, encoding);
    }))
}
