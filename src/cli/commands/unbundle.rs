//! `unbundle`: turns a bundle back into the image.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Arg;
use serde_json::json;

use super::destination::{Destination, make_directory};
use super::{pace, size_and_data};
use crate::bundle::{Output, UnbundleOptions, UnbundleSummary, unbundle};
use crate::cli::dialect::Family;
use crate::cli::failure::Failure;
use crate::cli::progress::Watcher;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome, PRIVATE_KEY, Source, flag, jobs, path, region};
use crate::cli::{credentials, host};
use crate::manifest::signature::SignatureCheck;

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "unbundle",
    about: "Turn a bundle back into the disk image",
    details: "Every part's digest, the sizes and the image's digest are checked. The manifest's \
              signature is checked if the maker's certificate is given. Nothing is left under \
              the final name when a check fails.",
    examples: &[
        "amikit unbundle -m disk.img.manifest.xml -k pk.pem -c cert.pem",
        "amikit unbundle -m parts/disk.img.manifest.xml -k pk.pem -o - | qemu-img convert …",
        "amikit unbundle -m disk.img.manifest.xml -k pk.pem --to-device /dev/sdX",
    ],
    args,
    sources: SOURCES,
    rows: false,
    run,
};

/// The user's certificate is not taken from the environment: whoever has one there may well
/// open bundles that somebody else signed.
const SOURCES: &[Source] = &[PRIVATE_KEY];

fn args() -> Vec<Arg> {
    vec![
        path("manifest", "FILE", "Manifest of the bundle")
            .short('m')
            .required(true),
        path(
            "source",
            "DIR",
            "Directory of the parts (default: the manifest's)",
        )
        .short('s'),
        path(
            "destination",
            "DIR",
            "Directory to write the image to, made if need be (default: .)",
        )
        .short('d'),
        path(
            "output-file",
            "FILE",
            "File to write the image to; - is stdout",
        )
        .short('o'),
        path(
            "to-device",
            "DEVICE",
            "Block device to write the image to, in place",
        ),
        path("privatekey", "FILE", "Private key that opens the bundle").short('k'),
        path(
            "cert",
            "FILE",
            "Certificate of the bundle's maker, to check the signature",
        )
        .short('c'),
        flag("force", "Replace an existing file"),
        jobs(),
        region(),
    ]
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let manifest = session.required_path("manifest")?;
    let source = source(session, &manifest)?;
    let jobs = host::jobs(session)?;
    let output = output(session)?;
    tracing::info!(
        manifest = %manifest.display(),
        parts = %source.display(),
        jobs,
        "unbundling"
    );
    let options = UnbundleOptions {
        source,
        key: credentials::required_private_key(session)?,
        certificate: credentials::certificate(session)?,
        output,
        replace: session.manner.replaces || session.values.flag("force"),
        jobs,
        manifest,
    };
    // Last, since it may make a directory.
    let made = destination(session, &options.output)?;
    let watcher = Watcher::new(session)?;
    let started = Instant::now();

    let result = unbundle(options, &watcher);

    let summary = watcher.end(result).inspect_err(|_| {
        if let Some(made) = &made {
            made.take_back();
        }
    })?;
    report(session, &summary, started.elapsed())?;
    Ok(Outcome::Done)
}

/// The directory of the parts.
pub(super) fn source(session: &Session<'_>, manifest: &Path) -> Result<PathBuf, Failure> {
    let beside = || match manifest.parent() {
        Some(parent) if parent != Path::new("") => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    let given = session.path("source")?;
    Ok(match given {
        Some(path) => path,
        None if session.manner.parts_beside_manifest => beside(),
        None => PathBuf::from("."),
    })
}

fn output(session: &Session<'_>) -> Result<Output, Failure> {
    let file = session.path("output-file")?;
    let device = session.path("to-device")?;
    let directory = session.path("destination")?;
    match (file, device, directory) {
        (Some(path), None, None) if path == Path::new("-") => {
            Ok(Output::Stream(Box::new(host::image_stdout()?)))
        }
        (Some(path), None, None) => Ok(Output::File(path)),
        (None, Some(path), None) => Ok(Output::Device(path)),
        (None, None, Some(path)) => Ok(Output::Directory(path)),
        (None, None, None) => Ok(Output::Directory(PathBuf::from("."))),
        _ => Err(Failure::usage(
            "only one of --destination, --output-file and --to-device may be given",
        )),
    }
}

/// Makes the directory that the image goes to, as `bundle-image` does. The old tools want theirs
/// to exist.
fn destination(session: &Session<'_>, output: &Output) -> Result<Option<Destination>, Failure> {
    match output {
        Output::Directory(path) if session.is_native() => {
            make_directory(path.clone(), "destination").map(Some)
        }
        _ => Ok(None),
    }
}

/// Says what was done. An image that went to stdout has taken the place of the words.
pub(super) fn report(
    session: &Session<'_>,
    summary: &UnbundleSummary,
    took: Duration,
) -> Result<(), Failure> {
    if summary.digest_unknown {
        session.warn(
            "the manifest's image digest is the known wrong one of old euca2ools: the image could \
             not be compared with it",
        );
    }
    let path = summary.path.as_ref().map(|path| path.display().to_string());
    match session.manner.family {
        Family::Euca | Family::Ec2Api => {
            path.map_or(Ok(()), |path| session.line(&format!("Wrote {path}")))
        }
        Family::Ec2 => session.line("Unbundle complete."),
        Family::Native => {
            let text = if session.is_json() {
                let value = json!({
                    "path": path,
                    "image_size": summary.image_size,
                    "data_bytes": summary.data_bytes,
                    "digest": summary.digest.to_string(),
                    "digest_checked": !summary.digest_unknown,
                    "signature": summary.signature.map(signature_word),
                    "seconds": took.as_secs_f64(),
                    "warnings": *session.warnings.borrow(),
                });
                value.to_string()
            } else {
                for_people(summary, path.as_deref(), took)
            };
            if summary.path.is_none() {
                session.aside(&text);
                Ok(())
            } else if session.verbosity.quiet && !session.is_json() {
                Ok(())
            } else {
                session.line(&text)
            }
        }
    }
}

fn for_people(summary: &UnbundleSummary, path: Option<&str>, took: Duration) -> String {
    let signature = summary.signature.map_or(NOT_CHECKED, signature_word);
    format!(
        "image      {}\n\
         size       {}\n\
         digest     {}{}\n\
         signature  {signature}\n\
         time       {}",
        path.unwrap_or("(stdout)"),
        size_and_data(summary.image_size, summary.data_bytes),
        summary.digest,
        if summary.digest_unknown {
            " (not compared)"
        } else {
            ""
        },
        pace(summary.image_size, took),
    )
}

/// What is said of a signature when there is no certificate to check it with.
pub(super) const NOT_CHECKED: &str = "not checked: pass the maker's certificate with --cert";

/// How a signature's check is told.
pub(super) fn signature_word(check: SignatureCheck) -> &'static str {
    match check {
        SignatureCheck::Valid => "valid",
        SignatureCheck::Invalid => "invalid",
        SignatureCheck::Unsigned => "unsigned",
    }
}
