//! What `bundle-image` says, in each dialect.

use std::time::Duration;

use serde_json::json;

use crate::bundle::{BundleOptions, BundleSummary, ImageSource};
use crate::cli::commands::{pace, size_and_data};
use crate::cli::dialect::Family;
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::manifest::Signature;
use crate::units::Bytes;

/// Says what is going to be done, as Amazon's tool does.
pub(super) fn begin(session: &Session<'_>, options: &BundleOptions) -> Result<(), Failure> {
    if session.manner.family != Family::Ec2 {
        return Ok(());
    }
    let mappings = &options.subject.configuration.block_device_mapping;
    let names_root = |name: &str| name == "root" || name == "ami";
    if !mappings.is_empty() && !mappings.iter().any(|m| names_root(&m.virtual_name)) {
        session.line(
            "Note: the block device mapping names no root device; the default at launch is used.",
        )?;
    }
    if let ImageSource::Path(path) = &options.source {
        session.line(&format!("Bundling image file {}...", path.display()))?;
    }
    Ok(())
}

/// Says what was done.
pub(super) fn end(
    session: &Session<'_>,
    summary: &BundleSummary,
    took: Duration,
) -> Result<(), Failure> {
    let manifest = summary.manifest_path.display();
    match session.manner.family {
        Family::Euca | Family::Ec2Api => session.line(&format!("Wrote manifest {manifest}")),
        Family::Ec2 => ec2(session, summary),
        Family::Native if session.is_json() => session.json(&as_json(session, summary, took)),
        Family::Native if session.verbosity.quiet => Ok(()),
        Family::Native => session.print(&for_people(summary, took)),
    }
}

fn ec2(session: &Session<'_>, summary: &BundleSummary) -> Result<(), Failure> {
    let image = &summary.manifest.image;
    session.line(&format!("Splitting {} into parts...", image.name))?;
    for part in &image.parts {
        session.line(&format!("Created {}", part.filename))?;
    }
    session.line("Generating digests for each part...")?;
    session.line("Digests generated.")?;
    session.line("Creating bundle manifest...")?;
    session.line(&format!(
        "Bundle manifest is {}",
        summary.manifest_path.display()
    ))?;
    session.line("ec2-bundle-image complete.")
}

fn for_people(summary: &BundleSummary, took: Duration) -> String {
    let image = &summary.manifest.image;
    format!(
        "manifest  {}\n\
         parts     {}, {} in all\n\
         image     {}\n\
         ratio     {} % of the image\n\
         digest    {}\n\
         signed    {}\n\
         time      {}\n",
        summary.manifest_path.display(),
        image.parts.len(),
        Bytes(image.bundled_size),
        size_and_data(image.size, summary.data_bytes),
        percent(image.bundled_size, image.size),
        image.digest,
        if is_signed(summary) { "yes" } else { "no" },
        pace(image.size, took),
    )
}

fn as_json(session: &Session<'_>, summary: &BundleSummary, took: Duration) -> serde_json::Value {
    let image = &summary.manifest.image;
    let parts: Vec<_> = summary
        .parts
        .iter()
        .map(|part| {
            json!({
                "path": part.path.display().to_string(),
                "size": part.size,
                "sha1": part.digest.to_string(),
            })
        })
        .collect();
    json!({
        "manifest": summary.manifest_path.display().to_string(),
        "name": image.name,
        "parts": parts,
        "image_size": image.size,
        "data_bytes": summary.data_bytes,
        "bundled_size": image.bundled_size,
        "digest": image.digest.to_string(),
        "signed": is_signed(summary),
        "seconds": took.as_secs_f64(),
        "warnings": *session.warnings.borrow(),
    })
}

fn is_signed(summary: &BundleSummary) -> bool {
    matches!(summary.manifest.signature, Signature::Rsa(_))
}

/// `part` of `whole` in percent with one decimal, never rounded up.
fn percent(part: u64, whole: u64) -> String {
    let tenths = u128::from(part) * 1000 / u128::from(whole.max(1));
    format!("{}.{}", tenths / 10, tenths % 10)
}
