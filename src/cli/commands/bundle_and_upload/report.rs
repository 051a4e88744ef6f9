//! What `bundle-and-upload` says, in each dialect.

use std::time::Duration;

use serde_json::json;

use super::Upload;
use crate::bundle::StreamedBundle;
use crate::cli::commands::{pace, size_and_data};
use crate::cli::dialect::Family;
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::manifest::Signature;
use crate::progress::Step;
use crate::units::Bytes;
use crate::upload::BucketState;

/// What euca2ools' command says of each part with `--debug`.
pub(super) fn steps(bucket: &str) -> impl Fn(Step<'_>) -> String + Send + Sync + 'static {
    let bucket = bucket.to_owned();
    move |step| match step {
        Step::Done(key) => format!("Uploaded {bucket}/{key}\n"),
        _ => String::new(),
    }
}

/// Says what was done.
pub(super) fn end(
    session: &Session<'_>,
    bundled: &StreamedBundle,
    upload: &Upload,
    took: Duration,
) -> Result<(), Failure> {
    let key = upload
        .to
        .key(&format!("{}.manifest.xml", bundled.manifest.image.name));
    let place = format!("{}/{key}", upload.to.bucket());
    match session.manner.family {
        Family::Euca | Family::Ec2 | Family::Ec2Api => session.line(&format!("Uploaded {place}")),
        Family::Native if session.is_json() => {
            session.json(&as_json(session, bundled, upload, &key, took))
        }
        Family::Native if session.verbosity.quiet => Ok(()),
        Family::Native => session.print(&for_people(bundled, upload, &place, took)),
    }
}

fn for_people(bundled: &StreamedBundle, upload: &Upload, place: &str, took: Duration) -> String {
    let image = &bundled.manifest.image;
    let created = match upload.bucket {
        Some(BucketState::Created) => " (created)",
        _ => "",
    };
    let kept = bundled
        .manifest_path
        .as_ref()
        .map_or_else(String::new, |path| {
            format!("kept      {}\n", path.display())
        });
    format!(
        "bucket    {}{created}\n\
         manifest  {place}\n\
         {kept}\
         parts     {}, of which {} sent and {} there already\n\
         image     {}\n\
         bundle    {}, of which {} sent\n\
         digest    {}\n\
         signed    {}\n\
         time      {}\n",
        upload.to.bucket(),
        image.parts.len(),
        upload.sent,
        image.parts.len() - upload.sent,
        size_and_data(image.size, bundled.data_bytes),
        Bytes(image.bundled_size),
        Bytes(upload.bytes_sent),
        image.digest,
        if is_signed(bundled) { "yes" } else { "no" },
        pace(image.size, took),
    )
}

fn as_json(
    session: &Session<'_>,
    bundled: &StreamedBundle,
    upload: &Upload,
    key: &str,
    took: Duration,
) -> serde_json::Value {
    let image = &bundled.manifest.image;
    let parts: Vec<_> = image
        .parts
        .iter()
        .zip(&bundled.part_sizes)
        .map(|(part, size)| {
            json!({
                "key": upload.to.key(&part.filename),
                "size": size,
                "sha1": part.digest.to_string(),
            })
        })
        .collect();
    json!({
        "bucket": upload.to.bucket(),
        "bucket_created": upload.bucket == Some(BucketState::Created),
        "manifest": key,
        "kept": bundled.manifest_path.as_ref().map(|path| path.display().to_string()),
        "name": image.name,
        "parts": parts,
        "sent": upload.sent,
        "skipped": image.parts.len() - upload.sent,
        "bytes_sent": upload.bytes_sent,
        "resumed": upload.resumed,
        "image_size": image.size,
        "data_bytes": bundled.data_bytes,
        "bundled_size": image.bundled_size,
        "digest": image.digest.to_string(),
        "signed": is_signed(bundled),
        "seconds": took.as_secs_f64(),
        "warnings": *session.warnings.borrow(),
    })
}

fn is_signed(bundled: &StreamedBundle) -> bool {
    matches!(bundled.manifest.signature, Signature::Rsa(_))
}
