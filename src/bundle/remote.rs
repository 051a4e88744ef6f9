//! Opens a bundle whose parts come as one stream, from whoever fetches them.
//!
//! ```text
//! manifest ─► signature ─► key ─► stream ─► decode ─► sizes, digest ─► in place
//!                                   └─ fetched once more if it is ours, but not in pieces
//! ```
//!
//! The image gets its name only when the stream has ended well and everything is checked. A
//! device is written in place, which needs all parts to be checked before its first byte: from
//! a stream that is impossible.

use std::fs::Metadata;
use std::io::{self, Read};

use crate::manifest::{Image, sealed_key};
use crate::progress::Progress;

use super::content::BUNDLER;
use super::decode::{Decoded, Decoder, Stop};
use super::encrypted::{Encrypted, READ};
use super::origin::Origin;
use super::sink::Sink;
use super::unbundler::{self, Opening};
use super::{Output, RemoteOptions, UnbundleError, UnbundleSummary};

/// Opens a bundle that comes as a stream, and writes the image.
///
/// # Errors
/// As [`unbundle`](super::unbundle); what the stream fails with is
/// [`UnbundleError::ReadStream`]. No file is left behind then.
pub fn unbundle_remote(
    options: RemoteOptions<'_>,
    progress: &dyn Progress,
) -> Result<UnbundleSummary, UnbundleError> {
    let manifest = &options.manifest;
    let signature = unbundler::check_signature(manifest, options.certificate.as_ref())?;
    let image = &manifest.manifest.image;
    let session = sealed_key::open(image, &options.key)?;
    let origin = Remote {
        open: options.open,
        image,
        is_ours: manifest.manifest.bundler.name == BUNDLER,
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
            let (directory, name) = unbundler::split(&file)?;
            opening.to_file(&decoder, directory, name, options.replace)?
        }
        Output::Device(path) => return Err(UnbundleError::StreamToDevice { path }),
        Output::Stream(mut stream) => (None, opening.to_stream(&decoder, &mut *stream)?),
    };
    Ok(unbundler::summary(path, &decoded, image, signature))
}

/// Parts that have to be fetched.
struct Remote<'a> {
    open: &'a (dyn Fn() -> Box<dyn Read + Send> + Sync),
    image: &'a Image,
    /// Whether the bundle says that we made it, so that it decodes in pieces.
    is_ours: bool,
}

impl Remote<'_> {
    fn reader(&self) -> RemoteReader {
        RemoteReader {
            stream: (self.open)(),
            found: 0,
            expected: self.image.bundled_size,
        }
    }

    /// The most bytes that a part can have: all but the last are of one size.
    fn longest_part(&self) -> u64 {
        let whole = self.image.parts.len().saturating_sub(1).max(1);
        self.image.bundled_size / whole as u64
    }

    /// Prefers the stream's own word on a bad part to what became of its bytes.
    fn explained(
        &self,
        result: Result<Decoded, UnbundleError>,
        mut reader: RemoteReader,
    ) -> Result<Decoded, UnbundleError> {
        if let Err(
            UnbundleError::Cipher { .. }
            | UnbundleError::Gzip { .. }
            | UnbundleError::Tar { .. }
            | UnbundleError::ImageSize { .. },
        ) = result
        {
            reader.read_on(self.longest_part())?;
        }
        result
    }
}

impl Origin for Remote<'_> {
    fn owns(&self, _: &Metadata) -> bool {
        false // nothing of the bundle is here
    }

    fn decode(&self, decoder: &Decoder<'_>, sink: &mut Sink<'_>) -> Result<Decoded, UnbundleError> {
        if self.is_ours {
            let mut reader = self.reader();
            match decoder.decode_pieces(&mut reader, sink) {
                Ok(decoded) => return Ok(decoded),
                Err(Stop::Failed(error)) => return self.explained(Err(error), reader),
                Err(Stop::NotPieces) => {
                    // A bad part need not be fetched twice to be found.
                    reader.read_on(self.longest_part())?;
                    sink.restart()?;
                }
            }
        }
        self.decode_once(decoder, sink)
    }

    fn decode_once(
        &self,
        decoder: &Decoder<'_>,
        sink: &mut Sink<'_>,
    ) -> Result<Decoded, UnbundleError> {
        let mut reader = self.reader();
        let result = decoder.decode_serially(&mut reader, sink);
        self.explained(result, reader)
    }

    fn find_fault(&self) -> Result<(), UnbundleError> {
        Ok(()) // the stream has been asked while it was open
    }
}

/// Encrypted bytes from a stream, which must be as many as the manifest says.
struct RemoteReader {
    stream: Box<dyn Read + Send>,
    found: u64,
    expected: u64,
}

impl RemoteReader {
    /// Reads the rest of the part in which decoding stopped, so that the stream compares its
    /// digest.
    fn read_on(&mut self, most: u64) -> Result<(), UnbundleError> {
        let end = self.found.saturating_add(most);
        let mut buffer = vec![0; READ];
        while self.found < end && self.read(&mut buffer)? > 0 {}
        Ok(())
    }
}

impl Encrypted for RemoteReader {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, UnbundleError> {
        let read = loop {
            match self.stream.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => break result.map_err(|source| UnbundleError::ReadStream { source })?,
            }
        };
        self.found = self.found.saturating_add(read as u64);
        if self.found > self.expected || (read == 0 && self.found < self.expected) {
            return Err(UnbundleError::BundledSize {
                found: self.found,
                expected: self.expected,
            });
        }
        Ok(read)
    }
}
