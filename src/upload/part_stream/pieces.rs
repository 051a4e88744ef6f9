//! Pieces of parts: planned by one thread, fetched by several, handed out in order.

use std::collections::{BTreeMap, VecDeque};
use std::num::NonZeroUsize;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use crate::aws::s3::{ObjectName, S3};
use crate::crypto::digest::Sha1Digest;
use crate::manifest::{Image, Part};
use crate::upload::downloader::DownloadError;
use crate::upload::downloader::fetch::{Fetch, PartInfo, look_up};

/// Largest piece, in bytes: long enough that asking for it costs little, short enough that a
/// few of them fit into memory.
const LARGEST: u64 = 8 << 20;

/// What is shared by the reader, the planner and those who fetch.
pub(super) struct Pieces {
    s3: S3,
    bucket: String,
    prefix: String,
    parts: Vec<Part>,
    bundled_size: u64,
    /// How far the fetched pieces may be ahead of the reader's.
    window: u64,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    planned: VecDeque<Piece>,
    /// Number of all pieces, once the last one is planned.
    count: Option<u64>,
    ready: BTreeMap<u64, Result<Fetched, DownloadError>>,
    /// The piece that the reader needs next.
    wanted: u64,
    stopped: bool,
}

/// A piece to be fetched.
struct Piece {
    number: u64,
    part: usize,
    offset: u64,
    len: u64,
    ends_part: bool,
    etag: String,
}

/// A piece that is here.
pub(super) struct Fetched {
    pub(super) bytes: Vec<u8>,
    pub(super) part: usize,
    pub(super) ends_part: bool,
}

/// Ends everything if its thread panics, so that nobody waits for it.
struct Alarm<'a>(&'a Pieces);

impl Drop for Alarm<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.stop();
        }
    }
}

impl Pieces {
    pub(super) fn new(
        s3: &S3,
        bucket: &str,
        prefix: &str,
        image: &Image,
        jobs: NonZeroUsize,
    ) -> Self {
        Self {
            s3: s3.clone(),
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
            parts: image.parts.clone(),
            bundled_size: image.bundled_size,
            window: jobs.get() as u64 + 1,
            state: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    /// Starts a thread that does `work`.
    pub(super) fn run(this: &Arc<Self>, work: fn(&Self)) -> JoinHandle<()> {
        let this = Arc::clone(this);
        thread::spawn(move || {
            let _alarm = Alarm(&this);
            work(&this);
        })
    }

    /// Tells all threads to end.
    pub(super) fn stop(&self) {
        self.lock().stopped = true;
        self.changed.notify_all();
    }

    /// The piece that the reader needs next, when it is there; none after the last.
    pub(super) fn next(&self) -> Result<Option<Fetched>, DownloadError> {
        let mut state = self.lock();
        loop {
            let wanted = state.wanted;
            if let Some(result) = state.ready.remove(&wanted) {
                state.wanted += 1;
                drop(state);
                self.changed.notify_all();
                return result.map(Some);
            }
            if state.count == Some(wanted) {
                return Ok(None);
            }
            if state.stopped {
                return Err(DownloadError::ThreadEnded);
            }
            state = self.wait(state);
        }
    }

    /// Compares the digest of a part.
    pub(super) fn check_digest(&self, part: usize, found: Sha1Digest) -> Result<(), DownloadError> {
        let Some(part) = self.parts.get(part).filter(|part| part.digest != found) else {
            return Ok(());
        };
        Err(DownloadError::PartDigest {
            key: format!("{}{}", self.prefix, part.filename),
            found,
            expected: part.digest,
        })
    }

    /// Compares the length of all parts.
    pub(super) fn check_size(&self, found: u64) -> Result<(), DownloadError> {
        if found == self.bundled_size {
            return Ok(());
        }
        Err(DownloadError::BundledSize {
            found,
            expected: self.bundled_size,
        })
    }

    /// Cuts all parts into pieces, a little ahead of those who fetch.
    pub(super) fn plan(&self) {
        let mut number = 0;
        let mut left = self.bundled_size;
        for part in 0..self.parts.len() {
            match self.look_up(part, &mut left) {
                Ok(info) => {
                    for piece in cut(number, part, &info) {
                        number = piece.number + 1;
                        if !self.add(piece) {
                            return;
                        }
                    }
                }
                Err(error) => {
                    self.put(number, Err(error));
                    return;
                }
            }
        }
        self.lock().count = Some(number);
        self.changed.notify_all();
    }

    /// Size and version of a part, which must fit into what the manifest leaves.
    fn look_up(&self, part: usize, left: &mut u64) -> Result<PartInfo, DownloadError> {
        let key = self.key(part);
        let info = look_up(&self.s3, self.object(&key))?;
        match left.checked_sub(info.size) {
            Some(rest) => *left = rest,
            None => return Err(DownloadError::PartTooLong { key, limit: *left }),
        }
        Ok(info)
    }

    /// Queues a piece when there is room; tells whether to go on.
    fn add(&self, piece: Piece) -> bool {
        let mut state = self.lock();
        while !state.stopped && state.planned.len() as u64 >= self.window {
            state = self.wait(state);
        }
        if state.stopped {
            return false;
        }
        state.planned.push_back(piece);
        drop(state);
        self.changed.notify_all();
        true
    }

    /// Fetches pieces until there are no more.
    pub(super) fn fetch(&self) {
        while let Some(piece) = self.take() {
            let number = piece.number;
            self.put(number, self.fetch_one(piece));
        }
    }

    /// The next piece to fetch, when the reader has come near enough. Pieces are taken in order,
    /// so that the one the reader waits for is always among those that are being fetched.
    fn take(&self) -> Option<Piece> {
        let mut state = self.lock();
        loop {
            if state.stopped {
                return None;
            }
            let near = state.wanted + self.window;
            match state.planned.front() {
                Some(piece) if piece.number < near => {
                    let piece = state.planned.pop_front();
                    drop(state);
                    self.changed.notify_all();
                    return piece;
                }
                None if state.count.is_some() => return None,
                _ => state = self.wait(state),
            }
        }
    }

    fn fetch_one(&self, piece: Piece) -> Result<Fetched, DownloadError> {
        let key = self.key(piece.part);
        let range = (piece.offset, piece.len);
        let mut fetch = Fetch::range(&self.s3, self.object(&key), range, piece.etag);
        // At most LARGEST.
        let mut bytes = Vec::with_capacity(usize::try_from(piece.len).unwrap_or(0));
        while let Some(chunk) = fetch.chunk()? {
            bytes.extend_from_slice(&chunk);
            if self.lock().stopped {
                return Err(DownloadError::Interrupted); // nobody reads it
            }
        }
        Ok(Fetched {
            bytes,
            part: piece.part,
            ends_part: piece.ends_part,
        })
    }

    fn put(&self, number: u64, result: Result<Fetched, DownloadError>) {
        self.lock().ready.insert(number, result);
        self.changed.notify_all();
    }

    fn key(&self, part: usize) -> String {
        let name = self.parts.get(part).map(|part| part.filename.as_str());
        format!("{}{}", self.prefix, name.unwrap_or_default())
    }

    fn object<'a>(&'a self, key: &'a str) -> ObjectName<'a> {
        ObjectName {
            bucket: &self.bucket,
            key,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.changed
            .wait(state)
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Cuts a part into as few pieces as may be, about equally long. An empty part is one piece.
fn cut(first: u64, part: usize, info: &PartInfo) -> impl Iterator<Item = Piece> {
    let count = info.size.div_ceil(LARGEST).max(1);
    let len = info.size.div_ceil(count);
    let (size, etag) = (info.size, info.etag.clone());
    (0..count).map(move |index| {
        let offset = (index * len).min(size);
        Piece {
            number: first + index,
            part,
            offset,
            len: len.min(size - offset),
            ends_part: index + 1 == count,
            etag: etag.clone(),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_cover_a_part_without_gaps() {
        for size in [
            0,
            1,
            LARGEST - 1,
            LARGEST,
            LARGEST + 1,
            10 << 20,
            5 * LARGEST + 3,
        ] {
            let info = PartInfo {
                size,
                etag: String::new(),
            };
            let mut end = 0;
            let mut last = 0;

            for piece in cut(7, 0, &info) {
                assert_eq!(piece.offset, end, "{size}");
                assert!(piece.len <= LARGEST, "{size}");
                assert_eq!(piece.ends_part, piece.offset + piece.len == size, "{size}");
                end += piece.len;
                last = piece.number;
            }

            assert_eq!(end, size);
            assert_eq!(last + 1 - 7, size.div_ceil(LARGEST).max(1), "{size}");
        }
    }
}
