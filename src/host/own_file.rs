//! Reads a small file that only its owner may have written: notes of an earlier run.

use std::fs::OpenOptions;
use std::io::{self, Read as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use rustix::fs::OFlags;

/// The file's bytes; none if there is none. Links, pipes and devices are not followed.
///
/// # Errors
/// When it cannot be read, has more than `largest` bytes, or somebody else may have written it:
/// what is wrong, in words.
pub fn read(path: &Path, largest: u64) -> Result<Option<Vec<u8>>, String> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let opened = OpenOptions::new()
        .read(true)
        .custom_flags(i32::try_from(flags.bits()).unwrap_or(0)) // fits
        .open(path);
    let file = match opened {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    let kind = file.metadata().map_err(|error| error.to_string())?;
    if !kind.is_file() {
        return Err("it is no regular file".to_owned());
    }
    // What it says is believed.
    if kind.uid() != rustix::process::geteuid().as_raw() || kind.mode() & 0o002 != 0 {
        return Err("others can write it".to_owned());
    }
    let mut bytes = Vec::new();
    file.take(largest.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|error| error.to_string())?;
    if bytes.len() as u64 > largest {
        return Err("it is too large".to_owned());
    }
    Ok(Some(bytes))
}
