//! Whether a bundle will fit, before it is made.

use std::path::Path;

use crate::host::filesystem;
use crate::units::Bytes;

use super::gzip::ChunkEncoder;
use super::source::Source;
use super::tar::{Segment, TarLayout};
use super::{BundleError, Level};

/// Room for the manifest and the filesystem's own needs.
const RESERVE: u64 = 4 << 20;

/// Pieces of the image that are compressed to estimate the bundle's size, and their length.
const SAMPLES: u64 = 48;
const SAMPLE: u64 = 128 << 10;

/// Refuses to begin a bundle that would not fit.
///
/// Where there is room for the image as it is, nothing more is asked. Otherwise samples of the
/// image tell how well it compresses; a tenth less than they say is the least that must be
/// free. If that was still too hopeful, writing fails later and cleans up.
pub(super) fn check(
    source: &mut Source,
    layout: &TarLayout,
    destination: &Path,
) -> Result<(), BundleError> {
    // Where the filesystem cannot say, writing will.
    let Ok(available) = filesystem::free_space(destination) else {
        return Ok(());
    };
    let most = layout.data_len() + layout.data_len() / 1000 + RESERVE;
    if available >= Bytes(most) {
        return Ok(());
    }
    let needed = match source.file() {
        Some(_) => Bytes(estimate(source, layout)? + RESERVE),
        None => Bytes(RESERVE), // a stream cannot be read twice
    };
    if available < needed {
        return Err(BundleError::NoSpace {
            path: destination.to_owned(),
            available,
            needed,
        });
    }
    Ok(())
}

/// Refuses to begin a bundle whose parts leave while it is made, where there is not even room
/// for those that exist at once.
pub(super) fn check_passing(
    layout: &TarLayout,
    destination: &Path,
    at_once: u64,
) -> Result<(), BundleError> {
    let most = layout.data_len() + layout.data_len() / 1000;
    let needed = Bytes(at_once.min(most) / 10 * 9);
    match filesystem::free_space(destination) {
        Ok(available) if available < needed => Err(BundleError::NoSpace {
            path: destination.to_owned(),
            available,
            needed,
        }),
        _ => Ok(()), // where the filesystem cannot say, writing will
    }
}

/// Nine tenths of the size that samples of the image promise, in bytes.
fn estimate(source: &mut Source, layout: &TarLayout) -> Result<u64, BundleError> {
    let mut encoder = ChunkEncoder::new(Level::Fast);
    let (mut plain, mut encoded) = (Vec::new(), Vec::new());
    let (mut read, mut kept) = (0, 0);
    let images = || {
        layout
            .segments()
            .iter()
            .filter_map(|segment| match segment {
                Segment::Image(extent) => Some(*extent),
                _ => None,
            })
    };
    let readable: u64 = images().map(|extent| extent.len).sum();
    let step = (readable / SAMPLES).max(SAMPLE);
    let mut wanted = 0; // position of the next sample in the data, and of the extent's start
    let mut passed = 0;
    for extent in images() {
        while wanted < passed + extent.len {
            let skip = wanted - passed;
            let len = SAMPLE.min(extent.len - skip);
            plain.resize(usize::try_from(len).unwrap_or(0), 0); // at most SAMPLE
            source.read_exact_at(&mut plain, extent.offset + skip)?;
            encoded.clear();
            encoder.encode(&plain, &mut encoded);
            read += len;
            kept += encoded.len() as u64;
            wanted += step;
        }
        passed += extent.len;
    }
    let estimate = u128::from(readable) * u128::from(kept) / u128::from(read.max(1)) * 9 / 10;
    Ok(u64::try_from(estimate).unwrap_or(u64::MAX))
}
