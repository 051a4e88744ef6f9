//! An upload under way.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use super::super::crew::{self, Pace};
use super::super::gate::Gate;
use super::super::image::{Identity, Image, ZEROS, is_zero};
use super::super::layout::{Layout, count};
use super::super::state::{Started, State};
use super::super::{SnapshotError, SnapshotNote, UploadOptions, UploadSummary, ZeroBlocks};
use super::Mark;
use super::refusals::{WAITS, is_missing, may_have_ended};
use crate::aws::AwsError;
use crate::aws::ebs::{BLOCK_SIZE, Ebs, NewSnapshot, PageStart, StartedSnapshot, Written};
use crate::crypto::digest::Sha256Digest;
use crate::progress::{Progress, Stage};

/// SHA-256 of a block of zeros.
static ZERO_DIGEST: LazyLock<Sha256Digest> = LazyLock::new(|| Sha256Digest::of(&ZEROS));

/// An upload that is under way.
pub(super) struct Journey<'a> {
    ebs: &'a Ebs,
    asked: Asked<'a>,
    image: &'a Image,
    identity: Option<&'a Identity>,
    layout: &'a Layout,
    gate: Gate,
    state: Mutex<State>,
    counts: Counts,
    /// Whether the service has taken a block in this run.
    took_block: AtomicBool,
}

/// What became of blocks.
#[derive(Debug, Default)]
struct Counts {
    sent: AtomicU64,
    zeros_sent: AtomicU64,
    skipped: AtomicU64,
}

/// A snapshot that takes blocks.
struct Open {
    snapshot: Started,
    /// Whether an earlier run started it.
    resumed: bool,
    sends_zeros: bool,
    /// Blocks to look at.
    total: u64,
}

/// A snapshot that was completed.
pub(super) struct End {
    open: Open,
    written: Written,
}

/// What is asked for, and who is told.
pub(super) struct Asked<'a> {
    pub(super) options: &'a UploadOptions,
    pub(super) mark: Mark<'a>,
    pub(super) progress: &'a dyn Progress,
}

impl<'a> Journey<'a> {
    /// An upload that has looked around, and not begun.
    pub(super) fn new(
        ebs: &'a Ebs,
        asked: Asked<'a>,
        image: &'a Image,
        identity: Option<&'a Identity>,
        layout: &'a Layout,
        state: State,
    ) -> Self {
        Self {
            ebs,
            gate: Gate::new(asked.options.jobs),
            asked,
            image,
            identity,
            layout,
            state: Mutex::new(state),
            counts: Counts::default(),
            took_block: AtomicBool::new(false),
        }
    }

    /// Sends what is missing, and completes the snapshot.
    pub(super) fn run(&self) -> Result<End, SnapshotError> {
        let (open, ranges) = self.open()?;
        let (snapshot, source) = match self.transfer(&open, &ranges) {
            Ok(written) => return Ok(End { open, written }),
            Err(SnapshotError::Ended { snapshot, source })
                if open.resumed && !self.has_taken_block() =>
            {
                (snapshot, source)
            }
            Err(error) => return Err(error),
        };
        tracing::warn!(snapshot, %source, "it takes no blocks any more");
        self.asked.progress.finish(Stage::Upload);
        self.counts.skipped.store(0, Ordering::Relaxed);
        let mut state = self.state();
        state.note(SnapshotNote::BegunAnew {
            snapshot,
            why: source.to_string(),
        });
        state.restart(super::token(self.ebs));
        drop(state);
        let (open, ranges) = self.open()?;
        let written = self.transfer(&open, &ranges)?;
        Ok(End { open, written })
    }

    /// The snapshot that takes the blocks, and the blocks to look at.
    fn open(&self) -> Result<(Open, Vec<Range<u32>>), SnapshotError> {
        let begun = self.state().started().cloned();
        let resumed = begun.is_some();
        let snapshot = match begun {
            Some(begun) => begun,
            None => self.start()?,
        };
        let sends_zeros = match self.asked.options.zeros {
            ZeroBlocks::Auto => snapshot.encrypted,
            ZeroBlocks::Omit => false,
            ZeroBlocks::Send => true,
        };
        let ranges = if sends_zeros {
            self.layout.whole()
        } else {
            self.layout.allocated.clone()
        };
        tracing::info!(
            snapshot = snapshot.snapshot,
            encrypted = snapshot.encrypted,
            resumed,
            "sending blocks"
        );
        let open = Open {
            snapshot,
            resumed,
            sends_zeros,
            total: count(&ranges),
        };
        Ok((open, ranges))
    }

    /// Starts a snapshot. A token that an earlier run has sent may stand for a snapshot that has
    /// ended since: then another token starts another one.
    fn start(&self) -> Result<Started, SnapshotError> {
        let mut started = self.start_once()?;
        if !started.is_pending {
            self.state().restart(super::token(self.ebs));
            started = self.start_once()?;
        }
        if !started.is_pending {
            return Err(SnapshotError::NotPending {
                snapshot: started.id,
            });
        }
        let started = Started {
            snapshot: started.id,
            encrypted: started.is_encrypted,
        };
        self.state().set_started(started.clone());
        Ok(started)
    }

    fn start_once(&self) -> Result<StartedSnapshot, SnapshotError> {
        let new = NewSnapshot {
            volume_size: self.layout.volume_size,
            description: self.asked.options.description.clone(),
            tags: self.asked.options.tags.clone(),
            client_token: self.state().token().to_owned(),
            parent: None,
            encrypted: self.asked.options.encrypted || self.asked.options.kms_key.is_some(),
            kms_key: self.asked.options.kms_key.clone(),
            timeout: self.asked.options.timeout,
        };
        self.state().token_leaves();
        let started = self.ebs.start_snapshot(&new).inspect_err(|error| {
            if error.service().is_some_and(|error| error.status < 500) {
                self.state().token_is_refused();
            }
        })?;
        Ok(started)
    }

    /// Sends the blocks, and completes the snapshot.
    fn transfer(&self, open: &Open, ranges: &[Range<u32>]) -> Result<Written, SnapshotError> {
        let total = open.total.saturating_mul(BLOCK_SIZE);
        self.asked.progress.begin(Stage::Upload, Some(total));
        let sent = crew::run(
            self.asked.options.jobs,
            &self.gate,
            ranges.iter().cloned().flatten(),
            |index| self.block(open, *index),
            SnapshotError::is_throttling,
        );
        let written = sent
            .and_then(|()| self.is_unchanged())
            .and_then(|()| Ok((self.asked.mark)(&open.snapshot.snapshot)?))
            .and_then(|()| self.complete(open))
            .map_err(|error| {
                let state = self.state();
                let done = state.count();
                let counts = (done, open.total.max(done));
                error.in_the_middle(&open.snapshot.snapshot, counts, state.is_kept())
            })?;
        self.asked.progress.finish(Stage::Upload);
        Ok(written)
    }

    /// Sends a block, if it has to be.
    fn block(&self, open: &Open, index: u32) -> Result<Pace, SnapshotError> {
        if self.asked.progress.interrupted() {
            return Err(AwsError::Interrupted.into());
        }
        let counts = &self.counts;
        if self.state().done(index).is_some() {
            counts.skipped.fetch_add(1, Ordering::Relaxed);
            self.asked.progress.advance(Stage::Upload, BLOCK_SIZE);
            return Ok(Pace::Idle);
        }
        let bytes = if self.layout.is_allocated(index) {
            Some(self.image.block(index)?).filter(|bytes| !is_zero(bytes))
        } else {
            None
        };
        let pace = match bytes {
            Some(bytes) => {
                let digest = Sha256Digest::of(&bytes);
                self.put(open, index, &bytes, digest)?
            }
            None if open.sends_zeros => {
                let zeros = Bytes::from_static(&ZEROS);
                let pace = self.put(open, index, &zeros, *ZERO_DIGEST)?;
                counts.zeros_sent.fetch_add(1, Ordering::Relaxed);
                pace
            }
            None => Pace::Idle,
        };
        self.asked.progress.advance(Stage::Upload, BLOCK_SIZE);
        Ok(pace)
    }

    /// Puts a block. A snapshot that was started a moment ago may not be known everywhere.
    fn put(
        &self,
        open: &Open,
        index: u32,
        bytes: &Bytes,
        digest: Sha256Digest,
    ) -> Result<Pace, SnapshotError> {
        let snapshot = &open.snapshot.snapshot;
        let done = self.state().count();
        let percent = u8::try_from(done * 100 / open.total.max(1)).unwrap_or(100);
        let put = || self.ebs.put_block(snapshot, index, bytes, digest, percent);
        let carried = self.once_known(open, put)?;
        self.took_block.store(true, Ordering::Relaxed);
        self.counts.sent.fetch_add(1, Ordering::Relaxed);
        self.state().note_done(index, digest);
        Ok(if carried.throttled {
            Pace::Throttled
        } else {
            Pace::Good
        })
    }

    /// Calls until the service knows the snapshot. One of an earlier run was known: if it is not
    /// any more, it has ended.
    fn once_known<T>(
        &self,
        open: &Open,
        call: impl Fn() -> Result<T, AwsError>,
    ) -> Result<T, SnapshotError> {
        let ended = |source| SnapshotError::Ended {
            snapshot: open.snapshot.snapshot.clone(),
            source,
        };
        let mut waits = WAITS.iter();
        loop {
            let error = match call() {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            let doubtful = open.resumed && !self.has_taken_block();
            if doubtful && may_have_ended(&error) {
                return Err(ended(error));
            }
            if !is_missing(&error) {
                return Err(error.into());
            }
            match waits.next() {
                Some(wait) => self.ebs.service().pause(*wait)?,
                None => return Err(ended(error)),
            }
        }
    }

    /// What was sent has to be of one image.
    fn is_unchanged(&self) -> Result<(), SnapshotError> {
        if self.image.identity()?.as_ref() == self.identity {
            return Ok(());
        }
        Err(SnapshotError::ImageChanged {
            path: self.asked.options.image.clone(),
        })
    }

    /// Completes the snapshot. An earlier attempt, whose answer was lost, may have done it.
    fn complete(&self, open: &Open) -> Result<Written, SnapshotError> {
        let written = self.state().written();
        let snapshot = &open.snapshot.snapshot;
        let complete = || self.ebs.complete_snapshot(snapshot, &written);
        let Err(error) = self.once_known(open, complete) else {
            return Ok(written);
        };
        let said = match &error {
            SnapshotError::Ended { source, .. } | SnapshotError::Service(source) => Some(source),
            _ => None,
        };
        if said.is_some_and(may_have_ended) && self.is_completed(snapshot, written) {
            self.state().note(SnapshotNote::CompletedBefore {
                snapshot: snapshot.clone(),
            });
            return Ok(written);
        }
        match error {
            // The service may be completing it at this moment: another one would be too many.
            SnapshotError::Ended { source, .. } if !is_missing(&source) => Err(source.into()),
            error => Err(error),
        }
    }

    /// Whether the snapshot can be read, which only completed ones can, and has our blocks.
    fn is_completed(&self, snapshot: &str, written: Written) -> bool {
        let state = self.state();
        let mut found = 0_u64;
        let mut token: Option<String> = None;
        loop {
            let start = token
                .as_deref()
                .map_or(PageStart::Block(0), PageStart::Token);
            let Ok(page) = self.ebs.list_snapshot_blocks(snapshot, start) else {
                return false;
            };
            if page
                .blocks
                .iter()
                .any(|block| state.done(block.index).is_none())
            {
                return false;
            }
            found += page.blocks.len() as u64;
            match page.next {
                Some(next) if found < written.blocks && !page.blocks.is_empty() => {
                    token = Some(next);
                }
                _ => return found == written.blocks,
            }
        }
    }

    fn has_taken_block(&self) -> bool {
        self.took_block.load(Ordering::Relaxed)
    }

    /// What was done.
    pub(super) fn summary(self, end: End) -> UploadSummary {
        let state = self.state.into_inner();
        let state = state.unwrap_or_else(PoisonError::into_inner);
        let sent = self.counts.sent.into_inner();
        UploadSummary {
            snapshot: end.open.snapshot.snapshot,
            volume_size: self.layout.volume_size,
            is_encrypted: end.open.snapshot.encrypted,
            sent,
            zeros_sent: self.counts.zeros_sent.into_inner(),
            skipped: self.counts.skipped.into_inner(),
            omitted: u64::from(self.layout.blocks) - end.written.blocks,
            bytes_sent: sent * BLOCK_SIZE,
            checksum: end.written.checksum,
            resumed: end.open.resumed,
            notes: state.end(),
        }
    }

    /// What a thread that panicked has left is still true.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
