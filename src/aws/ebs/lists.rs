//! Pages of blocks.

use serde::Deserialize;

use super::super::AwsError;
use super::super::service::Call;
use super::answer::{check_block_size, document, number, unexpected};
use super::{
    BLOCKS_OF_GIB, BlockEntry, BlockPage, ChangedBlock, ChangedPage, Ebs, LARGEST_VOLUME,
    PageStart, call, is_snapshot_id, pair,
};

/// Most blocks of a page: the most that the service takes.
const PAGE: &str = "10000";

/// Longest page token that is taken, in bytes. The API's own have 256 at most.
const LONGEST_TOKEN: usize = 4096;

/// The answer to `ListSnapshotBlocks`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    #[serde(default)]
    blocks: Vec<Block>,
    volume_size: Option<u64>,
    block_size: Option<u64>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Block {
    #[serde(deserialize_with = "number")]
    block_index: u64,
    block_token: String,
}

/// The answer to `ListChangedBlocks`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Changes {
    #[serde(default)]
    changed_blocks: Vec<Change>,
    volume_size: Option<u64>,
    block_size: Option<u64>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Change {
    #[serde(deserialize_with = "number")]
    block_index: u64,
    first_block_token: Option<String>,
    second_block_token: Option<String>,
}

impl Ebs {
    /// A page of the blocks that a completed snapshot has. A page may be empty, and another
    /// follow all the same.
    ///
    /// # Errors
    /// When the service refuses or cannot be reached, or the page makes no sense.
    pub fn list_snapshot_blocks(
        &self,
        snapshot: &str,
        start: PageStart<'_>,
    ) -> Result<BlockPage, AwsError> {
        let key = format!("snapshots/{snapshot}/blocks");
        let mut call = call("ListSnapshotBlocks", "GET", &key, snapshot)?;
        call.query = page(start);
        let found: Listed = document(&self.service, &call)?;
        check_block_size(&self.service, &call, found.block_size)?;
        let volume_size = self.volume_size(&call, found.volume_size)?;
        let mut blocks = Vec::with_capacity(found.blocks.len()); // as many as have been read
        for block in found.blocks {
            blocks.push(BlockEntry {
                index: self.index(&call, block.block_index, volume_size)?,
                token: block.block_token,
            });
        }
        blocks.sort_by_key(|block| block.index);
        self.each_once(&call, blocks.iter().map(|block| block.index))?;
        Ok(BlockPage {
            blocks,
            volume_size,
            next: self.next(&call, found.next_token)?,
        })
    }

    /// A page of the blocks that differ between two snapshots of one volume.
    ///
    /// # Errors
    /// As [`Ebs::list_snapshot_blocks`].
    pub fn list_changed_blocks(
        &self,
        first: &str,
        second: &str,
        start: PageStart<'_>,
    ) -> Result<ChangedPage, AwsError> {
        let key = format!("snapshots/{second}/changedblocks");
        let checked = if is_snapshot_id(first) { second } else { first };
        let mut call = call("ListChangedBlocks", "GET", &key, checked)?;
        call.query = page(start);
        call.query.push(pair("firstSnapshotId", first));
        let found: Changes = document(&self.service, &call)?;
        check_block_size(&self.service, &call, found.block_size)?;
        let volume_size = self.volume_size(&call, found.volume_size)?;
        let mut blocks = Vec::with_capacity(found.changed_blocks.len());
        for block in found.changed_blocks {
            blocks.push(ChangedBlock {
                index: self.index(&call, block.block_index, volume_size)?,
                first_token: block.first_block_token,
                second_token: block.second_block_token,
            });
        }
        blocks.sort_by_key(|block| block.index);
        self.each_once(&call, blocks.iter().map(|block| block.index))?;
        Ok(ChangedPage {
            blocks,
            volume_size,
            next: self.next(&call, found.next_token)?,
        })
    }

    /// The token of the next page, which becomes part of a URL.
    fn next(&self, call: &Call<'_>, told: Option<String>) -> Result<Option<String>, AwsError> {
        let token = told.filter(|token| !token.is_empty());
        if let Some(token) = token.as_ref().filter(|token| token.len() > LONGEST_TOKEN) {
            let found = format!("a page token of {} bytes", token.len());
            return Err(unexpected(&self.service, call, found, "4096 at most"));
        }
        Ok(token)
    }

    fn volume_size(&self, call: &Call<'_>, told: Option<u64>) -> Result<u32, AwsError> {
        let size = told.and_then(|size| u32::try_from(size).ok());
        let size = size.filter(|size| (1..=LARGEST_VOLUME).contains(size));
        size.ok_or_else(|| {
            let found = format!("volume size {told:?}");
            unexpected(&self.service, call, found, "1 to 65536 GiB")
        })
    }

    /// The index of a block, which has to be inside the volume.
    fn index(&self, call: &Call<'_>, told: u64, volume_size: u32) -> Result<u32, AwsError> {
        let count = u64::from(volume_size) * u64::from(BLOCKS_OF_GIB);
        let index = u32::try_from(told).ok().filter(|_| told < count);
        index.ok_or_else(|| {
            let found = format!("block {told} of a volume of {count}");
            unexpected(&self.service, call, found, "blocks inside the volume")
        })
    }

    fn each_once(
        &self,
        call: &Call<'_>,
        indices: impl Iterator<Item = u32> + Clone,
    ) -> Result<(), AwsError> {
        let twice = indices.clone().zip(indices.skip(1)).find(|(a, b)| a == b);
        match twice {
            None => Ok(()),
            Some((index, _)) => {
                let found = format!("block {index} twice");
                Err(unexpected(&self.service, call, found, "every block once"))
            }
        }
    }
}

fn page(start: PageStart<'_>) -> Vec<(String, String)> {
    let start = match start {
        PageStart::Token(token) => Some(pair("pageToken", token)),
        PageStart::Block(0) => None,
        PageStart::Block(index) => Some(pair("startingBlockIndex", index.to_string())),
    };
    let mut query = vec![pair("maxResults", PAGE)];
    query.extend(start);
    query
}
