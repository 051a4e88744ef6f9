//! What is done once per call, before the first attempt.

use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::super::AwsError;
use super::super::sign::{Payload, SignatureVersion, sha256};
use super::{Call, Protocol, Service, refusal, request};

/// Refuses names that would end up elsewhere: in a URL, `.` and `..` are instructions.
pub(super) fn check(call: &Call<'_>) -> Result<(), AwsError> {
    let dots = |key: &str| key.split('/').any(|part| part == "." || part == "..");
    let why = match (call.bucket, call.key) {
        (Some(""), _) => "the bucket has no name",
        (Some(bucket), _) if bucket.contains('/') || dots(bucket) => "no bucket has such a name",
        (_, Some("")) => "the object has no name",
        (_, Some(key)) if dots(key) => "a part of its name is . or .., which no URL can say",
        _ => return Ok(()),
    };
    Err(AwsError::Request {
        operation: call.operation,
        resource: refusal::resource(call),
        why,
    })
}

/// What is signed of the body: computed once, however often it is sent.
pub(super) fn payload(service: &Service, call: &Call<'_>) -> Result<Payload, AwsError> {
    let connection = service.connection();
    let signed = connection.credentials.is_some() && !call.unsigned;
    let is_json = matches!(connection.protocol, Protocol::Json { .. });
    if !signed || connection.signature == SignatureVersion::V2 && !is_json {
        return Ok(Payload::Unsigned);
    }
    if !call.form.is_empty() {
        let form = request::encode(&call.form);
        return Ok(Payload::Sha256(sha256(form.as_bytes())));
    }
    if let Some(digest) = call.sha256 {
        return Ok(Payload::Sha256(digest));
    }
    let mut hasher = Sha256::new();
    for piece in call.body.pieces() {
        hasher.update(&piece.map_err(|error| AwsError::Body(Arc::new(error)))?);
        if (connection.ambient.interrupted)() {
            return Err(AwsError::Interrupted);
        }
    }
    Ok(Payload::Sha256(hasher.finalize().into()))
}
