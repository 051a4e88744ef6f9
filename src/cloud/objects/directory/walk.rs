//! Walks through the blobs of a store, one name at a time.

use std::ops::ControlFlow;
use std::os::fd::{AsFd as _, BorrowedFd};
use std::path::Path;

use rustix::fs::Dir;

use super::super::{BlobId, BlobInfo, StoreError};
use super::{Root, layout};

/// What is shown each blob.
type Visit<'a> = dyn FnMut(BlobInfo) -> ControlFlow<()> + 'a;

/// Shows every blob: first what is not settled, so that none is missed that settles meanwhile.
pub(super) fn all(root: &Root, visit: &mut Visit<'_>) -> Result<(), StoreError> {
    if incoming(root, visit)?.is_break() {
        return Ok(());
    }
    for shelf in 0..=u8::MAX {
        let name = hex::encode([shelf]);
        let path = root.path.join(layout::BLOBS).join(&name);
        let folder = layout::open_folder(&root.blobs, &name, &path)?;
        if walk(folder.as_fd(), &path, Some(shelf), visit)?.is_break() {
            break;
        }
    }
    Ok(())
}

/// Shows every blob that is not settled.
pub(super) fn incoming(root: &Root, visit: &mut Visit<'_>) -> Result<ControlFlow<()>, StoreError> {
    let path = root.path.join(layout::INCOMING);
    walk(root.incoming.as_fd(), &path, None, visit)
}

/// Shows every blob of a folder. What is no blob, or on the wrong shelf, is left alone: the store
/// did not put it there, and cannot open it.
fn walk(
    folder: BorrowedFd<'_>,
    path: &Path,
    shelf: Option<u8>,
    visit: &mut Visit<'_>,
) -> Result<ControlFlow<()>, StoreError> {
    let failed = |error: rustix::io::Errno| StoreError::io("read", path, error.into());
    for entry in Dir::read_from(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name();
        if name == c"." || name == c".." {
            continue;
        }
        let id = name
            .to_str()
            .ok()
            .and_then(|name| name.parse::<BlobId>().ok());
        let id = id.filter(|id| shelf.is_none_or(|shelf| id.bits()[0] == shelf));
        let Some(id) = id else {
            tracing::warn!(folder = %path.display(), ?name, "not a blob's name");
            continue;
        };
        let Some(size) = layout::size_in(folder, name, || path.join(id.to_string()))? else {
            continue; // gone, or no file
        };
        let settled = shelf.is_some();
        if visit(BlobInfo { id, size, settled }).is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}
