//! `download-and-unbundle`: brings a bundle from a bucket and opens it on the way.

use std::io::Read;
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Arg;

use super::bundle_address::{address, args as address_args};
use super::unbundle::report;
use super::upload_bundle::{requests, transfer_jobs};
use crate::bundle::{Output, RemoteOptions, UnbundleError, unbundle_remote};
use crate::cli::failure::Failure;
use crate::cli::progress::Watcher;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome, PRIVATE_KEY, Source, flag, path};
use crate::cli::{cloud, credentials, host};
use crate::upload::{DownloadError, PartStream};

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "download-and-unbundle",
    about: "Bring a bundle from a bucket and turn it into the disk image, without a copy on disk",
    details: "Every part's digest, the sizes and the image's digest are checked on the way; the \
              manifest's signature is checked if the maker's certificate is given. The image gets \
              its name when all checks are done. A device cannot be written this way, since what \
              is wrong may come last: download the bundle first.",
    examples: &[
        "amikit download-and-unbundle -b images/web -p disk.img -k pk.pem -c cert.pem",
        "amikit download-and-unbundle -b images -m disk.img.manifest.xml -k pk.pem -d - | qemu-img convert …",
    ],
    args,
    sources: SOURCES,
    rows: false,
    run,
};

/// As of `unbundle`: the user's certificate is not taken from the environment.
const SOURCES: &[Source] = &[PRIVATE_KEY];

fn args() -> Vec<Arg> {
    let mut args = address_args();
    args.extend([
        path(
            "destination",
            "FILE|DIR",
            "Directory or file to write the image to; - is stdout (default: .)",
        )
        .short('d'),
        path(
            "output-file",
            "FILE",
            "File to write the image to; - is stdout",
        )
        .short('o')
        .conflicts_with("destination"),
        path("privatekey", "FILE", "Private key that opens the bundle").short('k'),
        path(
            "cert",
            "FILE",
            "Certificate of the bundle's maker, to check the signature",
        )
        .short('c'),
        flag("force", "Replace an existing file"),
        transfer_jobs(),
    ]);
    args.extend(cloud::s3_args());
    args
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let address = address(session)?;
    let requests = requests(session)?;
    let jobs = host::jobs(session)?;
    let key = credentials::required_private_key(session)?;
    let certificate = credentials::certificate(session)?;
    let output = output(session)?;
    let watcher = Watcher::new(session)?;
    let s3 = cloud::s3(session, &watcher)?;
    let (bucket, prefix) = (address.bucket.clone(), address.part_prefix());
    tracing::info!(bucket, prefix, requests, "downloading and unbundling");
    let started = Instant::now();
    let manifest = address.manifest(&s3)?.signed;
    let image = manifest.manifest.image.clone();
    let open = || -> Box<dyn Read + Send> {
        Box::new(PartStream::open(&s3, &bucket, &prefix, &image, requests))
    };
    let options = RemoteOptions {
        manifest,
        open: &open,
        key,
        certificate,
        output,
        replace: session.manner.replaces || session.values.flag("force"),
        jobs,
    };

    let result = unbundle_remote(options, &watcher);

    let summary = watcher.end(result.map_err(failure))?;
    report(session, &summary, started.elapsed())?;
    Ok(Outcome::Done)
}

/// A directory that is there, a device, or else a file.
fn output(session: &Session<'_>) -> Result<Output, Failure> {
    let file = session.path("output-file")?;
    let is_file = file.is_some();
    let path = match file {
        Some(path) => path,
        None => session
            .path("destination")?
            .unwrap_or_else(|| PathBuf::from(".")),
    };
    if path == Path::new("-") {
        return Ok(Output::Stream(Box::new(host::image_stdout()?)));
    }
    Ok(match path.metadata() {
        Ok(there) if there.is_dir() && !is_file => Output::Directory(path),
        Ok(there) if there.file_type().is_block_device() => Output::Device(path),
        _ => Output::File(path),
    })
}

/// What the stream fails with is a failure to download.
fn failure(error: UnbundleError) -> Failure {
    let UnbundleError::ReadStream { source } = error else {
        return error.into();
    };
    match DownloadError::from_io(source) {
        Ok(DownloadError::Interrupted) => Failure::interrupted(),
        Ok(error) => error.into(),
        Err(source) => UnbundleError::ReadStream { source }.into(),
    }
}
