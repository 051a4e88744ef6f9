//! Turns a running Linux system or a disk image into a cloud machine image that boots.
//!
//! The parts of the library follow the floors of `ARCHITECTURE.md`: a module uses
//! the modules below it and never those above.
//!
//! ```text
//! floor 4  cli, config                      the user
//! floor 3  cloud                            the small cloud
//! floor 2  audit, bundle, upload, register, snapshot   journeys
//! floor 1  disk, manifest, aws             formats and protocols
//! floor 0  units, progress, xml, crypto, host
//! ```

pub mod audit;
pub mod aws;
pub mod bundle;
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "cloud")]
pub mod cloud;
#[cfg(feature = "cli")]
pub mod config;
pub mod crypto;
pub mod disk;
pub mod host;
pub mod manifest;
pub mod progress;
pub mod register;
pub mod snapshot;
pub mod units;
pub mod upload;
pub mod xml;
