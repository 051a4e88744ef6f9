//! `check-bucket`: whether there is a bucket, and what can be known of it.

use clap::Arg;
use serde_json::json;

use super::upload_bundle::bucket;
use crate::cli::cloud;
use crate::cli::dialect::Family;
use crate::cli::failure::{Exit, Failure};
use crate::cli::progress::Watcher;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome, option};
use crate::upload::{BucketReport, describe_bucket};

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "check-bucket",
    about: "Tell whether a bucket exists and may be used, and where it is",
    details: "Exit code 1 tells that there is none. What the service does not tell, such as the \
              owner of somebody else's bucket, is shown as unknown.",
    examples: &["amikit check-bucket -b images"],
    args,
    sources: &[],
    rows: false,
    run,
};

fn args() -> Vec<Arg> {
    let mut args = vec![
        option("bucket", "BUCKET", "Bucket to look for")
            .short('b')
            .required(true),
    ];
    args.extend(cloud::s3_args());
    args
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let path = bucket(session)?;
    let watcher = Watcher::new(session)?;
    let s3 = cloud::s3(session, &watcher)?;
    if session.manner.family != Family::Native {
        session.line(&format!("Checking bucket: {}", path.bucket()))?;
    }
    let result = describe_bucket(&s3, path.bucket());
    let Some(report) = watcher.end(result)? else {
        let failure = Failure::new(
            Exit::Failed,
            format!(
                "there is no bucket {} at {}",
                path.bucket(),
                s3.service().connection().endpoint.url()
            ),
        );
        return Err(failure
            .hint("amikit upload-bundle creates it; if it should be there, check --url and keys"));
    };
    if session.is_native() {
        show(session, path.bucket(), &report)?;
    }
    Ok(Outcome::Done)
}

fn show(session: &Session<'_>, bucket: &str, report: &BucketReport) -> Result<(), Failure> {
    if session.is_json() {
        return session.json(&json!({
            "bucket": bucket,
            "url": report.url,
            "location": report.location,
            "owner": report.owner,
            "grants": report.grants,
        }));
    }
    if session.verbosity.quiet {
        return Ok(());
    }
    let unknown = || "(unknown)".to_owned();
    let grants = report.grants.as_ref().map(|grants| grants.join(", "));
    let text = format!(
        "bucket     {bucket}\n\
         service    {}\n\
         location   {}\n\
         owner      {}\n\
         grants     {}",
        report.url,
        report.location.clone().unwrap_or_else(unknown),
        report.owner.clone().unwrap_or_else(unknown),
        grants.unwrap_or_else(unknown),
    );
    let plain = |c: char| c.is_control() && c != '\n';
    session.line(&text.replace(plain, "\u{fffd}"))
}
