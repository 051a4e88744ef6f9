//! What is said of an upload, in each dialect.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::json;

use crate::cli::commands::pace;
use crate::cli::dialect::Family;
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::progress::Step;
use crate::units::Bytes;
use crate::upload::{BucketState, PartOutcome, UploadNote, UploadOptions, UploadSummary};

/// What Amazon's tool says of each step when it makes it.
pub(super) fn steps(bucket: &str) -> impl Fn(Step<'_>) -> String + Send + Sync + 'static {
    let bucket = bucket.to_owned();
    move |step| match step {
        Step::BucketCreated => "Creating bucket...\n".to_owned(),
        Step::PartsBegin { .. } => {
            format!("Uploading bundled image parts to the S3 bucket {bucket} ...\n")
        }
        Step::Done(part) => format!("Uploaded {part}\n"),
        Step::Skipped(part) => format!("Skipping {part}\n"),
        Step::ManifestBegins => "Uploading manifest ...\n".to_owned(),
    }
}

/// What is said when the server has everything.
pub(super) fn end(
    session: &Session<'_>,
    options: &UploadOptions,
    summary: &UploadSummary,
    took: Duration,
) -> Result<(), Failure> {
    for note in &summary.notes {
        session.warn(words(note));
    }
    match session.manner.family {
        Family::Euca | Family::Ec2Api => match &summary.manifest_key {
            Some(key) => session.line(&format!("Uploaded {}/{key}", options.to.bucket())),
            None => Ok(()),
        },
        Family::Ec2 => session.print(&as_ec2_does(summary)),
        Family::Native if session.is_json() => {
            let value = json!({
                "bucket": options.to.bucket(),
                "bucket_created": creates_bucket(options, summary),
                "manifest": summary.manifest_key,
                "parts": summary.parts.len(),
                "sent": summary.count(PartOutcome::Sent),
                "skipped": summary.parts.len() - summary.count(PartOutcome::Sent),
                "bytes_sent": summary.bytes_sent,
                "resumed": summary.resumed,
                "dry_run": options.dry_run,
                "seconds": took.as_secs_f64(),
                "warnings": *session.warnings.borrow(),
            });
            session.json(&value)
        }
        Family::Native if session.verbosity.quiet && !options.dry_run => Ok(()),
        Family::Native => session.print(&for_people(options, summary, took)),
    }
}

/// Whether the bucket is new or, in a dry run, would be.
fn creates_bucket(options: &UploadOptions, summary: &UploadSummary) -> bool {
    match summary.bucket {
        Some(BucketState::Created) => true,
        Some(BucketState::Missing) => options.dry_run,
        Some(BucketState::Existed) | None => false,
    }
}

/// The lines after the last step.
fn as_ec2_does(summary: &UploadSummary) -> String {
    let manifest = summary.manifest_key.as_ref();
    let manifest = manifest.map_or("", |_| "Uploaded manifest.\n");
    format!("{manifest}Bundle upload completed.\n")
}

fn for_people(options: &UploadOptions, summary: &UploadSummary, took: Duration) -> String {
    let mut text = String::new();
    let created = match (creates_bucket(options, summary), options.dry_run) {
        (true, true) => " (would be created)",
        (true, false) => " (created)",
        (false, _) => "",
    };
    let manifest = summary.manifest_key.as_deref();
    let manifest = manifest.unwrap_or("(not sent)");
    let count = summary.parts.len();
    let sent = summary.count(PartOutcome::Sent);
    let would = if options.dry_run { "would be " } else { "" };
    // Writing to a String cannot fail.
    let _ = writeln!(text, "bucket     {}{created}", options.to.bucket());
    let _ = writeln!(text, "manifest   {manifest}");
    let _ = writeln!(
        text,
        "parts      {count}, of which {sent} {would}sent and {} there already",
        count - sent
    );
    if options.dry_run {
        let _ = writeln!(text, "to send    {}", Bytes(summary.bytes_sent));
        for part in &summary.parts {
            let what = match part.outcome {
                PartOutcome::Sent => "send",
                PartOutcome::Found => "have",
                PartOutcome::Assumed => "skip",
            };
            let _ = writeln!(text, "  {what}  {}  {}", part.name, Bytes(part.size));
        }
    } else {
        let _ = writeln!(text, "sent       {}", Bytes(summary.bytes_sent));
        let _ = writeln!(text, "time       {}", pace(summary.bytes_sent, took));
    }
    text
}

/// What is said of a note.
pub(in crate::cli::commands) fn words(note: &UploadNote) -> String {
    match note {
        UploadNote::StateIgnored { path, why } => format!(
            "the state file {} is not used: {why}; the server is asked instead",
            path.display()
        ),
        UploadNote::OldManifestStayed { key } => format!(
            "the old manifest {key} could not be removed first: until now it told of parts that \
             were gone"
        ),
        UploadNote::StateUnwritable { path, why } => format!(
            "the state file {} cannot be kept: {why}; another run asks the server instead",
            path.display()
        ),
    }
}
