//! The state file: which blocks an earlier run of the same transfer had done.
//!
//! ```text
//! DIR/.NAME.amikit-snapshot
//!   {"amikit-snapshot":1,"terms":{…},"token":"…","started":{"snapshot":"snap-…",…}}\n
//!   index ┆ SHA-256 ┆ CRC-32        40 bytes for each block that is done, in any order
//!   …
//! ```
//!
//! Records are only ever added: one small write for each block. What a killed run left of its last
//! record, and whatever a power loss made of the end, is not read: the blocks are then done again.
//! The file holds nothing secret. Its digests go into the checksum of the whole, which the service
//! compares; that a block is done is believed, so a file that others can write is not used.
//!
//! Source: docs/snapshots.md, section "How an upload is resumed".

mod record;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::SnapshotNote;
use crate::aws::ebs::Written;
use crate::crypto::digest::Sha256Digest;
use crate::host::own_file;
use crate::host::workspace::{PendingFile, WorkspaceError};
pub(super) use record::Started;
use record::{Header, RECORD, VERSION};

/// Longest first line that is read; descriptions and tags take some tens of KiB at most.
const LONGEST_LINE: usize = 256 << 10;

/// What is known of a transfer, in memory and on disk.
#[derive(Debug)]
pub(super) struct State {
    /// The file; none if nothing is kept.
    path: Option<PathBuf>,
    header: Header,
    done: BTreeMap<u32, Sha256Digest>,
    /// Where records go; none when nothing is kept or the directory cannot be written to.
    file: Option<File>,
    /// Held as long as the transfer runs; its file never gets a name.
    lock: Option<PendingFile>,
    /// Whether the file may be of use to another run.
    has_worth: bool,
    notes: Vec<SnapshotNote>,
}

impl State {
    /// State that ends with the process.
    pub(super) fn in_memory(token: String) -> Self {
        Self {
            path: None,
            header: Header {
                version: VERSION,
                terms: Value::Null,
                token,
                started: None,
            },
            done: BTreeMap::new(),
            file: None,
            lock: None,
            has_worth: false,
            notes: Vec::new(),
        }
    }

    /// The state of a transfer under these terms of at most so many blocks, and the right to be
    /// the only one. With `resume` it knows what the last run knew, if its terms were the same;
    /// otherwise the token is this one.
    ///
    /// # Errors
    /// [`WorkspaceError::Busy`] when another process does the same.
    pub(super) fn begin(
        path: &Path,
        terms: Value,
        most: u32,
        resume: bool,
        token: String,
    ) -> Result<Self, WorkspaceError> {
        let mut state = Self::in_memory(token);
        state.path = Some(path.to_owned());
        state.header.terms = terms;
        let (directory, name) = place(path);
        // The lock's hidden name is another than the one that the state file is made under.
        match PendingFile::create(&directory, &format!("{name}.lock")) {
            Ok(lock) => state.lock = Some(lock),
            Err(error @ WorkspaceError::Busy { .. }) => return Err(error),
            Err(error) => state.unwritable(&error),
        }
        if resume && let Err(why) = state.load(path, most) {
            state.notes.push(SnapshotNote::StateIgnored {
                path: path.to_owned(),
                why,
            });
        }
        if state.lock.is_some() {
            state.rewrite();
        }
        Ok(state)
    }

    /// Takes over what the last run knew, if there is anything of use.
    fn load(&mut self, path: &Path, most: u32) -> Result<(), String> {
        let largest = LONGEST_LINE as u64 + 2 * RECORD as u64 * u64::from(most);
        let Some(bytes) = own_file::read(path, largest)? else {
            return Ok(());
        };
        let line = bytes
            .iter()
            .take(LONGEST_LINE)
            .position(|byte| *byte == b'\n');
        let line = line.ok_or("it is no state file of this program")?;
        let found: Header = serde_json::from_slice(&bytes[..line])
            .map_err(|_| "it is no state file of this program")?;
        if found.version != VERSION {
            return Err(format!(
                "it has version {}, expected {VERSION}",
                found.version
            ));
        }
        if found.terms != self.header.terms {
            return Err("it is of another image, place or set of options".to_owned());
        }
        self.header = found;
        self.has_worth = true;
        for record in bytes[line + 1..].chunks(RECORD) {
            // What comes after a damaged record is of a moment when the disk failed.
            let Some((index, digest)) = record::read(record).filter(|(index, _)| *index < most)
            else {
                break;
            };
            self.done.insert(index, digest);
        }
        Ok(())
    }

    /// Begins the file anew with what is known, under a temporary name first.
    fn rewrite(&mut self) {
        if let Err(error) = self.write_anew() {
            self.unwritable(&error);
        }
    }

    fn write_anew(&mut self) -> Result<(), WorkspaceError> {
        let Some(path) = &self.path else {
            return Ok(());
        };
        let (directory, name) = place(path);
        let pending = PendingFile::create(&directory, &name)?;
        let failed = |source| WorkspaceError::Create {
            path: pending.path().to_owned(),
            source,
        };
        let mut bytes = serde_json::to_vec(&self.header).expect("texts and numbers are JSON");
        bytes.push(b'\n');
        for (index, digest) in &self.done {
            bytes.extend_from_slice(&record::write(*index, *digest));
        }
        let mut file = pending.file().try_clone().map_err(failed)?;
        file.write_all(&bytes).map_err(failed)?;
        pending.publish(true)?;
        self.file = Some(file); // good after the renaming
        Ok(())
    }

    /// The token that the snapshot is started with.
    pub(super) fn token(&self) -> &str {
        &self.header.token
    }

    /// The snapshot that was started.
    pub(super) fn started(&self) -> Option<&Started> {
        self.header.started.as_ref()
    }

    /// Notes that the token is about to be sent: from now on the service may know it.
    pub(super) fn token_leaves(&mut self) {
        self.has_worth = true;
    }

    /// Notes that the service refused the token.
    pub(super) fn token_is_refused(&mut self) {
        self.has_worth = false;
    }

    /// Notes which snapshot was started.
    pub(super) fn set_started(&mut self, started: Started) {
        self.header.started = Some(started);
        if self.file.is_some() {
            self.rewrite();
        }
    }

    /// Forgets everything: another snapshot is to be started, with this token.
    pub(super) fn restart(&mut self, token: String) {
        self.done.clear();
        self.header.started = None;
        self.header.token = token;
        if self.file.is_some() {
            self.rewrite();
        }
    }

    /// The digest of a block that is done.
    pub(super) fn done(&self, index: u32) -> Option<Sha256Digest> {
        self.done.get(&index).copied()
    }

    /// How many blocks are done.
    pub(super) fn count(&self) -> u64 {
        self.done.len() as u64
    }

    /// Notes that a block is done. A record that cannot be written costs the next run a block.
    pub(super) fn note_done(&mut self, index: u32, digest: Sha256Digest) {
        self.done.insert(index, digest);
        self.has_worth = true;
        if let Some(file) = &mut self.file
            && let Err(error) = file.write_all(&record::write(index, digest))
        {
            self.unwritable(&error);
        }
    }

    /// What all blocks that are done amount to.
    pub(super) fn written(&self) -> Written {
        let mut hasher = Sha256::new();
        for digest in self.done.values() {
            hasher.update(digest.0);
        }
        Written {
            blocks: self.count(),
            checksum: Sha256Digest(hasher.finalize().into()),
        }
    }

    /// Something else that is to be told.
    pub(super) fn note(&mut self, note: SnapshotNote) {
        self.notes.push(note);
    }

    /// Whether another run can go on with this.
    pub(super) fn is_kept(&self) -> bool {
        self.file.is_some()
    }

    fn unwritable(&mut self, error: &dyn std::error::Error) {
        let mut why = error.to_string();
        if let Some(cause) = error.source() {
            why = format!("{why}: {cause}");
        }
        self.file = None;
        if let Some(path) = self.path.clone() {
            self.notes.push(SnapshotNote::StateUnwritable { path, why });
        }
    }

    /// All is done: the file is not needed any more.
    pub(super) fn end(mut self) -> Vec<SnapshotNote> {
        if let (Some(_), Some(path)) = (self.file.take(), &self.path)
            && let Err(error) = fs::remove_file(path)
        {
            self.unwritable(&error);
        }
        std::mem::take(&mut self.notes)
    }
}

impl Drop for State {
    /// A transfer that came to nothing leaves nothing.
    fn drop(&mut self) {
        if let (Some(_), Some(path), false) = (&self.file, &self.path, self.has_worth) {
            let _ = fs::remove_file(path); // nothing is in it
        }
    }
}

/// The directory and the name of a state file.
fn place(path: &Path) -> (PathBuf, String) {
    let directory = match path.parent() {
        Some(parent) if parent != Path::new("") => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    (directory, name.into_owned())
}

/// The state file of what is at `path`.
pub(super) fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.amikit-snapshot"))
}
