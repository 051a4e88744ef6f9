//! Raw disk images: what is on them.
//!
//! ```text
//! path ─► stat ─► open read-only ─► head (132 KiB) ─┬─ other format   qcow2, vmdk, iso9660, gzip, …
//!                                                   ├─ kernel, ramdisk
//!                                                   ├─ GPT, MBR ─► each partition ─┐
//!                                                   └─ whole-disk filesystem ──────┴─► superblock
//!                                                                                       └─ ext: the system inside
//! ```
//!
//! Nothing is written, and nothing that the image says is trusted: every offset is checked
//! against the window it is read from, every count has a limit, and damage becomes a warning
//! in the report. Only failing to open or read the image itself is an error.
//!
//! Source: docs/formats/disk.md.

mod budget;
mod describe;
mod error;
pub mod extents;
mod extfs;
mod field;
mod filesystem;
mod gpt;
mod image;
mod inside;
mod inspect;
mod kernel;
mod layout;
mod mbr;
mod partition_type;
mod recognise;
mod report;
mod window;

#[cfg(test)]
mod tests;

pub use budget::Budget;
pub use describe::describe;
pub use error::DiskError;
pub use extfs::{ExtError, ExtFs, Inode};
pub use image::{Area, OpenImage};
pub use inspect::inspect;
pub use report::{
    Compression, Container, Content, DiskReport, FilesystemKind, Kernel, KernelFormat, Partition,
    PartitionRole, PartitionTable, Scheme, SourceKind, System, Volume, VolumeState,
};
