//! A bounded view of an open image: offsets cannot leave it.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

/// `len` bytes of an image from `start` on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window<'a> {
    file: &'a File,
    start: u64,
    len: u64,
}

impl<'a> Window<'a> {
    /// The first `len` bytes of `file`.
    pub(super) fn new(file: &'a File, len: u64) -> Self {
        Self {
            file,
            start: 0,
            len,
        }
    }

    /// The part of this window that `start` and `len` describe, cut at this window's end.
    pub(super) fn part(&self, start: u64, len: u64) -> Self {
        let start = start.min(self.len);
        Self {
            file: self.file,
            start: self.start + start,
            len: len.min(self.len - start),
        }
    }

    /// Bytes in the window.
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// Up to `len` bytes from `offset` on: fewer where the window or the image ends.
    ///
    /// `len` is always a caller's own limit, never a number from the image.
    pub(super) fn read(&self, offset: u64, len: usize) -> io::Result<Vec<u8>> {
        let available = usize::try_from(self.len.saturating_sub(offset)).unwrap_or(usize::MAX);
        let mut bytes = vec![0; len.min(available)];
        let mut filled = 0;
        while filled < bytes.len() {
            let at = self.start + offset + filled as u64;
            match self.file.read_at(&mut bytes[filled..], at) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        bytes.truncate(filled);
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn reads_stop_where_the_window_or_the_file_ends() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"0123456789").unwrap();
        let whole = Window::new(&file, 100);

        let part = whole.part(2, 4);

        assert_eq!(part.read(1, 10).unwrap(), b"345");
        assert_eq!(part.read(4, 10).unwrap(), b"");
        assert_eq!(part.read(u64::MAX, 10).unwrap(), b"");
        assert_eq!(whole.read(8, 50).unwrap(), b"89");
        assert_eq!(whole.part(200, 5).len(), 0);
        assert_eq!(part.part(3, u64::MAX).read(0, 9).unwrap(), b"5");
    }
}
