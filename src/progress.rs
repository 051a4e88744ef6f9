//! How a journey tells how far it is, and learns that it should stop.
//!
//! A journey calls [`Progress`] between chunks of work, from any of its threads. It never
//! prints, and it never looks at signals: the caller's implementation does both.

/// A step of a journey that takes long enough to be watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Stage {
    /// Finding the data of an image: its holes and runs of zeros. Unit: bytes of the image.
    Scan,
    /// Image to parts. Unit: bytes of the image that are in the tar stream.
    Bundle,
    /// Digests of parts. Unit: bytes of the parts.
    Check,
    /// Parts to image. Unit: bytes of the parts.
    Unbundle,
    /// Parts to a bucket, blocks to a snapshot. Unit: their bytes.
    Upload,
    /// Parts from a bucket, blocks from a snapshot. Unit: their bytes.
    Download,
    /// Objects deleted, or copied within a service. Unit: objects.
    Objects,
    /// Files of an image that are judged. Unit: files; nobody knows how many there are.
    Audit,
}

/// What a journey has begun or done, for those who tell it step by step as the old tools do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step<'a> {
    /// A bucket that did not exist was created.
    BucketCreated,
    /// The manifest, the object of this key, is known: the parts are next.
    PartsBegin {
        /// Key of the manifest; none if it is a file on this machine.
        manifest_key: Option<&'a str>,
    },
    /// A part, or another object, is where it should be.
    Done(&'a str),
    /// A part was not to be touched.
    Skipped(&'a str),
    /// All parts are where they should be, and the manifest is next.
    ManifestBegins,
}

/// Watches a journey. Calls may come from several threads at once.
pub trait Progress: Send + Sync {
    /// A stage begins. `total` is in the stage's unit, or unknown.
    fn begin(&self, stage: Stage, total: Option<u64>);

    /// `amount` more of the stage's unit is done.
    fn advance(&self, stage: Stage, amount: u64);

    /// The stage is done. Not called when the journey fails.
    fn finish(&self, stage: Stage);

    /// A step was made. Parts are told in the order of the manifest, and one call after the other.
    fn step(&self, _: Step<'_>) {}

    /// Whether the user wants the journey to stop. It then fails with its `Interrupted` error
    /// and leaves nothing behind.
    fn interrupted(&self) -> bool;
}

/// Nobody watches.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _: Stage, _: Option<u64>) {}
    fn advance(&self, _: Stage, _: u64) {}
    fn finish(&self, _: Stage) {}
    fn interrupted(&self) -> bool {
        false
    }
}
