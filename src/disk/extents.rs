//! Where the data of an image is.
//!
//! ```text
//! image    │ data │ hole │ data  zeros  data │ hole │        SEEK_DATA, SEEK_HOLE
//! extents  │▓▓▓▓▓▓│      │▓▓▓▓▓▓│     │▓▓▓▓▓▓│      │        by content
//! ```
//!
//! Holes only make finding the zeros cheap. Which bytes count as data is decided by content
//! alone, since filesystems disagree about holes, and one filesystem with itself: ext4 reports
//! allocated but unwritten blocks as data or as a hole, depending on the page cache.

use std::fs::File;
use std::io;
use std::num::NonZeroUsize;
use std::os::unix::fs::FileExt as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use rustix::fs::SeekFrom;
use rustix::io::Errno;

use crate::progress::{Progress, Stage};

/// A run of bytes in an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// First byte.
    pub offset: u64,
    /// Number of bytes.
    pub len: u64,
}

impl Extent {
    /// The byte behind the last one.
    #[must_use]
    pub const fn end(self) -> u64 {
        self.offset + self.len
    }
}

/// Unit in which zeros are looked for: the block size of nearly every filesystem.
const CELL_LEN: usize = 4 << 10;
const CELL: u64 = CELL_LEN as u64;

/// Shortest run of zeros that becomes a hole. Shorter ones cost more in the map of a tar
/// header than they save after compression.
const SHORTEST_HOLE: u64 = 32 << 10;

/// Most holes in an image; with more, runs of zeros must be longer to count. It bounds the
/// memory that the map takes (16 bytes an extent) for images of any size.
const MOST_HOLES: u64 = 1 << 18;

/// Bytes that one thread scans at a time.
const UNIT: u64 = 16 << 20;

/// Bytes that are read at once; a multiple of [`CELL`].
const READ: usize = 256 << 10;

/// Finds the data of an image of `size` bytes: everything but runs of zeros that are long and
/// aligned. The result depends on the content and size alone.
///
/// # Errors
/// When the image cannot be read: the offset and the cause. An `Interrupted` cause means that
/// the caller asked to stop.
pub fn find_data(
    image: &File,
    size: u64,
    jobs: NonZeroUsize,
    progress: &dyn Progress,
) -> Result<Vec<Extent>, (u64, io::Error)> {
    let shortest_hole = (size / MOST_HOLES)
        .next_multiple_of(CELL)
        .max(SHORTEST_HOLE);
    let units = split(&allocated(image, size));
    let found = Mutex::new(vec![Vec::new(); units.len()]);
    let failure = Mutex::new(None);
    let next = AtomicUsize::new(0);
    let stop = AtomicBool::new(false);
    progress.begin(Stage::Scan, Some(units.iter().map(|unit| unit.len).sum()));
    let scan_units = || {
        while !stop.load(Ordering::Relaxed) {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(unit) = units.get(index) else { break };
            match scan(image, *unit, shortest_hole, progress) {
                Ok(cells) => lock(&found)[index] = cells,
                Err(error) => {
                    stop.store(true, Ordering::Relaxed);
                    lock(&failure).get_or_insert(error);
                }
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..jobs.get().min(units.len()) {
            scope.spawn(scan_units);
        }
        scan_units();
    });
    if let Some(error) = lock(&failure).take() {
        return Err(error);
    }
    progress.finish(Stage::Scan);
    let cells = found
        .into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    Ok(join(cells.into_iter().flatten(), size, shortest_hole))
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// What the filesystem says is not a hole, in ascending order; the whole image where it
/// cannot say. Everything else is zeros.
#[must_use]
pub fn allocated(image: &File, size: u64) -> Vec<Extent> {
    let whole = vec![Extent {
        offset: 0,
        len: size,
    }];
    let mut extents = Vec::new();
    let mut position = 0;
    while position < size {
        let data = match rustix::fs::seek(image, SeekFrom::Data(position)) {
            Ok(data) if data >= position => data,
            Err(Errno::NXIO) => break, // only a hole up to the end
            _ => return whole,
        };
        let hole = match rustix::fs::seek(image, SeekFrom::Hole(data)) {
            Ok(hole) if hole > data => hole.min(size),
            _ => return whole,
        };
        if data >= size {
            break;
        }
        extents.push(Extent {
            offset: data,
            len: hole - data,
        });
        position = hole;
    }
    extents
}

/// Cuts extents into units that begin on multiples of [`UNIT`] or where an extent does,
/// rounded to cells.
fn split(extents: &[Extent]) -> Vec<Extent> {
    let mut units: Vec<Extent> = Vec::new();
    for extent in extents {
        let mut offset = extent.offset / CELL * CELL;
        if let Some(last) = units.last() {
            offset = offset.max(last.end());
        }
        while offset < extent.end() {
            // Whole cells: the bytes behind the extent are zeros or belong to the next one.
            let end = (offset / UNIT + 1) * UNIT;
            let end = end.min(extent.end().next_multiple_of(CELL));
            units.push(Extent {
                offset,
                len: end - offset,
            });
            offset = end;
        }
    }
    units
}

/// The data of a unit, joined where no hole fits. The last cell may end behind the image.
fn scan(
    image: &File,
    unit: Extent,
    shortest_hole: u64,
    progress: &dyn Progress,
) -> Result<Vec<Extent>, (u64, io::Error)> {
    const ZEROS: [u8; CELL_LEN] = [0; CELL_LEN];
    let mut runs: Vec<Extent> = Vec::new();
    let mut buffer = vec![0; READ];
    let mut offset = unit.offset;
    while offset < unit.end() {
        if progress.interrupted() {
            return Err((offset, io::ErrorKind::Interrupted.into()));
        }
        let wanted = usize::try_from(unit.end() - offset).map_or(READ, |left| left.min(READ));
        let read =
            read_at(image, &mut buffer[..wanted], offset).map_err(|error| (offset, error))?;
        for (index, cell) in (0..).zip(buffer[..read].chunks(ZEROS.len())) {
            if *cell == ZEROS[..cell.len()] {
                continue;
            }
            let start = offset + index * CELL;
            append(
                &mut runs,
                Extent {
                    offset: start,
                    len: CELL,
                },
                shortest_hole,
            );
        }
        progress.advance(Stage::Scan, wanted as u64);
        offset += wanted as u64;
    }
    Ok(runs)
}

/// Reads until the buffer is full or the image ends.
///
/// # Errors
/// When a read fails.
pub fn read_at(image: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match image.read_at(&mut buffer[filled..], offset + filled as u64) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Adds data behind `extents`, to the last of them if the gap is too short for a hole.
fn append(extents: &mut Vec<Extent>, data: Extent, shortest_hole: u64) {
    match extents.last_mut() {
        Some(last) if data.offset - last.end() < shortest_hole => {
            last.len = data.end() - last.offset;
        }
        _ => extents.push(data),
    }
}

/// Joins the data of all units, and the short gaps at both ends of the image.
fn join(runs: impl Iterator<Item = Extent>, size: u64, shortest_hole: u64) -> Vec<Extent> {
    let mut extents: Vec<Extent> = Vec::new();
    for run in runs {
        append(&mut extents, run, shortest_hole);
    }
    if let Some(first) = extents
        .first_mut()
        .filter(|first| first.offset < shortest_hole)
    {
        first.len += first.offset;
        first.offset = 0;
    }
    match extents.last_mut() {
        Some(last) if size.saturating_sub(last.end()) < shortest_hole => {
            last.len = size - last.offset;
        }
        None if size < shortest_hole => extents.push(Extent {
            offset: 0,
            len: size,
        }),
        _ => {}
    }
    extents
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Silent;

    const HOLE: u64 = SHORTEST_HOLE;

    /// A file with these bytes set to one, and with real holes where nothing is written.
    fn image(size: u64, ones: &[(u64, u64)]) -> File {
        let file = tempfile::tempfile().unwrap();
        file.set_len(size).unwrap();
        for (offset, len) in ones {
            file.write_all_at(&vec![1; usize::try_from(*len).unwrap()], *offset)
                .unwrap();
        }
        file
    }

    fn data_of(file: &File, size: u64) -> Vec<(u64, u64)> {
        let jobs = NonZeroUsize::new(3).unwrap();
        let extents = find_data(file, size, jobs, &Silent).unwrap();
        extents
            .iter()
            .map(|extent| (extent.offset, extent.len))
            .collect()
    }

    #[test]
    fn runs_of_zeros_are_left_out_whether_the_file_has_holes_or_not() {
        let size = 40 * HOLE + 100;
        let ones = [(5 * HOLE, 10), (30 * HOLE - 1, 2)];
        let sparse = image(size, &ones);
        let dense = image(size, &[]);
        for offset in (0..size).step_by(4096) {
            let len = (size - offset).min(4096);
            dense
                .write_all_at(&vec![0; usize::try_from(len).unwrap()], offset)
                .unwrap();
        }
        for (offset, len) in ones {
            dense
                .write_all_at(&vec![1; usize::try_from(len).unwrap()], offset)
                .unwrap();
        }

        let want = vec![(5 * HOLE, CELL), (30 * HOLE - CELL, 2 * CELL)];

        assert_eq!(data_of(&sparse, size), want);
        assert_eq!(data_of(&dense, size), want);
    }

    #[test]
    fn short_gaps_are_data_in_the_middle_and_at_both_ends() {
        let size = 20 * HOLE;
        let gap = HOLE - CELL;
        let near = image(
            size,
            &[(gap, CELL), (gap + CELL + gap, CELL), (size - gap - 1, 1)],
        );

        let want = vec![(0, 2 * HOLE), (size - HOLE, HOLE)];

        assert_eq!(data_of(&near, size), want);
    }

    #[test]
    fn nothing_but_zeros_is_no_data_unless_no_hole_fits() {
        assert_eq!(data_of(&image(HOLE, &[]), HOLE), vec![]);
        assert_eq!(
            data_of(&image(HOLE - 1, &[]), HOLE - 1),
            vec![(0, HOLE - 1)]
        );
    }

    #[test]
    fn data_across_units_is_one_extent_cut_to_the_image() {
        let size = 2 * UNIT + 5000;
        let file = image(size, &[(UNIT - 10, UNIT + 5010)]);

        assert_eq!(
            data_of(&file, size),
            vec![(UNIT - CELL, UNIT + CELL + 5000)]
        );
    }

    #[test]
    fn an_interrupt_stops_the_scan() {
        struct Stop;
        impl Progress for Stop {
            fn begin(&self, _: Stage, _: Option<u64>) {}
            fn advance(&self, _: Stage, _: u64) {}
            fn finish(&self, _: Stage) {}
            fn interrupted(&self) -> bool {
                true
            }
        }
        let file = image(HOLE, &[(0, 1)]);

        let (_, error) = find_data(&file, HOLE, NonZeroUsize::MIN, &Stop).unwrap_err();

        assert_eq!(error.kind(), io::ErrorKind::Interrupted);
    }
}
