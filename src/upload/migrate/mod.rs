//! Takes bundles to another cloud, or another region of it.
//!
//! ```text
//! manifest ─► signature is the user's? ─► key opened ─► sealed for target and user ─► signed
//!    │                                                                                  │
//!    └── in a file: .bak, then replaced          in a bucket: parts copied, manifest last
//! ```
//!
//! Parts do not change: only who can open them. The old tools left the key sealed for the cloud
//! that the bundle came from, so that no other could run it, and asked a service that is no more
//! which kernel corresponds to which. Here the caller says so, or that there is to be none.
//!
//! Source: docs/formats/manifest.md, section 5.

mod bucket;
mod error;
mod file;
mod manifest;
#[cfg(test)]
mod tests;

use crate::crypto::rsa::PrivateKey;
use crate::crypto::x509::Certificate;

pub use bucket::{MigratedBundle, MoveOptions, migrate_bundle};
pub use error::MigrateError;
pub use file::{MigratedFile, migrate_file};
pub use manifest::{MigratedManifest, OtherIds, migrate_manifest};

/// Who signs, and for whom the key is sealed.
#[derive(Debug, Clone)]
pub struct Parties {
    /// The user's key: opens the bundle and signs the new manifest.
    pub key: PrivateKey,
    /// The user's certificate: checks the old signature, and can open the migrated bundle.
    pub certificate: Certificate,
    /// Certificate of the cloud that the bundle goes to.
    pub target: Certificate,
}

/// Kernel and ramdisk at the target.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ids {
    /// The kernel.
    pub kernel: Option<String>,
    /// The ramdisk.
    pub ramdisk: Option<String>,
    /// What becomes of those in the manifest for which none is given.
    pub others: OtherIds,
}
