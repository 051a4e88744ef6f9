//! Puts a finished bundle in place.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::host::filesystem;
use crate::host::workspace::{self, Workspace, WorkspaceError};

use super::source::Source;
use super::{BundleError, BundleOptions, parts};

/// A bundle whose parts are whole and durable, in a hidden folder.
pub(super) struct Publication {
    pub workspace: Workspace,
    pub destination: PathBuf,
    /// Files of an older bundle of this name, its manifest first.
    pub existing: Vec<PathBuf>,
    pub replace: bool,
}

impl Publication {
    /// Makes the hidden folder, and refuses what could not be published at the end.
    pub(super) fn begin(options: &BundleOptions, source: &Source) -> Result<Self, BundleError> {
        let workspace = Workspace::create(&options.destination, &options.manifest_name())?;
        let existing = existing_files(&options.destination, &options.prefix)?;
        if let (Some(path), false) = (existing.first(), options.replace) {
            return Err(BundleError::Exists { path: path.clone() });
        }
        check_replaceable(source, &existing)?;
        Ok(Self {
            workspace,
            destination: options.destination.clone(),
            existing,
            replace: options.replace,
        })
    }

    /// Gives all files their names, the manifest last; returns the manifest's path.
    ///
    /// An older bundle loses its manifest first, so that no manifest ever stands beside parts
    /// that are not its own, and then every part that the new one does not replace.
    pub(super) fn publish(
        self,
        part_names: &[String],
        manifest_name: &str,
        manifest: &[u8],
    ) -> Result<PathBuf, BundleError> {
        let hidden = self.workspace.path().join("manifest");
        File::create_new(&hidden)
            .and_then(|mut file| {
                file.write_all(manifest)?;
                file.sync_all()
            })
            .map_err(|source| BundleError::Write {
                path: hidden.clone(),
                source,
            })?;
        let mut placed = Vec::new();
        let result = self.place(part_names, manifest_name, &hidden, &mut placed);
        if result.is_err() {
            for path in placed {
                let _ = fs::remove_file(path); // parts without a manifest are of no use
            }
        }
        result
    }

    fn place(
        &self,
        part_names: &[String],
        manifest_name: &str,
        hidden: &Path,
        placed: &mut Vec<PathBuf>,
    ) -> Result<PathBuf, BundleError> {
        for path in &self.existing {
            remove(path)?;
        }
        self.sync()?; // nor must the old manifest be back beside new parts
        for (index, name) in part_names.iter().enumerate() {
            let path = self.destination.join(name);
            let from = parts::hidden_path(self.workspace.path(), index);
            workspace::rename(&from, &path, self.replace)?;
            placed.push(path);
        }
        self.sync()?; // the parts' names must not be lost when the manifest's is not
        let path = self.destination.join(manifest_name);
        workspace::rename(hidden, &path, self.replace)?;
        placed.clear();
        self.sync()?;
        Ok(path)
    }

    fn sync(&self) -> Result<(), BundleError> {
        workspace::sync_directory(&self.destination).map_err(|source| BundleError::Write {
            path: self.destination.clone(),
            source,
        })
    }
}

fn remove(path: &Path) -> Result<(), BundleError> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(BundleError::Write {
            path: path.to_owned(),
            source,
        }),
        _ => Ok(()),
    }
}

/// The manifest and parts of an older bundle with this prefix; the manifest comes first.
fn existing_files(destination: &Path, prefix: &str) -> Result<Vec<PathBuf>, BundleError> {
    let error = |source| WorkspaceError::NoDirectory {
        path: destination.to_owned(),
        source,
    };
    let mut found = Vec::new();
    for entry in fs::read_dir(destination).map_err(error)? {
        let entry = entry.map_err(error)?;
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        if name.strip_prefix(prefix) == Some(".manifest.xml") {
            found.insert(0, entry.path());
        } else if parts::is_part_name(prefix, name) {
            found.push(entry.path());
        }
    }
    Ok(found)
}

/// Refuses to replace the image itself, and what cannot be replaced.
fn check_replaceable(source: &Source, existing: &[PathBuf]) -> Result<(), BundleError> {
    for path in existing {
        let Ok(metadata) = fs::symlink_metadata(path) else {
            continue; // gone in the meantime
        };
        if source.is(&metadata) {
            return Err(BundleError::ReplacesImage { path: path.clone() });
        }
        if !metadata.is_file() && !metadata.is_symlink() {
            return Err(BundleError::InTheWay {
                path: path.clone(),
                found: filesystem::describe(metadata.file_type()),
            });
        }
    }
    Ok(())
}
