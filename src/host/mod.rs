//! What the machine offers: files that appear whole or not at all, and free space.

pub mod filesystem;
pub mod own_file;
pub mod sparse;
pub mod syncer;
pub mod workspace;
