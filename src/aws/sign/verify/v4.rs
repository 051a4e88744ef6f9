//! Checks signatures of version 4.

use super::{Expected, SignatureError, Verified, not_expired, not_skewed, signed_paths, time_of};
use crate::aws::sign::canonical::{self, Headers};
use crate::aws::sign::mac::same;
use crate::aws::sign::v4::{SigningKey, string_to_sign};
use crate::aws::sign::{ChunkSigner, Payload, SignableRequest, V4Authorization};
use crate::units::Timestamp;

const CONTENT_SHA256: &str = "x-amz-content-sha256";

pub(super) fn header(
    claim: &V4Authorization,
    secret: &str,
    request: &SignableRequest<'_>,
    expected: &Expected<'_>,
    body: &Payload,
) -> Result<Verified, SignatureError> {
    let time = time_of(request)?;
    not_skewed(time, expected)?;
    let headers = all_headers(request);
    let said = headers.get(CONTENT_SHA256);
    let payload = agreed(said, body, body.clone())?;
    let query = canonical::query(request.query);
    let check = Check {
        claim,
        secret,
        time,
        payload,
        query,
        headers,
    };
    check.run(request, expected)
}

pub(super) fn url(
    claim: &V4Authorization,
    (from, seconds): (Timestamp, i64),
    secret: &str,
    request: &SignableRequest<'_>,
    expected: &Expected<'_>,
    body: &Payload,
) -> Result<Verified, SignatureError> {
    if from > expected.now {
        not_skewed(from, expected)?;
    }
    not_expired(Timestamp(from.0.saturating_add(seconds)), expected.now)?;
    let headers = all_headers(request);
    let in_query = request
        .query
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(CONTENT_SHA256))
        .map(|(_, value)| value.as_str());
    let said = in_query.or_else(|| headers.get(CONTENT_SHA256));
    let unsaid = if expected.service == "s3" {
        Payload::Unsigned
    } else {
        body.clone()
    };
    let payload = agreed(said, body, unsaid)?;
    let signed = request
        .query
        .iter()
        .filter(|(name, _)| name != "X-Amz-Signature");
    let query = canonical::query(signed);
    let check = Check {
        claim,
        secret,
        time: from,
        payload,
        query,
        headers,
    };
    check.run(request, expected)
}

/// What was signed about the body, if that can be true of it.
fn agreed(said: Option<&str>, body: &Payload, unsaid: Payload) -> Result<Payload, SignatureError> {
    let Some(word) = said else {
        return Ok(unsaid);
    };
    let said = Payload::from_word(word).ok_or(SignatureError::PayloadWord)?;
    match (&said, body) {
        (Payload::Sha256(said), Payload::Sha256(found)) if said != found => {
            Err(SignatureError::PayloadMismatch)
        }
        _ => Ok(said),
    }
}

fn all_headers(request: &SignableRequest<'_>) -> Headers {
    let mut headers = Headers::of(request.headers);
    headers.set("host", request.host);
    headers
}

struct Check<'a> {
    claim: &'a V4Authorization,
    secret: &'a str,
    time: Timestamp,
    payload: Payload,
    query: String,
    headers: Headers,
}

impl Check<'_> {
    fn run(
        self,
        request: &SignableRequest<'_>,
        expected: &Expected<'_>,
    ) -> Result<Verified, SignatureError> {
        let scope = &self.claim.scope;
        let date = self.time.date();
        is_for("date", &scope.date, &date)?;
        is_for("service", &scope.service, expected.service)?;
        is_for(
            "region",
            &scope.region,
            expected.region.unwrap_or(&scope.region),
        )?;

        let signed = &self.claim.signed_headers;
        let must = |name: &&str| *name == "host" || name.starts_with("x-amz-");
        let is_signed = |name: &str| signed.iter().any(|signed| signed == name);
        if let Some(name) = self
            .headers
            .names()
            .filter(must)
            .find(|name| !is_signed(name))
        {
            let name = name.to_owned();
            return Err(SignatureError::UnsignedHeader { name });
        }
        let headers = self.headers.only(signed).ok_or(SignatureError::Mismatch)?;

        let key = SigningKey::derive(self.secret, scope);
        let time = self.time.basic();
        let payload = self.payload.word();
        let matches = |path: &str| {
            let path = canonical::path(expected.service, path);
            let canonical =
                canonical::request(request.method, &path, &self.query, &headers, &payload);
            same(
                &key.sign(&string_to_sign(&time, scope, &canonical)),
                &self.claim.signature,
            )
        };
        if !signed_paths(request).any(matches) {
            return Err(SignatureError::Mismatch);
        }
        let chunks = match &self.payload {
            Payload::Streaming(streaming) if streaming.signs_chunks() => {
                let seed = self.claim.signature.clone();
                Some(ChunkSigner::new(key, time, scope.clone(), seed))
            }
            _ => None,
        };
        Ok(Verified {
            payload: Some(self.payload),
            chunks,
        })
    }
}

pub(super) fn is_for(
    part: &'static str,
    found: &str,
    expected: &str,
) -> Result<(), SignatureError> {
    if found == expected {
        return Ok(());
    }
    Err(SignatureError::Scope {
        part,
        found: found.to_owned(),
        expected: expected.to_owned(),
    })
}
