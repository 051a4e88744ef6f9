//! Makes a bundle whose parts leave as soon as they are complete.
//!
//! ```text
//! check ─► find data ─► lay out tar ─► ┌ read, deflate, encrypt, cut ┐ ─► seal, sign ─► manifest
//!                                      └─ part ─► sink ─► removed ───┘                   leaves
//! ```
//!
//! At most `max_pending` part files exist at once, in a hidden folder of the destination. They
//! are not made durable: what has been sent is elsewhere, and what has not is made again. The
//! manifest leaves last, when the sink has every part; nothing stays here, unless the bundle is
//! to be preserved.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, mpsc};

use crate::crypto::digest::Sha1Digest;
use crate::host::workspace::Workspace;
use crate::progress::Progress;

use super::content::Content;
use super::outgoing::{Courier, Gate, Leaving};
use super::parts::{self, PartWriter};
use super::publish::Publication;
use super::source::Source;
use super::{
    BundleError, BundleOptions, PartNames, StreamedBundle, StreamingError, StreamingOptions,
    bundler, space,
};

/// A part that is complete, on its way out.
#[derive(Debug, Clone, Copy)]
pub struct OutgoingPart<'a> {
    /// Its index, from 0.
    pub index: usize,
    /// Its name.
    pub name: &'a str,
    /// The file, which is under another name until then and gone after.
    pub path: &'a Path,
    /// Its size in bytes.
    pub size: u64,
    /// Its SHA-1.
    pub digest: Sha1Digest,
}

/// Where parts go as soon as they are complete. Called from several threads at once.
pub trait PartSink: Sync {
    /// Why something did not get there.
    type Error: Send;

    /// Takes a part. Parts may come in any order.
    ///
    /// # Errors
    /// When it did not get there: bundling then stops with this error.
    fn part(&self, part: &OutgoingPart<'_>) -> Result<(), Self::Error>;

    /// Takes the manifest, after all parts.
    ///
    /// # Errors
    /// When it did not get there.
    fn manifest(&self, name: &str, bytes: Vec<u8>) -> Result<(), Self::Error>;
}

/// Bundles an image into a sink. Part numbers have at least two digits
/// ([`PartNames::TwoDigits`]), whatever the options say: nobody knows yet how many there will be.
///
/// # Errors
/// As [`bundle`](super::bundle); also when the sink fails. Nothing is left in the destination
/// then.
pub fn bundle_streaming<S: PartSink>(
    mut options: BundleOptions,
    streaming: StreamingOptions,
    sink: &S,
    progress: &dyn Progress,
) -> Result<StreamedBundle, StreamingError<S::Error>> {
    bundler::check(&options)?;
    let mut source = Source::open(&mut options.source)?;
    let place = Place::begin(&options, streaming, &source)?;
    let layout = bundler::lay_out(&source, &options, progress)?;
    match &place {
        Place::Published(_) => space::check(&mut source, &layout, &options.destination)?,
        Place::Passed(_) => {
            let at_once =
                (streaming.max_pending.get() as u64).saturating_mul(options.part_size.get());
            space::check_passing(&layout, &options.destination, at_once)?;
        }
    }

    let gate = Gate::new(streaming.max_pending.get());
    let courier = Courier {
        folder: place.folder(),
        prefix: &options.prefix,
        sink,
        gate: &gate,
        preserve: streaming.preserve,
    };
    let (sender, receiver) = mpsc::channel();
    let receiver = Mutex::new(receiver);
    let poured = std::thread::scope(|scope| {
        for _ in 0..streaming.senders.min(streaming.max_pending).get() {
            scope.spawn(|| courier.run(&receiver));
        }
        let outlet = Leaving {
            gate: &gate,
            queue: sender,
        };
        let folder = place.folder().to_owned();
        let writer = PartWriter::new(folder, options.part_size.get(), outlet);
        let poured = bundler::pour(&mut source, &layout, writer, &options, progress);
        if poured.is_err() {
            gate.stop(); // what is queued is of no use any more
        }
        poured
    });
    if let Some(failure) = gate.into_failure() {
        return Err(failure);
    }
    let (closed, digest) = poured?;

    let names = (0..closed.len())
        .map(|index| parts::part_name(&options.prefix, index, 0, PartNames::TwoDigits))
        .collect::<Vec<_>>();
    let content = Content {
        size: source.size(),
        digest,
        parts: &closed,
        names: &names,
    };
    let (manifest, bytes) = content.manifest(&options)?;
    if progress.interrupted() {
        return Err(BundleError::Interrupted.into());
    }
    let name = options.manifest_name();
    sink.manifest(&name, bytes.clone())
        .map_err(StreamingError::Sink)?;
    Ok(StreamedBundle {
        manifest_path: place.settle(&names, &name, &bytes)?,
        manifest,
        part_sizes: closed.iter().map(|part| part.size).collect(),
        data_bytes: layout.data_len(),
        tar_bytes: layout.len(),
    })
}

/// Where the parts lie meanwhile.
enum Place {
    /// In a folder that goes at the end.
    Passed(Workspace),
    /// In one whose files get their names at the end.
    Published(Publication),
}

impl Place {
    fn begin(
        options: &BundleOptions,
        streaming: StreamingOptions,
        source: &Source,
    ) -> Result<Self, BundleError> {
        if streaming.preserve {
            return Publication::begin(options, source).map(Self::Published);
        }
        let workspace = Workspace::create(&options.destination, &options.manifest_name())?;
        Ok(Self::Passed(workspace))
    }

    fn folder(&self) -> &Path {
        match self {
            Self::Passed(workspace) => workspace.path(),
            Self::Published(publication) => publication.workspace.path(),
        }
    }

    /// Publishes what is to be published; returns the manifest's path.
    fn settle(
        self,
        names: &[String],
        manifest_name: &str,
        manifest: &[u8],
    ) -> Result<Option<PathBuf>, BundleError> {
        match self {
            Self::Passed(_) => Ok(None),
            Self::Published(publication) => publication
                .publish(names, manifest_name, manifest)
                .map(Some),
        }
    }
}
