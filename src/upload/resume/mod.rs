//! The state file: what an earlier run of the same upload knew when it ended.
//!
//! ```text
//! DIR/.NAME.manifest.xml.amikit-upload
//!   {"amikit-upload":1,"endpoint":…,"bucket":…,"prefix":…}
//!   {"key":…,"size":…,"sha1":…,"acl":…,"etag":…}               a part that was stored
//!   {"key":…,"size":…,"sha1":…,"acl":…,"upload_id":…,"chunk":…}  a large part that was begun
//! ```
//!
//! Lines are only ever added, one when a part is stored: that costs one small write however many
//! parts there are, needs no clock, and a killed run leaves at worst half a line at the end,
//! which is not read. The file holds nothing secret. It is advice, the server decides: old or
//! wrong lines cost a question or a part sent again, never a missing part. Only which `ETag` this
//! server gave to which SHA-1 is believed, so that nothing has to be read again: a file that
//! others can write is not used.
//!
//! Source: docs/formats/upload-state.md.

mod record;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::{BucketPath, UploadError, UploadNote};
use crate::host::own_file;
use crate::host::workspace::{PendingFile, WorkspaceError};
pub(super) use record::{Begun, Entry};
use record::{Header, LONGEST_LINE, Record, VERSION};

/// Largest state file that is read: two lines of usual length for each of the most parts that a
/// manifest may have.
const LARGEST: u64 = 64 << 20;

/// What is known of an upload, in memory and on disk.
#[derive(Debug)]
pub(super) struct State {
    path: PathBuf,
    stored: BTreeMap<String, Entry>,
    begun: BTreeMap<String, Begun>,
    /// Where lines go; none when the directory cannot be written to.
    file: Option<File>,
    /// Held as long as the upload runs; its file never gets a name.
    lock: Option<PendingFile>,
    /// Whether the file holds anything worth keeping.
    noted: bool,
    resumed: bool,
    notes: Vec<UploadNote>,
}

impl State {
    /// The state of an upload of `manifest`, and the right to be the only one. With `resume` it
    /// knows what the last run knew.
    ///
    /// # Errors
    /// When another process uploads the same manifest.
    pub(super) fn begin(
        manifest: &Path,
        endpoint: &str,
        to: &BucketPath,
        resume: bool,
    ) -> Result<Self, UploadError> {
        let (directory, name) = place(manifest);
        // The lock's hidden name is another than the one that the state file is made under.
        let lock = match PendingFile::create(&directory, &format!("{name}.lock")) {
            Err(WorkspaceError::Busy { .. }) => {
                return Err(UploadError::Busy {
                    manifest: manifest.to_owned(),
                });
            }
            lock => lock,
        };
        let mut state = Self::load(manifest, endpoint, to);
        if !resume {
            // What was begun is still known, so that it can be given up.
            state.stored.clear();
            state.resumed = false;
            state.notes.clear();
        }
        match lock {
            Ok(lock) => {
                state.lock = Some(lock);
                match state.rewrite(&directory, &name, endpoint, to) {
                    Ok(file) => state.file = Some(file),
                    Err(error) => state.unwritable(&error),
                }
            }
            Err(error) => state.unwritable(&error),
        }
        Ok(state)
    }

    /// What the last run knew; nothing is written, and nobody is kept from it.
    pub(super) fn load(manifest: &Path, endpoint: &str, to: &BucketPath) -> Self {
        let (directory, name) = place(manifest);
        let mut state = Self {
            path: directory.join(name),
            stored: BTreeMap::new(),
            begun: BTreeMap::new(),
            file: None,
            lock: None,
            noted: false,
            resumed: false,
            notes: Vec::new(),
        };
        let wanted = Header {
            version: VERSION,
            endpoint: endpoint.to_owned(),
            bucket: to.bucket().to_owned(),
            prefix: to.prefix().to_owned(),
        };
        match own_file::read(&state.path, LARGEST)
            .and_then(|bytes| state.parse(bytes.as_deref(), &wanted))
        {
            Ok(()) => {}
            Err(why) => state.notes.push(UploadNote::StateIgnored {
                path: state.path.clone(),
                why,
            }),
        }
        state
    }

    fn parse(&mut self, bytes: Option<&[u8]>, wanted: &Header) -> Result<(), String> {
        let Some(bytes) = bytes else {
            return Ok(()); // no file
        };
        let mut lines = bytes.split(|byte| *byte == b'\n');
        let first = lines.next().unwrap_or_default();
        let header: Header = (first.len() <= LONGEST_LINE)
            .then(|| serde_json::from_slice(first).ok())
            .flatten()
            .ok_or("it is no state file of this program")?;
        if header.version != wanted.version {
            return Err(format!(
                "it has version {}, expected {VERSION}",
                header.version
            ));
        }
        if header != *wanted {
            return Err("it is of an upload to another place".to_owned());
        }
        let mut lines = lines.peekable();
        while let Some(line) = lines.next() {
            // What follows the last line's end is nothing, or the half line of a killed run.
            if lines.peek().is_none() {
                break;
            }
            let record = (line.len() <= LONGEST_LINE).then(|| Record::read(line));
            match record.flatten() {
                Some(Record::Stored { key, entry }) => {
                    self.begun.remove(&key);
                    self.stored.insert(key, entry);
                }
                Some(Record::Begun { key, begun }) => {
                    self.begun.insert(key, begun);
                }
                None => {
                    self.stored.clear();
                    self.begun.clear();
                    return Err("it is damaged".to_owned());
                }
            }
        }
        self.resumed = !self.stored.is_empty() || !self.begun.is_empty();
        self.noted = self.resumed;
        Ok(())
    }

    /// Begins the file anew with what is known, under a temporary name first. The handle stays
    /// good after the renaming.
    fn rewrite(
        &self,
        directory: &Path,
        name: &str,
        endpoint: &str,
        to: &BucketPath,
    ) -> Result<File, WorkspaceError> {
        let pending = PendingFile::create(directory, name)?;
        let failed = |source| WorkspaceError::Create {
            path: pending.path().to_owned(),
            source,
        };
        let header = Header {
            version: VERSION,
            endpoint: endpoint.to_owned(),
            bucket: to.bucket().to_owned(),
            prefix: to.prefix().to_owned(),
        };
        let mut text = serde_json::to_string(&header).expect("plain texts and numbers are JSON");
        text.push('\n');
        for (key, entry) in &self.stored {
            let (key, entry) = (key.clone(), entry.clone());
            text.push_str(&Record::Stored { key, entry }.line());
        }
        for (key, begun) in &self.begun {
            let (key, begun) = (key.clone(), begun.clone());
            text.push_str(&Record::Begun { key, begun }.line());
        }
        let mut file = pending.file().try_clone().map_err(failed)?;
        file.write_all(text.as_bytes()).map_err(failed)?;
        pending.publish(true)?;
        Ok(file)
    }

    /// What is known of an object that was stored.
    pub(super) fn stored(&self, key: &str) -> Option<&Entry> {
        self.stored.get(key)
    }

    /// What is known of a large object that was begun.
    pub(super) fn begun(&self, key: &str) -> Option<&Begun> {
        self.begun.get(key)
    }

    /// Notes that an object is stored.
    pub(super) fn note_stored(&mut self, key: &str, entry: Entry) {
        self.begun.remove(key);
        self.add(&Record::Stored {
            key: key.to_owned(),
            entry,
        });
    }

    /// Notes that a large object is begun.
    pub(super) fn note_begun(&mut self, key: &str, begun: Begun) {
        self.add(&Record::Begun {
            key: key.to_owned(),
            begun,
        });
    }

    /// A line that cannot be written costs the next run a question, and this one nothing.
    fn add(&mut self, record: &Record) {
        self.noted = true;
        if let Some(file) = &mut self.file
            && let Err(error) = file.write_all(record.line().as_bytes())
        {
            self.unwritable(&error);
        }
    }

    fn unwritable(&mut self, error: &dyn std::error::Error) {
        let mut why = error.to_string();
        if let Some(cause) = error.source() {
            why = format!("{why}: {cause}");
        }
        self.file = None;
        self.notes.push(UploadNote::StateUnwritable {
            path: self.path.clone(),
            why,
        });
    }

    /// Whether an earlier run's state is used.
    pub(super) fn is_resumed(&self) -> bool {
        self.resumed
    }

    /// Something else that is to be told.
    pub(super) fn note(&mut self, note: UploadNote) {
        self.notes.push(note);
    }

    /// What is to be told.
    pub(super) fn notes(&self) -> &[UploadNote] {
        &self.notes
    }

    /// All is done: the file is not needed any more. What the next run asks, it asks the server.
    pub(super) fn end(mut self) -> Vec<UploadNote> {
        if self.file.take().is_some()
            && let Err(error) = fs::remove_file(&self.path)
        {
            self.unwritable(&error);
        }
        std::mem::take(&mut self.notes)
    }
}

impl Drop for State {
    /// An upload that came to nothing leaves nothing.
    fn drop(&mut self) {
        if self.file.is_some() && self.lock.is_some() && !self.noted {
            let _ = fs::remove_file(&self.path); // it is advice, and empty
        }
    }
}

/// Where the state of a manifest's upload is kept: the directory and the name.
fn place(manifest: &Path) -> (PathBuf, String) {
    let directory = match manifest.parent() {
        Some(parent) if parent != Path::new("") => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    let name = manifest.file_name().unwrap_or_default().to_string_lossy();
    (directory, format!(".{name}.amikit-upload"))
}
