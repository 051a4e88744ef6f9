//! The keys, the service, the clock: one request each, made without the others.

use std::sync::Arc;

use crate::aws::http::{Body, HttpClient, HttpRequest, HttpResponse};
use crate::aws::s3::S3;
use crate::aws::service::{Call, MAX_CLOCK_OFFSET};
use crate::aws::{AwsError, CredentialsProvider, Endpoint};
use crate::cli::cloud::{connect, find, http_options, now, shared_mode};
use crate::cli::failure::cloud::clock_words;
use crate::cli::failure::{Exit, Failure};
use crate::cli::progress::Watcher;
use crate::cli::session::Session;
use crate::config::cloud::{Cloud, Found, Origin};
use crate::units::Timestamp;

use super::bucket::{self, Bucket};
use super::ec2;
use super::report::Report;

/// Temporary keys that end within these seconds are worth a warning: an upload takes time.
const SOON: i64 = 900;

/// Largest list of buckets that is read.
const MAX_LIST_BYTES: usize = 4 << 20;

const ACCESS: &str = "access";

/// Checks everything that is not on this machine.
///
/// # Errors
/// When the user stops it, or an option makes no sense.
pub(super) fn check(
    session: &Session<'_>,
    cloud: &Cloud<'_>,
    watcher: &Watcher,
    bucket: Option<&Bucket>,
    report: &mut Report,
) -> Result<(), Failure> {
    let found = keys(cloud, watcher, report)?;
    let credentials = found.map(|found| found.provider);
    let names = Names {
        endpoint: "endpoint",
        clock: "clock",
    };
    let answers = endpoint(session, cloud, watcher, names, report)?;
    match credentials.clone().filter(|_| answers) {
        Some(credentials) => objects(session, cloud, watcher, credentials, bucket, report)?,
        None => report.skip(ACCESS, "needs keys and a service that answers"),
    }
    ec2::check(session, cloud, watcher, credentials, report)
}

/// Whether S3 takes the keys, and the bucket.
fn objects(
    session: &Session<'_>,
    cloud: &Cloud<'_>,
    watcher: &Watcher,
    credentials: Arc<dyn CredentialsProvider>,
    bucket: Option<&Bucket>,
    report: &mut Report,
) -> Result<(), Failure> {
    let s3 = connect(session, cloud, Some(credentials), watcher)?;
    let own = access(&s3, bucket, report)?;
    if let Some(bucket) = bucket {
        bucket::check(session, &s3, bucket, own.as_deref(), report)?;
    }
    Ok(())
}

/// Whether there are keys that have not ended.
fn keys(
    cloud: &Cloud<'_>,
    watcher: &Watcher,
    report: &mut Report,
) -> Result<Option<Found>, Failure> {
    const NAME: &str = "keys";
    let found = match find(cloud, watcher) {
        Ok(found) => found,
        Err(failure) => {
            stopped(watcher)?;
            report.fail(NAME, &failure);
            return Ok(None);
        }
    };
    report.tell(
        "access key",
        masked(&found.now.access_key_id),
        &found.origin,
    );
    report.tell("secret key", "(set)", &found.origin);
    if found.now.session_token.is_some() {
        report.tell("token", "(set)", &found.origin);
    }
    let left = found.now.seconds_left(now());
    let end = found.now.expires.map_or_else(
        || "they do not end".to_owned(),
        |expires| format!("they end at {expires}"),
    );
    let mode = found.secret_file.as_deref().and_then(shared_mode);
    match (mode, &found.secret_file) {
        (Some(mode), Some(path)) => report.warn(
            NAME,
            format!(
                "{} is accessible to others (mode {mode:04o})",
                path.display()
            ),
            format!("chmod 600 {}", path.display()),
        ),
        _ if found.origin == Origin::Flag("--access-key-id") => report.warn(
            NAME,
            "the secret is on the command line, where others can see it",
            "put it into a file or AWS_SECRET_ACCESS_KEY",
        ),
        _ if left < SOON => report.warn(NAME, end, "get new ones before a long upload"),
        _ => report.ok(NAME, end),
    }
    Ok(Some(found))
}

/// The first letters of a key's id: enough to know it by, too few to use it.
fn masked(id: &str) -> String {
    let first: String = id.chars().take(4).collect();
    let rest = id.chars().count().saturating_sub(4);
    format!("{first}{}", "*".repeat(rest.min(16)))
}

/// What the checks of a service's endpoint are called.
#[derive(Debug, Clone, Copy)]
pub(super) struct Names {
    /// That it answers.
    pub(super) endpoint: &'static str,
    /// That its clock agrees.
    pub(super) clock: &'static str,
}

/// Whether the service answers at all; any answer will do.
pub(super) fn endpoint(
    session: &Session<'_>,
    cloud: &Cloud<'_>,
    watcher: &Watcher,
    names: Names,
    report: &mut Report,
) -> Result<bool, Failure> {
    let asked = cloud.place().map_err(Failure::from).and_then(|place| {
        let options = http_options(session, cloud)?;
        let http = HttpClient::new(options, watcher.stop_sign())?;
        let started = now();
        let response = ask(&http, &place.endpoint)?;
        Ok((place.endpoint, response, started))
    });
    match asked {
        Ok((endpoint, response, started)) => {
            let how = match (endpoint.scheme.as_str(), cloud.verifies_tls()?.value) {
                ("https", true) => "its certificate is trusted",
                ("https", false) => "its certificate is not checked",
                _ => "not encrypted",
            };
            report.ok(names.endpoint, format!("{} answers; {how}", endpoint.host));
            clock(&response, started, names.clock, report);
            Ok(true)
        }
        Err(failure) => {
            stopped(watcher)?;
            report.fail(names.endpoint, &failure);
            Ok(false)
        }
    }
}

fn ask(http: &HttpClient, endpoint: &Endpoint) -> Result<HttpResponse, Failure> {
    let request = HttpRequest {
        method: "GET",
        url: format!("{}/", endpoint.url()),
        headers: Vec::new(),
        body: Body::Empty,
        patient: false,
        fresh: false,
    };
    http.send(&request).map_err(|source| {
        Failure::from(AwsError::Transport {
            operation: "a request",
            host: endpoint.host.clone(),
            attempts: 1,
            source,
        })
    })
}

/// Whether this machine's clock is the service's. Up to a day the tools correct what they sign by
/// themselves, so that this is no failure.
fn clock(response: &HttpResponse, started: Timestamp, name: &'static str, report: &mut Report) {
    let date = response.header("date").and_then(Timestamp::parse);
    let Some(date) = date else {
        report.skip(name, "the service's answer has no date");
        return;
    };
    let offset = date.0.saturating_sub(started.0);
    match clock_words(offset) {
        None => report.ok(name, "agrees with the service's"),
        Some(words) if offset.unsigned_abs() > MAX_CLOCK_OFFSET => {
            let failure = Failure::new(Exit::Failed, words);
            report.fail(
                name,
                &failure.hint("set it, best by NTP: requests will be refused"),
            );
        }
        Some(words) => report.warn(
            name,
            words,
            "set it, best by NTP: amikit corrects its signatures, other programs do not",
        ),
    }
}

/// Whether the service takes the keys. Returns the list of buckets if they may see it.
fn access(
    s3: &S3,
    bucket: Option<&Bucket>,
    report: &mut Report,
) -> Result<Option<String>, Failure> {
    let call = Call::new("ListBuckets", "GET");
    match s3.service().call_whole(&call, MAX_LIST_BYTES) {
        Ok(answer) => {
            let list = String::from_utf8_lossy(&answer.body).into_owned();
            let count = list.matches("<Bucket>").count();
            report.ok(
                ACCESS,
                format!("the service takes the keys; buckets: {count}"),
            );
            return Ok(Some(list));
        }
        Err(AwsError::Interrupted) => return Err(Failure::interrupted()),
        // Keys that may do little are known all the same.
        Err(error) if error.is_code("AccessDenied") && bucket.is_some() => {
            report.ok(
                ACCESS,
                "the service knows the keys, which may not list buckets",
            );
        }
        Err(error) if error.is_code("AccessDenied") => report.warn(
            ACCESS,
            "the service knows the keys, which may not list buckets",
            "that is fine if they may use the bucket: check it with --bucket",
        ),
        Err(error) => report.fail(ACCESS, &error.into()),
    }
    Ok(None)
}

/// Ends the command when the user wants that.
fn stopped(watcher: &Watcher) -> Result<(), Failure> {
    if (watcher.stop_sign())() {
        Err(Failure::interrupted())
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn of_a_key_only_its_first_letters_are_shown() {
        assert_eq!(masked("AKIAIOSFODNN7EXAMPLE"), "AKIA****************");
        assert_eq!(masked("me"), "me");
    }
}
