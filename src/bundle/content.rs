//! The manifest of what was bundled.

use crate::crypto::digest::Sha1Digest;
use crate::manifest::{
    self, Bundler, Image, Manifest, Part, SealedPair, Signature, SignedManifest, Version,
    sealed_key,
};

use super::parts::ClosedPart;
use super::{BundleError, BundleOptions};

/// What became of an image.
pub(super) struct Content<'a> {
    /// Its size in bytes.
    pub size: u64,
    /// SHA-1 of the tar stream.
    pub digest: Sha1Digest,
    /// The parts, in order.
    pub parts: &'a [ClosedPart],
    /// Their names.
    pub names: &'a [String],
}

impl Content<'_> {
    /// The manifest, sealed and signed, and its bytes.
    pub(super) fn manifest(
        &self,
        options: &BundleOptions,
    ) -> Result<(Manifest, Vec<u8>), BundleError> {
        let (subject, identity) = (&options.subject, &options.identity);
        let parts = self.names.iter().zip(self.parts);
        let manifest = Manifest {
            version: Version::V20071010,
            bundler: bundler(),
            machine_configuration: Some(subject.configuration.clone()),
            image: Image {
                name: options.prefix.clone(),
                user: subject.user.to_string(),
                kind: subject.kind,
                kernel_name: subject.kernel_name.clone(),
                ancestry: subject.ancestry.clone(),
                digest: self.digest,
                size: self.size,
                bundled_size: self.parts.iter().map(|part| part.size).sum(),
                ec2_sealed: sealed_key::seal(&options.session_key, &identity.ec2_certificate)?,
                user_sealed: match &identity.user_certificate {
                    Some(certificate) => sealed_key::seal(&options.session_key, certificate)?,
                    None => SealedPair::default(),
                },
                parts: parts
                    .map(|(name, part)| Part {
                        filename: name.clone(),
                        digest: part.digest,
                    })
                    .collect(),
            },
            signature: Signature::Unsigned,
        };
        let bytes = manifest::write::write(&manifest, identity.signer.as_ref())?;
        // What no reader would accept must not be published.
        let path = options.destination.join(options.manifest_name());
        let manifest = SignedManifest::parse(&bytes, &path)?.manifest;
        Ok((manifest, bytes))
    }
}

/// How amikit calls itself in a manifest.
pub(super) const BUNDLER: &str = env!("CARGO_PKG_NAME");

fn bundler() -> Bundler {
    Bundler {
        name: BUNDLER.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        release: "0".to_owned(),
    }
}
