//! What to do when bundling or unbundling fails.
//!
//! No `match` here has a rest: whoever adds an error says what helps against it.

use std::io::ErrorKind;

use super::inputs::{self, advised};
use super::{Exit, Failure};
use crate::bundle::{BundleError, UnbundleError};

const SPACE_HINT: &str = "free some space, or choose another disk with --destination DIR";
const DAMAGED_HINT: &str = "the bundle is damaged: download it again, or ask its maker";
const IN_THE_WAY_HINT: &str = "remove it, or choose another name; a device is written to with --to-device DEVICE, standard \
     output with --output-file -";

impl From<BundleError> for Failure {
    fn from(error: BundleError) -> Self {
        use BundleError as E;
        let advice = match &error {
            E::Interrupted => return Self::interrupted(),
            E::OpenImage { source, .. } => {
                let hint = match source.raw_os_error() {
                    Some(ENXIO) => "name a disk image or a block device",
                    _ => inputs::reading(source, "check the path"),
                };
                (Exit::Failed, hint)
            }
            E::NotAnImage { .. } => (
                Exit::Failed,
                "to bundle a stream, pass --image - with --prefix and --image-size",
            ),
            E::EmptyImage { .. } => (Exit::Failed, "was the image written to the end?"),
            E::HugeImage { .. } => (Exit::Failed, "pass the exact size with --image-size"),
            E::ReadImage { source, .. } => {
                (Exit::Failed, inputs::reading(source, "check the path"))
            }
            E::ShortImage { .. } => (
                Exit::Failed,
                "the image must not change while it is bundled; a stream needs its exact --image-size",
            ),
            E::LongImage { .. } => (
                Exit::Failed,
                "pass the exact size of the stream with --image-size",
            ),
            E::Prefix { .. } => (Exit::Usage, "pass another name with --prefix"),
            E::PartSize { .. } => (Exit::Usage, "leave out --part-size for the usual 10 MiB"),
            E::TooManyParts { .. } => (Exit::Failed, "pass a larger --part-size"),
            E::KeyMismatch { .. } => (
                Exit::Credentials,
                "--privatekey and --cert must belong to each other",
            ),
            E::Exists { .. } => (
                Exit::Failed,
                "pass --force to replace it, or another --prefix or --destination",
            ),
            E::ReplacesImage { .. } => (Exit::Failed, "pass another --prefix or --destination"),
            E::InTheWay { .. } => (
                Exit::Failed,
                "remove it, or pass another --prefix or --destination",
            ),
            E::NoSpace { .. } => (Exit::Failed, SPACE_HINT),
            E::Workspace(error) => inputs::workspace(error),
            E::Write { source, .. } => (Exit::Failed, inputs::writing(source)),
            E::Key(error) => inputs::key(error),
            E::Manifest(_) => (
                Exit::Usage,
                "an option has a value that no manifest can hold: pass another",
            ),
        };
        advised(&error, advice)
    }
}

/// A socket, or a device without a driver, opened like a file.
const ENXIO: i32 = 6;

impl From<UnbundleError> for Failure {
    fn from(error: UnbundleError) -> Self {
        use UnbundleError as E;
        let advice = match &error {
            E::Interrupted => return Self::interrupted(),
            E::Manifest(error) => inputs::manifest(error),
            E::Signature { .. } => (
                Exit::Integrity,
                "the manifest was changed, or the certificate is not its maker's",
            ),
            E::Unsigned { .. } => (
                Exit::Integrity,
                "leave out --cert if you trust where the bundle comes from",
            ),
            E::Open(error) => inputs::open(*error),
            E::MissingPart { .. } => (
                Exit::Failed,
                "download it, or name the directory of the parts with --source DIR",
            ),
            E::NotAPart { .. } => (
                Exit::Failed,
                "put the part there, or name the directory of the parts with --source DIR",
            ),
            E::ReadPart { source, .. } => (
                Exit::Failed,
                inputs::reading(source, "name the directory of the parts with --source DIR"),
            ),
            E::PartDigest { .. } => (Exit::Integrity, "download the part again"),
            E::BundledSize { .. } => (
                Exit::Integrity,
                "download the bundle again; amikit verify tells which part is bad",
            ),
            E::Cipher { .. } => (
                Exit::Integrity,
                "the parts are damaged, or the key or initialisation vector is another bundle's",
            ),
            E::Gzip { .. } | E::Tar { .. } | E::ImageSize { .. } | E::ImageDigest { .. } => {
                (Exit::Integrity, DAMAGED_HINT)
            }
            E::Exists { .. } => (
                Exit::Failed,
                "pass --force to replace it, or choose another place with --destination DIR",
            ),
            E::InTheWay { .. } => (Exit::Failed, IN_THE_WAY_HINT),
            E::ReplacesBundle { .. } => (
                Exit::Failed,
                "choose another place with --destination DIR or --output-file FILE",
            ),
            E::NotAFileName { .. } => (Exit::Usage, "name a file with --output-file FILE"),
            E::NoSpace { .. } => (Exit::Failed, SPACE_HINT),
            E::DeviceTooSmall { .. } => (Exit::Failed, "choose a larger device"),
            E::StreamToDevice { .. } => (
                Exit::Usage,
                "download the bundle with amikit download-bundle, then amikit unbundle --to-device",
            ),
            E::NotADevice { .. } => (
                Exit::Failed,
                "name a block device, or write a file with --output-file FILE",
            ),
            E::Workspace(error) => inputs::workspace(error),
            E::ReadStream { source } => (Exit::Failed, inputs::reading(source, "check the path")),
            E::Write { source, .. } if source.kind() == ErrorKind::BrokenPipe => {
                return Self::from_error(Exit::ClosedPipe, &error);
            }
            E::Write { source, .. } => (Exit::Failed, inputs::writing(source)),
        };
        let mut failure = advised(&error, advice);
        failure.missing_file |= matches!(error, E::MissingPart { .. });
        failure
    }
}
