//! `upload-bundle`: sends a bundle to a bucket.

mod policy;
mod report;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Arg;

use crate::cli::dialect::Family;
use crate::cli::failure::Failure;
use crate::cli::progress::Watcher;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome, flag, jobs, option, path};
use crate::cli::{cloud, host};
use crate::config::cloud::is_amazon_region;
use crate::upload::{BucketLocation, BucketPath, CannedAcl, UploadOptions, upload};

pub(super) use policy::form;
pub(super) use report::words;

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "upload-bundle",
    about: "Upload a bundle to a bucket, the manifest last",
    details: "The bucket is created if need be. Every part is compared with the manifest before \
              it is sent, and with the server's checksum when it has arrived: exit code 0 means \
              that the server has every byte.\n\n\
              The same command again sends only what is missing, also after a crash (exit codes \
              7 and 130). A file .NAME.manifest.xml.amikit-upload beside the manifest helps with \
              that until all is done; it holds nothing secret, and the server decides.",
    examples: &[
        "amikit upload-bundle -b images/debian -m bundle/disk.img.manifest.xml",
        "amikit upload-bundle -b images -m disk.img.manifest.xml --region admin@cloud",
        "amikit upload-bundle -b images -m disk.img.manifest.xml --dry-run",
    ],
    args,
    sources: &[],
    rows: false,
    run,
};

fn args() -> Vec<Arg> {
    let mut args = vec![
        path("manifest", "FILE", "Manifest of the bundle")
            .short('m')
            .required(true),
        path(
            "directory",
            "DIR",
            "Directory of the parts (default: the manifest's)",
        )
        .short('d'),
    ];
    args.extend(place_args());
    args.extend([
        option(
            "part",
            "N",
            "Send the parts from this index on, from 0; those before it have to be there",
        ),
        flag("skipmanifest", "Do not send the manifest"),
        transfer_jobs(),
        flag(
            "no-resume",
            "Send everything, whatever the server has already",
        ),
        flag(
            "dry-run",
            "Tell what would be created and sent, and do nothing",
        ),
    ]);
    args.extend(cloud::s3_args());
    args
}

/// The options of every command that uploads: where to, for whom, by which right.
pub(super) fn place_args() -> Vec<Arg> {
    vec![
        option(
            "bucket",
            "BUCKET[/PREFIX]",
            "Bucket to upload to, and what keys begin with",
        )
        .short('b')
        .required(true),
        option(
            "acl",
            "ACL",
            "Canned ACL of every object: private, public-read, aws-exec-read, ec2-bundle-read, \
             authenticated-read, bucket-owner-read, bucket-owner-full-control; none: no ACL",
        )
        .default_value("aws-exec-read"),
        option(
            "location",
            "LOCATION",
            "Where a new bucket is created; an existing one must be there \
             [config: region s3-location-constraint, for new ones]",
        ),
        option(
            "upload-policy",
            "JSON",
            "Policy to upload with, instead of a secret key",
        )
        .conflicts_with("upload-policy-file"),
        path("upload-policy-file", "FILE", "The same, in a file"),
        option(
            "upload-policy-signature",
            "SIGNATURE",
            "The policy's signature, by the secret of --access-key-id",
        ),
    ]
}

/// Requests at the same time, unless `--jobs` says: as many as browsers make to one server.
/// Enough that the link is never idle while a reply is waited for, few enough that nobody
/// throttles them. Processors do not count, since the network is what is waited for.
pub(super) const REQUESTS: NonZeroUsize = NonZeroUsize::new(6).expect("six is not zero");

/// `--jobs` of commands that move data.
pub(super) fn transfer_jobs() -> Arg {
    jobs().help("Requests at the same time (default: 6)")
}

/// The value of [`transfer_jobs`], also in dialects, which lack the option.
pub(super) fn requests(session: &Session<'_>) -> Result<NonZeroUsize, Failure> {
    match session.text("jobs")? {
        Some(_) => host::jobs(session),
        None => Ok(REQUESTS),
    }
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let watcher = Watcher::new(session)?;
    let options = options(session, &watcher)?;
    let s3 = if options.form.is_some() {
        cloud::s3_unsigned(session, &watcher)?
    } else {
        cloud::s3(session, &watcher)?
    };
    let watcher = match session.manner.family {
        Family::Ec2 => watcher.telling(report::steps(options.to.bucket())),
        Family::Native | Family::Euca | Family::Ec2Api => watcher,
    };
    tracing::info!(
        manifest = %options.manifest.display(),
        bucket = options.to.bucket(),
        prefix = options.to.prefix(),
        jobs = options.jobs,
        "uploading"
    );
    let started = Instant::now();

    let result = upload(&s3, &options, &watcher);

    let summary = watcher.end(result)?;
    report::end(session, &options, &summary, started.elapsed())?;
    Ok(Outcome::Done)
}

fn options(session: &Session<'_>, watcher: &Watcher) -> Result<UploadOptions, Failure> {
    let manifest = session.required_path("manifest")?;
    let acl = acl(session)?;
    Ok(UploadOptions {
        directory: session
            .path("directory")?
            .unwrap_or_else(|| directory_of(&manifest)),
        to: bucket(session)?,
        acl,
        location: upload_location(session)?,
        jobs: requests(session)?,
        first_part: first_part(session)?,
        skip_manifest: session.values.flag("skipmanifest"),
        resume: !session.values.flag("no-resume"),
        dry_run: session.values.flag("dry-run"),
        form: form(session, watcher, acl)?,
        manifest,
    })
}

/// `--part`.
fn first_part(session: &Session<'_>) -> Result<usize, Failure> {
    let Some(text) = session.text("part")? else {
        return Ok(0);
    };
    let why = format!("\"{text}\" is not the index of a part: expected a number from 0");
    text.parse()
        .map_err(|_| session.invalid("part", &text, &why))
}

/// The directory that a file is in.
pub(super) fn directory_of(file: &Path) -> PathBuf {
    match file.parent() {
        Some(parent) if parent != Path::new("") => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// `--bucket`.
pub(super) fn bucket(session: &Session<'_>) -> Result<BucketPath, Failure> {
    let bucket = session.parsed("bucket")?;
    bucket.ok_or_else(|| session.missing("bucket"))
}

/// `--acl`.
pub(super) fn acl(session: &Session<'_>) -> Result<Option<CannedAcl>, Failure> {
    let Some(text) = session.text("acl")? else {
        return Ok(None);
    };
    CannedAcl::parse_option(&text).map_err(|error| session.invalid("acl", &text, &error))
}

/// Where the bucket is wanted: `--location`, else what the configuration file says of new ones.
/// An empty one asks for nothing. euca2ools looks at new buckets only.
pub(super) fn location(session: &Session<'_>) -> Result<BucketLocation, Failure> {
    let given = session.text("location")?;
    let given = given.filter(|location| !location.is_empty());
    // Without a URL it tells which of Amazon's services is meant.
    if let (Some(place), Family::Ec2) = (&given, session.manner.family)
        && !session.values.is_on_command_line("url")
        && !matches!(place.as_str(), "EU" | "US")
        && !is_amazon_region(place)
    {
        let why = format!("\"{place}\" is not a location: expected EU, US or a region");
        return Err(session.invalid("location", place, &why));
    }
    Ok(match (given, session.manner.family) {
        (Some(place), Family::Euca | Family::Ec2Api) => BucketLocation::NewThere(place),
        (Some(place), Family::Native | Family::Ec2) => BucketLocation::There(place),
        (None, _) => match cloud::location_constraint(session)? {
            Some(place) => BucketLocation::NewThere(place),
            None => BucketLocation::Anywhere,
        },
    })
}

/// The same for what is uploaded: to Amazon's tool `--region` is a place, too.
pub(super) fn upload_location(session: &Session<'_>) -> Result<BucketLocation, Failure> {
    let of_region = session.manner.family == Family::Ec2 && session.text("location")?.is_none();
    match session.text("region")? {
        Some(region) if of_region && !region.is_empty() && region != "us-east-1" => {
            Ok(BucketLocation::There(region))
        }
        _ => location(session),
    }
}

#[cfg(test)]
mod tests;
