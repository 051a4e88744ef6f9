//! Which bytes of a manifest are signed, and whether the signature is right.
//!
//! ```text
//! <manifest>…<machine_configuration>…</machine_configuration><image>…</image><signature>…
//!            └──────────────── first ────────────────┘└─ second ─┘   SHA-1, then RSA
//! ```
//!
//! Every known verifier looks for the first `<image>` and the first `</image>` in the text. This
//! one insists that what such a search finds is the very element that was parsed; a manifest where
//! a decoy makes the two differ is refused.
//!
//! Source: docs/formats/manifest.md, section 4.

use std::ops::Range;

use super::{Signature, Version};
use crate::crypto::digest::Sha1Digest;
use crate::crypto::rsa::{KeyError, PrivateKey, PublicKey};
use crate::xml::Element;

/// What became of a manifest's signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureCheck {
    /// It was made with the certificate's key over this content.
    Valid,
    /// It was not.
    Invalid,
    /// There is none.
    Unsigned,
}

/// Checks a signature.
pub(super) fn check(signature: &Signature, signed: &[u8], key: &PublicKey) -> SignatureCheck {
    match signature {
        Signature::Unsigned => SignatureCheck::Unsigned,
        Signature::Rsa(bytes) if key.verify_sha1(&Sha1Digest::of(signed), bytes) => {
            SignatureCheck::Valid
        }
        Signature::Rsa(_) => SignatureCheck::Invalid,
    }
}

/// Signs the bytes that [`signed_bytes`] returns for a manifest.
pub(super) fn sign(signed: &[u8], key: &PrivateKey) -> Result<Signature, KeyError> {
    key.sign_sha1(&Sha1Digest::of(signed)).map(Signature::Rsa)
}

/// The signed bytes of a document whose root is `root`. The error names the element that a
/// search in the text does not find where the parser did.
pub(super) fn signed_bytes(
    document: &[u8],
    root: &Element<'_>,
    version: Version,
) -> Result<Vec<u8>, &'static str> {
    let mut signed = slice(document, root, "machine_configuration")?.unwrap_or_default();
    // A verifier of version 3 would leave this element out and others take it in.
    if version == Version::V3 && !signed.is_empty() {
        return Err("machine_configuration");
    }
    let image = slice(document, root, "image")?;
    signed.extend(image.ok_or("image")?);
    Ok(signed)
}

/// The bytes of a child of the root, if it is there.
fn slice(
    document: &[u8],
    root: &Element<'_>,
    name: &'static str,
) -> Result<Option<Vec<u8>>, &'static str> {
    let parsed = root.all(name).next().map(|element| element.span.clone());
    let open = format!("<{name}>");
    let close = format!("</{name}>");
    let searched = match (find(document, &open), find(document, &close)) {
        (Some(start), Some(end)) => Some(Range {
            start,
            end: end + close.len(),
        }),
        (None, None) => None,
        _ => return Err(name),
    };
    if parsed != searched {
        return Err(name);
    }
    Ok(parsed
        .and_then(|span| document.get(span))
        .map(<[u8]>::to_vec))
}

/// Offset of the first occurrence.
fn find(document: &[u8], needle: &str) -> Option<usize> {
    document
        .windows(needle.len())
        .position(|window| window == needle.as_bytes())
}
