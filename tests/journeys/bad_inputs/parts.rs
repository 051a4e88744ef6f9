//! Parts, keys and certificates that are not what they should be.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::Path;

use rustix::fs::{CWD, Mode};

use super::{Row, good, part, unbundle};
use crate::support::crafted::{self, Inside};
use crate::support::key;
use crate::support::sandbox::Sandbox;

/// `unbundle` of a good bundle whose part was damaged.
fn damage(sandbox: &Sandbox, how: fn(&Path) -> io::Result<()>) -> Vec<OsString> {
    let bundle = good(sandbox);
    how(&part(&bundle)).expect("damage a part");
    unbundle(sandbox, &bundle)
}

/// `unbundle` of a good bundle with another key (`-k`) or certificate (`-c`).
fn with(sandbox: &Sandbox, option: &str, name: &str) -> Vec<OsString> {
    let mut arguments = unbundle(sandbox, &good(sandbox));
    let at = arguments.iter().position(|word| word == option);
    let path = match name.split_once('/') {
        Some((folder, name)) => key(folder).join(name),
        None => key(name),
    };
    arguments[at.expect("the option is there") + 1] = path.into();
    arguments
}

/// The rows.
pub const ROWS: &[Row] = &[
    Row {
        wrong: "a part that is not there",
        exit: 1,
        prepare: |sandbox| damage(sandbox, |path| fs::remove_file(path)),
    },
    Row {
        wrong: "a part with one wrong bit",
        exit: 4,
        prepare: |sandbox| {
            damage(sandbox, |path| {
                let mut bytes = fs::read(path)?;
                bytes[20] ^= 1;
                fs::write(path, bytes)
            })
        },
    },
    Row {
        wrong: "a part cut short",
        exit: 4,
        prepare: |sandbox| {
            let bundle = crafted::bundle(sandbox, "bundle", &Inside::Encrypted(&[7; 160]), 1000);
            fs::write(part(&bundle), [7; 100]).expect("cut a part");
            unbundle(sandbox, &bundle)
        },
    },
    Row {
        wrong: "a directory in place of a part",
        exit: 1,
        prepare: |sandbox| {
            damage(sandbox, |path| {
                fs::remove_file(path).and_then(|()| fs::create_dir(path))
            })
        },
    },
    Row {
        wrong: "a fifo in place of a part",
        exit: 1,
        prepare: |sandbox| {
            damage(sandbox, |path| {
                fs::remove_file(path)?;
                Ok(rustix::fs::mkfifoat(CWD, path, Mode::RUSR)?)
            })
        },
    },
    Row {
        wrong: "a link to a device in place of a part",
        exit: 1,
        prepare: |sandbox| {
            damage(sandbox, |path| {
                fs::remove_file(path).and_then(|()| symlink("/dev/zero", path))
            })
        },
    },
    Row {
        wrong: "a link to nothing in place of a part",
        exit: 1,
        prepare: |sandbox| {
            damage(sandbox, |path| {
                fs::remove_file(path).and_then(|()| symlink("nowhere", path))
            })
        },
    },
    Row {
        wrong: "a link to itself in place of a part",
        exit: 1,
        prepare: |sandbox| {
            damage(sandbox, |path| {
                fs::remove_file(path).and_then(|()| symlink(path, path))
            })
        },
    },
    Row {
        wrong: "a key that does not open the bundle",
        exit: 6,
        prepare: |sandbox| with(sandbox, "-k", "ec2-user.pem"),
    },
    Row {
        wrong: "a key of another size",
        exit: 6,
        prepare: |sandbox| with(sandbox, "-k", "forms/rsa-1024.pem"),
    },
    Row {
        wrong: "a key of 512 bits",
        exit: 6,
        prepare: |sandbox| with(sandbox, "-k", "forms/rsa-512.pem"),
    },
    Row {
        wrong: "a certificate as key",
        exit: 6,
        prepare: |sandbox| with(sandbox, "-k", "euca-user.crt"),
    },
    Row {
        wrong: "an EC key",
        exit: 6,
        prepare: |sandbox| with(sandbox, "-k", "forms/ec-pkcs8.pem"),
    },
    Row {
        wrong: "an OpenSSH key",
        exit: 6,
        prepare: |sandbox| with(sandbox, "-k", "forms/openssh.pem"),
    },
    Row {
        wrong: "an encrypted key and nobody to ask",
        exit: 6,
        prepare: |sandbox| with(sandbox, "-k", "forms/pkcs8-des3.pem"),
    },
    Row {
        wrong: "a key that is encrypted by PBES1",
        exit: 6,
        prepare: |sandbox| with(sandbox, "-k", "forms/pkcs8-pbes1.pem"),
    },
    Row {
        wrong: "a key that costs hours to open",
        exit: 6,
        prepare: |sandbox| with(sandbox, "-k", "forms/pkcs8-absurd.pem"),
    },
    Row {
        wrong: "no such key",
        exit: 6,
        prepare: |sandbox| with(sandbox, "-k", "nowhere.pem"),
    },
    Row {
        wrong: "a key as certificate",
        exit: 6,
        prepare: |sandbox| with(sandbox, "-c", "euca-user.pem"),
    },
    Row {
        wrong: "the certificate of somebody else",
        exit: 4,
        prepare: |sandbox| with(sandbox, "-c", "ec2-user.crt"),
    },
    Row {
        wrong: "the certificate of an EC key",
        exit: 6,
        prepare: |sandbox| with(sandbox, "-c", "forms/ec.crt"),
    },
    Row {
        wrong: "no such certificate",
        exit: 6,
        prepare: |sandbox| with(sandbox, "-c", "nowhere.crt"),
    },
    Row {
        wrong: "`/dev/zero` as certificate",
        exit: 6,
        prepare: |sandbox| {
            let mut arguments = unbundle(sandbox, &good(sandbox));
            arguments.pop();
            arguments.push("/dev/zero".into());
            arguments
        },
    },
];
