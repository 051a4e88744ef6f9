//! Operations on objects.

pub mod acl;
pub mod attributes;
pub mod copy;
pub mod delete;
pub mod delete_many;
pub mod get;
pub mod head;
pub mod post;
pub mod put;
pub mod tagging;
