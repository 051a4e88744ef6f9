//! Files of an identity: only for their owner, whole or not there, and only written if they differ.

use std::fs::{self, DirBuilder, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::Path;

use zeroize::Zeroizing;

use super::error::IdentityError;
use crate::host::own_file;
use crate::host::workspace::PendingFile;

/// Largest file that is read: a chain of certificates has some KiB.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// Makes a folder, and those above it, that only its owner may look into.
pub(in crate::cloud) fn make_folder(path: &Path) -> Result<(), IdentityError> {
    let error = |source| IdentityError::Folder {
        path: path.to_owned(),
        source,
    };
    let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(|source| match source.kind() {
        // The system says that something exists, not that it is of another kind.
        io::ErrorKind::AlreadyExists => error(io::ErrorKind::NotADirectory.into()),
        _ => error(source),
    })?;
    let mode = fs::metadata(path).map_err(error)?.permissions().mode();
    if mode & 0o077 != 0 {
        fs::set_permissions(path, Permissions::from_mode(0o700)).map_err(error)?;
    }
    Ok(())
}

/// A file's text; none if there is none.
pub(in crate::cloud) fn read(path: &Path) -> Result<Option<Zeroizing<String>>, IdentityError> {
    let error = |why| IdentityError::Read {
        path: path.to_owned(),
        why,
    };
    let Some(bytes) = own_file::read(path, MAX_FILE_BYTES).map_err(error)? else {
        return Ok(None);
    };
    let text = String::from_utf8(bytes);
    let text = text.map_err(|_| error("it is no text".to_owned()))?;
    Ok(Some(Zeroizing::new(text)))
}

/// Writes a file with mode 0600, unless it is there with this text and mode. Returns whether it
/// was written.
pub(in crate::cloud) fn write(
    folder: &Path,
    name: &str,
    text: &str,
) -> Result<bool, IdentityError> {
    let path = folder.join(name);
    let is_private = || {
        fs::symlink_metadata(&path).is_ok_and(|found| found.permissions().mode() & 0o777 == 0o600)
    };
    if is_private() && matches!(read(&path), Ok(Some(there)) if *there == *text) {
        return Ok(false);
    }
    let pending = PendingFile::private(folder, name)?;
    let error = |source: io::Error| IdentityError::Write {
        path: path.clone(),
        source,
    };
    pending.file().write_all(text.as_bytes()).map_err(error)?;
    pending.publish(true)?;
    Ok(true)
}
