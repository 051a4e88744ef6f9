//! `verify`: checks a bundle without writing anything.

use std::time::{Duration, Instant};

use clap::Arg;
use serde_json::{Value, json};

use super::size_and_data;
use super::unbundle::{NOT_CHECKED, signature_word, source};
use crate::bundle::{ImageCheck, PartCheck, PartVerdict, VerifyOptions, VerifyReport, verify};
use crate::cli::failure::Failure;
use crate::cli::progress::Watcher;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome, jobs, path, region};
use crate::cli::{credentials, host};
use crate::units::Bytes;

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "verify",
    about: "Check a bundle without writing anything",
    details: "Every part is compared with the manifest. With the maker's certificate the \
              signature is checked, with a key that opens the bundle the image too. Exit code 4 \
              tells that something is bad; only what is bad is listed, with -v everything.",
    examples: &["amikit verify disk.img.manifest.xml -c cert.pem -k pk.pem"],
    args,
    sources: &[],
    rows: false,
    run,
};

fn args() -> Vec<Arg> {
    vec![
        path("manifest", "MANIFEST", "Manifest of the bundle")
            .long(None::<&str>)
            .required(true),
        path(
            "source",
            "DIR",
            "Directory of the parts (default: the manifest's)",
        )
        .short('s'),
        path(
            "cert",
            "FILE",
            "Certificate of the bundle's maker, to check the signature",
        )
        .short('c'),
        path(
            "privatekey",
            "FILE",
            "Private key that opens the bundle, to check the image",
        )
        .short('k'),
        jobs(),
        region().hide(true),
    ]
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let manifest = session.required_path("manifest")?;
    let options = VerifyOptions {
        source: source(session, &manifest)?,
        certificate: credentials::certificate(session)?,
        key: credentials::private_key(session)?.map(|(_, key)| key),
        jobs: host::jobs(session)?,
        manifest,
    };
    tracing::info!(
        manifest = %options.manifest.display(),
        parts = %options.source.display(),
        jobs = options.jobs,
        "verifying"
    );
    let watcher = Watcher::new(session)?;
    let started = Instant::now();

    let result = verify(&options, &watcher);

    let report = watcher.end(result)?;
    if session.is_json() {
        session.json(&as_json(session, &report, started.elapsed()))?;
    } else if !session.verbosity.quiet || !report.is_good() {
        session.print(&for_people(&report, session.verbosity.level > 0))?;
    }
    Ok(if report.is_good() {
        Outcome::Done
    } else {
        Outcome::FaultsFound
    })
}

fn for_people(report: &VerifyReport, all: bool) -> String {
    let mut lines = Vec::new();
    for part in &report.parts {
        if all || part.verdict != PartVerdict::Good {
            lines.push(format!("part       {}: {}", part.filename, verdict(part)));
        }
    }
    let good = report
        .parts
        .iter()
        .filter(|part| part.verdict == PartVerdict::Good);
    lines.push(format!(
        "parts      {} of {} good",
        good.count(),
        report.parts.len()
    ));
    let expected = report.manifest.image.bundled_size;
    if let Some(found) = report.bundled_size.filter(|found| *found != expected) {
        lines.push(format!(
            "size       the parts have {found} bytes together, the manifest says {expected}"
        ));
    }
    let signature = report.signature.map_or(NOT_CHECKED, signature_word);
    lines.push(format!("signature  {signature}"));
    lines.push(format!("image      {}", image(report)));
    let is_complete = report.signature.is_some() && report.image.is_some();
    let end = match (report.is_good(), is_complete) {
        (false, _) => "BAD",
        (true, true) => "good",
        (true, false) => "good, as far as it was checked",
    };
    lines.push(format!("bundle     {end}\n"));
    lines.join("\n")
}

fn verdict(part: &PartCheck) -> String {
    match &part.verdict {
        PartVerdict::Good => "good".to_owned(),
        PartVerdict::Missing => "missing".to_owned(),
        PartVerdict::Unreadable(why) => format!("unreadable: {why}"),
        PartVerdict::WrongDigest { found, expected } => {
            format!("has SHA-1 {found}, the manifest says {expected}")
        }
    }
}

fn image(report: &VerifyReport) -> String {
    match &report.image {
        None if is_whole(report) => {
            "not checked: pass a key that opens the bundle with --privatekey".to_owned()
        }
        None => "not checked: the parts are not good".to_owned(),
        Some(ImageCheck::Good { size, data_bytes }) => {
            format!("good: {}", size_and_data(*size, *data_bytes))
        }
        Some(ImageCheck::DigestUnknown { size }) => {
            format!(
                "{}, whose digest old euca2ools wrote wrongly: not compared",
                Bytes(*size)
            )
        }
        Some(ImageCheck::Bad(why)) => format!("bad: {why}"),
    }
}

fn is_whole(report: &VerifyReport) -> bool {
    let mut parts = report.parts.iter();
    parts.all(|part| part.verdict == PartVerdict::Good)
        && report.bundled_size == Some(report.manifest.image.bundled_size)
}

fn as_json(session: &Session<'_>, report: &VerifyReport, took: Duration) -> Value {
    let parts: Vec<Value> = report
        .parts
        .iter()
        .map(|part| {
            json!({
                "filename": part.filename,
                "size": part.size,
                "good": part.verdict == PartVerdict::Good,
                "verdict": verdict(part),
            })
        })
        .collect();
    json!({
        "good": report.is_good(),
        "name": report.manifest.image.name,
        "parts": parts,
        "bundled_size": report.bundled_size,
        "bundled_size_expected": report.manifest.image.bundled_size,
        "signature": report.signature.map(signature_word),
        "image": report.image.as_ref().map(|check| json!({
            "good": !matches!(check, ImageCheck::Bad(_)),
            "verdict": image(report),
        })),
        "seconds": took.as_secs_f64(),
        "warnings": *session.warnings.borrow(),
    })
}
