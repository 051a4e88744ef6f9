//! Makes images known to a cloud, shares them, and takes them away again.
//!
//! ```text
//! manifest or snapshot ─► prepare ─► register ─► availability ─► share ─► deregister
//!                                        │                                    │
//!                  the reply was lost: ──┘                  still listed: ────┘
//!                  is there one of ours                     ask once more
//!                  of that name and source?
//! ```
//!
//! Each step can be made again after it broke off: an image that is there already is taken, what
//! is shared already is not shared again, and what is gone is gone. Waiting is the caller's, who
//! has a clock.

mod deregister;
mod error;
mod mapping;
mod prepare;
mod registration;
mod share;

pub use deregister::deregister;
pub use error::RegisterError;
pub use mapping::{MappingError, format_mapping, parse_mapping, parse_mappings};
pub use prepare::{ROOT_DEVICE, prepare};
pub use registration::{Availability, Registered, availability, find_registered, register};
pub use share::{parse_permission, plan_sharing, share};
