//! A download under way.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::super::crew::{self, Pace};
use super::super::gate::Gate;
use super::super::state::State;
use super::super::{DownloadOptions, DownloadSummary, SnapshotError, Target};
use super::output::Output;
use crate::aws::AwsError;
use crate::aws::ebs::{BLOCK_SIZE, BLOCKS_OF_GIB, BlockEntry, BlockPage, Ebs, PageStart};
use crate::progress::{Progress, Stage};

/// Most pages without a block that are followed by another: a service that has no end is not
/// believed.
const MOST_EMPTY: u32 = 1000;

/// A download that is under way.
pub(super) struct Journey<'a> {
    ebs: &'a Ebs,
    options: &'a DownloadOptions,
    /// Size of the volume in GiB.
    volume_size: u32,
    progress: &'a dyn Progress,
    output: Output,
    gate: Gate,
    state: Mutex<State>,
    /// Blocks that the snapshot has, as far as it was listed.
    listed: AtomicU64,
    got: AtomicU64,
    skipped: AtomicU64,
}

/// A piece of work.
enum Job<'a> {
    /// Gets a block.
    Get(&'a BlockEntry),
    /// Writes a block of zeros.
    Zero(u32),
}

impl<'a> Journey<'a> {
    /// A download of a volume of so many GiB.
    pub(super) fn new(
        ebs: &'a Ebs,
        options: &'a DownloadOptions,
        volume_size: u32,
        progress: &'a dyn Progress,
        output: Output,
        state: State,
    ) -> Self {
        Self {
            ebs,
            options,
            volume_size,
            progress,
            output,
            gate: Gate::new(options.jobs),
            state: Mutex::new(state),
            listed: AtomicU64::new(0),
            got: AtomicU64::new(0),
            skipped: AtomicU64::new(0),
        }
    }

    /// Gets all blocks, of which this is the first page.
    pub(super) fn run(&self, first: BlockPage) -> Result<(), SnapshotError> {
        let blocks = self.volume_size * BLOCKS_OF_GIB; // at most 2^27
        let total = u64::from(blocks) * BLOCK_SIZE;
        self.progress.begin(Stage::Download, Some(total));
        let mut page = first;
        // The first block that has not been looked at.
        let mut position = 0;
        let mut empty = 0;
        let mut last = None;
        loop {
            position = self.page(&page, position)?;
            let Some(token) = page.next.take() else {
                break;
            };
            if page.blocks.is_empty() && last.as_ref() == Some(&token) {
                return Err(self.pages("a page without a block comes again".to_owned()));
            }
            empty = if page.blocks.is_empty() { empty + 1 } else { 0 };
            if empty > MOST_EMPTY {
                return Err(self.pages(format!("{empty} pages without a block")));
            }
            page = self.next_page(&token, position)?;
            last = Some(token);
        }
        self.gap(position..blocks)?;
        self.progress.finish(Stage::Download);
        Ok(())
    }

    /// The page after this token; tokens are good for an hour, and blocks may take longer.
    fn next_page(&self, token: &str, position: u32) -> Result<BlockPage, SnapshotError> {
        let list = |start| self.ebs.list_snapshot_blocks(&self.options.snapshot, start);
        let page = match list(PageStart::Token(token)) {
            Err(error) if error.is_code("ValidationException") => list(PageStart::Block(position))?,
            page => page?,
        };
        if page.volume_size != self.volume_size {
            let (found, before) = (page.volume_size, self.volume_size);
            let why = format!("a page says {found} GiB, the one before {before}");
            return Err(self.pages(why));
        }
        Ok(page)
    }

    /// Gets the blocks of a page; returns where the next one may begin.
    fn page(&self, page: &BlockPage, position: u32) -> Result<u32, SnapshotError> {
        let (Some(first), Some(last)) = (page.blocks.first(), page.blocks.last()) else {
            return Ok(position);
        };
        if first.index < position {
            let why = format!("block {} comes after block {position}", first.index);
            return Err(self.pages(why));
        }
        self.listed
            .fetch_add(page.blocks.len() as u64, Ordering::Relaxed);
        self.crew(page.blocks.iter().map(Job::Get))?;
        let mut before = position;
        for block in &page.blocks {
            self.gap(before..block.index)?;
            before = block.index + 1;
        }
        Ok(last.index + 1)
    }

    /// Blocks that the snapshot has not.
    fn gap(&self, blocks: Range<u32>) -> Result<(), SnapshotError> {
        if blocks.is_empty() {
            return Ok(());
        }
        if self.output.needs_zeros() {
            return self.crew(blocks.map(Job::Zero));
        }
        let bytes = u64::from(blocks.end - blocks.start) * BLOCK_SIZE;
        self.progress.advance(Stage::Download, bytes);
        Ok(())
    }

    fn crew<'j>(&self, jobs: impl Iterator<Item = Job<'j>> + Send) -> Result<(), SnapshotError> {
        crew::run(
            self.options.jobs,
            &self.gate,
            jobs,
            |job| {
                if self.progress.interrupted() {
                    return Err(AwsError::Interrupted.into());
                }
                let pace = match job {
                    Job::Get(block) => self.get(block)?,
                    Job::Zero(index) => {
                        self.output.put_zeros(*index)?;
                        Pace::Idle
                    }
                };
                self.progress.advance(Stage::Download, BLOCK_SIZE);
                Ok(pace)
            },
            SnapshotError::is_throttling,
        )
    }

    /// Gets a block, unless it is there.
    fn get(&self, block: &BlockEntry) -> Result<Pace, SnapshotError> {
        let index = block.index;
        let noted = self.state().done(index);
        if noted.is_some_and(|digest| self.output.has(index, digest)) {
            self.skipped.fetch_add(1, Ordering::Relaxed);
            return Ok(Pace::Idle);
        }
        let carried = self.ebs.get_block(&self.options.snapshot, block)?;
        let (bytes, digest) = carried.value;
        self.output.put(index, &bytes)?;
        self.got.fetch_add(1, Ordering::Relaxed);
        self.state().note_done(index, digest);
        Ok(if carried.throttled {
            Pace::Throttled
        } else {
            Pace::Good
        })
    }

    fn pages(&self, why: String) -> SnapshotError {
        SnapshotError::Pages {
            snapshot: self.options.snapshot.clone(),
            why,
        }
    }

    /// Leaves what is there to the next run if it can go on with it, and tells why this one failed.
    pub(super) fn fail(self, error: SnapshotError) -> SnapshotError {
        let state = self.state();
        let done = state.count();
        let total = self.listed.load(Ordering::Relaxed).max(done);
        let kept = state.is_kept() && done > 0;
        drop(state);
        self.output.leave(kept);
        error.in_the_middle(&self.options.snapshot, (done, total), kept)
    }

    /// Makes all durable, and tells what was done.
    pub(super) fn end(self) -> Result<DownloadSummary, SnapshotError> {
        self.output.finish()?;
        let state = self.state.into_inner();
        let state = state.unwrap_or_else(PoisonError::into_inner);
        let written = state.written();
        let blocks = u64::from(self.volume_size) * u64::from(BLOCKS_OF_GIB);
        Ok(DownloadSummary {
            path: match &self.options.target {
                Target::File { path, .. } | Target::Device(path) => path.clone(),
            },
            volume_size: self.volume_size,
            got: self.got.into_inner(),
            skipped: self.skipped.into_inner(),
            absent: blocks.saturating_sub(written.blocks),
            checksum: written.checksum,
            notes: state.end(),
        })
    }

    /// What a thread that panicked has left is still true.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
