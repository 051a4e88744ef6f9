//! One part, from the bucket to its name.
//!
//! ```text
//! hidden file ─► what is there: SHA-1 ─► GET from there on: SHA-1 ─┬─ right ─► durable ─► name
//!      ▲                                                          └─ wrong ─► once anew ─► error
//!      └─ broken off, interrupted, killed: kept
//! ```

use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use super::DownloadError;
use super::fetch::{Fetch, look_up};
use crate::aws::s3::{ObjectName, S3};
use crate::crypto::digest::Sha1Hasher;
use crate::host::workspace::ResumableFile;
use crate::manifest::Part;
use crate::progress::{Progress, Stage};

/// Bytes of the hidden file that are read at once.
const BUFFER: usize = 256 << 10;

/// How often a part is fetched whose digest turns out wrong: the second time nothing of an
/// earlier run or connection is in it.
const ATTEMPTS: u32 = 2;

/// A part to be fetched.
pub(super) struct PartDownload<'a> {
    pub(super) s3: &'a S3,
    pub(super) object: ObjectName<'a>,
    pub(super) part: &'a Part,
    pub(super) directory: &'a Path,
    /// Most bytes that it may have.
    pub(super) limit: u64,
    pub(super) resume: bool,
    pub(super) replace: bool,
    pub(super) progress: &'a dyn Progress,
    /// Whether another part has failed.
    pub(super) stop: &'a dyn Fn() -> bool,
}

/// A part that has its name.
pub(super) struct NamedPart {
    pub(super) size: u64,
    /// Bytes that came over the network.
    pub(super) fetched: u64,
}

/// How far a part is.
struct Attempt {
    size: u64,
    fetched: u64,
    /// Bytes that the progress has been told of.
    told: u64,
}

impl PartDownload<'_> {
    /// Fetches what is missing, checks it, gives it its name.
    pub(super) fn run(&self) -> Result<NamedPart, DownloadError> {
        let file = ResumableFile::open(self.directory, &self.part.filename)?;
        if !self.resume {
            file.restart().map_err(|error| self.write_error(error))?;
        }
        let mut attempt = Attempt {
            size: 0,
            fetched: 0,
            told: 0,
        };
        let mut tries = 0;
        loop {
            tries += 1;
            match self.attempt(&file, &mut attempt) {
                Ok(()) => break,
                Err(error) if error.is_about_content() && tries < ATTEMPTS => {
                    tracing::warn!(%error, "fetched once more from its start");
                    file.restart().map_err(|error| self.write_error(error))?;
                }
                Err(error) => {
                    if !error.is_about_content() {
                        file.keep();
                    }
                    return Err(error);
                }
            }
        }
        // Before it has its name: after a power loss, whatever has a part's name is that part.
        file.publish(self.replace)?;
        Ok(NamedPart {
            size: attempt.size,
            fetched: attempt.fetched,
        })
    }

    /// Completes the file and compares its digest.
    fn attempt(&self, file: &ResumableFile, attempt: &mut Attempt) -> Result<(), DownloadError> {
        let mut hasher = Sha1Hasher::default();
        let (mut fetch, mut position) = self.begin(file, attempt, &mut hasher)?;
        loop {
            let chunk = fetch.chunk()?;
            if fetch.end().is_some_and(|end| end > self.limit) {
                return Err(self.too_long());
            }
            let Some(bytes) = chunk else { break };
            let end = position + bytes.len() as u64;
            if end > self.limit {
                return Err(self.too_long());
            }
            let written = file.file().write_all_at(&bytes, position);
            written.map_err(|error| self.write_error(error))?;
            hasher.update(&bytes);
            position = end;
            attempt.fetched += bytes.len() as u64;
            self.tell(attempt, position);
            self.check_stop()?;
        }
        let found = hasher.finish();
        if found != self.part.digest {
            return Err(DownloadError::PartDigest {
                key: self.object.key.to_owned(),
                found,
                expected: self.part.digest,
            });
        }
        attempt.size = position;
        Ok(())
    }

    /// Where to go on: after the bytes that are there, if the server has more of them.
    fn begin(
        &self,
        file: &ResumableFile,
        attempt: &mut Attempt,
        hasher: &mut Sha1Hasher,
    ) -> Result<(Fetch<'_>, u64), DownloadError> {
        let write_error = |error| self.write_error(error);
        let here = file.len().map_err(write_error)?;
        if here == 0 {
            return Ok((Fetch::whole(self.s3, self.object), 0));
        }
        let info = look_up(self.s3, self.object)?;
        if info.size > self.limit {
            return Err(self.too_long());
        }
        if here > info.size {
            file.restart().map_err(write_error)?; // of another bundle
            return Ok((Fetch::whole(self.s3, self.object), 0));
        }
        let mut buffer = vec![0; BUFFER];
        let mut position = 0;
        while position < here {
            self.check_stop()?;
            let want = usize::try_from(here - position)
                .unwrap_or(BUFFER)
                .min(BUFFER);
            let count = match file.file().read_at(&mut buffer[..want], position) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(source) => {
                    return Err(DownloadError::Read {
                        path: file.path().to_owned(),
                        source,
                    });
                }
            };
            hasher.update(&buffer[..count]);
            position += count as u64;
            self.tell(attempt, position);
        }
        let rest = (position, info.size - position);
        let fetch = Fetch::range(self.s3, self.object, rest, info.etag);
        Ok((fetch, position))
    }

    /// Tells the progress of bytes that it has not been told of in an earlier attempt.
    fn tell(&self, attempt: &mut Attempt, position: u64) {
        let more = position.saturating_sub(attempt.told);
        if more > 0 {
            attempt.told = position;
            self.progress.advance(Stage::Download, more);
        }
    }

    fn check_stop(&self) -> Result<(), DownloadError> {
        if (self.stop)() || self.progress.interrupted() {
            return Err(DownloadError::Interrupted);
        }
        Ok(())
    }

    fn too_long(&self) -> DownloadError {
        DownloadError::PartTooLong {
            key: self.object.key.to_owned(),
            limit: self.limit,
        }
    }

    fn write_error(&self, source: io::Error) -> DownloadError {
        DownloadError::Write {
            path: self.directory.join(&self.part.filename),
            source,
        }
    }
}
