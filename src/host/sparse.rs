//! Files with holes where there would be zeros.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

/// Unit in which zeros are left out: the block size of nearly every filesystem.
const CELL: usize = 4 << 10;

/// Writes into a file of zeros, and leaves out every aligned cell that is zero.
///
/// # Errors
/// When a write fails.
pub fn write_at(file: &File, offset: u64, bytes: &[u8]) -> io::Result<()> {
    let to_boundary = (CELL as u64 - offset % CELL as u64) % CELL as u64;
    let head = usize::try_from(to_boundary).map_or(bytes.len(), |len| len.min(bytes.len()));
    let cells = std::iter::once(&bytes[..head]).chain(bytes[head..].chunks(CELL));
    // A run of cells that are not zero is written at once.
    let (mut start, mut end) = (0, 0);
    let mut position = 0;
    for cell in cells {
        position += cell.len();
        if cell.iter().all(|byte| *byte == 0) {
            if end > start {
                file.write_all_at(&bytes[start..end], offset + start as u64)?;
            }
            start = position;
        }
        end = position;
    }
    if end > start {
        file.write_all_at(&bytes[start..end], offset + start as u64)?;
    }
    Ok(())
}
