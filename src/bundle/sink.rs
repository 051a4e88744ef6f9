//! Where the image goes: a file with holes, a device, a stream, or nowhere.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;

use crate::host::sparse;
use crate::host::syncer::Syncer;
use crate::progress::Progress;

use super::UnbundleError;
use super::tar::ImageSink;

/// Zeros that are written at once where they must be written.
const ZEROS: usize = 1 << 20;

/// Bytes after which the disk is asked to write what it has of a file.
const UNSYNCED: u64 = 32 << 20;

/// What is known of an image that is being received, and where it goes.
pub(super) struct Sink<'a> {
    target: Target<'a>,
    path: PathBuf,
    expected_size: Option<u64>,
    size: u64,
    /// Where the next byte goes that a target without holes must get.
    position: u64,
    data_bytes: u64,
    /// Bytes that came since the disk was last asked to write.
    unsynced: u64,
    syncer: Option<Syncer>,
    progress: Option<&'a dyn Progress>,
}

/// A place for an image.
pub(super) enum Target<'a> {
    /// A new file: zeros become holes.
    File(&'a File),
    /// A device or file that is written in place, zeros too.
    Device(&'a File),
    /// A stream.
    Stream(&'a mut (dyn Write + Send)),
    /// Nowhere: the image is only checked.
    Nowhere,
}

impl<'a> Sink<'a> {
    /// A sink for an image that should have this size. `path` is for error messages.
    pub(super) fn new(target: Target<'a>, path: PathBuf, expected_size: Option<u64>) -> Self {
        Self {
            target,
            path,
            expected_size,
            size: 0,
            position: 0,
            data_bytes: 0,
            unsynced: 0,
            syncer: None,
            progress: None,
        }
    }

    /// The same sink, which stops when the caller asks to: a hole that must be written can take
    /// for ever, with nothing read meanwhile.
    pub(super) fn interruptible(mut self, progress: &'a dyn Progress) -> Self {
        self.progress = Some(progress);
        self
    }

    /// Forgets what came, so that the image can come once more. Not for a stream.
    pub(super) fn restart(&mut self) -> Result<(), UnbundleError> {
        (self.size, self.position, self.data_bytes) = (0, 0, 0);
        match &self.target {
            Target::File(file) => file.set_len(0).map_err(|error| self.failed(error)),
            Target::Device(_) | Target::Stream(_) | Target::Nowhere => Ok(()),
        }
    }

    /// Writes the hole at the end where holes must be written. Returns the image's size and
    /// how many bytes of it were data.
    pub(super) fn finish(&mut self) -> Result<(u64, u64), UnbundleError> {
        if let Target::Device(_) | Target::Stream(_) = self.target {
            self.fill_to(self.size)?;
        }
        if let Target::Stream(stream) = &mut self.target {
            let flushed = stream.flush();
            flushed.map_err(|error| self.failed(error))?;
        }
        if let Some(syncer) = self.syncer.take() {
            syncer.finish().map_err(|error| self.failed(error))?;
        }
        Ok((self.size, self.data_bytes))
    }

    /// Has the disk write what came, from time to time, so that little is left for the end.
    fn keep_disk_busy(&mut self, came: u64) -> Result<(), UnbundleError> {
        let (Target::File(file) | Target::Device(file)) = self.target else {
            return Ok(());
        };
        self.unsynced += came;
        if self.unsynced < UNSYNCED {
            return Ok(());
        }
        self.unsynced = 0;
        let offered = self.syncer.get_or_insert_default().offer(file);
        offered.map_err(|error| self.failed(error))
    }

    fn failed(&self, source: io::Error) -> UnbundleError {
        UnbundleError::Write {
            path: self.path.clone(),
            source,
        }
    }

    /// Writes zeros up to `offset`.
    fn fill_to(&mut self, offset: u64) -> Result<(), UnbundleError> {
        if self.position >= offset {
            return Ok(());
        }
        let zeros = vec![0; ZEROS];
        while self.position < offset {
            if self.progress.is_some_and(Progress::interrupted) {
                return Err(UnbundleError::Interrupted);
            }
            let left = offset - self.position;
            let len = usize::try_from(left).map_or(ZEROS, |left| left.min(ZEROS));
            self.put(&zeros[..len])?;
        }
        Ok(())
    }

    /// Writes at the position of a target without holes.
    fn put(&mut self, bytes: &[u8]) -> Result<(), UnbundleError> {
        let written = match &mut self.target {
            Target::Device(file) => file.write_all_at(bytes, self.position),
            Target::Stream(stream) => stream.write_all(bytes),
            Target::File(_) | Target::Nowhere => Ok(()),
        };
        written.map_err(|error| self.failed(error))?;
        self.position += bytes.len() as u64;
        Ok(())
    }
}

impl ImageSink for Sink<'_> {
    type Error = UnbundleError;

    fn begin(&mut self, size: u64) -> Result<(), UnbundleError> {
        if let Some(expected) = self.expected_size.filter(|expected| *expected != size) {
            return Err(UnbundleError::ImageSize {
                found: size,
                expected,
            });
        }
        self.size = size;
        match &self.target {
            Target::File(file) => file.set_len(size).map_err(|error| self.failed(error)),
            _ => Ok(()),
        }
    }

    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> Result<(), UnbundleError> {
        self.data_bytes += bytes.len() as u64;
        match &self.target {
            Target::File(file) => {
                let written = sparse::write_at(file, offset, bytes);
                written.map_err(|error| self.failed(error))?;
            }
            Target::Device(_) | Target::Stream(_) => {
                self.fill_to(offset)?;
                self.put(bytes)?;
            }
            Target::Nowhere => {}
        }
        self.keep_disk_busy(bytes.len() as u64)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt as _;

    use super::*;

    fn receive(target: Target<'_>) -> (u64, u64) {
        let mut sink = Sink::new(target, PathBuf::from("image"), None);
        sink.begin(300_000).unwrap();
        sink.write_at(5000, b"first").unwrap();
        sink.write_at(100_000, &vec![0; 100_000]).unwrap();
        sink.write_at(200_000, b"last").unwrap();
        sink.finish().unwrap()
    }

    fn image() -> Vec<u8> {
        let mut image = vec![0; 300_000];
        image[5000..5005].copy_from_slice(b"first");
        image[200_000..200_004].copy_from_slice(b"last");
        image
    }

    #[test]
    fn a_file_gets_the_data_and_no_zeros() {
        let file = tempfile::NamedTempFile::new().unwrap();

        assert_eq!(receive(Target::File(file.as_file())), (300_000, 100_009));

        assert!(std::fs::read(file.path()).unwrap() == image());
        assert!(file.as_file().metadata().unwrap().blocks() * 512 <= 4 * 4096);
    }

    #[test]
    fn a_device_gets_its_old_content_overwritten_with_zeros() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), vec![0xff; 300_010]).unwrap();

        receive(Target::Device(file.as_file()));

        let content = std::fs::read(file.path()).unwrap();
        assert!(content[..300_000] == image());
        assert_eq!(content[300_000..], [0xff; 10]);
    }

    #[test]
    fn a_stream_gets_every_byte() {
        let mut stream = Vec::new();

        receive(Target::Stream(&mut stream));

        assert!(stream == image());
    }

    /// A caller that asks to stop at once.
    struct Impatient;

    impl Progress for Impatient {
        fn begin(&self, _: crate::progress::Stage, _: Option<u64>) {}
        fn advance(&self, _: crate::progress::Stage, _: u64) {}
        fn finish(&self, _: crate::progress::Stage) {}
        fn interrupted(&self) -> bool {
            true
        }
    }

    #[test]
    fn an_endless_hole_can_be_interrupted() {
        let mut stream = io::sink();
        let sink = Sink::new(Target::Stream(&mut stream), PathBuf::new(), None);
        let mut sink = sink.interruptible(&Impatient);
        sink.begin(1 << 62).unwrap();

        assert!(matches!(sink.finish(), Err(UnbundleError::Interrupted)));
    }

    #[test]
    fn another_size_than_expected_is_refused_before_anything_is_written() {
        let mut sink = Sink::new(Target::Nowhere, PathBuf::new(), Some(5));

        let error = sink.begin(6).unwrap_err();

        assert_eq!(error.to_string(), "the image has 6 bytes, expected 5");
    }
}
