//! Speaks to Amazon's services and to those that speak like them.
//!
//! ```text
//! s3, ebs     operations, typed: objects, buckets, multipart, lists; snapshots, blocks
//!   │
//! service     one call: sign ─► send ─► judge ─► wait and again      the one retry layer
//!   │             │        │
//!   │           sign      http      SigV4, SigV2 │ time-outs, TLS, proxies
//!   │             │
//! endpoint    credentials           where, and as whom
//! ```
//!
//! Everything is synchronous for its callers and may be used from many threads at once. The
//! clock, randomness and the wish to stop are given in [`Ambient`].

pub mod credentials;
pub mod ebs;
pub mod ec2;
pub mod endpoint;
pub mod error;
pub mod http;
pub mod metadata;
pub mod s3;
pub mod service;
pub mod sign;

use std::fmt;
use std::sync::Arc;

use crate::units::Timestamp;

pub use credentials::{Credentials, CredentialsError, CredentialsProvider};
pub use endpoint::{Addressing, Endpoint};
pub use error::{AwsError, ServiceError};
pub use service::Service;

/// What calls need from the machine, given by whoever owns the process.
#[derive(Clone)]
pub struct Ambient {
    /// The time now.
    pub now: fn() -> Timestamp,
    /// A random number, for waiting times.
    pub random: fn() -> u64,
    /// Whether the user wants to stop: calls then end with [`AwsError::Interrupted`] soon.
    pub interrupted: Arc<dyn Fn() -> bool + Send + Sync>,
}

impl fmt::Debug for Ambient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ambient").finish_non_exhaustive()
    }
}
