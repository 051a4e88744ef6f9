//! An upload under way: which parts are there, sending the others, and the manifest.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::super::bucket::BucketState;
use super::super::in_order::InOrder;
use super::super::local::LocalPart;
use super::super::pool::Pool;
use super::super::resume::{Begun, Entry, State};
use super::super::uploader::{Beginning, Large, Uploader};
use super::super::{
    PartOutcome, StoredPart, UploadError, UploadNote, UploadOptions, UploadSummary, UploadedFile,
};
use super::Part;
use crate::aws::s3::{ObjectInfo, S3};
use crate::progress::{Progress, Stage, Step};

/// A piece of work for the pool.
enum Job<'a> {
    /// Is a part there?
    Look(usize),
    /// Send a part or, if it is a large one, begin to.
    Send(usize),
    /// A chunk of a large part.
    Chunk(usize, Arc<Large<'a>>, u32),
}

/// An upload that is under way.
pub(super) struct Journey<'a> {
    uploader: Uploader<'a>,
    options: &'a UploadOptions,
    progress: &'a dyn Progress,
    told: InOrder<'a>,
    parts: Vec<Part>,
    present: BTreeMap<String, ObjectInfo>,
    state: Mutex<State>,
    results: Mutex<Vec<Option<(StoredPart, PartOutcome)>>>,
    bytes_sent: AtomicU64,
}

impl<'a> Journey<'a> {
    /// An upload that has looked around, and not begun.
    pub(super) fn new(
        s3: &'a S3,
        options: &'a UploadOptions,
        progress: &'a dyn Progress,
        parts: Vec<Part>,
        present: BTreeMap<String, ObjectInfo>,
        state: State,
    ) -> Self {
        Self {
            // A dry run gives no object an ACL.
            uploader: Uploader::new(
                s3,
                options.to.clone(),
                options.acl.filter(|_| !options.dry_run),
                options.form.clone(),
            ),
            options,
            progress,
            told: InOrder::new(progress),
            present,
            state: Mutex::new(state),
            results: Mutex::new(vec![None; parts.len()]),
            bytes_sent: AtomicU64::new(0),
            parts,
        }
    }

    /// Sends what is missing, and the manifest last.
    pub(super) fn run(&self, manifest: Vec<u8>) -> Result<(), UploadError> {
        self.parts_and_manifest(manifest).map_err(|error| {
            let there = self.there();
            let began = there > 0 || self.bytes_sent.load(Ordering::Relaxed) > 0;
            error.in_the_middle(there, self.parts.len(), began)
        })
    }

    fn parts_and_manifest(&self, manifest: Vec<u8>) -> Result<(), UploadError> {
        let total = self.parts.iter().map(|part| part.size).sum();
        self.progress.begin(Stage::Upload, Some(total));
        let key = self.options.to.key(&self.manifest_name());
        self.progress.step(Step::PartsBegin {
            manifest_key: Some(&key),
        });
        // All are looked for before any is sent: an upload that breaks off knows how many there
        // are.
        self.each((0..self.parts.len()).map(Job::Look))?;
        let missing: Vec<_> = {
            let results = self.results();
            let indices = results.iter().enumerate();
            indices
                .filter(|(_, r)| r.is_none())
                .map(|(i, _)| i)
                .collect()
        };
        let (dry_run, skip_manifest) = (self.options.dry_run, self.options.skip_manifest);
        let name = self.manifest_name();
        let replaces = !(missing.is_empty() || dry_run || skip_manifest);
        if replaces && !self.uploader.make_way(&name, Some(&manifest))? {
            let key = self.options.to.key(&name);
            self.state().note(UploadNote::OldManifestStayed { key });
        }
        self.each(missing.into_iter().map(Job::Send))?;
        self.progress.finish(Stage::Upload);
        if dry_run {
            return Ok(());
        }
        if skip_manifest {
            return self.uploader.confirm(&self.stored());
        }
        self.progress.step(Step::ManifestBegins);
        let stored = self.uploader.complete(&self.stored(), &name, manifest)?;
        self.bytes_sent.fetch_add(stored.size, Ordering::Relaxed);
        tracing::debug!(key = stored.key, "manifest stored");
        Ok(())
    }

    /// Does jobs, and those that they add.
    fn each<'s>(&'s self, jobs: impl Iterator<Item = Job<'s>>) -> Result<(), UploadError> {
        Pool::run(self.options.jobs, jobs, |job, pool| {
            if self.progress.interrupted() {
                return Err(UploadError::Interrupted { there: 0, total: 0 });
            }
            match job {
                Job::Look(index) => self.look_for(index),
                Job::Send(index) => self.send(index, pool),
                Job::Chunk(index, large, number) => {
                    let last = large.send(number)?;
                    self.sent(large.len(number));
                    if last {
                        self.stored_now(index, large.finish()?, PartOutcome::Sent);
                    }
                    Ok(())
                }
            }
        })
    }

    /// Notes a part that does not have to be sent.
    fn look_for(&self, index: usize) -> Result<(), UploadError> {
        let part = &self.parts[index];
        if index < self.options.first_part {
            let assumed = self.assumed(part)?;
            self.progress.advance(Stage::Upload, part.size);
            self.result(index, assumed, PartOutcome::Assumed);
        } else if self.options.resume
            && let Some(found) = self.find(part)?
        {
            self.progress.advance(Stage::Upload, part.size);
            self.stored_now(index, found, PartOutcome::Found);
        }
        Ok(())
    }

    fn send<'s>(
        &'s self,
        index: usize,
        pool: &Pool<Job<'s>, UploadError>,
    ) -> Result<(), UploadError> {
        let part = &self.parts[index];
        if self.options.dry_run {
            self.sent(part.size);
            self.result(index, part.unsent(), PartOutcome::Sent);
            return Ok(());
        }
        let local = LocalPart::open(&part.path)?;
        local.check(part.sha1)?;
        if self.uploader.goes_in_chunks(local.size())
            && let Some(large) = self.begin_large(part, &local)?
        {
            let missing = large.missing();
            if missing.is_empty() {
                self.stored_now(index, large.finish()?, PartOutcome::Sent);
            }
            let large = Arc::new(large);
            let chunk = |number| Job::Chunk(index, Arc::clone(&large), number);
            pool.add(missing.into_iter().map(chunk));
            return Ok(());
        }
        let stored = self.uploader.whole(&part.key, &local, part.sha1)?;
        self.sent(part.size);
        self.stored_now(index, stored, PartOutcome::Sent);
        Ok(())
    }

    /// Begins a large part, or goes on with it. What an upload begun earlier has of it already
    /// counts as progress, but not as sent.
    fn begin_large<'s>(
        &'s self,
        part: &Part,
        local: &LocalPart,
    ) -> Result<Option<Large<'s>>, UploadError> {
        let mut earlier = self.state().begun(&part.key).cloned();
        if let (Some(begun), false) = (&earlier, self.options.resume) {
            self.uploader.give_up(&part.key, &begun.upload_id)?;
            earlier = None;
        }
        let beginning = self
            .uploader
            .begin_large(&part.key, local, part.sha1, earlier.as_ref())?;
        let Beginning::Large(large) = beginning else {
            return Ok(None);
        };
        if earlier.as_ref() != Some(large.begun()) {
            let begun: Begun = large.begun().clone();
            self.state().note_begun(&part.key, begun);
        }
        let missing: u64 = large.missing().iter().map(|n| large.len(*n)).sum();
        self.progress.advance(Stage::Upload, part.size - missing);
        Ok(Some(*large))
    }

    /// The part as the server has it, if it has it with the right content.
    fn find(&self, part: &Part) -> Result<Option<StoredPart>, UploadError> {
        let listed = self.present.get(&part.key);
        let Some(listed) = listed.filter(|there| there.size == part.size) else {
            return Ok(None);
        };
        let known = self.state().stored(&part.key).cloned();
        if let Some(entry) = known.filter(|entry| {
            entry.size == part.size && entry.sha1 == part.sha1 && !entry.etag.is_empty()
        }) {
            // Lists of some servers lack tags.
            let etag = if listed.etag.is_empty() {
                let there = self.uploader.head(&part.key)?;
                there.map(|there| there.etag).unwrap_or_default()
            } else {
                listed.etag.clone()
            };
            if entry.etag == etag {
                let ready = entry.acl == self.options.acl || self.uploader.set_acl(&part.key)?;
                return Ok(ready.then(|| part.stored(etag)));
            }
        }
        self.uploader.find(&part.name, &part.path, part.sha1)
    }

    /// A part that was not to be sent has to be there all the same, unless nobody may look.
    fn assumed(&self, part: &Part) -> Result<StoredPart, UploadError> {
        if self.options.form.is_some() || self.options.dry_run {
            return Ok(part.unsent());
        }
        let there = self.present.get(&part.key);
        if there.is_some_and(|there| there.size == part.size) {
            return Ok(part.unsent());
        }
        Err(UploadError::NotStored {
            key: part.key.clone(),
            found: there.map_or_else(
                || "nothing is there".to_owned(),
                |there| format!("{} bytes", there.size),
            ),
            expected: format!("{} bytes", part.size),
        })
    }

    fn sent(&self, bytes: u64) {
        self.progress.advance(Stage::Upload, bytes);
        self.bytes_sent.fetch_add(bytes, Ordering::Relaxed);
    }

    /// A part is on the server: the next run is to know.
    fn stored_now(&self, index: usize, stored: StoredPart, outcome: PartOutcome) {
        tracing::debug!(key = stored.key, ?outcome, "part stored");
        if let (Some(etag), false) = (&stored.etag, self.options.dry_run) {
            let entry = Entry {
                size: stored.size,
                sha1: stored.sha1,
                etag: etag.clone(),
                acl: self.options.acl,
            };
            let mut state = self.state();
            if state.stored(&stored.key) != Some(&entry) {
                state.note_stored(&stored.key, entry);
            }
        }
        self.result(index, stored, outcome);
    }

    fn result(&self, index: usize, stored: StoredPart, outcome: PartOutcome) {
        self.results()[index] = Some((stored, outcome));
        let name = &self.parts[index].name;
        match outcome {
            PartOutcome::Sent | PartOutcome::Found => self.told.done(index, name),
            PartOutcome::Assumed => self.told.skipped(index, name),
        }
    }

    /// Number of parts that are on the server.
    fn there(&self) -> usize {
        self.results().iter().flatten().count()
    }

    fn stored(&self) -> Vec<StoredPart> {
        let results = self.results();
        let stored = results.iter().flatten().map(|(stored, _)| stored.clone());
        stored.collect()
    }

    fn manifest_name(&self) -> String {
        let name = self.options.manifest.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }

    /// What was done.
    pub(super) fn summary(self, bucket: Option<BucketState>, resumed: bool) -> UploadSummary {
        let outcomes: Vec<_> = self.results().iter().flatten().map(|(_, o)| *o).collect();
        let manifest =
            (!self.options.skip_manifest).then(|| self.options.to.key(&self.manifest_name()));
        let state = self.state.into_inner();
        let state = state.unwrap_or_else(PoisonError::into_inner);
        let notes = if self.options.dry_run {
            state.notes().to_vec()
        } else {
            state.end()
        };
        let files = self.parts.into_iter().zip(outcomes);
        UploadSummary {
            bucket,
            manifest_key: manifest,
            parts: files
                .map(|(part, outcome)| UploadedFile {
                    name: part.name,
                    size: part.size,
                    outcome,
                })
                .collect(),
            bytes_sent: self.bytes_sent.into_inner(),
            resumed,
            notes,
        }
    }

    /// What a thread that panicked has left is still true.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn results(&self) -> MutexGuard<'_, Vec<Option<(StoredPart, PartOutcome)>>> {
        self.results.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
