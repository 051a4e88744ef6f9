//! The bundle's manifest: what it says, how it is read and written, signed and sealed.
//!
//! ```text
//! manifest
//! ├─ version, bundler                      unsigned
//! ├─ machine_configuration  ─┐
//! ├─ image                  ─┴─ signed: these bytes of the file, exactly as they stand
//! │   ├─ name, user, type, digest, sizes
//! │   ├─ ec2_encrypted_{key,iv}            sealed for the cloud's certificate
//! │   ├─ user_encrypted_{key,iv}           sealed for the user's certificate
//! │   └─ parts: filename, digest
//! └─ signature
//! ```
//!
//! Source: docs/formats/manifest.md.

pub mod model;
pub mod read;
pub mod sealed_key;
pub mod signature;
pub mod write;

pub use model::{
    Architecture, Bundler, Image, ImageKind, MachineConfiguration, Manifest, Mapping, Part,
    SealedPair, Signature, Version,
};
pub use read::{ManifestError, SignedManifest};
