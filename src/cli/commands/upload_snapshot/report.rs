//! What is said of an upload.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::json;

use crate::cli::commands::pace;
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::snapshot::{Plan, SnapshotNote, UploadOptions, UploadSummary};
use crate::units::Bytes;

/// Says what would be sent.
pub(super) fn plan(
    session: &Session<'_>,
    options: &UploadOptions,
    plan: &Plan,
) -> Result<(), Failure> {
    if session.is_json() {
        return session.json(&json!({
            "dry_run": true,
            "image": options.image.display().to_string(),
            "image_size": plan.image_size,
            "volume_size": plan.volume_size,
            "data_blocks": plan.data_blocks,
            "zero_blocks": plan.zero_blocks,
            "blocks": plan.blocks(),
            "bytes": plan.bytes(),
            "requests": plan.requests(),
            "warnings": *session.warnings.borrow(),
        }));
    }
    let zeros = if plan.sends_zeros {
        "sent, too"
    } else {
        "left out"
    };
    session.print(&format!(
        "image      {}\n\
         volume     {} GiB\n\
         blocks     {} with data, {} of zeros ({zeros})\n\
         to send    {} blocks, {}\n\
         requests   {}\n",
        Bytes(plan.image_size),
        plan.volume_size,
        plan.data_blocks,
        plan.zero_blocks,
        plan.blocks(),
        Bytes(plan.bytes()),
        plan.requests(),
    ))
}

/// Says what was done.
pub(super) fn end(
    session: &Session<'_>,
    summary: &UploadSummary,
    is_completed: bool,
    took: Duration,
) -> Result<(), Failure> {
    for note in &summary.notes {
        session.warn(words(note));
    }
    if session.is_json() {
        return session.json(&json!({
            "snapshot_id": summary.snapshot,
            "volume_size": summary.volume_size,
            "encrypted": summary.is_encrypted,
            "completed": is_completed,
            "blocks_sent": summary.sent,
            "zero_blocks_sent": summary.zeros_sent,
            "blocks_skipped": summary.skipped,
            "blocks_omitted": summary.omitted,
            "bytes_sent": summary.bytes_sent,
            "checksum": summary.checksum.to_string(),
            "resumed": summary.resumed,
            "seconds": took.as_secs_f64(),
            "warnings": *session.warnings.borrow(),
        }));
    }
    if session.verbosity.quiet {
        return session.line(&summary.snapshot);
    }
    let mut text = String::new();
    let encrypted = if summary.is_encrypted {
        ", encrypted"
    } else {
        ""
    };
    // Writing to a String cannot fail.
    let _ = writeln!(text, "snapshot   {}", summary.snapshot);
    let _ = writeln!(text, "volume     {} GiB{encrypted}", summary.volume_size);
    let _ = writeln!(
        text,
        "blocks     {} sent, {} there already, {} of zeros left out",
        summary.sent, summary.skipped, summary.omitted
    );
    let _ = writeln!(text, "sent       {}", Bytes(summary.bytes_sent));
    let _ = writeln!(text, "checksum   {}", summary.checksum);
    let _ = writeln!(text, "time       {}", pace(summary.bytes_sent, took));
    if !is_completed {
        text.push_str("state      the service is completing it\n");
    }
    session.print(&text)
}

/// What is said of a note.
pub(in crate::cli::commands) fn words(note: &SnapshotNote) -> String {
    match note {
        SnapshotNote::StateIgnored { path, why } => format!(
            "the state file {} is not used: {why}; everything is done anew",
            path.display()
        ),
        SnapshotNote::StateUnwritable { path, why } => format!(
            "the state file {} cannot be kept: {why}; another run does everything anew",
            path.display()
        ),
        SnapshotNote::BegunAnew { snapshot, why } => format!(
            "snapshot {snapshot} of the run before takes no blocks any more, and a new one was \
             begun ({why})"
        ),
        SnapshotNote::CompletedBefore { snapshot } => format!(
            "snapshot {snapshot} had been completed already; it has the blocks that were sent"
        ),
    }
}
