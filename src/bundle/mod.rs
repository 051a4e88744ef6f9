//! Turns a disk image into a bundle (encrypted parts plus a signed manifest) and back.
//!
//! ```text
//! image ─► tar ─► SHA-1 ─► gzip ─► AES-128-CBC ─► parts of 10 MiB
//!                   └─ image/digest                  └─ part/digest
//! ```
//!
//! The image digest covers the tar stream, before compression; a part's digest covers the
//! encrypted bytes. Memory use does not depend on the image's size. The manifest is written
//! last, so a bundle with a manifest is whole.
//!
//! Source: docs/formats/bundle.md.

mod bundler;
mod content;
mod decode;
mod encrypted;
mod error;
pub mod gzip;
mod options;
mod origin;
mod outgoing;
mod parts;
mod pipe;
mod publish;
mod remote;
mod same;
mod sink;
mod source;
mod space;
mod stream;
mod streaming;
mod summary;
pub mod tar;
mod unbundler;
mod verifier;

#[cfg(test)]
mod tests;

pub use bundler::bundle;
pub use error::{BundleError, StreamingError, UnbundleError};
pub use options::{
    BundleOptions, EC2_IMAGE_LIMIT, Identity, ImageSource, Level, Output, PART_SIZE, PartNames,
    RemoteOptions, StreamOptions, StreamingOptions, Subject, UnbundleOptions, VerifyOptions,
};
pub use remote::unbundle_remote;
pub use same::{Likeness, compare, content_digest};
pub use streaming::{OutgoingPart, PartSink, bundle_streaming};
pub use summary::{
    BundleSummary, ImageCheck, PartCheck, PartSummary, PartVerdict, StreamedBundle,
    UnbundleSummary, VerifyReport,
};
pub use unbundler::{unbundle, unbundle_stream};
pub use verifier::verify;
