//! `download-snapshot`: makes a disk image of an EBS snapshot.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Arg;
use serde_json::json;

use super::pace;
use super::upload_snapshot::{block_jobs, requests, words};
use crate::aws::ebs::{BLOCK_SIZE, Ebs};
use crate::cli::cloud;
use crate::cli::failure::Failure;
use crate::cli::progress::Watcher;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome, flag, path};
use crate::snapshot::{DownloadOptions, DownloadSummary, Target, download};
use crate::units::Bytes;

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "download-snapshot",
    about: "Make a disk image of an EBS snapshot",
    details: "The blocks come over the EBS direct APIs, each compared with its SHA-256. The image has \
              the volume's size; what the snapshot has not is a hole, or zeros on a device. It gets \
              its name when all is there.\n\n\
              The same command again gets only what is missing, also after a crash: a hidden file \
              and .NAME.amikit-snapshot beside the image keep what came.",
    examples: &[
        "amikit download-snapshot snap-0123456789abcdef0 -o disk.img",
        "amikit download-snapshot snap-0123456789abcdef0 --to-device /dev/sdX",
    ],
    args,
    sources: &[],
    rows: false,
    run,
};

fn args() -> Vec<Arg> {
    let mut args = vec![
        Arg::new("snapshot")
            .value_name("SNAPSHOT")
            .help("Id of the snapshot")
            .required(true),
        path(
            "output-file",
            "FILE",
            "File to write the image to (default: SNAPSHOT.img)",
        )
        .short('o'),
        path(
            "to-device",
            "DEVICE",
            "Block device to write the image to, in place",
        ),
        flag("force", "Replace an existing file"),
        block_jobs(),
        flag(
            "no-resume",
            "Get everything, whatever an earlier run has got",
        ),
    ];
    args.extend(cloud::ebs_args());
    args
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let options = options(session)?;
    let watcher = Watcher::new(session)?;
    let ebs = Ebs::of(cloud::ebs(session, &watcher)?);
    tracing::info!(
        snapshot = options.snapshot,
        jobs = options.jobs,
        "downloading"
    );
    let started = Instant::now();

    let result = download(&ebs, &options, &watcher);

    let summary = watcher.end(result)?;
    report(session, &options, &summary, started.elapsed())?;
    Ok(Outcome::Done)
}

fn options(session: &Session<'_>) -> Result<DownloadOptions, Failure> {
    let snapshot = session.text("snapshot")?;
    let snapshot = snapshot.ok_or_else(|| session.missing("snapshot"))?;
    let file = session.path("output-file")?;
    let target = match (file, session.path("to-device")?) {
        (Some(_), Some(_)) => {
            return Err(Failure::usage(
                "only one of --output-file and --to-device may be given",
            ));
        }
        (None, Some(device)) => Target::Device(device),
        (file, None) => Target::File {
            path: file.unwrap_or_else(|| PathBuf::from(format!("{snapshot}.img"))),
            replace: session.values.flag("force"),
        },
    };
    Ok(DownloadOptions {
        snapshot,
        target,
        jobs: requests(session)?,
        resume: !session.values.flag("no-resume"),
    })
}

fn report(
    session: &Session<'_>,
    options: &DownloadOptions,
    summary: &DownloadSummary,
    took: Duration,
) -> Result<(), Failure> {
    for note in &summary.notes {
        session.warn(words(note));
    }
    let bytes = summary.got * BLOCK_SIZE;
    if session.is_json() {
        return session.json(&json!({
            "snapshot_id": options.snapshot,
            "path": summary.path.display().to_string(),
            "volume_size": summary.volume_size,
            "blocks_got": summary.got,
            "blocks_skipped": summary.skipped,
            "blocks_absent": summary.absent,
            "bytes_got": bytes,
            "checksum": summary.checksum.to_string(),
            "seconds": took.as_secs_f64(),
            "warnings": *session.warnings.borrow(),
        }));
    }
    if session.verbosity.quiet {
        return Ok(());
    }
    session.print(&format!(
        "image      {}\n\
         size       {} GiB\n\
         blocks     {} got, {} there already, {} not in the snapshot\n\
         checksum   {}\n\
         time       {}\n",
        summary.path.display(),
        summary.volume_size,
        summary.got,
        summary.skipped,
        summary.absent,
        summary.checksum,
        format_args!("{}, {}", Bytes(bytes), pace(bytes, took)),
    ))
}
