//! Reads what headers say about the body's digests.

use base64ct::{Base64, Encoding as _};

use super::{Asked, invalid, one};
use crate::cloud::walrus::body::checksum::{Algorithm, Checksum};
use crate::cloud::walrus::error::{Code, S3Error, S3Result};

/// `Content-MD5`: base64 of 16 bytes.
pub(super) fn md5(text: &str) -> S3Result<[u8; 16]> {
    let mut digest = [0; 16];
    match Base64::decode(text, &mut digest) {
        Ok(decoded) if decoded.len() == 16 => Ok(digest),
        _ => Err(S3Error::new(
            Code::InvalidDigest,
            "Content-MD5 is not the base64 of 16 bytes",
        )),
    }
}

/// The one checksum: in a header, or in the trailer that `x-amz-trailer` names.
pub(super) fn checksum(
    headers: &[(String, String)],
    trailers: Option<&str>,
) -> S3Result<Option<Asked>> {
    let mut asked = None;
    let mut add = |found: Asked| match asked.replace(found) {
        None => Ok(()),
        Some(other) => Err(invalid(format!(
            "the request has two checksums, {} and {}: one is taken",
            other.algorithm(),
            found.algorithm()
        ))),
    };
    for (name, value) in headers {
        if let Some(algorithm) = Algorithm::from_header(name) {
            let checksum = Checksum::parse(algorithm, value.trim())
                .map_err(|error| invalid(format!("{name}: {error}")))?;
            add(Asked::Value(checksum))?;
        }
    }
    for name in trailers.into_iter().flat_map(|names| names.split(',')) {
        let algorithm = Algorithm::from_header(name.trim())
            .ok_or_else(|| invalid("x-amz-trailer names something else than one checksum"))?;
        add(Asked::Trailer(algorithm))?;
    }
    if let Some(name) = one(headers, "x-amz-sdk-checksum-algorithm")? {
        agrees(name, asked.as_ref())?;
    }
    Ok(asked)
}

/// The SDK's word is about a checksum that comes.
fn agrees(name: &str, asked: Option<&Asked>) -> S3Result<()> {
    const HEADER: &str = "x-amz-sdk-checksum-algorithm";
    let Some(said) = Algorithm::from_name(name) else {
        let known = Algorithm::ALL.map(Algorithm::name).join(", ");
        return Err(invalid(format!("{HEADER} is none of {known}")));
    };
    match asked.map(Asked::algorithm) {
        Some(found) if found == said => Ok(()),
        Some(found) => Err(invalid(format!(
            "{HEADER} is {said}, the checksum sent is a {found}"
        ))),
        None => Err(invalid(format!(
            "{HEADER} is {said}, but neither {} nor a trailer of that name is sent",
            said.header()
        ))),
    }
}
