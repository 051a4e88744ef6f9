//! Images that are none, options that make no sense, places that cannot be written to.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;

use amikit::crypto::digest::Sha1Digest;
use rustix::fs::{CWD, Mode};

use super::{Row, good, unbundle};
use crate::support::sandbox::{Bundle, Sandbox, bundle_arguments};

/// `bundle-image` of what `make` makes.
fn of(sandbox: &Sandbox, make: fn(&Path) -> io::Result<()>) -> Vec<OsString> {
    let disk = sandbox.path("disk.img");
    make(&disk).expect("make an image");
    bundle_arguments(&disk, &sandbox.path("out"), &[])
}

/// `bundle-image` of a good image with these options; a prefix among them takes the usual
/// one's place.
fn bundle(sandbox: &Sandbox, options: &[&str]) -> Vec<OsString> {
    let disk = sandbox.path("disk.img");
    fs::write(&disk, [7; 1000]).expect("write an image");
    let mut arguments = bundle_arguments(&disk, &sandbox.path("out"), options);
    if options.contains(&"-p") {
        arguments.drain(3..5);
    }
    arguments
}

fn forced(sandbox: &Sandbox, bundle: &Bundle) -> Vec<OsString> {
    let mut arguments = unbundle(sandbox, bundle);
    arguments.push("--force".into());
    arguments
}

fn device(sandbox: &Sandbox, name: &str) -> Vec<OsString> {
    let mut arguments = unbundle(sandbox, &good(sandbox));
    arguments[3] = "--to-device".into();
    arguments[4] = sandbox.path(name).into();
    arguments
}

/// The rows.
pub const ROWS: &[Row] = &[
    Row {
        wrong: "an empty image",
        exit: 1,
        prepare: |sandbox| of(sandbox, |path| fs::write(path, "")),
    },
    Row {
        wrong: "a directory as image",
        exit: 1,
        prepare: |sandbox| of(sandbox, |path| fs::create_dir(path)),
    },
    Row {
        wrong: "a fifo as image",
        exit: 1,
        prepare: |sandbox| {
            of(sandbox, |path| {
                Ok(rustix::fs::mkfifoat(CWD, path, Mode::RUSR)?)
            })
        },
    },
    Row {
        wrong: "a socket as image",
        exit: 1,
        prepare: |sandbox| of(sandbox, |path| UnixListener::bind(path).map(drop)),
    },
    Row {
        wrong: "`/dev/zero` as image",
        exit: 1,
        prepare: |sandbox| of(sandbox, |path| symlink("/dev/zero", path)),
    },
    Row {
        wrong: "no such image",
        exit: 1,
        prepare: |sandbox| of(sandbox, |_| Ok(())),
    },
    Row {
        wrong: "a prefix with a slash",
        exit: 2,
        prepare: |sandbox| bundle(sandbox, &["-p", "a/b"]),
    },
    Row {
        wrong: "a prefix `..`",
        exit: 2,
        prepare: |sandbox| bundle(sandbox, &["-p", ".."]),
    },
    Row {
        wrong: "an empty prefix",
        exit: 2,
        prepare: |sandbox| bundle(sandbox, &["-p", ""]),
    },
    Row {
        wrong: "a prefix that moves the cursor",
        exit: 2,
        prepare: |sandbox| bundle(sandbox, &["-p", "a\u{1b}[31m"]),
    },
    Row {
        wrong: "parts of no bytes",
        exit: 2,
        prepare: |sandbox| bundle(sandbox, &["--part-size", "0"]),
    },
    Row {
        wrong: "parts of a terabyte",
        exit: 2,
        prepare: |sandbox| bundle(sandbox, &["--part-size", "1TiB"]),
    },
    Row {
        wrong: "a kernel id of two lines",
        exit: 2,
        prepare: |sandbox| bundle(sandbox, &["--kernel", "a\nb"]),
    },
    Row {
        wrong: "another bundle of this name",
        exit: 1,
        prepare: |sandbox| {
            fs::write(sandbox.path("out/golden.manifest.xml"), "").expect("write a file");
            bundle(sandbox, &[])
        },
    },
    Row {
        wrong: "`--force` over a directory",
        exit: 1,
        prepare: |sandbox| {
            sandbox.folder("out/golden.manifest.xml");
            bundle(sandbox, &["--force"])
        },
    },
    Row {
        wrong: "`--force` over the image itself",
        exit: 1,
        prepare: |sandbox| {
            let disk = sandbox.path("out/golden.part.00");
            fs::write(&disk, [7; 1000]).expect("write an image");
            bundle_arguments(&disk, &sandbox.path("out"), &["--force"])
        },
    },
    Row {
        wrong: "an image of that name",
        exit: 1,
        prepare: |sandbox| {
            fs::write(sandbox.path("out/golden"), "").expect("write a file");
            unbundle(sandbox, &good(sandbox))
        },
    },
    Row {
        wrong: "`--force` over a directory, unbundling",
        exit: 1,
        prepare: |sandbox| {
            sandbox.folder("out/golden");
            forced(sandbox, &good(sandbox))
        },
    },
    Row {
        wrong: "`--force` over a fifo, unbundling",
        exit: 1,
        prepare: |sandbox| {
            let path = sandbox.path("out/golden");
            rustix::fs::mkfifoat(CWD, &path, Mode::RUSR).expect("make a fifo");
            forced(sandbox, &good(sandbox))
        },
    },
    Row {
        wrong: "`--force` over a link to a device, unbundling",
        exit: 1,
        prepare: |sandbox| {
            symlink("/dev/null", sandbox.path("out/golden")).expect("make a link");
            forced(sandbox, &good(sandbox))
        },
    },
    Row {
        wrong: "`--force` over a part, unbundling",
        exit: 1,
        prepare: |sandbox| {
            let mut arguments = forced(sandbox, &good(sandbox));
            arguments[4] = sandbox.path("bundle").into();
            let part = sandbox.path("bundle/golden.part.00");
            fs::rename(&part, sandbox.path("bundle/golden")).expect("rename a part");
            symlink("golden", &part).expect("make a link");
            arguments
        },
    },
    Row {
        wrong: "a file in the hidden name's way",
        exit: 1,
        prepare: |sandbox| {
            let hidden = Sha1Digest::of(b"golden").to_string();
            let hidden = sandbox.path(&format!("out/.amikit-{}", &hidden[..16]));
            symlink("nowhere", hidden).expect("make a link");
            unbundle(sandbox, &good(sandbox))
        },
    },
    Row {
        wrong: "a destination that is a file",
        exit: 2,
        prepare: |sandbox| {
            let mut arguments = unbundle(sandbox, &good(sandbox));
            arguments[4] = sandbox.path("bundle.img").into();
            arguments
        },
    },
    Row {
        wrong: "a device too small for the image",
        exit: 1,
        prepare: |sandbox| {
            fs::write(sandbox.path("device"), [0; 999]).expect("write a file");
            device(sandbox, "device")
        },
    },
    Row {
        wrong: "a directory as device",
        exit: 1,
        prepare: |sandbox| device(sandbox, "out"),
    },
];
