//! Operations on buckets.

pub mod acl;
pub mod create;
pub mod delete;
pub mod delete_cors;
pub mod delete_tagging;
pub mod get_cors;
pub mod get_location;
pub mod get_policy_status;
pub mod get_tagging;
pub mod get_versioning;
pub mod head;
pub mod put_cors;
pub mod put_tagging;
pub mod put_versioning;
pub mod unset;
