//! `uploads list` and `uploads abort`: multipart uploads that nobody completed.

use std::time::Duration;

use clap::{Arg, ArgAction};
use serde_json::json;

use super::upload_bundle::bucket;
use crate::aws::s3::{PendingUpload, S3};
use crate::cli::failure::{Exit, Failure};
use crate::cli::progress::Watcher;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome, flag, option};
use crate::cli::{cloud, host};
use crate::units::Timestamp;
use crate::upload::{BucketPath, abort_uploads, pending_uploads};

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "uploads",
    about: "List or abort the pending multipart uploads of a bucket",
    details: "Large parts are uploaded in chunks. An upload that broke off keeps its chunks, so \
              that the next upload-bundle can go on; they cost storage until it does, or they \
              are aborted. abort takes the ids to abort, or asks before it aborts all that list \
              shows.",
    examples: &[
        "amikit uploads list -b images/debian",
        "amikit uploads abort -b images --older-than 7d --yes",
    ],
    args,
    sources: &[],
    rows: false,
    run,
};

fn args() -> Vec<Arg> {
    let mut args = vec![
        Arg::new("action")
            .value_name("ACTION")
            .value_parser(["list", "abort"])
            .help("What to do")
            .required(true),
        Arg::new("id")
            .value_name("UPLOAD-ID")
            .action(ArgAction::Append)
            .num_args(0..)
            .help("Uploads to abort (default: all that match)"),
        option(
            "bucket",
            "BUCKET[/PREFIX]",
            "Bucket, and what keys begin with",
        )
        .short('b')
        .required(true),
        option(
            "older-than",
            "TIME",
            "Only those that began so long ago: a number with s, m, h, d or w",
        ),
        flag("yes", "Abort without asking").short('y'),
        flag("batch", "Ask no questions: without ids, abort needs --yes"),
    ];
    args.extend(cloud::s3_args());
    args
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let path = bucket(session)?;
    let before = match session.text("older-than")? {
        None => None,
        Some(text) => Some(ago(session, &text)?),
    };
    let watcher = Watcher::new(session)?;
    let s3 = cloud::s3(session, &watcher)?;
    let uploads = pending_uploads(&s3, &path, before)?;
    if session.text("action")?.as_deref() == Some("abort") {
        return abort(session, &watcher, &s3, &path, uploads);
    }
    if session.values.list("id").is_empty() {
        return show(session, &path, &uploads);
    }
    Err(Failure::usage("list takes no ids"))
}

fn show(
    session: &Session<'_>,
    path: &BucketPath,
    uploads: &[PendingUpload],
) -> Result<Outcome, Failure> {
    if session.is_json() {
        let uploads: Vec<_> = uploads
            .iter()
            .map(|upload| {
                json!({
                    "key": upload.key,
                    "upload_id": upload.upload_id,
                    "initiated": upload.initiated,
                })
            })
            .collect();
        session.json(&json!({"bucket": path.bucket(), "uploads": uploads}))?;
        return Ok(Outcome::Done);
    }
    for upload in uploads {
        session.line(&line(upload))?;
    }
    if uploads.is_empty() {
        session.note("nothing is pending");
    }
    Ok(Outcome::Done)
}

/// An upload on one line; what a server says is shown without control characters.
fn line(upload: &PendingUpload) -> String {
    let text = format!("{}  {}  {}", upload.initiated, upload.upload_id, upload.key);
    text.replace(char::is_control, "\u{fffd}")
}

fn abort(
    session: &Session<'_>,
    watcher: &Watcher,
    s3: &S3,
    path: &BucketPath,
    mut uploads: Vec<PendingUpload>,
) -> Result<Outcome, Failure> {
    let ids = session.values.list("id");
    let unknown = ids
        .iter()
        .find(|id| uploads.iter().all(|upload| upload.upload_id != **id));
    if let Some(id) = unknown {
        let failure = Failure::new(Exit::Failed, format!("no pending upload has the id {id}"));
        return Err(failure.hint("amikit uploads list tells what is pending"));
    }
    if !ids.is_empty() {
        uploads.retain(|upload| ids.contains(&upload.upload_id));
    } else if !uploads.is_empty() && !session.values.flag("yes") {
        consent(session, path, &uploads)?;
    }
    let result = abort_uploads(s3, path.bucket(), &uploads, watcher);
    let count = watcher.end(result)?;
    if session.is_json() {
        let ids: Vec<_> = uploads.iter().map(|upload| &upload.upload_id).collect();
        session.json(&json!({"bucket": path.bucket(), "aborted": ids}))?;
    } else if !session.verbosity.quiet {
        session.line(&format!("aborted    {count}"))?;
    }
    Ok(Outcome::Done)
}

/// All that match are many more than one id: the user is asked.
fn consent(
    session: &Session<'_>,
    path: &BucketPath,
    uploads: &[PendingUpload],
) -> Result<(), Failure> {
    if session.is_batch() || session.is_json() {
        return Err(
            Failure::usage("nobody can be asked whether to abort all uploads that match")
                .hint("pass --yes, or the ids to abort"),
        );
    }
    for upload in uploads {
        session.line(&line(upload))?;
    }
    let question = format!("Abort {} uploads in {}?", uploads.len(), path.bucket());
    if host::confirm(session, &question)? {
        Ok(())
    } else {
        Err(Failure::declined())
    }
}

fn ago(session: &Session<'_>, text: &str) -> Result<Timestamp, Failure> {
    let passed = duration(text).ok_or_else(|| {
        let why = format!("\"{text}\" is no time: expected a number with s, m, h, d or w");
        session.invalid("older-than", text, &why)
    })?;
    let seconds = i64::try_from(passed.as_secs()).unwrap_or(i64::MAX);
    Ok(Timestamp(host::now().saturating_sub(seconds)))
}

/// `30m`, `12h`, `7d`.
fn duration(text: &str) -> Option<Duration> {
    let last = text.chars().next_back()?;
    let unit: u64 = match last {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 24 * 3600,
        'w' => 7 * 24 * 3600,
        _ => return None,
    };
    let digits = text.strip_suffix(last)?;
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    let number: u64 = digits.parse().ok().filter(|_| plain)?;
    number.checked_mul(unit).map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_numbers_with_a_unit() {
        assert_eq!(duration("90s"), Some(Duration::from_secs(90)));
        assert_eq!(duration("7d"), Some(Duration::from_hours(7 * 24)));
        for text in [
            "",
            "7",
            "d",
            "+7d",
            "-1d",
            "1.5h",
            "99999999999999999999w",
            "7ð",
        ] {
            assert_eq!(duration(text), None, "{text}");
        }
    }
}
