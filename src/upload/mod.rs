//! Carries bundles to a bucket and back.
//!
//! ```text
//! manifest ─► parts are whole? ─► bucket ─► what is there? ─► parts, in parallel ─► manifest
//!                                              └─ ETag, SHA-1    └─ state file: resume
//! ```
//!
//! A manifest goes last, so a bucket that has the manifest has the whole bundle. What the
//! server has with the right checksum is not sent again; the state file beside the manifest
//! only saves asking, the server decides.
//!
//! Source: docs/formats/upload-state.md.

mod acl;
mod bucket;
mod bucket_report;
mod delete;
mod downloader;
mod error;
mod in_order;
mod local;
pub mod migrate;
mod part_stream;
mod pending;
pub mod policy;
mod pool;
mod present;
mod resume;
mod select;
mod summary;
mod uploader;
mod whole_bundle;

pub use acl::{CannedAcl, CannedAclError};
pub use bucket::{BucketLocation, BucketPath, BucketPathError, BucketState};
pub use bucket::{check_bucket, ensure_bucket};
pub use bucket_report::{BucketReport, describe_bucket};
pub use delete::{
    DeleteError, DeleteOptions, DeleteOrder, DeletePlan, DeleteSummary, Knowledge, delete,
};
pub use downloader::{
    DownloadError, DownloadOptions, DownloadSummary, DownloadTarget, DownloadedPart, download,
};
pub use error::UploadError;
pub use in_order::InOrder;
pub use part_stream::PartStream;
pub use pending::{abort_uploads, pending_uploads};
pub use present::has_parts;
pub use select::{BundleAddress, BundleSelector, FoundManifest, SelectError};
pub use summary::{
    PartOutcome, StoredPart, UploadNote, UploadOptions, UploadSummary, UploadedFile,
};
pub use uploader::Uploader;
pub use whole_bundle::upload;
