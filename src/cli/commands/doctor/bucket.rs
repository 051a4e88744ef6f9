//! The bucket: whether it is there, whose, where, and what may be done with it.

use bytes::Bytes;

use super::report::Report;
use crate::aws::AwsError;
use crate::aws::http::Body;
use crate::aws::s3::{ObjectName, PutOptions, S3};
use crate::cli::failure::Failure;
use crate::cli::host;
use crate::cli::session::Session;

/// A bucket and where in it images are kept.
#[derive(Debug)]
pub(super) struct Bucket {
    name: String,
    /// Empty, or with a slash at its end.
    prefix: String,
}

const BUCKET: &str = "bucket";
const WRITE: &str = "write";

/// The bucket that is to be checked.
///
/// # Errors
/// When the option names none.
pub(super) fn named(session: &Session<'_>) -> Result<Option<Bucket>, Failure> {
    let Some(text) = session.text("bucket")? else {
        return Ok(None);
    };
    let path = text.trim_matches('/');
    let (name, prefix) = path.split_once('/').unwrap_or((path, ""));
    if name.is_empty() {
        let why = format!("\"{text}\" names no bucket: expected BUCKET or BUCKET/PREFIX");
        return Err(session.invalid("bucket", &text, &why));
    }
    let prefix = prefix.trim_matches('/');
    Ok(Some(Bucket {
        name: name.to_owned(),
        prefix: if prefix.is_empty() {
            String::new()
        } else {
            format!("{prefix}/")
        },
    }))
}

/// Checks it. `own` is the service's list of the buckets that are one's own.
///
/// # Errors
/// When the user stops it.
pub(super) fn check(
    session: &Session<'_>,
    s3: &S3,
    bucket: &Bucket,
    own: Option<&str>,
    report: &mut Report,
) -> Result<(), Failure> {
    let name = &bucket.name;
    match told(s3.bucket_exists(name))? {
        Ok(true) => {
            let is_own = own.map(|list| list.contains(&format!("<Name>{name}</Name>")));
            let whose = match is_own {
                Some(true) => "yours",
                Some(false) => "somebody else's, but open to you",
                None => "open to you",
            };
            report.ok(BUCKET, format!("{name} is {whose}"));
        }
        Ok(false) => {
            report.warn(
                BUCKET,
                format!("there is no bucket {name}"),
                "upload-bundle makes it, if the keys may do that (s3:CreateBucket)",
            );
            return Ok(());
        }
        Err(failure) => {
            report.fail(BUCKET, &failure);
            return Ok(());
        }
    }
    location(s3, name, report)?;
    match told(s3.list_objects(name, &bucket.prefix, None))? {
        Ok(page) => {
            let more = if page.next.is_some() {
                "more than "
            } else {
                ""
            };
            let count = page.objects.len();
            report.ok(
                "listing",
                format!("objects under {name}/{}: {more}{count}", bucket.prefix),
            );
        }
        Err(failure) => report.fail("listing", &failure),
    }
    if session.values.flag("write") {
        write(session, s3, bucket, report)?;
    } else {
        report.skip(
            WRITE,
            "not tried: pass --write to put and delete a small object",
        );
    }
    Ok(())
}

fn location(s3: &S3, name: &str, report: &mut Report) -> Result<(), Failure> {
    const NAME: &str = "bucket region";
    let chosen = &s3.service().connection().endpoint.region;
    match told(s3.bucket_location(name))? {
        Ok(location) if location.is_empty() => {
            report.ok(NAME, "the service's classic one");
        }
        Ok(location) if location == *chosen => report.ok(NAME, location),
        Ok(location) => report.warn(
            NAME,
            format!("{location}, but requests are signed for {chosen}"),
            format!("pass --region {location}: every call is redirected otherwise"),
        ),
        // The old servers do not have the call, and nothing depends on it.
        Err(failure) => report.warn(
            NAME,
            format!("not told: {}", failure.message()),
            "allow s3:GetBucketLocation, or do without",
        ),
    }
    Ok(())
}

/// Puts an object as an upload would, and deletes it.
fn write(
    session: &Session<'_>,
    s3: &S3,
    bucket: &Bucket,
    report: &mut Report,
) -> Result<(), Failure> {
    let key = format!(
        "{}amikit-doctor-{}",
        bucket.prefix,
        hex::encode(host::random_block()?)
    );
    let object = ObjectName {
        bucket: &bucket.name,
        key: &key,
    };
    let acl = session.text("acl")?.filter(|acl| acl != "none");
    let body = Body::Bytes(Bytes::from_static(b"amikit doctor was here\n"));
    let options = PutOptions {
        acl: acl.clone(),
        ..PutOptions::default()
    };
    let put = told(s3.put_object(object, &body, &options))?;
    // Also after a failure: the answer may have been lost, and not the object.
    let deleted = told(s3.delete_object(object))?;
    match (put, deleted) {
        (Ok(_), Ok(())) => {
            let acl = acl.as_deref().unwrap_or("none");
            report.ok(
                WRITE,
                format!("an object was put with ACL {acl}, and deleted"),
            );
        }
        (Err(failure), _) => report.fail(WRITE, &failure),
        (Ok(_), Err(mut failure)) => {
            failure
                .chain
                .insert(0, format!("{key} was put and is left there"));
            report.fail(WRITE, &failure);
        }
    }
    Ok(())
}

/// A call's result as a check tells it; the user's wish to stop ends the command.
fn told<T>(result: Result<T, AwsError>) -> Result<Result<T, Failure>, Failure> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(AwsError::Interrupted) => Err(Failure::interrupted()),
        Err(error) => Ok(Err(error.into())),
    }
}
