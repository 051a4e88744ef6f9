//! Cuts the encrypted stream into part files.
//!
//! ```text
//! encrypted bytes ─► file, SHA-1 ─► closed ─► outlet ─┬─► Durable: stays, is made durable
//!                                                     └─► Leaving: is taken over, and away
//! ```

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::bundle::PartNames;
use crate::crypto::digest::{Sha1Digest, Sha1Hasher};
use crate::host::syncer::Syncer;

/// Most parts of a bundle. At 10 MiB each, a hundred times what EC2 accepts.
pub(super) const MOST_PARTS: usize = 100_000;

/// A part that is complete.
#[derive(Debug, Clone, Copy)]
pub(super) struct ClosedPart {
    pub size: u64,
    pub digest: Sha1Digest,
}

/// What becomes of parts: they stay, or they leave.
pub(super) trait Outlet {
    /// Waits until there is room for one more part.
    ///
    /// # Errors
    /// When the parts before it came to grief.
    fn make_room(&mut self) -> io::Result<()>;

    /// Whether to go on with a part that is open.
    ///
    /// # Errors
    /// When the parts before it came to grief.
    fn go_on(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// Takes over part `index`, which is complete.
    ///
    /// # Errors
    /// When this part or those before it came to grief.
    fn take(&mut self, index: usize, file: File, part: ClosedPart) -> io::Result<()>;

    /// Ends when no part comes any more.
    ///
    /// # Errors
    /// When a part came to grief.
    fn finish(self) -> io::Result<()>;
}

/// Parts stay where they are. A thread makes them durable while later ones are written.
#[derive(Default)]
pub(super) struct Durable(Syncer);

impl Outlet for Durable {
    fn make_room(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn take(&mut self, _: usize, file: File, _: ClosedPart) -> io::Result<()> {
        self.0.queue(file)
    }

    fn finish(self) -> io::Result<()> {
        self.0.finish()
    }
}

/// Writes a stream as files `0`, `1`, … of a folder, each `part_size` bytes but the last.
///
/// A part is opened when its first byte comes, so there is no empty one at the end.
pub(super) struct PartWriter<O> {
    folder: PathBuf,
    part_size: u64,
    open: Option<OpenPart>,
    closed: Vec<ClosedPart>,
    outlet: O,
}

struct OpenPart {
    file: File,
    hasher: Sha1Hasher,
    size: u64,
}

impl<O: Outlet> PartWriter<O> {
    /// A writer of parts into an existing folder.
    pub(super) fn new(folder: PathBuf, part_size: u64, outlet: O) -> Self {
        Self {
            folder,
            part_size,
            open: None,
            closed: Vec::new(),
            outlet,
        }
    }

    /// Closes the last part, ends the outlet and returns all parts in order.
    ///
    /// # Errors
    /// When a part came to grief.
    pub(super) fn finish(mut self) -> io::Result<Vec<ClosedPart>> {
        self.close()?;
        self.outlet.finish()?;
        Ok(self.closed)
    }

    fn open(&mut self) -> io::Result<&mut OpenPart> {
        if self.open.is_none() {
            if self.closed.len() == MOST_PARTS {
                return Err(io::Error::other(TooManyParts));
            }
            self.outlet.make_room()?;
            let file = File::create_new(hidden_path(&self.folder, self.closed.len()))?;
            self.open = Some(OpenPart {
                file,
                hasher: Sha1Hasher::default(),
                size: 0,
            });
        }
        self.open
            .as_mut()
            .ok_or_else(|| io::Error::other("no part is open")) // just opened
    }

    fn close(&mut self) -> io::Result<()> {
        let Some(part) = self.open.take() else {
            return Ok(());
        };
        let index = self.closed.len();
        let closed = ClosedPart {
            size: part.size,
            digest: part.hasher.finish(),
        };
        self.closed.push(closed);
        self.outlet.take(index, part.file, closed)
    }
}

impl<O: Outlet> Write for PartWriter<O> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.is_empty() {
            return Ok(0);
        }
        let part_size = self.part_size;
        self.outlet.go_on()?;
        let part = self.open()?;
        let room = usize::try_from(part_size - part.size).unwrap_or(usize::MAX);
        let written = part.file.write(&bytes[..bytes.len().min(room)])?;
        part.hasher.update(&bytes[..written]);
        part.size += written as u64;
        if part.size == part_size {
            self.close()?;
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// More parts than [`MOST_PARTS`] were needed.
#[derive(Debug, thiserror::Error)]
#[error("more than {MOST_PARTS} parts")]
pub(super) struct TooManyParts;

/// Where part `index` is before it gets its name.
pub(super) fn hidden_path(folder: &Path, index: usize) -> PathBuf {
    folder.join(index.to_string())
}

/// The name of part `index` of `count`.
pub(super) fn part_name(prefix: &str, index: usize, count: usize, names: PartNames) -> String {
    let width = match names {
        PartNames::TwoDigits => 2,
        PartNames::CountWidth => count.to_string().len(),
    };
    format!("{prefix}.part.{index:0width$}")
}

/// Whether `name` is the name of a part of `prefix`, by any tool's padding.
pub(super) fn is_part_name(prefix: &str, name: &str) -> bool {
    name.strip_prefix(prefix)
        .and_then(|rest| rest.strip_prefix(".part."))
        .is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts_of(len: usize, part_size: u64) -> Vec<u64> {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = PartWriter::new(folder.path().to_owned(), part_size, Durable::default());
        let bytes = vec![7; len];
        writer.write_all(&bytes).unwrap();
        let parts = writer.finish().unwrap();
        for (index, part) in parts.iter().enumerate() {
            let content = std::fs::read(hidden_path(folder.path(), index)).unwrap();
            assert_eq!(content.len() as u64, part.size);
            assert_eq!(Sha1Digest::of(&content), part.digest);
        }
        assert_eq!(
            std::fs::read_dir(folder.path()).unwrap().count(),
            parts.len()
        );
        parts.iter().map(|part| part.size).collect()
    }

    #[test]
    fn exact_multiple_leaves_no_empty_part() {
        assert_eq!(parts_of(300, 100), [100, 100, 100]);
        assert_eq!(parts_of(301, 100), [100, 100, 100, 1]);
        assert_eq!(parts_of(99, 100), [99]);
        assert_eq!(parts_of(0, 100), [0; 0]);
    }

    #[test]
    fn numbers_are_padded_as_the_old_tools_do() {
        for (index, count, names, want) in [
            (0, 1, PartNames::TwoDigits, "a.part.00"),
            (100, 101, PartNames::TwoDigits, "a.part.100"),
            (0, 2, PartNames::CountWidth, "a.part.0"),
            (9, 10, PartNames::CountWidth, "a.part.09"),
            (7, 100, PartNames::CountWidth, "a.part.007"),
        ] {
            assert_eq!(part_name("a", index, count, names), want);
        }
    }

    #[test]
    fn only_numbers_make_a_part_name() {
        for (name, want) in [
            ("a.part.0", true),
            ("a.part.007", true),
            ("a.part.", false),
            ("a.part.1x", false),
            ("b.part.1", false),
            ("a.part.1.part.2", false),
            ("a.manifest.xml", false),
        ] {
            assert_eq!(is_part_name("a", name), want, "{name}");
        }
    }

    #[test]
    fn a_missing_folder_is_an_error() {
        let mut writer = PartWriter::new(PathBuf::from("/nowhere/at/all"), 10, Durable::default());

        assert!(writer.write_all(b"x").is_err());
    }
}
