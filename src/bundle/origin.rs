//! Where the parts of a bundle come from.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use crate::manifest::Image;

use super::UnbundleError;
use super::decode::{Decoded, Decoder};
use super::encrypted::{self, PartsReader};
use super::sink::Sink;

/// Where parts come from, and how they are best decoded.
pub(super) trait Origin {
    /// Whether this file belongs to the bundle itself.
    fn owns(&self, there: &Metadata) -> bool;

    /// Decodes into a sink that can begin anew.
    fn decode(&self, decoder: &Decoder<'_>, sink: &mut Sink<'_>) -> Result<Decoded, UnbundleError>;

    /// Decodes into a sink that cannot.
    fn decode_once(
        &self,
        decoder: &Decoder<'_>,
        sink: &mut Sink<'_>,
    ) -> Result<Decoded, UnbundleError>;

    /// Looks for the cause when decoding failed: fails with it if a part is bad.
    fn find_fault(&self) -> Result<(), UnbundleError>;
}

/// Files of a directory.
pub(super) struct Folder<'a> {
    pub manifest: &'a Path,
    pub directory: &'a Path,
    pub image: &'a Image,
}

impl Origin for Folder<'_> {
    fn owns(&self, there: &Metadata) -> bool {
        let same = |input: &Path| {
            input
                .metadata()
                .is_ok_and(|input| (input.dev(), input.ino()) == (there.dev(), there.ino()))
        };
        let mut parts = self.image.parts.iter();
        same(self.manifest) || parts.any(|part| same(&self.directory.join(&part.filename)))
    }

    fn decode(&self, decoder: &Decoder<'_>, sink: &mut Sink<'_>) -> Result<Decoded, UnbundleError> {
        decoder.decode(|| PartsReader::new(self.directory, &self.image.parts), sink)
    }

    fn decode_once(
        &self,
        decoder: &Decoder<'_>,
        sink: &mut Sink<'_>,
    ) -> Result<Decoded, UnbundleError> {
        decoder.decode_serially(PartsReader::new(self.directory, &self.image.parts), sink)
    }

    fn find_fault(&self) -> Result<(), UnbundleError> {
        for (index, part) in self.image.parts.iter().enumerate() {
            encrypted::check_part(self.directory, index, part, |_| Ok(()))?;
        }
        Ok(())
    }
}
