//! An image that stays open, for whoever wants more of it than the report.

use std::fs::File;
use std::path::Path;

use super::budget::Budget;
use super::error::DiskError;
use super::extfs::{ExtError, ExtFs};
use super::inspect;
use super::report::{Content, DiskReport, Partition, PartitionRole, Volume};
use super::window::Window;

/// A raw image or block device that is open for reading, and what was found on it.
#[derive(Debug)]
pub struct OpenImage {
    pub(super) file: File,
    pub(super) report: DiskReport,
}

/// A stretch of an image that a filesystem may fill: a partition, or the whole disk.
#[derive(Debug, Clone, Copy)]
pub struct Area<'a> {
    /// The partition; none if the disk has no partition table.
    pub partition: Option<&'a Partition>,
    /// What was recognised there.
    pub volume: Option<&'a Volume>,
    window: Window<'a>,
}

impl OpenImage {
    /// Opens and inspects the raw image, or the block device, at `path`.
    ///
    /// # Errors
    /// As [`inspect`](super::inspect()).
    pub fn open(path: &Path) -> Result<Self, DiskError> {
        inspect::open(path)
    }

    /// What is on it.
    #[must_use]
    pub fn report(&self) -> &DiskReport {
        &self.report
    }

    /// Every partition but extended ones, or the whole disk if it is one filesystem. None of
    /// anything else.
    #[must_use]
    pub fn areas(&self) -> Vec<Area<'_>> {
        let disk = Window::new(&self.file, self.report.size);
        match &self.report.content {
            Content::Partitioned(table) => table
                .partitions
                .iter()
                .filter(|partition| partition.role != PartitionRole::Extended)
                .map(|partition| Area {
                    partition: Some(partition),
                    volume: partition.volume.as_ref(),
                    window: disk.part(partition.start, partition.size),
                })
                .collect(),
            Content::Filesystem(volume) => vec![Area {
                partition: None,
                volume: Some(volume),
                window: disk,
            }],
            _ => Vec::new(),
        }
    }
}

impl<'a> Area<'a> {
    /// Bytes in the area, as far as the image goes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.window.len()
    }

    /// Up to `len` bytes from `offset` on: fewer where the area ends.
    ///
    /// # Errors
    /// When the image cannot be read, or the budget is used up.
    pub fn read(&self, offset: u64, len: usize, budget: &Budget) -> Result<Vec<u8>, ExtError> {
        if !budget.pay_read(len) {
            return Err(ExtError::TooMuch);
        }
        Ok(self.window.read(offset, len)?)
    }

    /// The ext filesystem that fills the area.
    ///
    /// # Errors
    /// When there is none, or it is of a kind that cannot be read.
    pub fn ext(&self, budget: &'a Budget) -> Result<ExtFs<'a>, ExtError> {
        ExtFs::open(self.window, budget)
    }
}
