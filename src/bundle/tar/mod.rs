//! The tar stream around an image: one member, in GNU tar's format.
//!
//! ```text
//! │ header │ more of the map … │ data of the extents │ zeros to 512 │ zeros to 10240 │
//!    512      512 for each 21
//! ```
//!
//! Source: docs/formats/bundle.md, section 2; the GNU tar manual, "Basic Tar Format" and
//! "Old GNU Format" of sparse members.

mod header;
mod read;
#[cfg(test)]
mod sample;
mod write;

pub use read::{ImageSink, ReadError, TarParser};
pub use write::{Segment, TarLayout};

/// Headers and data come in blocks of this many bytes.
pub(in crate::bundle) const BLOCK: u64 = header::LEN as u64;

/// A stream is padded to whole records, as GNU tar and Python's tarfile do by default.
const RECORD: u64 = 20 * BLOCK;

/// Map entries in the header of a sparse member, and in each block behind it.
const ENTRIES_IN_HEADER: usize = 4;
const ENTRIES_IN_EXTENSION: usize = 21;

/// Longest name that fits into a header; a longer one gets a member of its own before it.
const NAME_FIELD: usize = 100;
