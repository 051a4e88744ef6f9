//! What S3 answers when it does not do what was asked.
//!
//! Source: Amazon S3's list of error codes; docs/formats/s3.md.

use std::fmt;

use crate::xml::Writer;

macro_rules! codes {
    ($($name:ident $status:literal)*) => {
        /// A code of S3's, by S3's own spelling.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[allow(missing_docs)] // each is its own name
        pub enum Code { $($name),* }

        impl Code {
            /// How the code is written.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),* }
            }

            /// The HTTP status that goes with it.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status),* }
            }

            /// The code of this spelling.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $(stringify!($name) => Some(Self::$name),)* _ => None }
            }
        }
    };
}

codes! {
    AccessControlListNotSupported 400
    AccessDenied 403
    AccessForbidden 403
    AuthorizationHeaderMalformed 400
    AuthorizationQueryParametersError 400
    BadDigest 400
    BadRequest 400
    BucketAlreadyExists 409
    BucketAlreadyOwnedByYou 409
    BucketNotEmpty 409
    ConditionalRequestConflict 409
    CrossOriginForbidden 403
    EntityTooLarge 400
    EntityTooSmall 400
    IllegalVersioningConfigurationException 400
    IncompleteBody 400
    InternalError 500
    InvalidAccessKeyId 403
    InvalidArgument 400
    InvalidBucketName 400
    InvalidDigest 400
    InvalidLocationConstraint 400
    InvalidPart 400
    InvalidPartNumber 416
    InvalidPartOrder 400
    InvalidPolicyDocument 400
    InvalidRange 416
    InvalidRequest 400
    InvalidTag 400
    InvalidURI 400
    KeyTooLongError 400
    MalformedACLError 400
    MalformedPOSTRequest 400
    MalformedTrailerError 400
    MalformedXML 400
    MaxMessageLengthExceeded 400
    MaxPostPreDataLengthExceeded 400
    MetadataTooLarge 400
    MethodNotAllowed 405
    MissingContentLength 411
    MissingRequestBodyError 400
    MissingSecurityHeader 400
    NoSuchBucket 404
    NoSuchBucketPolicy 404
    NoSuchCORSConfiguration 404
    NoSuchKey 404
    NoSuchLifecycleConfiguration 404
    NoSuchPublicAccessBlockConfiguration 404
    NoSuchTagSet 404
    NoSuchUpload 404
    NoSuchVersion 404
    NoSuchWebsiteConfiguration 404
    NotImplemented 501
    NotModified 304
    ObjectLockConfigurationNotFoundError 404
    OperationAborted 409
    OwnershipControlsNotFoundError 404
    PreconditionFailed 412
    ReplicationConfigurationNotFoundError 404
    RequestHeaderSectionTooLarge 400
    RequestTimeTooSkewed 403
    RequestTimeout 400
    ServerSideEncryptionConfigurationNotFoundError 404
    ServiceUnavailable 503
    SignatureDoesNotMatch 403
    SlowDown 503
    TooManyBuckets 400
    UnexpectedContent 400
    UnresolvableGrantByEmailAddress 400
    XAmzContentSHA256Mismatch 400
}

/// A refusal: code, what was seen and what was expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Error {
    /// The code.
    pub code: Code,
    /// For people; never a secret or a signature.
    pub message: String,
    /// Further elements of the answer, such as `ArgumentName`.
    pub details: Vec<(&'static str, String)>,
    /// Headers of the answer.
    pub headers: Vec<(&'static str, String)>,
}

/// What an operation returns.
pub type S3Result<T> = Result<T, S3Error>;

impl S3Error {
    /// A refusal.
    #[must_use]
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            details: Vec::new(),
            headers: Vec::new(),
        }
    }

    /// Adds an element to the answer.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.details.push((name, value.into()));
        self
    }

    /// Adds a header to the answer.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The caller may not do this.
    #[must_use]
    pub fn access_denied() -> Self {
        Self::new(Code::AccessDenied, "Access denied")
    }

    /// There is no room for it now. S3 has no code for that; clients take this one as "later".
    #[must_use]
    pub fn disk_full() -> Self {
        let message = "the disk of the cloud is full: try again later, or ask the operator";
        Self::new(Code::ServiceUnavailable, message)
    }

    /// The body of the answer.
    #[must_use]
    pub fn to_xml(&self, resource: &str, request_id: &str) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.element("Error", &[], |writer| {
            writer.leaf("Code", self.code.as_str());
            writer.leaf("Message", &self.message);
            for (name, value) in &self.details {
                writer.leaf(name, value);
            }
            writer.leaf("Resource", resource);
            writer.leaf("RequestId", request_id);
        });
        writer.finish()
    }
}

impl fmt::Display for S3Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.message)
    }
}

impl std::error::Error for S3Error {}
