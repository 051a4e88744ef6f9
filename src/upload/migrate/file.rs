//! Migrates a manifest that is a file.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::{Ids, MigrateError, MigratedManifest, Parties, migrate_manifest};
use crate::host::workspace::{PendingFile, WorkspaceError};
use crate::manifest::SignedManifest;

/// A manifest file that was migrated.
#[derive(Debug, Clone)]
pub struct MigratedFile {
    /// The new manifest.
    pub migrated: MigratedManifest,
    /// Where the old one is kept.
    pub backup: Option<PathBuf>,
}

/// Migrates a manifest in its place; with `keep_old` the old one is kept as `NAME.bak`.
///
/// The new manifest is made before any file is touched, so that a migration that fails leaves
/// everything as it was, no backup in the way of the next.
///
/// # Errors
/// When the manifest cannot be read or migrated, there is a backup already, or a file cannot be
/// written.
pub fn migrate_file(
    path: &Path,
    parties: &Parties,
    ids: &Ids,
    keep_old: bool,
) -> Result<MigratedFile, MigrateError> {
    let no_name = || MigrateError::NotAFileName {
        path: path.to_owned(),
    };
    let name = path.file_name().ok_or_else(no_name)?;
    let name = name.to_str().ok_or_else(no_name)?;
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let backup_path = with_bak(path);
    if keep_old && backup_path.symlink_metadata().is_ok() {
        return Err(MigrateError::BackupExists { path: backup_path });
    }
    let old = SignedManifest::read_bytes(path)?;
    let migrated = migrate_manifest(&SignedManifest::parse(&old, path)?, parties, ids)?;

    let new = filled(directory, name, &migrated.bytes)?;
    let mut backup = None;
    if keep_old {
        let pending = filled(directory, &format!("{name}.bak"), &old)?;
        let path = pending.publish(false).map_err(|error| match error {
            WorkspaceError::Exists { path } => MigrateError::BackupExists { path },
            error => error.into(),
        })?;
        backup = Some(path);
    }
    new.publish(true)?;
    Ok(MigratedFile { migrated, backup })
}

fn with_bak(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(".bak");
    PathBuf::from(name)
}

fn filled(directory: &Path, name: &str, bytes: &[u8]) -> Result<PendingFile, MigrateError> {
    let pending = PendingFile::create(directory, name)?;
    pending
        .file()
        .write_all(bytes)
        .map_err(|source| MigrateError::Write {
            path: pending.path().to_owned(),
            source,
        })?;
    Ok(pending)
}
