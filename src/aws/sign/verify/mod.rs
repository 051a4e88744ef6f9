//! Checks signatures, for whoever serves.
//!
//! ```text
//! request ─► Claim::read ─► who? ─► (the caller looks the secret up) ─► Claim::verify
//!                │                                                          │
//!                └── form, nothing trusted                 time, scope, headers, signature
//! ```
//!
//! The received request is a [`SignableRequest`], with every header it came with. A service
//! below a path (`/services/Walrus`) accepts signatures over the path with and without it:
//! boto signs with, euca2ools without, Eucalyptus takes both.
//!
//! Source: docs/formats/signatures.md, section 5.

mod error;
mod policy;
mod read;
mod v2;
mod v4;

use std::fmt;

use super::chunked::ChunkSigner;
use super::v2::QueryMethod;
use super::{Payload, SignableRequest, V4Authorization};
use crate::units::Timestamp;

pub use error::SignatureError;
pub use policy::PolicyClaim;

/// How far the clocks of the two sides may be apart on AWS, in seconds: 15 minutes.
pub const LONGEST_SKEW: i64 = 15 * 60;

/// What a request says about who signed it; nothing of it is true before [`Claim::verify`].
#[derive(Clone, PartialEq, Eq)]
pub struct Claim {
    access_key_id: String,
    session_token: Option<String>,
    proof: Proof,
}

#[derive(Clone, PartialEq, Eq)]
enum Proof {
    /// `Authorization: AWS4-HMAC-SHA256 …`.
    V4Header(V4Authorization),
    /// `?X-Amz-Signature=…`, from a moment on for so many seconds.
    V4Url {
        authorization: V4Authorization,
        from: Timestamp,
        seconds: i64,
    },
    /// `Authorization: AWS …`.
    V2Header { signature: String },
    /// S3's `?AWSAccessKeyId=…&Expires=…&Signature=…`.
    V2Url { signature: String, expires: i64 },
    /// `SignatureVersion=2` of the query APIs.
    V2Query {
        signature: String,
        method: QueryMethod,
        moment: Moment,
    },
}

/// When a call of a query API is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    /// Around `Timestamp`.
    At(Timestamp),
    /// Until `Expires`.
    Until(Timestamp),
}

/// What a service expects of signatures.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// The time here.
    pub now: Timestamp,
    /// The service: `s3` takes S3's versions, any other the query APIs'.
    pub service: &'a str,
    /// The region of version 4's scope; any will do without.
    pub region: Option<&'a str>,
    /// How far the clocks may be apart, in seconds, either way; [`LONGEST_SKEW`] on AWS.
    pub skew: i64,
}

/// A request whose signature is good.
#[derive(Debug, Clone)]
pub struct Verified {
    /// What was signed about the body: version 4 only. The body has still to be compared with it.
    pub payload: Option<Payload>,
    /// Checks the chunks of a body whose payload is [`Payload::Streaming`].
    pub chunks: Option<ChunkSigner>,
}

impl Claim {
    /// What a request claims; none if it is not signed at all.
    ///
    /// # Errors
    /// When a signature is there but not in its form.
    pub fn read(request: &SignableRequest<'_>) -> Result<Option<Self>, SignatureError> {
        read::claim(request)
    }

    /// Whose secret is said to have signed.
    #[must_use]
    pub fn access_key_id(&self) -> &str {
        &self.access_key_id
    }

    /// The token of temporary credentials; the caller has to know it as that key's.
    #[must_use]
    pub fn session_token(&self) -> Option<&str> {
        self.session_token.as_deref()
    }

    /// Checks the signature against the secret of [`Claim::access_key_id`], and the time.
    /// `body` is what is known of the body: if that is its digest it has to be the signed one.
    /// A query API's `request.query` has the parameters of the form too.
    ///
    /// # Errors
    /// When the signature was made by another secret, for another request, service or time.
    pub fn verify(
        &self,
        secret: &str,
        request: &SignableRequest<'_>,
        expected: &Expected<'_>,
        body: &Payload,
    ) -> Result<Verified, SignatureError> {
        let is_s3 = expected.service == "s3";
        match &self.proof {
            Proof::V4Header(authorization) => {
                v4::header(authorization, secret, request, expected, body)
            }
            Proof::V4Url {
                authorization,
                from,
                seconds,
            } => v4::url(
                authorization,
                (*from, *seconds),
                secret,
                request,
                expected,
                body,
            ),
            Proof::V2Header { signature } if is_s3 => {
                v2::header(signature, secret, request, expected)
            }
            Proof::V2Url { signature, expires } if is_s3 => {
                v2::url(signature, *expires, secret, request, expected.now)
            }
            Proof::V2Query {
                signature,
                method,
                moment,
            } if !is_s3 => v2::query(signature, (*method, *moment), secret, request, expected),
            _ => Err(SignatureError::Version),
        }
    }
}

/// Without token and signature: either may let somebody in.
impl fmt::Debug for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claim")
            .field("access_key_id", &self.access_key_id)
            .finish_non_exhaustive()
    }
}

/// The paths that may have been signed: as sent, and without the service's own.
fn signed_paths<'a>(request: &SignableRequest<'a>) -> impl Iterator<Item = &'a str> {
    let without = super::v2::without_service_path(request.path, request.service_path);
    std::iter::once(request.path).chain(without)
}

/// The time of a request by its headers.
fn time_of(request: &SignableRequest<'_>) -> Result<Timestamp, SignatureError> {
    let header = |wanted: &str| {
        let mut found = request.headers.iter();
        found.find(|(name, _)| name.eq_ignore_ascii_case(wanted))
    };
    let (_, text) = header("x-amz-date")
        .or_else(|| header("date"))
        .ok_or(SignatureError::NoDate)?;
    Timestamp::parse(text).ok_or(SignatureError::NoDate)
}

fn not_skewed(requested: Timestamp, expected: &Expected<'_>) -> Result<(), SignatureError> {
    let now = expected.now;
    if requested.0.abs_diff(now.0) > expected.skew.unsigned_abs() {
        return Err(SignatureError::Skewed { requested, now });
    }
    Ok(())
}

fn not_expired(expired: Timestamp, now: Timestamp) -> Result<(), SignatureError> {
    if expired < now {
        return Err(SignatureError::Expired { expired, now });
    }
    Ok(())
}
