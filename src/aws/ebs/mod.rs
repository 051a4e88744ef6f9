//! The EBS direct APIs, typed: snapshots are written and read block by block.
//!
//! ```text
//! snapshots  start, complete       ─┐
//! blocks     put, get               ├─► service: one call, retried
//! lists      pages of blocks        │
//! answer     JSON and checksums    ─┘
//! ```
//!
//! A snapshot is *pending* from its start until it is completed, and only then takes blocks. The
//! service cancels one that gets no block for longer than its time-out. Blocks have 512 KiB, and
//! every one goes with its SHA-256: what was put or got has been compared with it before an
//! operation says that it succeeded.
//!
//! Answers are bounded; what is unknown in them is passed over, what is missing is an error.
//!
//! Source: Amazon EBS direct APIs reference, API version 2019-11-02.

mod answer;
mod blocks;
mod lists;
mod snapshots;
#[cfg(test)]
mod tests;

use super::AwsError;
use super::service::{Call, Connection, Service};
use crate::crypto::digest::Sha256Digest;

/// Bytes of a block.
pub const BLOCK: usize = 512 << 10;

/// Bytes of a block, for offsets.
pub const BLOCK_SIZE: u64 = BLOCK as u64;

/// Largest volume, in GiB: 64 TiB.
pub const LARGEST_VOLUME: u32 = 65_536;

/// Blocks of a GiB.
pub const BLOCKS_OF_GIB: u32 = 2048;

/// An EBS service.
#[derive(Debug, Clone)]
pub struct Ebs {
    service: Service,
}

/// A snapshot that is to be started.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewSnapshot {
    /// Size of volumes that are made of it, in GiB.
    pub volume_size: u32,
    /// What it is, for people; up to 255 characters.
    pub description: Option<String>,
    /// Tags: keys and values.
    pub tags: Vec<(String, String)>,
    /// The same token starts the same snapshot, however often it is sent.
    pub client_token: String,
    /// The snapshot that blocks which are not written are taken from.
    pub parent: Option<String>,
    /// Whether it is to be encrypted; the account may have all of them encrypted anyway.
    pub encrypted: bool,
    /// ARN of the KMS key to encrypt with, instead of the account's own.
    pub kms_key: Option<String>,
    /// Minutes without a block after which the service cancels it; 60 if not given.
    pub timeout: Option<u32>,
}

/// A snapshot that was started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartedSnapshot {
    /// Its id: `snap-…`.
    pub id: String,
    /// Whether it takes blocks.
    pub is_pending: bool,
    /// Whether it is encrypted: what is not written reads back as noise then.
    pub is_encrypted: bool,
}

/// A block that is in a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockEntry {
    /// Its place, in blocks from the volume's start.
    pub index: u32,
    /// What it is got with, for some days.
    pub token: String,
}

/// Blocks of a snapshot, one page of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockPage {
    /// The blocks, sorted by index, each once.
    pub blocks: Vec<BlockEntry>,
    /// Size of the volume, in GiB.
    pub volume_size: u32,
    /// Token of the next page, good for an hour.
    pub next: Option<String>,
}

/// A block that is not the same in two snapshots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedBlock {
    /// Its place, in blocks from the volume's start.
    pub index: u32,
    /// What it is got with from the first snapshot, if that has it.
    pub first_token: Option<String>,
    /// What it is got with from the second snapshot, if that has it.
    pub second_token: Option<String>,
}

/// Blocks that differ, one page of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedPage {
    /// The blocks, sorted by index, each once.
    pub blocks: Vec<ChangedBlock>,
    /// Size of the volume, in GiB.
    pub volume_size: u32,
    /// Token of the next page, good for an hour.
    pub next: Option<String>,
}

/// Where a page begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageStart<'a> {
    /// At this block, or the next that there is.
    Block(u32),
    /// Where the page before ended: its token.
    Token(&'a str),
}

/// What all blocks of a snapshot amount to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// How many were put.
    pub blocks: u64,
    /// SHA-256 over their raw SHA-256 digests, in the order of their indices.
    pub checksum: Sha256Digest,
}

/// What a call about a block brought, and what it took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried<T> {
    /// The result.
    pub value: T,
    /// Whether the service asked to slow down before it did it.
    pub throttled: bool,
}

impl Ebs {
    /// The service at the other end of a connection.
    #[must_use]
    pub fn new(connection: Connection) -> Self {
        Self::of(Service::new(connection))
    }

    /// The operations of a service.
    #[must_use]
    pub fn of(service: Service) -> Self {
        Self { service }
    }

    /// The service that calls go to.
    #[must_use]
    pub fn service(&self) -> &Service {
        &self.service
    }
}

/// A call without parameters, headers and body, after the id was found to be one.
fn call<'a>(
    operation: &'static str,
    method: &'static str,
    key: &'a str,
    snapshot: &str,
) -> Result<Call<'a>, AwsError> {
    if !is_snapshot_id(snapshot) {
        return Err(AwsError::Request {
            operation,
            resource: snapshot.chars().take(100).collect(),
            why: "the ids of snapshots are snap- and letters or digits",
        });
    }
    Ok(Call {
        key: Some(key),
        ..Call::new(operation, method)
    })
}

/// Whether a text may be a snapshot's id; it becomes part of a URL.
#[must_use]
pub fn is_snapshot_id(text: &str) -> bool {
    let inside = |rest: &str| rest.bytes().all(|byte| byte.is_ascii_alphanumeric());
    text.len() <= 64
        && text
            .strip_prefix("snap-")
            .is_some_and(|rest| !rest.is_empty() && inside(rest))
}

/// A parameter or header.
fn pair(name: &str, value: impl Into<String>) -> (String, String) {
    (name.to_owned(), value.into())
}
