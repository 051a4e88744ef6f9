//! Manifests that lie, attack or are none.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::Path;

use rustix::fs::{CWD, Mode};

use super::{Row, good, unbundle};
use crate::support::crafted;
use crate::support::sandbox::Sandbox;

/// `verify` of a file with these bytes.
fn of(sandbox: &Sandbox, bytes: &[u8]) -> Vec<OsString> {
    let path = sandbox.path("m.xml");
    fs::write(&path, bytes).expect("write a manifest");
    verify(&path)
}

fn verify(path: &Path) -> Vec<OsString> {
    vec!["verify".into(), path.into()]
}

/// `unbundle` of a good bundle whose manifest got `new` where `old` was, and a new signature.
fn edited(sandbox: &Sandbox, old: &str, new: &str) -> Vec<OsString> {
    let bundle = good(sandbox);
    crafted::edit(&bundle.manifest, |text| text.replacen(old, new, 1));
    crafted::sign(&bundle.manifest);
    unbundle(sandbox, &bundle)
}

/// The rows.
pub const ROWS: &[Row] = &[
    Row {
        wrong: "no such manifest",
        exit: 1,
        prepare: |sandbox| verify(&sandbox.path("nowhere.xml")),
    },
    Row {
        wrong: "a directory as manifest",
        exit: 1,
        prepare: |sandbox| verify(&sandbox.path("out")),
    },
    Row {
        wrong: "`/dev/zero` as manifest",
        exit: 1,
        prepare: |_| verify(Path::new("/dev/zero")),
    },
    Row {
        wrong: "a fifo as manifest",
        exit: 1,
        prepare: |sandbox| {
            let path = sandbox.path("fifo");
            rustix::fs::mkfifoat(CWD, &path, Mode::RUSR).expect("make a fifo");
            verify(&path)
        },
    },
    Row {
        wrong: "an empty manifest",
        exit: 4,
        prepare: |sandbox| of(sandbox, b""),
    },
    Row {
        wrong: "a GiB of nothing",
        exit: 1,
        prepare: |sandbox| {
            let path = sandbox.path("m.xml");
            let file = File::create(&path).expect("create a file");
            file.set_len(1 << 30).expect("size a file");
            verify(&path)
        },
    },
    Row {
        wrong: "binary garbage",
        exit: 4,
        prepare: |sandbox| of(sandbox, &[0xff; 5000]),
    },
    Row {
        wrong: "UTF-16",
        exit: 4,
        prepare: |sandbox| of(sandbox, b"\xff\xfe<\0m\0>\0"),
    },
    Row {
        wrong: "a web page",
        exit: 1,
        prepare: |sandbox| of(sandbox, b"<html><body>404</body></html>"),
    },
    Row {
        wrong: "a billion laughs",
        exit: 4,
        prepare: |sandbox| {
            of(
                sandbox,
                b"<!DOCTYPE m [<!ENTITY a \"aa\"><!ENTITY b \"&a;&a;\">]><manifest>&b;</manifest>",
            )
        },
    },
    Row {
        wrong: "an external entity",
        exit: 4,
        prepare: |sandbox| {
            of(
                sandbox,
                b"<!DOCTYPE m SYSTEM \"file:///etc/passwd\"><manifest/>",
            )
        },
    },
    Row {
        wrong: "elements nested 200,000 deep",
        exit: 4,
        prepare: |sandbox| of(sandbox, "<manifest>".repeat(200_000).as_bytes()),
    },
    Row {
        wrong: "half a million attributes",
        exit: 4,
        prepare: |sandbox| {
            of(
                sandbox,
                format!("<manifest {}/>", "a='' ".repeat(500_000)).as_bytes(),
            )
        },
    },
    Row {
        wrong: "an attribute of 15 MB",
        exit: 4,
        prepare: |sandbox| {
            of(
                sandbox,
                format!("<manifest a='{}'/>", "a".repeat(15_000_000)).as_bytes(),
            )
        },
    },
    Row {
        wrong: "three million elements",
        exit: 4,
        prepare: |sandbox| {
            of(
                sandbox,
                format!("<manifest>{}</manifest>", "<a/>".repeat(3_000_000)).as_bytes(),
            )
        },
    },
    Row {
        wrong: "a version of the future",
        exit: 1,
        prepare: |sandbox| edited(sandbox, "2007-10-10", "2099-01-01"),
    },
    Row {
        wrong: "two billion parts announced",
        exit: 4,
        prepare: |sandbox| edited(sandbox, "count='1'", "count='2000000000'"),
    },
    Row {
        wrong: "an index beyond the last",
        exit: 4,
        prepare: |sandbox| edited(sandbox, "index='0'", "index='7'"),
    },
    Row {
        wrong: "an index beyond all numbers",
        exit: 4,
        prepare: |sandbox| edited(sandbox, "index='0'", "index='99999999999999999999'"),
    },
    Row {
        wrong: "a negative size",
        exit: 4,
        prepare: |sandbox| edited(sandbox, "<size>", "<size>-"),
    },
    Row {
        wrong: "a size beyond all numbers",
        exit: 4,
        prepare: |sandbox| edited(sandbox, "<size>", "<size>99999999999999999999"),
    },
    Row {
        wrong: "two names",
        exit: 4,
        prepare: |sandbox| edited(sandbox, "<name>golden", "<name>x</name><name>golden"),
    },
    Row {
        wrong: "a comment",
        exit: 4,
        prepare: |sandbox| edited(sandbox, "<image>", "<image><!-- <image> -->"),
    },
    Row {
        wrong: "no digest",
        exit: 4,
        prepare: |sandbox| {
            edited(
                sandbox,
                "<digest algorithm='SHA1'>",
                "<digest algorithm='SHA1'>x",
            )
        },
    },
    Row {
        wrong: "an image called `../x`",
        exit: 4,
        prepare: |sandbox| edited(sandbox, "<name>golden", "<name>../x"),
    },
    Row {
        wrong: "an image called `..`",
        exit: 4,
        prepare: |sandbox| edited(sandbox, "<name>golden", "<name>.."),
    },
    Row {
        wrong: "an image whose name has two lines",
        exit: 4,
        prepare: |sandbox| edited(sandbox, "<name>golden", "<name>a&#10;b"),
    },
    Row {
        wrong: "an image whose name has a NUL",
        exit: 4,
        prepare: |sandbox| edited(sandbox, "<name>golden", "<name>a&#0;b"),
    },
    Row {
        wrong: "an image with a name of 306 bytes",
        exit: 4,
        prepare: |sandbox| {
            edited(
                sandbox,
                "<name>golden",
                &format!("<name>{}", "n".repeat(306)),
            )
        },
    },
    Row {
        wrong: "a part called `/dev/null`",
        exit: 4,
        prepare: |sandbox| edited(sandbox, "golden.part.00", "/dev/null"),
    },
    Row {
        wrong: "changed after signing",
        exit: 4,
        prepare: |sandbox| {
            let bundle = good(sandbox);
            crafted::edit(&bundle.manifest, |text| text.replace("x86_64", "i386"));
            unbundle(sandbox, &bundle)
        },
    },
    Row {
        wrong: "a signature of nobody",
        exit: 4,
        prepare: |sandbox| {
            let bundle = good(sandbox);
            crafted::edit(&bundle.manifest, |text| {
                crafted::replace(text, "<signature>", "</signature>", "<signature>UNSIGNED")
            });
            unbundle(sandbox, &bundle)
        },
    },
];
