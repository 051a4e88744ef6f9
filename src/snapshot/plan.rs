//! What an upload would do, found without asking anybody.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, Ordering};

use super::crew::{self, Pace};
use super::gate::Gate;
use super::image::{Image, is_zero};
use super::layout::{Layout, count};
use super::{SnapshotError, UploadOptions, ZeroBlocks};
use crate::aws::ebs::BLOCK_SIZE;
use crate::progress::{Progress, Stage};

/// What an upload would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// Size of the image in bytes.
    pub image_size: u64,
    /// Size of the volume in GiB.
    pub volume_size: u32,
    /// Blocks of the image that have data.
    pub data_blocks: u64,
    /// Blocks of the image that are zeros.
    pub zero_blocks: u64,
    /// Whether the zeros would be sent. With [`ZeroBlocks::Auto`] they also are if the account
    /// has every snapshot encrypted, which nobody asks here.
    pub sends_zeros: bool,
}

impl Plan {
    /// Blocks that would be sent.
    #[must_use]
    pub fn blocks(&self) -> u64 {
        let zeros = if self.sends_zeros {
            self.zero_blocks
        } else {
            0
        };
        self.data_blocks + zeros
    }

    /// Bytes of the blocks that would be sent.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.blocks() * BLOCK_SIZE
    }

    /// Requests that would be made if nothing failed: one a block, the start and the completion.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.blocks() + 2
    }
}

/// Finds what an upload would do: reads the image, but for its holes, and asks nobody.
///
/// # Errors
/// When the image cannot be read or put into the volume, or the caller asks to stop.
pub fn plan(options: &UploadOptions, progress: &dyn Progress) -> Result<Plan, SnapshotError> {
    let image = Image::open(&options.image)?;
    let layout = Layout::new(image.size(), options.volume_size, &image.extents())?;
    let data = AtomicU64::new(0);
    let total = count(&layout.allocated);
    progress.begin(Stage::Scan, Some(total * BLOCK_SIZE));
    let look = |index: &u32| {
        if progress.interrupted() {
            return Err(SnapshotError::Interrupted {
                done: 0,
                total,
                resumable: false,
            });
        }
        if !is_zero(&image.block(*index)?) {
            data.fetch_add(1, Ordering::Relaxed);
        }
        progress.advance(Stage::Scan, BLOCK_SIZE);
        Ok(Pace::Idle)
    };
    // More would only wait for the disk.
    let readers = options.jobs.min(READERS);
    let blocks = layout.allocated.iter().cloned().flatten();
    crew::run(readers, &Gate::new(readers), blocks, look, |_| false)?;
    progress.finish(Stage::Scan);
    let data_blocks = data.into_inner();
    let asked_to_encrypt = options.encrypted || options.kms_key.is_some();
    Ok(Plan {
        image_size: image.size(),
        volume_size: layout.volume_size,
        data_blocks,
        zero_blocks: u64::from(layout.blocks) - data_blocks,
        sends_zeros: match options.zeros {
            ZeroBlocks::Auto => asked_to_encrypt,
            ZeroBlocks::Omit => false,
            ZeroBlocks::Send => true,
        },
    })
}

/// Threads that read the image.
const READERS: NonZeroUsize = NonZeroUsize::new(4).expect("four is not zero");

#[cfg(test)]
mod tests {
    use std::os::unix::fs::FileExt as _;

    use super::*;
    use crate::progress::Silent;

    #[test]
    fn zeros_count_whether_they_are_holes_or_written() {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().set_len(10 * BLOCK_SIZE + 1).unwrap();
        let zeros = vec![0; 1 << 20];
        file.as_file().write_all_at(&zeros, 2 * BLOCK_SIZE).unwrap();
        file.as_file()
            .write_all_at(b"data", 5 * BLOCK_SIZE - 2)
            .unwrap();
        let options = UploadOptions {
            image: file.path().to_owned(),
            volume_size: None,
            description: None,
            tags: Vec::new(),
            encrypted: false,
            kms_key: None,
            timeout: None,
            zeros: ZeroBlocks::Auto,
            jobs: READERS,
            resume: true,
        };

        let plain = plan(&options, &Silent).unwrap();
        let encrypted = UploadOptions {
            encrypted: true,
            ..options.clone()
        };
        let encrypted = plan(&encrypted, &Silent).unwrap();

        assert_eq!((plain.data_blocks, plain.zero_blocks), (2, 9));
        assert_eq!((plain.blocks(), plain.requests()), (2, 4));
        assert_eq!(plain.bytes(), 2 * BLOCK_SIZE);
        assert_eq!((encrypted.blocks(), encrypted.requests()), (11, 13));
    }
}
