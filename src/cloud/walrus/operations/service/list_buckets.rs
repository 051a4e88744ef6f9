//! `ListBuckets`: the caller's own, by name.

use std::sync::Arc;

use base64ct::{Base64UrlUnpadded, Encoding as _};

use crate::cloud::state::buckets::{self, Wanted};
use crate::cloud::state::versions::Span;
use crate::cloud::walrus::answer::Answer;
use crate::cloud::walrus::error::S3Result;
use crate::cloud::walrus::listing::some;
use crate::cloud::walrus::request::Request;
use crate::cloud::walrus::route::{Operation, Subject};
use crate::cloud::walrus::xml::{Owner, invalid_argument};
use crate::cloud::walrus::{Walrus, iso_ms};

/// The operation.
pub const OPERATION: Operation = Operation {
    name: "ListBuckets",
    method: "GET",
    subject: Subject::Service,
    marks: &[],
    run: |walrus, request| Box::pin(run(walrus, request)),
};

/// Most buckets of a page, as S3 has it.
const MOST: i64 = 10_000;

async fn run(walrus: Arc<Walrus>, request: Request) -> S3Result<Answer> {
    let account = request.caller.account()?;
    let prefix = request.parameter("prefix").unwrap_or_default();
    let most = max_buckets(request.parameter("max-buckets"))?;
    let mut span = Span::of_prefix(prefix);
    if let Some(token) = some(request.parameter("continuation-token")) {
        span.from = span.from.max(Span::after(&last_name(token)?));
    }
    let region = some(request.parameter("bucket-region"));
    let wanted = Wanted {
        account_id: &account.id,
        span: &span,
        region,
        is_default: region == Some(walrus.settings.region.as_str()),
        most: most + 1,
    };
    let mut db = walrus.state.reader().await?;
    let mut buckets = buckets::of_account(&mut db, &wanted).await?;
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let is_truncated = buckets.len() > most;
    buckets.truncate(most);
    let next = buckets.last().filter(|_| is_truncated);
    let owner = Owner {
        id: account.canonical_id.clone(),
        display_name: account.name.clone(),
    };
    Ok(Answer::document("ListAllMyBucketsResult", |writer| {
        owner.write(writer, "Owner");
        writer.element("Buckets", &[], |writer| {
            for bucket in &buckets {
                writer.element("Bucket", &[], |writer| {
                    writer.leaf("Name", &bucket.name);
                    writer.leaf("CreationDate", &iso_ms(bucket.created_ms));
                    writer.leaf("BucketRegion", walrus.region_of(bucket));
                });
            }
        });
        if let Some(last) = next {
            let token = Base64UrlUnpadded::encode_string(last.name.as_bytes());
            writer.leaf("ContinuationToken", &token);
        }
        if !prefix.is_empty() {
            writer.leaf("Prefix", prefix);
        }
    }))
}

fn max_buckets(value: Option<&str>) -> S3Result<i64> {
    let Some(value) = some(value) else {
        return Ok(MOST);
    };
    let number = value
        .parse()
        .ok()
        .filter(|number| (1..=MOST).contains(number));
    number.ok_or_else(|| {
        let message = format!("max-buckets must be an integer between 1 and {MOST}");
        invalid_argument("max-buckets", value, message)
    })
}

/// The last name of the page before, which the token is.
fn last_name(token: &str) -> S3Result<String> {
    let bytes = Base64UrlUnpadded::decode_vec(token).ok();
    let name = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    name.filter(|name| !name.contains('\0')).ok_or_else(|| {
        let message = "the continuation token is none that a list of this service has given";
        invalid_argument("continuation-token", token, message)
    })
}
