//! Disk images for tests: their bytes depend on nothing but the arguments.

use std::fs::{self, File};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use amikit::crypto::digest::{Sha1Digest, Sha1Hasher};
use amikit::units::Bytes;

/// Makes a file of `size` that is a hole but for `extents` (offset and length), which get noise.
pub fn sparse(path: &Path, size: Bytes, extents: &[(Bytes, Bytes)]) -> PathBuf {
    let mut file = File::create(path).expect("create an image");
    file.set_len(size.get()).expect("size an image");
    for &(offset, length) in extents {
        file.seek(SeekFrom::Start(offset.get()))
            .expect("seek in an image");
        write_noise(&mut file, length, offset.get());
    }
    path.to_owned()
}

/// Makes a file of `size` without a single run of zeros.
pub fn dense(path: &Path, size: Bytes) -> PathBuf {
    sparse(path, size, &[(Bytes(0), size)])
}

/// Makes a file of `size` that does not get smaller when it is compressed.
pub fn incompressible(path: &Path, size: Bytes) -> PathBuf {
    let mut file = File::create(path).expect("create an image");
    write_cells(&mut file, size, 1, 0);
    path.to_owned()
}

/// Makes an image of 8 MiB, 2 MiB of them data.
pub fn small(path: &Path) -> PathBuf {
    let extents = [(Bytes::mib(1), Bytes::mib(2))];
    sparse(path, Bytes::mib(8), &extents)
}

/// Makes an ext4 file system of `size` that holds `tree`; the same tree gives the same bytes.
pub fn ext4(path: &Path, size: Bytes, tree: &Path) -> PathBuf {
    sparse(path, size, &[]);
    let status = Command::new("mke2fs")
        .args(["-q", "-F", "-t", "ext4", "-L", "amikit-test"])
        .args(["-U", "6a1e2c6e-0000-4000-8000-000000000001"])
        .args(["-E", "hash_seed=6a1e2c6e-0000-4000-8000-000000000002"])
        .arg("-d")
        .args([tree, path])
        .env("PATH", super::sandbox::search_path())
        .env("SOURCE_DATE_EPOCH", "1000000000")
        .status()
        .expect("run mke2fs (package e2fsprogs)");
    assert!(status.success(), "mke2fs: {status}");
    path.to_owned()
}

/// Copies `image` with every hole written out as zeros.
pub fn written_out(image: &Path, copy: &Path) -> PathBuf {
    let mut source = File::open(image).expect("open an image");
    let mut target = File::create(copy).expect("create a copy");
    let mut buffer = vec![0; 1 << 20];
    loop {
        let length = source.read(&mut buffer).expect("read an image");
        if length == 0 {
            return copy.to_owned();
        }
        target.write_all(&buffer[..length]).expect("write a copy");
    }
}

/// The SHA-1 of a file's bytes.
pub fn sha1(path: &Path) -> Sha1Digest {
    let mut file = File::open(path).expect("open a file to hash");
    let mut hasher = Sha1Hasher::default();
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer).expect("read a file to hash") {
            0 => return hasher.finish(),
            length => hasher.update(&buffer[..length]),
        }
    }
}

/// Bytes that a file occupies on its file system; holes occupy none.
pub fn occupied(path: &Path) -> Bytes {
    let blocks = fs::metadata(path).expect("look at a file").blocks();
    Bytes(blocks * 512) // st_blocks counts 512 bytes whatever the file system's block is
}

/// Size of a cell of noise.
const CELL: usize = 4096;

/// Writes bytes that compress to about half: a cell of noise, a cell of one letter.
fn write_noise(file: &mut File, length: Bytes, seed: u64) {
    write_cells(file, length, seed, CELL);
}

/// Writes cells of xorshift64 noise, each with `letters` times the same letter behind it.
fn write_cells(file: &mut File, length: Bytes, seed: u64, letters: usize) {
    let mut state = seed ^ 0x9e37_79b9_7f4a_7c15;
    let mut left = usize::try_from(length.get()).expect("test images are small");
    let mut cell = Vec::with_capacity(CELL + letters);
    while left > 0 {
        cell.clear();
        for _ in 0..CELL / 8 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            cell.extend(state.to_le_bytes());
        }
        cell.resize(CELL + letters, b'a');
        let length = left.min(cell.len());
        file.write_all(&cell[..length]).expect("fill an image");
        left -= length;
    }
}
