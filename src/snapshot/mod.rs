//! Carries disk images into EBS snapshots and back, over the EBS direct APIs.
//!
//! ```text
//! image ─► blocks of 512 KiB ─► zeros? ─► SHA-256 ─► put, N at once ─► complete: count, checksum
//!             holes are not read    └─ left out       └─ state file: resume
//! ```
//!
//! A snapshot that was completed has every byte: each block was compared by its SHA-256 when the
//! service had it, and the service compares number and checksum of all at the end. Memory is two
//! blocks for each request under way, and some 60 bytes for each block that was sent.
//!
//! Source: docs/snapshots.md, docs/decisions/0007-zero-blocks-of-snapshots.md.

mod crew;
mod downloader;
mod error;
mod gate;
mod image;
mod layout;
mod options;
mod plan;
mod state;
mod uploader;

pub use downloader::download;
pub use error::SnapshotError;
pub use options::{
    DownloadOptions, DownloadSummary, SnapshotNote, Target, UploadOptions, UploadSummary,
    ZeroBlocks,
};
pub use plan::{Plan, plan};
pub use uploader::{Mark, has_begun, upload, upload_marked};
