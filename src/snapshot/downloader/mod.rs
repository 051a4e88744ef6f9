//! Downloads a snapshot: lists its blocks, gets them, writes them where they belong.
//!
//! ```text
//! page of blocks ─► each, N at once: noted and there? ─► get ─► SHA-256 ─► write ─► noted
//!      ▲                                                                      │
//!      └── next page, until there is none ◄───────────────────────────────────┘
//! ─► durable ─► file gets its name, state removed
//! ```
//!
//! A file is sparse: what the snapshot lacks, and cells of zeros, are holes. Until all is there it
//! has a hidden name; a run that is killed leaves it, and the next one goes on. A device is written
//! in place, zeros too.

mod journey;
mod output;
#[cfg(test)]
mod tests;

use serde_json::json;

use super::state::{self, State};
use super::{DownloadOptions, DownloadSummary, SnapshotError, Target};
use crate::aws::ebs::{BLOCK_SIZE, BLOCKS_OF_GIB, Ebs, PageStart};
use crate::progress::Progress;
use journey::Journey;
use output::Output;

/// Downloads a snapshot.
///
/// # Errors
/// When the service refuses or cannot be reached, a block is not what its checksum says, the
/// image cannot be written, or the caller asks to stop. No file has the image's name then.
pub fn download(
    ebs: &Ebs,
    options: &DownloadOptions,
    progress: &dyn Progress,
) -> Result<DownloadSummary, SnapshotError> {
    let first = ebs.list_snapshot_blocks(&options.snapshot, PageStart::Block(0))?;
    let volume_size = first.volume_size;
    let blocks = volume_size * BLOCKS_OF_GIB; // at most 2^27
    let bytes = u64::from(blocks) * BLOCK_SIZE;
    let (output, state) = match &options.target {
        Target::Device(path) => (
            Output::device(path, bytes)?,
            State::in_memory(String::new()),
        ),
        Target::File { path, replace } => {
            let output = Output::file(path, *replace)?;
            let connection = ebs.service().connection();
            let terms = json!({
                "endpoint": connection.endpoint.url(),
                "region": connection.endpoint.region,
                "download": options.snapshot,
                "volume_size": volume_size,
            });
            let notes = state::beside(path);
            let mut state = State::begin(&notes, terms, blocks, options.resume, String::new())?;
            if !output.prepare(bytes, state.count() > 0)? {
                state.restart(String::new()); // what it is about is gone
            }
            (output, state)
        }
    };
    let journey = Journey::new(ebs, options, volume_size, progress, output, state);
    match journey.run(first) {
        Ok(()) => journey.end(),
        Err(error) => Err(journey.fail(error)),
    }
}
