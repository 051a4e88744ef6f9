//! Why a request is not believed.

use crate::aws::sign::authorization::AuthorizationError;
use crate::units::Timestamp;

/// Why a signature is refused. [`SignatureError::code`] is what a service answers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// The `Authorization` header cannot be read.
    #[error(transparent)]
    Header(AuthorizationError),
    /// The parameters of a signed URL cannot be read.
    #[error("the signed URL is not in its form")]
    Query(#[source] AuthorizationError),
    /// A parameter of a signed URL is missing, repeated or not in its form.
    #[error("the signed URL has no good {name}: expected {expected}")]
    Parameter {
        /// The parameter.
        name: &'static str,
        /// Its form.
        expected: &'static str,
    },
    /// The request is signed twice, in header and URL.
    #[error("the request has more than one signature")]
    Twice,
    /// The signature is for something else.
    #[error("the signature is for the {part} \"{found}\", expected \"{expected}\"")]
    Scope {
        /// Date, region or service.
        part: &'static str,
        /// What the signature is for.
        found: String,
        /// What it should be for.
        expected: String,
    },
    /// The version of the signature is not one of the service's.
    #[error("this service does not take signatures of this version")]
    Version,
    /// There is no time, or it cannot be read.
    #[error("the request has no date that can be read")]
    NoDate,
    /// The clocks differ too much.
    #[error("the request was made at {requested}, it is {now} here")]
    Skewed {
        /// The request's time.
        requested: Timestamp,
        /// The time here.
        now: Timestamp,
    },
    /// The signed URL has ended.
    #[error("the signed URL expired at {expired}, it is {now} here")]
    Expired {
        /// When it ended.
        expired: Timestamp,
        /// The time here.
        now: Timestamp,
    },
    /// A header that has to be signed is not.
    #[error("the header {name} is not signed")]
    UnsignedHeader {
        /// The header.
        name: String,
    },
    /// `x-amz-content-sha256` is no known word.
    #[error("x-amz-content-sha256 is neither a digest nor a known word")]
    PayloadWord,
    /// The body is not the one that was signed.
    #[error("the body has another SHA-256 than x-amz-content-sha256 says")]
    PayloadMismatch,
    /// The signature is not the one computed.
    #[error("the signature does not match")]
    Mismatch,
}

impl SignatureError {
    /// The code of S3's answer.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Header(AuthorizationError::Scheme) | Self::Twice | Self::PayloadWord => {
                "InvalidArgument"
            }
            Self::Version => "InvalidRequest",
            Self::Header(AuthorizationError::Field { .. }) | Self::Scope { .. } => {
                "AuthorizationHeaderMalformed"
            }
            Self::Query(_) | Self::Parameter { .. } => "AuthorizationQueryParametersError",
            Self::NoDate | Self::Expired { .. } | Self::UnsignedHeader { .. } => "AccessDenied",
            Self::Skewed { .. } => "RequestTimeTooSkewed",
            Self::PayloadMismatch => "XAmzContentSHA256Mismatch",
            Self::Mismatch => "SignatureDoesNotMatch",
        }
    }
}
