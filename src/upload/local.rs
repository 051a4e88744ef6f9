//! Parts as files on this machine: there, whole, and unchanged while they are sent.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use md5::{Digest as _, Md5};

use super::UploadError;
use crate::aws::http::Body;
use crate::crypto::digest::{Sha1Digest, Sha1Hasher};
use crate::host::filesystem;

/// Bytes that are read at once: large enough to cost few calls, small beside the rest.
const READ: usize = 256 << 10;

/// A part that is open, with what it was when it was opened.
#[derive(Debug, Clone)]
pub(super) struct LocalPart {
    path: PathBuf,
    file: Arc<File>,
    size: u64,
    written: (i64, i64),
}

impl LocalPart {
    /// Opens a part, which has to be a regular file: pipes and devices are never waited for.
    pub(super) fn open(path: &Path) -> Result<Self, UploadError> {
        let failed = |source: io::Error| match source.kind() {
            io::ErrorKind::NotFound => UploadError::MissingPart {
                path: path.to_owned(),
                source,
            },
            _ => UploadError::ReadPart {
                path: path.to_owned(),
                source,
            },
        };
        let refused = |kind| UploadError::NotAPart {
            path: path.to_owned(),
            found: filesystem::describe(kind),
        };
        let looked = fs::metadata(path).map_err(failed)?;
        if !looked.is_file() {
            return Err(refused(looked.file_type())); // opening some devices has effects
        }
        let nonblocking = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or(0); // fits
        let file = OpenOptions::new()
            .read(true)
            .custom_flags(nonblocking)
            .open(path)
            .map_err(failed)?;
        let opened = file.metadata().map_err(failed)?;
        if !opened.is_file() {
            return Err(refused(opened.file_type()));
        }
        Ok(Self {
            path: path.to_owned(),
            file: Arc::new(file),
            size: opened.len(),
            written: (opened.mtime(), opened.mtime_nsec()),
        })
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// All of it, to be sent.
    pub(super) fn body(&self) -> Body {
        self.range(0, self.size)
    }

    /// `len` bytes of it from `offset` on, to be sent.
    pub(super) fn range(&self, offset: u64, len: u64) -> Body {
        Body::File {
            file: Arc::clone(&self.file),
            offset,
            len,
        }
    }

    /// SHA-1 of the whole part, which has to be `expected`.
    pub(super) fn check(&self, expected: Sha1Digest) -> Result<(), UploadError> {
        let mut sha1 = Sha1Hasher::default();
        self.read(0, self.size, |bytes| sha1.update(bytes))?;
        self.agrees(sha1.finish(), expected)
    }

    /// As [`LocalPart::check`]; tells the MD5 too, of the same reading.
    pub(super) fn check_with_md5(&self, expected: Sha1Digest) -> Result<[u8; 16], UploadError> {
        let mut sha1 = Sha1Hasher::default();
        let mut md5 = Md5::new();
        self.read(0, self.size, |bytes| {
            sha1.update(bytes);
            md5.update(bytes);
        })?;
        self.agrees(sha1.finish(), expected)?;
        Ok(md5.finalize().into())
    }

    fn agrees(&self, found: Sha1Digest, expected: Sha1Digest) -> Result<(), UploadError> {
        if found == expected {
            return Ok(());
        }
        Err(UploadError::PartDigest {
            path: self.path.clone(),
            found,
            expected,
        })
    }

    /// MD5 of `len` bytes from `offset` on.
    pub(super) fn md5(&self, offset: u64, len: u64) -> Result<[u8; 16], UploadError> {
        let mut md5 = Md5::new();
        self.read(offset, len, |bytes| md5.update(bytes))?;
        Ok(md5.finalize().into())
    }

    fn read(&self, offset: u64, len: u64, mut each: impl FnMut(&[u8])) -> Result<(), UploadError> {
        let mut buffer = vec![0; READ];
        let mut at = offset;
        let end = offset.saturating_add(len);
        while at < end {
            let wanted = usize::try_from(end - at).unwrap_or(READ).min(READ);
            match self.file.read_at(&mut buffer[..wanted], at) {
                Ok(0) => return Err(self.changed()), // it was longer when it was opened
                Ok(count) => {
                    each(&buffer[..count]);
                    at += count as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(source) => {
                    return Err(UploadError::ReadPart {
                        path: self.path.clone(),
                        source,
                    });
                }
            }
        }
        Ok(())
    }

    /// Makes sure that nobody has written to the part since it was opened: what was sent is then
    /// what was checked.
    pub(super) fn is_unchanged(&self) -> Result<(), UploadError> {
        let now = self
            .file
            .metadata()
            .map_err(|source| UploadError::ReadPart {
                path: self.path.clone(),
                source,
            })?;
        if now.len() == self.size && (now.mtime(), now.mtime_nsec()) == self.written {
            Ok(())
        } else {
            Err(self.changed())
        }
    }

    fn changed(&self) -> UploadError {
        UploadError::PartChanged {
            path: self.path.clone(),
        }
    }
}

/// Whether an `ETag` is the MD5 of the content: all servers make it so for objects that were put
/// in one request, unless they encrypt them.
pub(super) fn is_md5(etag: &str) -> bool {
    etag.len() == 32 && etag.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_that_grows_has_changed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("part");
        fs::write(&path, b"abc").unwrap();
        let part = LocalPart::open(&path).unwrap();
        part.check(Sha1Digest::of(b"abc")).unwrap();
        part.is_unchanged().unwrap();

        fs::write(&path, b"abcd").unwrap();

        let error = part.is_unchanged().unwrap_err();
        assert!(matches!(error, UploadError::PartChanged { .. }), "{error}");
    }

    #[test]
    fn a_part_that_shrinks_is_no_endless_reading() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("part");
        fs::write(&path, b"abc").unwrap();
        let part = LocalPart::open(&path).unwrap();

        fs::write(&path, b"a").unwrap();

        let error = part.check(Sha1Digest::of(b"abc")).unwrap_err();
        assert!(matches!(error, UploadError::PartChanged { .. }), "{error}");
    }

    #[test]
    fn folders_are_no_parts() {
        let folder = tempfile::tempdir().unwrap();

        let error = LocalPart::open(folder.path()).unwrap_err();

        assert!(matches!(error, UploadError::NotAPart { .. }), "{error}");
    }

    #[test]
    fn an_etag_of_several_parts_is_no_md5() {
        assert!(is_md5("900150983cd24fb0d6963f7d28e17f72"));
        assert!(!is_md5("900150983cd24fb0d6963f7d28e17f72-3"));
        assert!(!is_md5(""));
    }
}
