//! `bundle-image`: turns a disk image into a bundle.

pub(super) mod options;
mod report;

use std::time::Instant;

use clap::Arg;

use super::destination;
use crate::bundle::bundle;
use crate::cli::failure::Failure;
use crate::cli::progress::Watcher;
use crate::cli::session::Session;
use crate::cli::spec::{
    ACCOUNT, BOOTSTRAP_URL, CLOUD_CERTIFICATE, CommandSpec, ENC_IV, ENC_KEY, Outcome, PRIVATE_KEY,
    Source, USER_CERTIFICATE, flag, jobs, list, option, path, region,
};

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "bundle-image",
    about: "Bundle a disk image: encrypted parts and a signed manifest",
    details: "The image is compressed, encrypted with a new key, and split into parts of 10 MiB. \
              The key is sealed for the cloud's certificate and, if there is one, the user's. \
              The manifest is written last: a bundle with a manifest is whole.\n\n\
              Anyone on this machine can see the arguments of running programs: pass a key of \
              your own with AMIKIT_ENC_KEY and AMIKIT_ENC_IV rather than --enc-key and --enc-iv.",
    examples: &[
        "amikit bundle-image -i disk.img -d bundle -r x86_64 -u 123456789012 \\\n      -k pk.pem -c cert.pem --ec2cert cloud-cert.pem",
        "amikit bundle-image -i vmlinuz -r x86_64 --kernel true -d bundles --region admin@cloud",
        "zcat disk.img.gz | amikit bundle-image -i - -p disk --image-size 2g -r x86_64 --region admin@cloud",
    ],
    args,
    sources: SOURCES,
    rows: false,
    run,
};

pub(super) const SOURCES: &[Source] = &[
    PRIVATE_KEY,
    USER_CERTIFICATE,
    CLOUD_CERTIFICATE,
    BOOTSTRAP_URL,
    ACCOUNT,
    ENC_KEY,
    ENC_IV,
];

fn args() -> Vec<Arg> {
    let mut args = image_args();
    args.push(region());
    args
}

/// The options of every command that bundles an image, `--region` excepted.
pub(super) fn image_args() -> Vec<Arg> {
    vec![
        path(
            "image",
            "FILE",
            "Disk image or block device to bundle; - is stdin",
        )
        .short('i')
        .required(true),
        option(
            "prefix",
            "NAME",
            "Name of the bundle (default: the image's file name)",
        )
        .short('p'),
        path(
            "destination",
            "DIR",
            "Directory to write to, made if need be (default: .)",
        )
        .short('d'),
        option(
            "arch",
            "ARCH",
            "Processor architecture: x86_64, i386, arm64, armhf, ppc64le, …",
        )
        .short('r')
        .required(true),
        path(
            "privatekey",
            "FILE",
            "User's private key, which signs the manifest",
        )
        .short('k'),
        path(
            "cert",
            "FILE",
            "User's certificate, whose key can open the bundle",
        )
        .short('c'),
        path("ec2cert", "FILE", "Cloud's certificate"),
        option(
            "bootstrap-url",
            "URL",
            "Service of a Eucalyptus cloud that hands its certificate out",
        ),
        option("user", "ACCOUNT", "Account number of the owner").short('u'),
        option(
            "kernel",
            "ID",
            "Kernel to boot with; true: the image is a kernel",
        ),
        option(
            "ramdisk",
            "ID",
            "Ramdisk to boot with; true: the image is a ramdisk",
        ),
        list(
            "block-device-mappings",
            "VIRTUAL=DEVICE,…",
            "Device for a virtual name (ami, root, swap, ephemeral0, …); repeatable",
        )
        .short('B')
        .visible_alias("block-device-mapping"),
        list("productcodes", "CODE,…", "Product codes"),
        option(
            "image-size",
            "SIZE",
            "Size of an image on stdin, in bytes or with k, m, g, t",
        ),
        option(
            "image-type",
            "TYPE",
            "Kind of image: machine, kernel or ramdisk",
        ),
        list(
            "ancestor",
            "ID,…",
            "Image it descends from, oldest first; repeatable",
        ),
        option("part-size", "SIZE", "Size of a part").default_value("10m"),
        option(
            "enc-key",
            "HEX",
            "Key to encrypt with: 32 hex digits (default: random)",
        ),
        option(
            "enc-iv",
            "HEX",
            "Initialisation vector: 32 hex digits (default: random)",
        ),
        flag("fast", "Compress quickly; a few percent larger").conflicts_with("small"),
        flag(
            "small",
            "Compress as well as possible; several times slower",
        ),
        flag("no-sparse", "Write runs of zeros to the tar stream too"),
        flag("force", "Replace an existing bundle of the same name"),
        jobs(),
    ]
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let (options, destination) = options::read(session, destination::of_bundle)?;
    report::begin(session, &options)?;
    tracing::info!(
        prefix = options.prefix,
        destination = %destination.path.display(),
        level = ?options.level,
        sparse = options.sparse,
        jobs = options.jobs,
        "bundling"
    );
    let watcher = Watcher::new(session)?;
    let started = Instant::now();

    let result = bundle(options, &watcher);

    let summary = watcher
        .end(result)
        .inspect_err(|_| destination.take_back())?;
    report::end(session, &summary, started.elapsed())?;
    Ok(Outcome::Done)
}

#[cfg(test)]
mod tests;
