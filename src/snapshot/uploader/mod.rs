//! Uploads an image: starts a snapshot, or goes on with one, sends what it lacks, completes it.
//!
//! ```text
//! image, state ─┬─ nothing begun ──► token noted ─► StartSnapshot ─► id noted ─┐
//!               └─ a snapshot begun ────────────────────────────────────────────┤
//!   each block of the image, N at once:                                         ▼
//!       noted? ─► hole, zeros? ─► left out      else ─► SHA-256 ─► put ─► noted
//!   ─► image unchanged? ─► marked ─► CompleteSnapshot: count, checksum of all ─► state removed
//! ```
//!
//! Whatever ends an upload before that, the state stays, and the same upload again sends the rest.
//! If the service does not take blocks for the old snapshot any more, a new one is begun.

mod journey;
mod refusals;

use std::path::Path;

use serde_json::json;

use super::image::{Identity, Image};
use super::layout::Layout;
use super::state::{self, State};
use super::{SnapshotError, UploadOptions, UploadSummary};
use crate::aws::AwsError;
use crate::aws::ebs::Ebs;
use crate::host::workspace::WorkspaceError;
use crate::progress::Progress;
use journey::{Asked, Journey};

/// Uploads an image, and completes the snapshot.
///
/// # Errors
/// When the image cannot be read, does not fit or changes, when the service refuses or cannot be
/// reached, or the caller asks to stop. [`SnapshotError::Partial`] and
/// [`SnapshotError::Interrupted`] tell whether the same call again sends the rest only.
pub fn upload(
    ebs: &Ebs,
    options: &UploadOptions,
    progress: &dyn Progress,
) -> Result<UploadSummary, SnapshotError> {
    upload_marked(ebs, options, progress, &|_| Ok(()))
}

/// What is done to a snapshot that has all blocks, before it is completed: its id is given.
pub type Mark<'a> = &'a (dyn Fn(&str) -> Result<(), AwsError> + Sync);

/// The same with a mark: whoever finds it on a snapshot knows that every block was sent, also when
/// the service takes its time to complete it. A resumed upload sets it again.
///
/// # Errors
/// As [`upload`], or when the mark cannot be set: then the snapshot is not completed.
pub fn upload_marked(
    ebs: &Ebs,
    options: &UploadOptions,
    progress: &dyn Progress,
    mark: Mark<'_>,
) -> Result<UploadSummary, SnapshotError> {
    let image = Image::open(&options.image)?;
    let identity = image.identity()?;
    let layout = Layout::new(image.size(), options.volume_size, &image.extents())?;
    let state = match &identity {
        Some(identity) => begin(ebs, options, identity, &layout)?,
        // Nothing tells whether a device is still the same: it is never resumed.
        None => State::in_memory(token(ebs)),
    };
    let asked = Asked {
        options,
        mark,
        progress,
    };
    let journey = Journey::new(ebs, asked, &image, identity.as_ref(), &layout, state);
    let end = journey.run()?;
    Ok(journey.summary(end))
}

/// The state beside the image.
fn begin(
    ebs: &Ebs,
    options: &UploadOptions,
    identity: &Identity,
    layout: &Layout,
) -> Result<State, SnapshotError> {
    let connection = ebs.service().connection();
    let terms = json!({
        "endpoint": connection.endpoint.url(),
        "region": connection.endpoint.region,
        "image": identity,
        "volume_size": layout.volume_size,
        "description": options.description,
        "tags": options.tags,
        "encrypted": options.encrypted,
        "kms_key": options.kms_key,
        "timeout": options.timeout,
    });
    let path = beside(&options.image);
    let state = State::begin(&path, terms, layout.blocks, options.resume, token(ebs));
    state.map_err(|error| match error {
        WorkspaceError::Busy { .. } => SnapshotError::Busy {
            path: options.image.clone(),
        },
        error => error.into(),
    })
}

/// The state file of an image: beside the file itself, also when a link was named.
fn beside(image: &Path) -> std::path::PathBuf {
    let real = std::fs::canonicalize(image);
    state::beside(real.as_deref().unwrap_or(image))
}

/// Whether an earlier upload of this image has left a state file, to go on with.
#[must_use]
pub fn has_begun(image: &Path) -> bool {
    beside(image).exists()
}

/// A token that no other snapshot is started with.
fn token(ebs: &Ebs) -> String {
    let random = ebs.service().connection().ambient.random;
    format!("amikit-{:016x}{:016x}", random(), random())
}
