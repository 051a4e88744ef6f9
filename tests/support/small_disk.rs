//! A file system that is soon full.

use std::path::{Path, PathBuf};
use std::process::Command;

use amikit::units::Bytes;

/// A file system of its own, gone with the value.
pub struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Mounts one of this size on a folder, where the machine allows it: as root.
    pub fn mount(size: Bytes, folder: PathBuf) -> Option<Self> {
        let mut mount = Command::new("mount");
        let options = format!("size={}", size.get());
        mount.args(["-t", "tmpfs", "-o", &options, "amikit-test"]);
        let output = mount.arg(&folder).output().ok()?;
        output.status.success().then_some(Self(folder))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        drop(Command::new("umount").arg(&self.0).status()); // the test's own failure counts
    }
}
