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
    /// Parts to a bucket. Unit: bytes of the parts.
    Upload,
    /// Parts from a bucket. Unit: bytes of the parts.
    Download,
    /// Objects deleted, or copied within a service. Unit: objects.
    Objects,
}

/// Watches a journey. Calls may come from several threads at once.
pub trait Progress: Send + Sync {
    /// A stage begins. `total` is in the stage's unit, or unknown.
    fn begin(&self, stage: Stage, total: Option<u64>);

    /// `amount` more of the stage's unit is done.
    fn advance(&self, stage: Stage, amount: u64);

    /// The stage is done. Not called when the journey fails.
    fn finish(&self, stage: Stage);

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
