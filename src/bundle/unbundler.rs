//! Opens a bundle.
//!
//! ```text
//! manifest ─► signature ─► key ─► parts there, sizes ─► decode ─► digest, size ─► in place
//! ```
//!
//! The image gets its name only when everything is checked. A device is written in place, so
//! all parts are checked before its first byte is.

use std::fs::{File, OpenOptions};
use std::io::{Seek as _, SeekFrom, Write};
use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use crate::crypto::digest::Sha1Digest;
use crate::crypto::x509::Certificate;
use crate::host::filesystem;
use crate::host::workspace::PendingFile;
use crate::manifest::signature::SignatureCheck;
use crate::manifest::{Image, SignedManifest, sealed_key};
use crate::progress::{Progress, Stage};
use crate::units::Bytes;

use super::decode::{Decoded, Decoder};
use super::encrypted::{self, StreamReader};
use super::origin::{Folder, Origin};
use super::sink::{Sink, Target};
use super::{Output, StreamOptions, UnbundleError, UnbundleOptions, UnbundleSummary, verifier};

/// Opens a bundle and writes the image.
///
/// # Errors
/// When anything in the bundle is not what the manifest says, the key does not open it, or the
/// output cannot be written. No file is left behind then.
pub fn unbundle(
    options: UnbundleOptions,
    progress: &dyn Progress,
) -> Result<UnbundleSummary, UnbundleError> {
    let manifest = SignedManifest::read(&options.manifest)?;
    let signature = check_signature(&manifest, options.certificate.as_ref())?;
    let image = &manifest.manifest.image;
    let session = sealed_key::open(image, &options.key)?;
    encrypted::check_parts(&options.source, image)?;

    let origin = Folder {
        manifest: &options.manifest,
        directory: &options.source,
        image,
    };
    let opening = Opening {
        image,
        origin: &origin,
        progress,
    };
    let decoder = Decoder {
        session: &session,
        jobs: options.jobs,
        progress,
    };
    let (path, decoded) = match options.output {
        Output::Directory(directory) => {
            opening.to_file(&decoder, &directory, &image.name, options.replace)?
        }
        Output::File(file) => {
            let (directory, name) = split(&file)?;
            opening.to_file(&decoder, directory, name, options.replace)?
        }
        Output::Device(device) => {
            let target = open_device(&device, image.size)?;
            verifier::check_all_parts(image, &options.source, options.jobs, progress)?;
            let decoded = opening.decode(&decoder, Target::Device(&target), &device)?;
            let synced = target.sync_all();
            synced.map_err(|source| UnbundleError::Write {
                path: device.clone(),
                source,
            })?;
            (Some(device), decoded)
        }
        Output::Stream(mut stream) => (None, opening.to_stream(&decoder, &mut *stream)?),
    };
    Ok(summary(path, &decoded, image, signature))
}

/// What to tell of an image that was opened with its manifest.
pub(super) fn summary(
    path: Option<PathBuf>,
    decoded: &Decoded,
    image: &Image,
    signature: Option<SignatureCheck>,
) -> UnbundleSummary {
    UnbundleSummary {
        path,
        image_size: decoded.size,
        data_bytes: decoded.data_bytes,
        digest: decoded.digest,
        digest_unknown: image.digest_is_unknown(),
        signature,
    }
}

/// Opens an encrypted image that has no manifest.
///
/// # Errors
/// When the stream is not an image encrypted with this key, is not what was expected, or the
/// output cannot be written. What has been written then is not to be trusted.
pub fn unbundle_stream(
    options: StreamOptions,
    progress: &dyn Progress,
) -> Result<UnbundleSummary, UnbundleError> {
    let StreamOptions {
        input,
        mut output,
        session_key,
        image_size,
        digest,
    } = options;
    let jobs = std::num::NonZeroUsize::MIN;
    let decoder = Decoder {
        session: &session_key,
        jobs,
        progress,
    };
    progress.begin(Stage::Unbundle, None);
    let mut sink = Sink::new(
        Target::Stream(&mut *output),
        PathBuf::from("standard output"),
        image_size,
    )
    .interruptible(progress);
    let decoded = decoder.decode_serially(StreamReader(input), &mut sink)?;
    if let Some(expected) = digest {
        compare(decoded.digest, expected)?;
    }
    progress.finish(Stage::Unbundle);
    Ok(UnbundleSummary {
        path: None,
        image_size: decoded.size,
        data_bytes: decoded.data_bytes,
        digest: decoded.digest,
        digest_unknown: digest.is_none(),
        signature: None,
    })
}

/// What is common to all ways of opening a bundle.
pub(super) struct Opening<'a, O> {
    pub image: &'a Image,
    /// Where the parts come from.
    pub origin: &'a O,
    pub progress: &'a dyn Progress,
}

impl<O: Origin> Opening<'_, O> {
    /// Writes a file, which gets its name when all is checked.
    pub(super) fn to_file(
        &self,
        decoder: &Decoder<'_>,
        directory: &Path,
        name: &str,
        replace: bool,
    ) -> Result<(Option<PathBuf>, Decoded), UnbundleError> {
        let path = directory.join(name);
        self.check_target(&path, replace)?;
        let pending = PendingFile::create(directory, name)?;
        check_space(directory, self.image)?;
        let decoded = self.decode(decoder, Target::File(pending.file()), &path)?;
        if self.progress.interrupted() {
            return Err(UnbundleError::Interrupted);
        }
        Ok((Some(pending.publish(replace)?), decoded))
    }

    /// Refuses to replace anything but a file that has nothing to do with the bundle. A device
    /// or fifo would not get the image, but lose its name to a file.
    fn check_target(&self, path: &Path, replace: bool) -> Result<(), UnbundleError> {
        if !replace && path.symlink_metadata().is_ok() {
            let path = path.to_owned();
            return Err(UnbundleError::Exists { path });
        }
        let Ok(there) = path.metadata() else {
            return Ok(()); // nothing, or a link to nothing
        };
        if !there.is_file() {
            return Err(UnbundleError::InTheWay {
                path: path.to_owned(),
                found: filesystem::describe(there.file_type()),
            });
        }
        if self.origin.owns(&there) {
            let path = path.to_owned();
            return Err(UnbundleError::ReplacesBundle { path });
        }
        Ok(())
    }

    /// Writes a stream. What went out cannot be taken back, so there is no second attempt.
    pub(super) fn to_stream<'s>(
        &'s self,
        decoder: &Decoder<'_>,
        stream: &'s mut (dyn Write + Send),
    ) -> Result<Decoded, UnbundleError> {
        let mut sink = self.sink(Target::Stream(stream), Path::new("standard output"));
        self.progress
            .begin(Stage::Unbundle, Some(self.image.bundled_size));
        let decoded = self.origin.decode_once(decoder, &mut sink);
        self.judge(decoded)
    }

    fn decode<'s>(
        &'s self,
        decoder: &Decoder<'_>,
        target: Target<'s>,
        path: &Path,
    ) -> Result<Decoded, UnbundleError> {
        let mut sink = self.sink(target, path);
        self.progress
            .begin(Stage::Unbundle, Some(self.image.bundled_size));
        let decoded = self.origin.decode(decoder, &mut sink);
        self.judge(decoded)
    }

    fn sink<'a>(&'a self, target: Target<'a>, path: &Path) -> Sink<'a> {
        Sink::new(target, path.to_owned(), Some(self.image.size)).interruptible(self.progress)
    }

    /// Compares the digest, or finds the cause of a failure: where the stream makes no sense,
    /// a bad part is what the user needs to know of, and it may come later in the stream.
    fn judge(&self, decoded: Result<Decoded, UnbundleError>) -> Result<Decoded, UnbundleError> {
        let result = decoded.and_then(|decoded| {
            if !self.image.digest_is_unknown() {
                compare(decoded.digest, self.image.digest)?;
            }
            Ok(decoded)
        });
        if let Err(
            UnbundleError::Cipher { .. }
            | UnbundleError::Gzip { .. }
            | UnbundleError::Tar { .. }
            | UnbundleError::ImageSize { .. }
            | UnbundleError::ImageDigest { .. },
        ) = result
        {
            self.origin.find_fault()?;
        }
        let decoded = result?;
        self.progress.finish(Stage::Unbundle);
        Ok(decoded)
    }
}

fn compare(found: Sha1Digest, expected: Sha1Digest) -> Result<(), UnbundleError> {
    if found == expected {
        Ok(())
    } else {
        Err(UnbundleError::ImageDigest { found, expected })
    }
}

pub(super) fn check_signature(
    manifest: &SignedManifest,
    certificate: Option<&Certificate>,
) -> Result<Option<SignatureCheck>, UnbundleError> {
    let Some(certificate) = certificate else {
        return Ok(None);
    };
    let check = manifest.verify(certificate);
    let (manifest, certificate) = (manifest.path().to_owned(), certificate.path().to_owned());
    match check {
        SignatureCheck::Valid => Ok(Some(check)),
        SignatureCheck::Invalid => Err(UnbundleError::Signature {
            manifest,
            certificate,
        }),
        SignatureCheck::Unsigned => Err(UnbundleError::Unsigned {
            manifest,
            certificate,
        }),
    }
}

/// Refuses to begin what cannot end: the data of an image takes about the room of its parts
/// at the least.
fn check_space(directory: &Path, image: &Image) -> Result<(), UnbundleError> {
    let needed = Bytes(image.bundled_size.min(image.size));
    // Where the filesystem cannot say, writing will.
    match filesystem::free_space(directory) {
        Ok(available) if available < needed => Err(UnbundleError::NoSpace {
            path: directory.to_owned(),
            available,
            needed,
        }),
        _ => Ok(()),
    }
}

/// Directory and name of a file that is to be made.
pub(super) fn split(file: &Path) -> Result<(&Path, &str), UnbundleError> {
    let name = file.file_name().and_then(|name| name.to_str());
    let Some(name) = name else {
        let path = file.to_owned();
        return Err(UnbundleError::NotAFileName { path });
    };
    match file.parent() {
        Some(directory) if !directory.as_os_str().is_empty() => Ok((directory, name)),
        _ => Ok((Path::new("."), name)),
    }
}

/// Opens a device, or a file that stands for one, to be written in place.
fn open_device(path: &Path, size: u64) -> Result<File, UnbundleError> {
    let error = |source| UnbundleError::Write {
        path: path.to_owned(),
        source,
    };
    let refuse = |why| UnbundleError::NotADevice {
        path: path.to_owned(),
        why,
    };
    let file_type = std::fs::metadata(path).map_err(error)?.file_type();
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    if file_type.is_block_device() {
        // Linux refuses an exclusive open of a device that is mounted or otherwise in use.
        let exclusive = i32::try_from(rustix::fs::OFlags::EXCL.bits()).unwrap_or(0); // fits
        options.custom_flags(exclusive);
    } else if !file_type.is_file() {
        return Err(refuse("it is neither a block device nor a regular file"));
    }
    let mut device = options.open(path).map_err(|source| {
        if source.kind() == std::io::ErrorKind::ResourceBusy {
            return refuse("it is mounted or otherwise in use");
        }
        error(source)
    })?;
    let available = device.seek(SeekFrom::End(0)).map_err(error)?;
    if available < size {
        let (available, needed) = (Bytes(available), Bytes(size));
        return Err(UnbundleError::DeviceTooSmall {
            path: path.to_owned(),
            available,
            needed,
        });
    }
    Ok(device)
}
