//! `ListObjectVersions`: every version and delete marker; of one key the newest first.
//!
//! ```text
//! NextVersionIdMarker = VERSION_ID.SEQUENCE
//! ```
//!
//! Whoever deletes what was listed, and goes on, names a version that is gone: the sequence in
//! the marker tells where it was. A version's id alone is understood as long as it is there.

use std::sync::Arc;

use sqlx::AnyConnection;

use crate::cloud::state::versions::{self, Listed};
use crate::cloud::walrus::Walrus;
use crate::cloud::walrus::answer::Answer;
use crate::cloud::walrus::error::S3Result;
use crate::cloud::walrus::listing::{
    self, Ask, Entry, Owners, Scope, Start, max_keys, some, write_prefixes, write_version,
};
use crate::cloud::walrus::request::Request;
use crate::cloud::walrus::route::{Mark, Operation, Subject};
use crate::cloud::walrus::xml::{KeyEncoding, invalid_argument};

/// The operation.
pub const OPERATION: Operation = Operation {
    name: "ListObjectVersions",
    method: "GET",
    subject: Subject::Bucket,
    marks: &[Mark::Parameter("versions")],
    run: |walrus, request| Box::pin(run(walrus, request)),
};

async fn run(walrus: Arc<Walrus>, request: Request) -> S3Result<Answer> {
    let bucket = walrus.bucket_for(&request).await?;
    let prefix = request.parameter("prefix").unwrap_or_default();
    let delimiter = some(request.parameter("delimiter"));
    let key_marker = request.parameter("key-marker");
    let id_marker = request.parameter("version-id-marker");
    let encoding = KeyEncoding::from_parameter(request.parameter("encoding-type"))?;
    let most = max_keys(request.parameter("max-keys"))?;
    let mut db = walrus.state.reader().await?;
    let start = match (some(key_marker), some(id_marker)) {
        (Some(key), Some(id)) => after_version(&mut db, &bucket.name, key, id).await?,
        (None, Some(id)) => {
            let message = "a version-id marker cannot be specified without a key marker";
            return Err(invalid_argument("version-id-marker", id, message));
        }
        (key, None) => Start::after_marker(key, prefix, delimiter),
    };
    let ask = Ask {
        bucket: &bucket.name,
        scope: Scope::Versions,
        prefix,
        delimiter,
        start,
        most,
    };
    let page = listing::page(&mut db, &ask).await?;
    let owners = Owners::of(&mut db, &page).await?;
    Ok(Answer::document("ListVersionsResult", |writer| {
        writer.leaf("Name", &bucket.name);
        writer.leaf("Prefix", &encoding.write(prefix));
        writer.leaf("KeyMarker", &encoding.write(key_marker.unwrap_or_default()));
        writer.leaf("VersionIdMarker", id_marker.unwrap_or_default());
        match page.next() {
            None => {}
            Some(Entry::Prefix(common)) => {
                writer.leaf("NextKeyMarker", &encoding.write(common));
            }
            Some(Entry::Version(version)) => {
                writer.leaf("NextKeyMarker", &encoding.write(&version.key));
                writer.leaf("NextVersionIdMarker", &marker(version));
            }
        }
        listing::write_head(writer, &ask, &page, encoding);
        for version in page.versions() {
            let element = if version.is_marker {
                "DeleteMarker"
            } else {
                "Version"
            };
            write_version(writer, element, version, Some(&owners), encoding);
        }
        write_prefixes(writer, &page, encoding);
    }))
}

fn marker(version: &Listed) -> String {
    format!("{}.{}", version.version_id, version.sequence)
}

async fn after_version(
    db: &mut AnyConnection,
    bucket: &str,
    key: &str,
    id: &str,
) -> S3Result<Start> {
    let told = id
        .split_once('.')
        .map(|(_, sequence)| sequence.parse().ok());
    let sequence = match told {
        Some(sequence) => sequence,
        None => versions::sequence_of(db, bucket, key, id).await?,
    };
    let sequence = sequence.ok_or_else(|| {
        let message = "the key has no version of this id";
        invalid_argument("version-id-marker", id, message)
    })?;
    Ok(Start::AfterVersion(key.to_owned(), sequence))
}
