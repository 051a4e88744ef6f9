//! The encrypted stream of a bundle, part after part, checked and decrypted as it is read.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use crate::crypto::aes_cbc::{self, BLOCK};
use crate::crypto::digest::{Sha1Digest, Sha1Hasher};
use crate::crypto::secret::SessionKey;
use crate::host::filesystem;
use crate::manifest::{Image, Part};

use super::UnbundleError;

/// Bytes of a part that are read at once.
pub(super) const READ: usize = 512 << 10;

/// Opens a part file, which must be a regular file. Fifos and devices are never waited for.
pub(super) fn open_part(
    directory: &Path,
    index: usize,
    part: &Part,
) -> Result<File, UnbundleError> {
    let path = directory.join(&part.filename);
    let error = |source: io::Error| {
        let path = path.clone();
        match source.kind() {
            io::ErrorKind::NotFound => UnbundleError::MissingPart { index, path },
            _ => UnbundleError::ReadPart {
                index,
                path,
                source,
            },
        }
    };
    let nonblocking = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or(0); // fits
    let looked = fs::metadata(&path).map_err(error)?;
    let refuse = |file_type| UnbundleError::NotAPart {
        index,
        path: path.clone(),
        found: filesystem::describe(file_type),
    };
    if !looked.is_file() {
        return Err(refuse(looked.file_type())); // opening some devices has effects
    }
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(nonblocking)
        .open(&path)
        .map_err(error)?;
    let opened = file.metadata().map_err(error)?;
    if opened.is_file() {
        Ok(file)
    } else {
        Err(refuse(opened.file_type()))
    }
}

/// Checks, before anything is read, that all parts are there and as long together as they
/// should be.
pub(super) fn check_parts(directory: &Path, image: &Image) -> Result<(), UnbundleError> {
    let mut found: u64 = 0;
    for (index, part) in image.parts.iter().enumerate() {
        let file = open_part(directory, index, part)?;
        let metadata = file.metadata().map_err(|source| UnbundleError::ReadPart {
            index,
            path: directory.join(&part.filename),
            source,
        })?;
        found = found.saturating_add(metadata.len());
    }
    if found != image.bundled_size {
        return Err(UnbundleError::BundledSize {
            found,
            expected: image.bundled_size,
        });
    }
    Ok(())
}

/// Computes a part's digest, and compares it.
pub(super) fn check_part(
    directory: &Path,
    index: usize,
    part: &Part,
    mut seen: impl FnMut(u64) -> Result<(), UnbundleError>,
) -> Result<u64, UnbundleError> {
    let path = directory.join(&part.filename);
    let mut file = open_part(directory, index, part)?;
    let mut hasher = Sha1Hasher::default();
    let mut buffer = vec![0; READ];
    let mut size = 0;
    loop {
        let read = match file.read(&mut buffer) {
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(source) => {
                return Err(UnbundleError::ReadPart {
                    index,
                    path,
                    source,
                });
            }
        };
        if read == 0 {
            break;
        }
        hasher.update(&buffer[..read]);
        size += read as u64;
        seen(read as u64)?;
    }
    compare(hasher.finish(), index, part, path)?;
    Ok(size)
}

fn compare(
    found: Sha1Digest,
    index: usize,
    part: &Part,
    path: PathBuf,
) -> Result<(), UnbundleError> {
    if found == part.digest {
        Ok(())
    } else {
        Err(UnbundleError::PartDigest {
            index,
            path,
            found,
            expected: part.digest,
        })
    }
}

/// Where encrypted bytes come from, in order.
pub(super) trait Encrypted {
    /// Reads some of the next bytes into the buffer; 0 at the end.
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, UnbundleError>;
}

impl<E: Encrypted> Encrypted for &mut E {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, UnbundleError> {
        (**self).read(buffer)
    }
}

/// The parts of a bundle, one after the other. Each digest is compared when its part ends.
pub(super) struct PartsReader<'a> {
    directory: &'a Path,
    parts: std::iter::Enumerate<std::slice::Iter<'a, Part>>,
    open: Option<(usize, &'a Part, File, Sha1Hasher)>,
}

impl<'a> PartsReader<'a> {
    pub(super) fn new(directory: &'a Path, parts: &'a [Part]) -> Self {
        Self {
            directory,
            parts: parts.iter().enumerate(),
            open: None,
        }
    }
}

impl Encrypted for PartsReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, UnbundleError> {
        loop {
            let Some((index, part, file, hasher)) = &mut self.open else {
                let Some((index, part)) = self.parts.next() else {
                    return Ok(0);
                };
                let file = open_part(self.directory, index, part)?;
                self.open = Some((index, part, file, Sha1Hasher::default()));
                continue;
            };
            match file.read(buffer) {
                Ok(0) => {
                    let path = self.directory.join(&part.filename);
                    compare(std::mem::take(hasher).finish(), *index, part, path)?;
                    self.open = None;
                }
                Ok(read) => {
                    hasher.update(&buffer[..read]);
                    return Ok(read);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(source) => {
                    let path = self.directory.join(&part.filename);
                    return Err(UnbundleError::ReadPart {
                        index: *index,
                        path,
                        source,
                    });
                }
            }
        }
    }
}

/// Encrypted bytes from a stream.
pub(super) struct StreamReader(pub(super) Box<dyn Read + Send>);

impl Encrypted for StreamReader {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, UnbundleError> {
        loop {
            match self.0.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => return result.map_err(|source| UnbundleError::ReadStream { source }),
            }
        }
    }
}

/// Decrypts what it reads, and takes the padding off.
pub(super) struct Decrypting<'a, E> {
    inner: E,
    session: &'a SessionKey,
    /// The ciphertext block before the next one.
    previous: [u8; BLOCK],
    /// Ciphertext that is not decrypted yet: at least the last block, whose plain text may be
    /// padding.
    pending: Vec<u8>,
    ended: bool,
}

impl<'a, E: Encrypted> Decrypting<'a, E> {
    pub(super) fn new(inner: E, session: &'a SessionKey) -> Self {
        let previous = *session.iv();
        Self {
            inner,
            session,
            previous,
            pending: Vec::new(),
            ended: false,
        }
    }

    /// Replaces `plain` by the next bytes of plain text, and `read` counts encrypted ones.
    /// Returns false at the end.
    pub(super) fn next(
        &mut self,
        plain: &mut Vec<u8>,
        read: &mut u64,
    ) -> Result<bool, UnbundleError> {
        plain.clear();
        if self.ended {
            return Ok(false);
        }
        while self.pending.len() <= READ && !self.ended {
            let start = self.pending.len();
            self.pending.resize(start + READ, 0);
            let got = self.inner.read(&mut self.pending[start..])?;
            self.pending.truncate(start + got);
            *read += got as u64;
            self.ended = got == 0;
        }
        if self.ended {
            return self.last(plain);
        }
        let whole = (self.pending.len() - 1) / BLOCK * BLOCK; // the last block stays
        plain.extend_from_slice(&self.pending[..whole]);
        self.pending.drain(..whole);
        let next_previous = plain.last_chunk::<BLOCK>().copied();
        aes_cbc::decrypt_blocks(self.session, &self.previous, plain);
        self.previous = next_previous.unwrap_or(self.previous);
        Ok(true)
    }

    fn last(&mut self, plain: &mut Vec<u8>) -> Result<bool, UnbundleError> {
        if self.pending.is_empty() {
            return Err(UnbundleError::Cipher {
                why: "there are no encrypted bytes",
            });
        }
        if !self.pending.len().is_multiple_of(BLOCK) {
            let why = "their length is not a multiple of 16";
            return Err(UnbundleError::Cipher { why });
        }
        std::mem::swap(plain, &mut self.pending);
        aes_cbc::decrypt_blocks(self.session, &self.previous, plain);
        let padded = plain.last_chunk::<BLOCK>().and_then(aes_cbc::unpadded_len);
        let Some(kept) = padded else {
            return Err(UnbundleError::Cipher {
                why: "the padding at the end is wrong",
            });
        };
        plain.truncate(plain.len() - BLOCK + kept);
        Ok(!plain.is_empty())
    }
}
