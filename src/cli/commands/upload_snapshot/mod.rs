//! `upload-snapshot`: makes an EBS snapshot of a disk image.

mod report;

use std::num::NonZeroUsize;
use std::time::Instant;

use clap::Arg;

use crate::aws::ebs::Ebs;
use crate::cli::commands::snapshots::until_completed;
use crate::cli::ec2::{tag_arg, tags, wait_args};
use crate::cli::failure::Failure;
use crate::cli::progress::Watcher;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome, flag, jobs, option};
use crate::cli::{cloud, host};
use crate::snapshot::{UploadOptions, plan, upload};

pub(super) use report::words;

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "upload-snapshot",
    about: "Make an EBS snapshot of a disk image",
    details: "The image's blocks of 512 KiB go straight into a snapshot, over the EBS direct APIs: no \
              instance and no volume is needed. Holes and blocks of zeros are left out, unless the \
              snapshot is encrypted. Every block is compared by its SHA-256 with what the service \
              has, and all of them at the end.\n\n\
              The same command again sends only what is missing, also after a crash (exit codes 7 \
              and 130). A file .NAME.amikit-snapshot beside the image helps with that until all is \
              done. The service cancels a snapshot that gets no block for an hour \
              (--snapshot-timeout); then a new one is begun.",
    examples: &[
        "amikit upload-snapshot disk.img --region eu-west-1",
        "amikit upload-snapshot disk.img --description \"Debian 13\" --tag Name=debian --wait",
        "amikit upload-snapshot disk.img --dry-run",
    ],
    args,
    sources: &[],
    rows: false,
    run,
};

/// Requests at the same time, unless `--jobs` says. A block takes the service some tens of
/// milliseconds, most of which is waiting: sixteen reach about 200 MB/s, below its quota of 1000
/// requests in a second.
pub(super) const REQUESTS: NonZeroUsize = NonZeroUsize::new(16).expect("sixteen is not zero");

/// Minutes that the service takes for `Timeout`.
const TIMEOUTS: std::ops::RangeInclusive<u32> = 10..=4320;

/// Characters that the service takes for `Description`.
const LONGEST_DESCRIPTION: usize = 255;

/// Tags that the service takes.
const MOST_TAGS: usize = 50;

fn args() -> Vec<Arg> {
    let mut args = vec![
        Arg::new("image")
            .value_name("IMAGE")
            .help("Disk image or block device")
            .value_parser(clap::builder::ValueParser::path_buf())
            .required(true),
        option("description", "TEXT", "What it is, for people").short('d'),
        option(
            "volume-size",
            "GIB",
            "Size of the volume (default: the image's, rounded up)",
        )
        .short('s'),
        tag_arg(),
        flag(
            "encrypted",
            "Encrypt it with the account's key for volumes, or with --kms-key",
        ),
        option("kms-key", "ARN", "Key to encrypt it with"),
        option(
            "zeros",
            "WAY",
            "Blocks of zeros: omit, send, or auto: send if it is encrypted",
        )
        .default_value("auto"),
        block_jobs(),
        option(
            "snapshot-timeout",
            "MINUTES",
            "Minutes without a block after which the service cancels it [default: 60]",
        )
        .hide_short_help(true),
        flag(
            "no-resume",
            "Begin a new snapshot, whatever an earlier run has sent",
        ),
        flag("dry-run", "Tell what would be sent, and ask nobody"),
    ];
    args.extend(wait_args());
    args.extend(cloud::ebs_args());
    args.push(
        option(
            "ec2-url",
            "URL",
            "Where EC2 is, for --wait [env: EC2_URL, AWS_ENDPOINT_URL_EC2, AWS_ENDPOINT_URL; \
             config: region ec2-url]",
        )
        .help_heading("Cloud options")
        .hide_short_help(true),
    );
    args
}

/// `--jobs` of commands that move blocks.
pub(super) fn block_jobs() -> Arg {
    jobs().help("Most requests at the same time (default: 16)")
}

/// The value of [`block_jobs`].
pub(super) fn requests(session: &Session<'_>) -> Result<NonZeroUsize, Failure> {
    match session.text("jobs")? {
        Some(_) => host::jobs(session),
        None => Ok(REQUESTS),
    }
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let options = options(session)?;
    let watcher = Watcher::new(session)?;
    if session.values.flag("dry-run") {
        let plan = watcher.end(plan(&options, &watcher))?;
        report::plan(session, &options, &plan)?;
        return Ok(Outcome::Done);
    }
    let ebs = Ebs::of(cloud::ebs(session, &watcher)?);
    // Before anything is sent: that --wait has nobody to ask is not to be found out at the end.
    let ec2 = if session.values.flag("wait") {
        Some(cloud::ec2(session, &watcher)?)
    } else {
        None
    };
    tracing::info!(image = %options.image.display(), jobs = options.jobs, "uploading");
    let started = Instant::now();

    let result = upload(&ebs, &options, &watcher);

    let summary = watcher.end(result)?;
    let took = started.elapsed();
    let waited = ec2.map(|ec2| until_completed(session, &watcher, &ec2, &summary.snapshot));
    report::end(
        session,
        &summary,
        waited.as_ref().is_some_and(Result::is_ok),
        took,
    )?;
    waited.transpose()?;
    Ok(Outcome::Done)
}

fn options(session: &Session<'_>) -> Result<UploadOptions, Failure> {
    let description = session.text("description")?;
    if let Some(text) = &description
        && !(1..=LONGEST_DESCRIPTION).contains(&text.chars().count())
    {
        let why = format!("a description has 1 to {LONGEST_DESCRIPTION} characters");
        return Err(session.invalid("description", text, &why));
    }
    let tags = tags(session, "tag")?;
    if tags.len() > MOST_TAGS {
        let count = tags.len();
        let why = format!("{count} tags are given, a snapshot has at most {MOST_TAGS}");
        return Err(session.invalid("tag", "", &why));
    }
    Ok(UploadOptions {
        image: session.required_path("image")?,
        volume_size: volume_size(session)?,
        description,
        tags: tags.into_iter().map(|tag| (tag.key, tag.value)).collect(),
        encrypted: session.values.flag("encrypted"),
        kms_key: session.text("kms-key")?,
        timeout: timeout(session)?,
        zeros: session.parsed("zeros")?.unwrap_or_default(),
        jobs: requests(session)?,
        resume: !session.values.flag("no-resume"),
    })
}

fn volume_size(session: &Session<'_>) -> Result<Option<u32>, Failure> {
    let Some(text) = session.text("volume-size")? else {
        return Ok(None);
    };
    match text.parse::<u32>() {
        Ok(size) if size > 0 => Ok(Some(size)),
        _ => {
            let why = format!("\"{text}\" is no size: expected a whole number of GiB");
            Err(session.invalid("volume-size", &text, &why))
        }
    }
}

fn timeout(session: &Session<'_>) -> Result<Option<u32>, Failure> {
    let Some(text) = session.text("snapshot-timeout")? else {
        return Ok(None);
    };
    match text.parse::<u32>() {
        Ok(minutes) if TIMEOUTS.contains(&minutes) => Ok(Some(minutes)),
        _ => {
            let (least, most) = (TIMEOUTS.start(), TIMEOUTS.end());
            let why = format!("\"{text}\" is no time-out: expected {least} to {most} minutes");
            Err(session.invalid("snapshot-timeout", &text, &why))
        }
    }
}
