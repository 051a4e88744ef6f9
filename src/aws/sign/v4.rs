//! AWS Signature Version 4.
//!
//! ```text
//! secret ─► date ─► region ─► service ─► aws4_request     HMAC-SHA256 by HMAC-SHA256: the key
//!                                             │
//! request ─► canonical ─► SHA-256 ─► text ─► HMAC ─► signature
//! ```
//!
//! Source: docs/formats/signatures.md, section 2.

use std::fmt;

use zeroize::Zeroizing;

use super::canonical::{self, Headers};
use super::chunked::ChunkSigner;
use super::mac::{hmac_sha256, sha256};
use super::{Payload, SignableRequest, SignedHeaders};
use crate::aws::Credentials;
use crate::units::Timestamp;

/// Name of the signature of requests.
pub const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// The longest that a URL can be signed for, in seconds: a week.
pub const LONGEST_EXPIRY: u64 = 7 * 24 * 60 * 60;

/// What a key signs: one day, in one region, for one service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The day, `20130524`.
    pub date: String,
    /// The region.
    pub region: String,
    /// The service: `s3`, `ec2`.
    pub service: String,
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}/{}/{}/aws4_request",
            self.date, self.region, self.service
        )
    }
}

/// The key that signs within a scope.
#[derive(Clone)]
pub struct SigningKey(Zeroizing<[u8; 32]>);

impl SigningKey {
    /// The key of a secret for a scope.
    #[must_use]
    pub fn derive(secret: &str, scope: &Scope) -> Self {
        let seed = Zeroizing::new(format!("AWS4{secret}"));
        let date = Zeroizing::new(hmac_sha256(seed.as_bytes(), scope.date.as_bytes()));
        let region = Zeroizing::new(hmac_sha256(&*date, scope.region.as_bytes()));
        let service = Zeroizing::new(hmac_sha256(&*region, scope.service.as_bytes()));
        Self(Zeroizing::new(hmac_sha256(&*service, b"aws4_request")))
    }

    /// Signs a text; lower-case hex.
    #[must_use]
    pub fn sign(&self, text: &str) -> String {
        hex::encode(hmac_sha256(&*self.0, text.as_bytes()))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(hidden)")
    }
}

/// The text that is signed for a canonical request. `time` is as in `x-amz-date`.
#[must_use]
pub fn string_to_sign(time: &str, scope: &Scope, canonical_request: &str) -> String {
    let digest = hex::encode(sha256(canonical_request.as_bytes()));
    format!("{ALGORITHM}\n{time}\n{scope}\n{digest}")
}

/// A signature in the headers of a request.
#[derive(Clone)]
pub struct HeaderSignature {
    /// The headers to be sent in addition to those that were given.
    pub headers: SignedHeaders,
    /// The signature alone, lower-case hex.
    pub signature: String,
    /// Signs the chunks of a body sent as `aws-chunked`.
    pub chunks: ChunkSigner,
}

/// Without the values of the headers: one is the token.
impl fmt::Debug for HeaderSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HeaderSignature")
            .field("chunks", &self.chunks)
            .finish_non_exhaustive()
    }
}

/// Signs a request to any service in its headers. `x-amz-content-sha256` is sent and signed for
/// S3, which asks for it, and for nobody else.
#[must_use]
pub fn sign(
    service: &str,
    credentials: &Credentials,
    region: &str,
    now: Timestamp,
    request: &SignableRequest<'_>,
    payload: &Payload,
) -> HeaderSignature {
    let scope = Scope {
        date: now.date(),
        region: region.to_owned(),
        service: service.to_owned(),
    };
    let time = now.basic();
    let mut added = vec![("x-amz-date".to_owned(), time.clone())];
    if service == "s3" {
        added.push(("x-amz-content-sha256".to_owned(), payload.word()));
    }
    if let Some(token) = &credentials.session_token {
        added.push(("x-amz-security-token".to_owned(), token.to_string()));
    }
    let mut headers = headers_to_sign(request);
    for (name, value) in &added {
        headers.set(name, value);
    }

    let canonical = canonical::request(
        request.method,
        &canonical::path(service, request.path),
        &canonical::query(request.query),
        &headers,
        &payload.word(),
    );
    let key = SigningKey::derive(&credentials.secret_access_key, &scope);
    let signature = key.sign(&string_to_sign(&time, &scope, &canonical));
    let authorization = format!(
        "{ALGORITHM} Credential={}/{scope}, SignedHeaders={}, Signature={signature}",
        credentials.access_key_id,
        headers.signed_names(),
    );
    added.push(("authorization".to_owned(), authorization));
    HeaderSignature {
        headers: added,
        chunks: ChunkSigner::new(key, time, scope, signature.clone()),
        signature,
    }
}

/// Signs a URL: the query parameters to add to those that were given, in an order that may be
/// sent. It is good from `now` on for `expires` seconds, a week at most.
#[must_use]
pub fn presign(
    service: &str,
    credentials: &Credentials,
    region: &str,
    now: Timestamp,
    expires: u64,
    request: &SignableRequest<'_>,
) -> Vec<(String, String)> {
    let scope = Scope {
        date: now.date(),
        region: region.to_owned(),
        service: service.to_owned(),
    };
    let time = now.basic();
    let headers = headers_to_sign(request);
    let credential = format!("{}/{scope}", credentials.access_key_id);
    let mut added = vec![
        ("X-Amz-Algorithm".to_owned(), ALGORITHM.to_owned()),
        ("X-Amz-Credential".to_owned(), credential),
        ("X-Amz-Date".to_owned(), time.clone()),
        (
            "X-Amz-Expires".to_owned(),
            expires.min(LONGEST_EXPIRY).to_string(),
        ),
        ("X-Amz-SignedHeaders".to_owned(), headers.signed_names()),
    ];
    if let Some(token) = &credentials.session_token {
        added.push(("X-Amz-Security-Token".to_owned(), token.to_string()));
    }

    // Whoever signs a URL does not know the body; other services than S3 sign that of nothing.
    let payload = if service == "s3" {
        Payload::Unsigned
    } else {
        Payload::Sha256(sha256(b""))
    };
    let canonical = canonical::request(
        request.method,
        &canonical::path(service, request.path),
        &canonical::query(request.query.iter().chain(&added)),
        &headers,
        &payload.word(),
    );
    let key = SigningKey::derive(&credentials.secret_access_key, &scope);
    let signature = key.sign(&string_to_sign(&time, &scope, &canonical));
    added.push(("X-Amz-Signature".to_owned(), signature));
    added
}

/// The headers of a request that is to be sent, with its host and without a signature.
fn headers_to_sign(request: &SignableRequest<'_>) -> Headers {
    let unsigned = |name: &str| {
        name.eq_ignore_ascii_case("authorization") || name.eq_ignore_ascii_case("host")
    };
    let given = request.headers.iter().filter(|(name, _)| !unsigned(name));
    let mut headers = Headers::of(given);
    headers.set("host", request.host);
    headers
}
