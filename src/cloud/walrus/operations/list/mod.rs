//! Lists of what is in a bucket.

pub mod objects;
pub mod objects_v2;
pub mod versions;
