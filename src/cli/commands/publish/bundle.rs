//! The image's content as a bundle in a bucket.
//!
//! ```text
//! manifest in the bucket? ─► compared with the image     image of this name   otherwise
//!    none                                                stop                 bundle, upload
//!    equal                                               take it              register that
//!    the same image, sealed for who knows                take it              bundle, upload*
//!    another                                             stop                 bundle, upload*
//! * stop, if an image of another name is registered from there: it would lose its bundle.
//! ```

use serde_json::{Value, json};

use super::known;
use crate::aws::ec2::{Image, RegisterImage};
use crate::bundle::{Likeness, StreamedBundle, compare};
use crate::cli::commands::bundle_and_upload::{Transfer, Upload};
use crate::cli::commands::size_and_data;
use crate::cli::failure::{Exit, Failure};
use crate::cli::progress::Watcher;
use crate::cli::session::Session;
use crate::manifest::{Manifest, SignedManifest};
use crate::units::Bytes;
use crate::upload::{BundleAddress, BundleSelector, SelectError, has_parts};

/// A bundle that is in its bucket.
#[derive(Debug)]
pub(super) struct Bundle {
    /// `BUCKET/KEY` of the manifest.
    pub location: String,
    bucket: String,
    key: String,
    manifest: Manifest,
    /// Parts that were sent now, and bytes; none if it was there.
    sent: Option<(usize, u64)>,
    resumed: bool,
    data_bytes: Option<u64>,
}

/// What is to be done about a bundle.
pub(super) enum Plan {
    /// An image has this name and this content.
    Take(Box<Image>, Box<Bundle>),
    /// The bundle is there.
    Register(Box<Bundle>),
    /// It has to be made.
    Make,
}

/// Where the manifest will be: `BUCKET/KEY`.
pub(super) fn location(transfer: &Transfer) -> String {
    let key = transfer.to.key(&transfer.bundle.manifest_name());
    format!("{}/{key}", transfer.to.bucket())
}

/// Finds what is there already.
///
/// # Errors
/// When another image is in the way, or a service does not tell.
pub(super) fn plan(
    watcher: &Watcher,
    transfer: &Transfer,
    images: &[Image],
    name: &str,
) -> Result<Plan, Failure> {
    let location = location(transfer);
    let is_here = |image: &Image| is_registered_from(image, &location);
    let namesake = known::named(images, name);
    if let Some(image) = namesake.filter(|image| image.image_location.is_some() && !is_here(image))
    {
        return Err(known::taken(image, &format!("it is not {location}")));
    }
    let (likeness, there) = match look(transfer)? {
        There::Nothing => (None, None),
        There::NoManifest => (Some(Likeness::Different), None),
        There::Manifest(signed) => {
            let compared = compare(&transfer.bundle, &signed, watcher);
            (Some(watcher.end(compared)?), Some(signed))
        }
    };
    if let Some(image) = namesake {
        let why = match (likeness, there) {
            (Some(Likeness::Equal | Likeness::SameImage), Some(there)) => {
                return Ok(Plan::Take(Box::new(image.clone()), found(transfer, *there)));
            }
            (None, _) => "its bundle is not there, so nobody knows whether it is this image",
            (Some(Likeness::OtherTerms), _) => {
                "it was bundled with another architecture, account, mapping, or for another cloud"
            }
            (Some(Likeness::Unknown), _) => "an image on stdin cannot be compared with it",
            _ => "its content is not that of this image",
        };
        return Err(known::taken(image, why));
    }
    let other = images.iter().find(|image| is_here(image));
    if let (Some(Likeness::Equal), Some(signed)) = (likeness, there)
        && has_parts(&transfer.s3, &transfer.to, &signed.manifest.image)?
    {
        return Ok(Plan::Register(found(transfer, *signed)));
    }
    match other {
        Some(other) => Err(in_use(other, &location)),
        None => Ok(Plan::Make),
    }
}

/// Makes it and sends it.
///
/// # Errors
/// As `bundle-and-upload`.
pub(super) fn make(
    session: &Session<'_>,
    watcher: &Watcher,
    transfer: Transfer,
) -> Result<Box<Bundle>, Failure> {
    let location = location(&transfer);
    let (bundled, upload) = transfer.run(session, watcher)?;
    Ok(Box::new(made(location, bundled, &upload)))
}

/// Whether an image was registered from this manifest.
pub(super) fn is_registered_from(image: &Image, location: &str) -> bool {
    let place = image.image_location.as_deref();
    place.is_some_and(|place| place.trim_start_matches('/') == location)
}

/// What stands in the bucket where the manifest will be.
enum There {
    Nothing,
    Manifest(Box<SignedManifest>),
    /// Something that cannot be read as one.
    NoManifest,
}

fn look(transfer: &Transfer) -> Result<There, Failure> {
    if !transfer.looks() {
        return Ok(There::Nothing); // an upload policy does not allow it
    }
    let address = BundleAddress {
        bucket: transfer.to.bucket().to_owned(),
        key_prefix: transfer.to.prefix().to_owned(),
        selector: BundleSelector::Prefix(transfer.bundle.prefix.clone()),
    };
    match address.manifest(&transfer.s3) {
        Ok(found) => Ok(There::Manifest(Box::new(found.signed))),
        Err(SelectError::NoManifest { .. }) => Ok(There::Nothing),
        Err(SelectError::Manifest(_)) => Ok(There::NoManifest),
        Err(error) => Err(error.into()),
    }
}

/// The failure of a bundle in whose place an image was registered.
fn in_use(image: &Image, location: &str) -> Failure {
    let id = &image.image_id;
    let name = image.name.as_deref().unwrap_or_default();
    let message = format!(
        "image {id}, named \"{name}\", is registered from {location}, which is another bundle and \
         would be replaced"
    );
    Failure::new(Exit::Failed, message)
        .hint("upload to another place: --bucket BUCKET/PREFIX, or --prefix NAME")
}

fn found(transfer: &Transfer, there: SignedManifest) -> Box<Bundle> {
    Box::new(Bundle {
        location: location(transfer),
        bucket: transfer.to.bucket().to_owned(),
        key: transfer.to.key(&transfer.bundle.manifest_name()),
        manifest: there.manifest,
        sent: None,
        resumed: true,
        data_bytes: None,
    })
}

fn made(location: String, bundled: StreamedBundle, upload: &Upload) -> Bundle {
    let name = format!("{}.manifest.xml", bundled.manifest.image.name);
    Bundle {
        location,
        bucket: upload.to.bucket().to_owned(),
        key: upload.to.key(&name),
        manifest: bundled.manifest,
        sent: Some((upload.sent, upload.bytes_sent)),
        resumed: upload.resumed,
        data_bytes: Some(bundled.data_bytes),
    }
}

impl Bundle {
    /// Adds what is to be registered.
    pub(super) fn describe(&self, request: &mut RegisterImage) {
        request.image_location = Some(self.location.clone());
    }

    /// The result's fields.
    pub(super) fn as_json(&self) -> Value {
        let image = &self.manifest.image;
        let folder = self.key.rsplit_once('/').map_or("", |(folder, _)| folder);
        let key = |name: &str| match folder {
            "" => name.to_owned(),
            folder => format!("{folder}/{name}"),
        };
        let parts = image.parts.iter();
        let parts: Vec<_> = parts
            .map(|part| json!({ "key": key(&part.filename), "sha1": part.digest.to_string() }))
            .collect();
        let (sent, bytes_sent) = self.sent.unwrap_or_default();
        json!({
            "manifest_location": self.location,
            "bucket": self.bucket,
            "manifest": self.key,
            "parts": parts,
            "sent": sent,
            "skipped": image.parts.len() - sent,
            "bytes_sent": bytes_sent,
            "resumed": self.resumed,
            "image_size": image.size,
            "bundled_size": image.bundled_size,
            "digest": image.digest.to_string(),
        })
    }

    /// The result's lines.
    pub(super) fn lines(&self) -> Vec<(&'static str, String)> {
        let image = &self.manifest.image;
        let (sent, bytes_sent) = self.sent.unwrap_or_default();
        let there = image.parts.len() - sent;
        vec![
            ("manifest", self.location.clone()),
            (
                "parts",
                format!(
                    "{}, of which {sent} sent and {there} there already",
                    image.parts.len()
                ),
            ),
            (
                "size",
                size_and_data(image.size, self.data_bytes.unwrap_or(image.size)),
            ),
            (
                "bundle",
                format!(
                    "{}, of which {} sent",
                    Bytes(image.bundled_size),
                    Bytes(bytes_sent)
                ),
            ),
            ("digest", image.digest.to_string()),
        ]
    }
}
