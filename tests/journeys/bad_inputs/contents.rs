//! Bundles whose every digest is right, with something else than an image inside.

use std::ffi::OsString;
use std::fs;

use amikit::units::Bytes;

use super::{Row, unbundle};
use crate::support::crafted::{self, Inside, member, sparse};
use crate::support::image;
use crate::support::sandbox::{FIXED_KEY, Sandbox};

/// `unbundle` of these members, and zeros behind, as an image of 1000 bytes.
fn tar(sandbox: &Sandbox, members: &[Vec<u8>]) -> Vec<OsString> {
    announced(sandbox, &members.concat(), 1000)
}

fn announced(sandbox: &Sandbox, tar: &[u8], size: u64) -> Vec<OsString> {
    let bundle = crafted::bundle(sandbox, "bundle", &Inside::Tar(tar), size);
    unbundle(sandbox, &bundle)
}

/// A good image whose gzip is changed.
fn gzip(sandbox: &Sandbox, change: fn(&[u8]) -> Vec<u8>) -> Vec<OsString> {
    let tar = member(b'0', 1000, &[7; 1000]);
    let gzip = change(&crafted::gzip(&tar));
    let bundle = crafted::bundle(sandbox, "bundle", &Inside::Gzip(&gzip, &tar), 1000);
    unbundle(sandbox, &bundle)
}

/// A member that says it has `size` bytes, and 50 GB of zeros, which 50 MB of gzip stand for.
fn bomb(sandbox: &Sandbox, size: u64, content: &[u8]) -> Vec<OsString> {
    let tar = member(b'0', size, content);
    let zeros = crafted::gzip(&vec![0; 64 << 20]);
    let gzip = [crafted::gzip(&tar), zeros.repeat(800)].concat();
    let bundle = crafted::bundle(sandbox, "bundle", &Inside::Gzip(&gzip, &tar), 1000);
    unbundle(sandbox, &bundle)
}

fn encrypted(sandbox: &Sandbox, bytes: &[u8]) -> Vec<OsString> {
    let bundle = crafted::bundle(sandbox, "bundle", &Inside::Encrypted(bytes), 1000);
    unbundle(sandbox, &bundle)
}

/// A bundle of amikit's own, of several pieces, with one bit of the compressed data changed.
fn own(sandbox: &Sandbox) -> Vec<OsString> {
    let disk = image::dense(&sandbox.path("disk.img"), Bytes::mib(3));
    let whole = sandbox.bundle(&disk, "whole", &FIXED_KEY);
    let part = fs::read(whole.folder.join("golden.part.00")).expect("read a part");
    let mut gzip = crafted::decrypt(&part);
    let last = gzip.len() - 6; // of the checksum
    gzip[last] ^= 1;
    let size = Bytes::mib(3).get();
    let bundle = crafted::bundle(sandbox, "bundle", &Inside::Gzip(&gzip, &[]), size);
    unbundle(sandbox, &bundle)
}

/// The rows.
pub const ROWS: &[Row] = &[
    Row {
        wrong: "two members",
        exit: 4,
        prepare: |sandbox| {
            tar(
                sandbox,
                &[member(b'0', 1000, &[7; 1000]), member(b'0', 9, &[7; 9])],
            )
        },
    },
    Row {
        wrong: "a hard link",
        exit: 4,
        prepare: |sandbox| tar(sandbox, &[member(b'1', 0, &[])]),
    },
    Row {
        wrong: "a symbolic link",
        exit: 4,
        prepare: |sandbox| tar(sandbox, &[member(b'2', 0, &[])]),
    },
    Row {
        wrong: "a character device",
        exit: 4,
        prepare: |sandbox| tar(sandbox, &[member(b'3', 0, &[])]),
    },
    Row {
        wrong: "a block device",
        exit: 4,
        prepare: |sandbox| tar(sandbox, &[member(b'4', 0, &[])]),
    },
    Row {
        wrong: "a directory",
        exit: 4,
        prepare: |sandbox| tar(sandbox, &[member(b'5', 0, &[])]),
    },
    Row {
        wrong: "a fifo",
        exit: 4,
        prepare: |sandbox| tar(sandbox, &[member(b'6', 0, &[])]),
    },
    Row {
        wrong: "a member of an unknown kind",
        exit: 4,
        prepare: |sandbox| tar(sandbox, &[member(b'Z', 0, &[])]),
    },
    Row {
        wrong: "an image longer than the stream",
        exit: 4,
        prepare: |sandbox| announced(sandbox, &member(b'0', 5000, &[7; 1000]), 5000),
    },
    Row {
        wrong: "an image shorter than its data",
        exit: 4,
        prepare: |sandbox| announced(sandbox, &member(b'0', 400, &[7; 1000]), 400),
    },
    Row {
        wrong: "another size than the manifest's",
        exit: 4,
        prepare: |sandbox| announced(sandbox, &member(b'0', 1000, &[7; 1000]), 1001),
    },
    Row {
        wrong: "an image of 2^62 bytes, against the manifest",
        exit: 4,
        prepare: |sandbox| tar(sandbox, &[member(b'0', 1 << 62, &[7; 1000])]),
    },
    Row {
        wrong: "a sparse map that leaves the image",
        exit: 4,
        prepare: |sandbox| {
            announced(
                sandbox,
                &sparse(&[(0, 512), (9_000, 488)], &[7; 1000], 9_100),
                9_100,
            )
        },
    },
    Row {
        wrong: "a sparse map that goes back",
        exit: 4,
        prepare: |sandbox| {
            announced(
                sandbox,
                &sparse(&[(512, 512), (0, 488)], &[7; 1000], 9_100),
                9_100,
            )
        },
    },
    Row {
        wrong: "a sparse map that overflows",
        exit: 4,
        prepare: |sandbox| {
            let map = [(u64::MAX - 10, 20)];
            announced(sandbox, &sparse(&map, &[7; 1000], u64::MAX), u64::MAX)
        },
    },
    Row {
        wrong: "a sparse map for less data",
        exit: 4,
        prepare: |sandbox| announced(sandbox, &sparse(&[(0, 512)], &[7; 1000], 9_100), 9_100),
    },
    Row {
        wrong: "no tar at all",
        exit: 4,
        prepare: |sandbox| tar(sandbox, &[]),
    },
    Row {
        wrong: "a tar of zeros",
        exit: 4,
        prepare: |sandbox| tar(sandbox, &[vec![0; 10_240]]),
    },
    Row {
        wrong: "garbage for tar",
        exit: 4,
        prepare: |sandbox| tar(sandbox, &[vec![7; 10_240]]),
    },
    Row {
        wrong: "a long name of a terabyte",
        exit: 4,
        prepare: |sandbox| tar(sandbox, &[member(b'L', 1 << 40, &[7; 512])]),
    },
    Row {
        wrong: "a size in a PAX header",
        exit: 4,
        prepare: |sandbox| tar(sandbox, &[member(b'x', 13, b"13 size=9999\n")]),
    },
    Row {
        wrong: "50 GB of zeros, compressed",
        exit: 4,
        prepare: |sandbox| bomb(sandbox, 50 << 30, &[]),
    },
    Row {
        wrong: "50 GB of zeros behind the image",
        exit: 4,
        prepare: |sandbox| bomb(sandbox, 1000, &[7; 1000]),
    },
    Row {
        wrong: "no gzip",
        exit: 4,
        prepare: |sandbox| gzip(sandbox, |_| vec![7; 1000]),
    },
    Row {
        wrong: "gzip cut short",
        exit: 4,
        prepare: |sandbox| gzip(sandbox, |good| good[..good.len() - 9].to_vec()),
    },
    Row {
        wrong: "gzip with a wrong checksum",
        exit: 4,
        prepare: |sandbox| {
            gzip(sandbox, |good| {
                let mut bad = good.to_vec();
                bad[good.len() - 7] ^= 1;
                bad
            })
        },
    },
    Row {
        wrong: "garbage behind the gzip",
        exit: 4,
        prepare: |sandbox| gzip(sandbox, |good| [good, b"garbage"].concat()),
    },
    Row {
        wrong: "a piece of amikit's own gzip damaged",
        exit: 4,
        prepare: own,
    },
    Row {
        wrong: "no encrypted bytes",
        exit: 4,
        prepare: |sandbox| encrypted(sandbox, &[]),
    },
    Row {
        wrong: "encrypted bytes that are no multiple of 16",
        exit: 4,
        prepare: |sandbox| encrypted(sandbox, &[7; 100]),
    },
    Row {
        wrong: "wrong padding",
        exit: 4,
        prepare: |sandbox| encrypted(sandbox, &[7; 160]),
    },
];
