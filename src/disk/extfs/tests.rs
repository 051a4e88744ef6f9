//! The reader against an independent one, and against filesystems made to mislead.

use ext4_view::Ext4;

use super::super::tests::{fixture, on_disk};
use super::*;

/// Where the fixtures' root inode is: they have one group of 1 KiB blocks.
fn root_inode(image: &[u8]) -> usize {
    let table = u32::from_le_bytes(image[2048 + 8..][..4].try_into().unwrap());
    table as usize * 1024 + 256
}

fn opened<T>(image: &[u8], look: impl FnOnce(&ExtFs<'_>) -> T) -> T {
    let file = on_disk(image);
    let window = Window::new(file.as_file(), image.len() as u64);
    let budget = Budget::new(64 << 20);
    look(&ExtFs::open(window, &budget).unwrap())
}

/// Compares everything below `path`.
fn same_below(ours: &ExtFs<'_>, theirs: &Ext4, path: &str) -> usize {
    let mut count = 0;
    let mut names: Vec<String> = theirs
        .read_dir(path)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().as_str().unwrap().to_owned())
        .filter(|name| name != "." && name != "..")
        .collect();
    names.sort();
    assert_eq!(ours.list(path, 1000).unwrap(), names);
    for name in names {
        let path = format!("{}/{name}", path.trim_end_matches('/'));
        let inode = ours.find(&path).unwrap();
        let metadata = theirs.metadata(path.as_str()).unwrap();
        assert_eq!(inode.is_directory(), metadata.is_dir(), "{path}");
        if inode.is_regular() {
            let content = ours.read(&inode, 1 << 20).unwrap();
            assert_eq!(content, theirs.read(path.as_str()).unwrap(), "{path}");
        } else if !theirs.symlink_metadata(path.as_str()).unwrap().is_symlink() {
            count += same_below(ours, theirs, &path);
        }
        count += 1;
    }
    count
}

#[test]
fn an_independent_reader_finds_the_same_files() {
    for name in ["tiny-ext2", "tiny-ext4"] {
        let image = fixture(name);
        let theirs = Ext4::load(Box::new(image.clone())).unwrap();

        let count = opened(&image, |ours| same_below(ours, &theirs, "/"));

        assert!(count > 15, "{count}");
    }
}

#[test]
fn dots_and_links_stay_inside() {
    opened(&fixture("tiny-ext4"), |fs| {
        let through = fs
            .find("/../bin/./../../usr/bin/../lib/os-release")
            .unwrap();

        assert!(through.is_regular());
        assert!(matches!(fs.find("/bin/none"), Err(ExtError::NotFound)));
        assert!(matches!(
            fs.find("/etc/hostname/x"),
            Err(ExtError::NotFound)
        ));
    });
}

#[test]
fn a_read_ends_at_its_limit() {
    opened(&fixture("tiny-ext4"), |fs| {
        let inode = fs.find("/usr/lib/os-release").unwrap();

        assert_eq!(fs.read(&inode, 11).unwrap(), b"PRETTY_NAME");
        assert_eq!(fs.list("/", 3).unwrap().len(), 3);
    });
}

#[test]
fn a_directory_that_repeats_one_block_for_ever_is_given_up() {
    let mut image = fixture("tiny-ext2");
    let root = root_inode(&image);
    let first: [u8; 4] = image[root + 0x28..][..4].try_into().unwrap();
    image[root + 4..root + 8].fill(0xff); // size
    let pointers_at = 900 * 1024; // an unused block, full of pointers to the first one
    for pointer in image[pointers_at..pointers_at + 1024].chunks_exact_mut(4) {
        pointer.copy_from_slice(&first);
    }
    for slot in 0..12 {
        image[root + 0x28 + 4 * slot..][..4].copy_from_slice(&first);
    }
    // The indirect blocks of all levels contain themselves, more or less.
    for slot in 12..15 {
        image[root + 0x28 + 4 * slot..][..4].copy_from_slice(&900_u32.to_le_bytes());
    }

    let found = opened(&image, |fs| fs.find("/no-such-file").map(|_| ()));

    assert!(matches!(
        found,
        Err(ExtError::TooMuch | ExtError::Corrupt(_))
    ));
}

#[test]
fn an_extent_tree_that_contains_itself_is_refused() {
    let mut image = fixture("tiny-ext4");
    let node = [
        0x0a, 0xf3, 1, 0, 4, 0, 1, 0, 0, 0, 0, 0, // one entry, depth 1
        0, 0, 0, 0, 0x84, 3, 0, 0, 0, 0, 0, 0, // from block 0 on: block 900
    ];
    let root = root_inode(&image);
    image[root + 0x28..][..node.len()].copy_from_slice(&node);
    image[900 * 1024..][..node.len()].copy_from_slice(&node);

    let found = opened(&image, |fs| fs.find("/etc").map(|_| ()));

    assert_eq!(
        found.unwrap_err().to_string(),
        "it is damaged: an extent tree has a wrong depth"
    );
}

#[test]
fn a_truncated_filesystem_is_told_to_be() {
    let image = fixture("tiny-ext4");
    let cut = &image[..4096];

    let found = opened(cut, |fs| fs.find("/etc").map(|_| ()));

    assert_eq!(
        found.unwrap_err().to_string(),
        "it is damaged: it is longer than the image"
    );
}
