//! Walrus: S3 as the small cloud speaks it.
//!
//! ```text
//! service ─► request ─► route ─► caller ─► operations/*
//!            target     which?    who?         │
//!                                  access ◄────┤ may it?
//!                       listing, deletion ◄────┤ what several of them do
//!                       buckets, grants        │
//!                                              ├─► state     what there is
//!                                              └─► objects   the bytes
//!
//! acl, cors, tags, versioning,   what buckets and objects carry beside their bytes
//! location, names
//! conditions, range              which requests are carried out, and on how much
//! delete_list, complete_list     lists in the bodies of requests
//! xml                            pieces that the documents share
//!
//! landing, copy_source           blobs on their way in, and from one object to another
//! sweep, recover                 what is cleared away, always and after a crash
//! ```
//!
//! The modules of the second part are rules only: text comes in, values and text come out.
//!
//! Source: docs/formats/s3.md.

pub mod access;
pub mod acl;
pub mod answer;
mod blobs;
pub mod body;
mod browsers;
mod buckets;
pub mod caller;
pub mod complete_list;
pub mod conditions;
mod copy_source;
mod copying;
pub mod cors;
pub mod delete_list;
mod deletion;
pub mod error;
mod grants;
mod landing;
mod listing;
pub mod location;
pub mod metadata;
pub mod names;
pub mod operations;
pub mod range;
mod read;
pub mod recover;
pub mod request;
pub mod route;
pub mod service;
mod stream;
pub mod sweep;
pub mod tags;
mod url_headers;
pub mod versioning;
pub mod xml;

use std::fmt;
use std::sync::Arc;

use tokio::sync::Notify;

use super::Surroundings;
use super::objects::{BlobId, BlobStore, Pins};
use super::state::State;
use body::Pace;

pub use error::{Code, S3Error, S3Result};
pub use xml::timestamp as iso_ms;

/// What an operator decides.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Domains whose sub-domains are buckets.
    pub domains: Vec<String>,
    /// The region that buckets are in.
    pub region: String,
    /// Which names new buckets may have.
    pub names: names::BucketRule,
    /// Most buckets of an account; 0 for any number. Administrators have no limit.
    pub buckets: i64,
    /// Most bytes of a bucket, 0 for any number.
    pub bucket_bytes: i64,
    /// Most bytes of an object that comes in one request, and of a part.
    pub object_bytes: u64,
    /// Most bytes of a list in a request: of parts, or of keys to delete.
    pub list_bytes: u64,
    /// How far the clocks of clients may be off, in seconds.
    pub skew_s: i64,
    /// How slowly a body may come.
    pub pace: Pace,
    /// How long a multipart upload may go on, in ms; 0 for ever.
    pub upload_ms: i64,
    /// How long blobs are kept that nothing points to, in ms: 0 where this program is the only one
    /// that reads the store, since it knows its readers.
    pub grace_ms: i64,
}

/// The service.
pub struct Walrus {
    state: State,
    store: Arc<dyn BlobStore>,
    settings: Settings,
    surroundings: Surroundings,
    signers: caller::Signers,
    pins: Pins,
    garbage: Notify,
    doubtful: landing::Doubtful,
}

impl fmt::Debug for Walrus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Walrus").finish_non_exhaustive()
    }
}

impl Walrus {
    /// The service over a database and a store.
    #[must_use]
    pub fn new(
        state: State,
        store: Arc<dyn BlobStore>,
        settings: Settings,
        surroundings: Surroundings,
    ) -> Self {
        Self {
            state,
            store,
            settings,
            surroundings,
            signers: caller::Signers::default(),
            pins: Pins::default(),
            garbage: Notify::new(),
            doubtful: landing::Doubtful::default(),
        }
    }

    /// The id of a blob that is to be made.
    fn new_blob(&self) -> BlobId {
        BlobId::new(self.surroundings.random)
    }

    /// A version's id: 32 hex digits that say nothing. Not base64, which may begin with a dash:
    /// command lines take that for an option.
    fn new_version_id(&self) -> String {
        let mut bytes = [0; 16];
        (self.surroundings.random)(&mut bytes);
        hex::encode(bytes)
    }

    /// The time now, in ms since 1970.
    fn now_ms(&self) -> i64 {
        (self.surroundings.now_ms)()
    }

    /// There may be garbage.
    fn sweep_soon(&self) {
        self.garbage.notify_one();
    }
}
