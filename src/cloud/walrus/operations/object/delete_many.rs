//! `DeleteObjects`: deletes a list of up to 1000 objects and versions in one transaction.
//!
//! A key that cannot be deleted fails alone; only when the database fails, nothing is done.

use std::sync::Arc;

use crate::cloud::state::buckets;
use crate::cloud::state::versions::Deleted;
use crate::cloud::walrus::Walrus;
use crate::cloud::walrus::access::no_such_bucket;
use crate::cloud::walrus::answer::Answer;
use crate::cloud::walrus::conditions::WriteConditions;
use crate::cloud::walrus::delete_list::{self, DeleteList, Named, Outcome};
use crate::cloud::walrus::deletion::{Doomed, check_version_id, marker_owner};
use crate::cloud::walrus::error::{S3Error, S3Result};
use crate::cloud::walrus::names;
use crate::cloud::walrus::request::Request;
use crate::cloud::walrus::route::{Mark, Operation, Subject};

/// The operation.
pub const OPERATION: Operation = Operation {
    name: "DeleteObjects",
    method: "POST",
    subject: Subject::Bucket,
    marks: &[Mark::Parameter("delete")],
    run: |walrus, request| Box::pin(run(walrus, request)),
};

async fn run(walrus: Arc<Walrus>, mut request: Request) -> S3Result<Answer> {
    let bucket = walrus.bucket_for(&request).await?;
    let document = request.list().await?;
    let list = DeleteList::from_xml(&document)?;
    let judged: Vec<(Named, S3Result<Doomed>)> = list
        .objects
        .into_iter()
        .map(|named| {
            let doomed = doomed(&named, walrus.new_version_id());
            (named, doomed)
        })
        .collect();
    let (account, now_ms) = (marker_owner(&request, &bucket), request.now_ms);
    let done = walrus
        .state
        .write(move |db| {
            Box::pin(async move {
                let locked = buckets::lock(db, &bucket.name).await?;
                let mut bucket = locked.ok_or_else(|| no_such_bucket(&bucket.name))?;
                let mut done = Vec::with_capacity(judged.len());
                for (named, doomed) in judged {
                    // A key may be in the list twice: each of its markers has its own place.
                    bucket.sequence += 1;
                    let result = match doomed {
                        Ok(doomed) => doomed.delete(db, &bucket, &account, now_ms).await?,
                        Err(refusal) => Err(refusal),
                    };
                    done.push((named, result));
                }
                buckets::set_sequence(db, &bucket).await?;
                Ok::<_, S3Error>(done)
            })
        })
        .await?;
    let is_garbage = |result: &S3Result<Deleted>| result.as_ref().is_ok_and(|it| it.leaves_garbage);
    if done.iter().any(|(_, result)| is_garbage(result)) {
        walrus.sweep_soon();
    }
    let outcomes: Vec<Outcome> = done.into_iter().map(outcome).collect();
    Ok(Answer::xml(delete_list::answer(&outcomes, list.quiet)))
}

fn doomed(named: &Named, fresh: String) -> S3Result<Doomed> {
    named
        .version_id
        .as_deref()
        .map(check_version_id)
        .transpose()?;
    let etag = named.etag.as_deref();
    Ok(Doomed {
        key: names::key(named.key.clone().into_bytes())?,
        version_id: named.version_id.clone(),
        conditions: etag.map_or_else(WriteConditions::default, WriteConditions::of_etag),
        fresh,
    })
}

fn outcome((named, result): (Named, S3Result<Deleted>)) -> Outcome {
    let (key, version_id) = (named.key, named.version_id);
    match result {
        Ok(deleted) => Outcome::Deleted {
            key,
            version_id,
            marker: deleted.version_id.filter(|_| deleted.is_marker),
        },
        Err(error) => Outcome::Failed {
            key,
            version_id,
            error,
        },
    }
}
