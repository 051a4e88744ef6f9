//! `download-bundle`: brings a bundle from a bucket.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Arg;
use serde_json::json;

use super::bundle_address::{address, args as address_args};
use super::destination::{Destination, make_directory};
use super::pace;
use super::unbundle::{NOT_CHECKED, signature_word};
use super::upload_bundle::{requests, transfer_jobs};
use crate::cli::dialect::Family;
use crate::cli::failure::Failure;
use crate::cli::progress::Watcher;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome, flag, path};
use crate::cli::{cloud, credentials, host};
use crate::progress::Step;
use crate::units::Bytes;
use crate::upload::{DownloadOptions, DownloadSummary, DownloadTarget, download};

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "download-bundle",
    about: "Bring a bundle from a bucket",
    details: "Every part is compared with the manifest before it gets its name; the manifest is \
              written last. What is here already is not fetched again, and what broke off is \
              gone on with: run the same command again. The signature is checked if the maker's \
              certificate is given.",
    examples: &[
        "amikit download-bundle -b images/web -p disk.img -d bundle",
        "amikit download-bundle -b images -m disk.img.manifest.xml -d bundle -c cert.pem",
        "amikit download-bundle -b images -p disk.img -d - | sha1sum",
    ],
    args,
    sources: &[],
    rows: false,
    run,
};

fn args() -> Vec<Arg> {
    let mut args = address_args();
    args.extend([
        path(
            "directory",
            "DIR",
            "Directory to write to, made if need be; - writes the parts to stdout (default: .)",
        )
        .short('d'),
        path(
            "cert",
            "FILE",
            "Certificate of the bundle's maker, to check the signature",
        )
        .short('c'),
        flag("force", "Replace existing files that differ"),
        flag("no-resume", "Fetch everything, whatever is here"),
        transfer_jobs(),
    ]);
    args.extend(cloud::s3_args());
    args
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let address = address(session)?;
    let jobs = requests(session)?;
    let certificate = credentials::certificate(session)?;
    let directory = session.path("directory")?;
    let directory = directory.unwrap_or_else(|| PathBuf::from("."));
    let to_stdout = directory == Path::new("-");
    let target = if to_stdout {
        DownloadTarget::Stream(Box::new(host::image_stdout()?))
    } else {
        DownloadTarget::Directory(directory.clone())
    };
    let watcher = Watcher::new(session)?;
    let s3 = cloud::s3(session, &watcher)?;
    let (bucket, prefix) = (address.bucket.clone(), address.part_prefix());
    let directory_shown = directory.clone();
    tracing::info!(
        bucket,
        manifest = address.manifest_key(),
        jobs,
        "downloading"
    );
    // Last, since it may make a directory. The old tools want theirs to exist.
    let made = if session.is_native() && !to_stdout {
        Some(make_directory(directory, "directory")?)
    } else {
        None
    };
    let options = DownloadOptions {
        address,
        certificate,
        target,
        replace: session.manner.replaces || session.values.flag("force"),
        resume: !session.values.flag("no-resume"),
        jobs,
    };
    let watcher = if session.manner.family == Family::Ec2 && !to_stdout {
        watcher.telling(steps(&bucket, &prefix, directory_shown))
    } else {
        watcher
    };
    let started = Instant::now();

    let result = download(&s3, options, &watcher);

    let summary = watcher
        .end(result)
        .inspect_err(|_| made.iter().for_each(Destination::take_back))?;
    report(session, &bucket, &summary, started.elapsed())?;
    Ok(Outcome::Done)
}

/// What Amazon's tool says of each step. It says that it begins with a part, too; here several
/// are under way at once, and each is told when it and those before it are done.
fn steps(
    bucket: &str,
    prefix: &str,
    directory: PathBuf,
) -> impl Fn(Step<'_>) -> String + Send + Sync + 'static {
    let bucket = bucket.to_owned();
    let place = format!("{bucket}/{prefix}");
    let place = place.trim_end_matches('/').to_owned();
    move |step| match step {
        Step::PartsBegin {
            manifest_key: Some(key),
        } => {
            let name = key.rsplit('/').next().unwrap_or(key);
            let path = directory.join(name);
            let path = path.display();
            format!("Downloading manifest {name} from {bucket} to {path} ...\n")
        }
        Step::Done(part) => {
            let path = directory.join(part);
            let path = path.display();
            format!(
                "Downloading part {part} from {place} to {path} ...\n\
                 Downloaded {part} from {bucket}\n"
            )
        }
        _ => String::new(),
    }
}

fn report(
    session: &Session<'_>,
    bucket: &str,
    summary: &DownloadSummary,
    took: Duration,
) -> Result<(), Failure> {
    let to_stdout = summary.parts.iter().all(|part| part.path.is_none());
    match session.manner.family {
        Family::Euca | Family::Ec2Api => match &summary.manifest_path {
            Some(path) => session.line(&format!("Wrote manifest {}", path.display())),
            None => Ok(()),
        },
        Family::Ec2 if to_stdout => Ok(()),
        Family::Ec2 => session.line("Bundle download completed."),
        Family::Native => {
            let text = if session.is_json() {
                as_json(session, bucket, summary, took).to_string()
            } else {
                for_people(summary, took)
            };
            if to_stdout {
                session.aside(&text);
                Ok(())
            } else if session.verbosity.quiet && !session.is_json() {
                Ok(())
            } else {
                session.line(&text)
            }
        }
    }
}

fn for_people(summary: &DownloadSummary, took: Duration) -> String {
    let fetched = fetched(summary);
    let size = summary.manifest.image.bundled_size;
    let place = match (&summary.manifest_path, &summary.manifest_key) {
        (Some(path), _) => path.display().to_string(),
        (None, Some(key)) => key.clone(),
        (None, None) => "on this machine".to_owned(),
    };
    let here = if fetched < size {
        format!(", of which {} were here", Bytes(size - fetched))
    } else {
        String::new()
    };
    format!(
        "manifest   {place}\n\
         parts      {}, {} in all{here}\n\
         signature  {}\n\
         time       {}",
        summary.parts.len(),
        Bytes(size),
        summary.signature.map_or(NOT_CHECKED, signature_word),
        pace(fetched, took),
    )
}

/// Bytes that came in this run. Of a stream that is everything.
fn fetched(summary: &DownloadSummary) -> u64 {
    let size = summary.manifest.image.bundled_size;
    let each = summary.parts.iter().map(|part| part.fetched);
    each.sum::<Option<u64>>().unwrap_or(size)
}

fn as_json(
    session: &Session<'_>,
    bucket: &str,
    summary: &DownloadSummary,
    took: Duration,
) -> serde_json::Value {
    let shown = |path: &PathBuf| path.display().to_string();
    let parts: Vec<_> = summary
        .parts
        .iter()
        .map(|part| {
            json!({
                "key": part.key,
                "path": part.path.as_ref().map(shown),
                "size": part.size,
                "fetched": part.fetched,
            })
        })
        .collect();
    json!({
        "bucket": bucket,
        "manifest_key": summary.manifest_key,
        "manifest": summary.manifest_path.as_ref().map(shown),
        "name": summary.manifest.image.name,
        "parts": parts,
        "bundled_size": summary.manifest.image.bundled_size,
        "fetched": fetched(summary),
        "signature": summary.signature.map(signature_word),
        "seconds": took.as_secs_f64(),
        "warnings": *session.warnings.borrow(),
    })
}
