//! What can go wrong in a call.

use super::credentials::CredentialsError;
use super::http::TransportError;

/// Why a call failed for good, after all retries.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum AwsError {
    /// The service could not be reached, or stopped talking.
    #[error("{operation} at {host} failed after {attempts} attempt{}", plural(*.attempts))]
    Transport {
        /// The operation: `PutObject`.
        operation: &'static str,
        /// Host and port.
        host: String,
        /// Attempts that were made.
        attempts: u32,
        /// The last cause.
        source: TransportError,
    },
    /// The reply to a call that must not be made twice was lost.
    #[error("the reply to {operation} at {host} was lost: it may have been done")]
    Undecided {
        /// The operation: `RunInstances`.
        operation: &'static str,
        /// Host and port.
        host: String,
        /// How the reply was lost.
        source: TransportError,
    },
    /// The service failed in a call that must not be made twice.
    #[error("{0}; it may have been done all the same")]
    Doubtful(Box<ServiceError>),
    /// The service said no.
    #[error(transparent)]
    Service(Box<ServiceError>),
    /// The service's answer makes no sense.
    #[error(
        "{operation} at {host} was answered with {found}, expected {expected}{}",
        if *.may_be_done { "; it may have been done all the same" } else { "" }
    )]
    Answer {
        /// The operation.
        operation: &'static str,
        /// Host and port.
        host: String,
        /// What came, cut short.
        found: String,
        /// What should have come.
        expected: &'static str,
        /// Whether it was a call that must not be made twice.
        may_be_done: bool,
    },
    /// What is asked for can be asked of no service.
    #[error("{operation} of {resource:?} cannot be asked for: {why}")]
    Request {
        /// The operation.
        operation: &'static str,
        /// What it was about: `bucket/key`.
        resource: String,
        /// Why not.
        why: &'static str,
    },
    /// The service has other bytes than were sent.
    #[error("{operation} of {key}: the service has {found}, expected {expected}")]
    Corrupted {
        /// The operation.
        operation: &'static str,
        /// The object.
        key: String,
        /// The service's checksum, with its name: `MD5 …`.
        found: String,
        /// Ours.
        expected: String,
    },
    /// There is nobody to sign as.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    /// A file that is to be sent cannot be read.
    #[error("cannot read what is to be sent")]
    Body(#[source] std::sync::Arc<std::io::Error>),
    /// The user stopped it.
    #[error("interrupted")]
    Interrupted,
}

/// What a service says when it refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{operation} of {resource}: {code} ({status}): {message}{}", request_id_suffix(.request_id.as_deref()))]
pub struct ServiceError {
    /// The operation: `PutObject`.
    pub operation: &'static str,
    /// Host and port that answered.
    pub host: String,
    /// What it was about: `bucket/key`.
    pub resource: String,
    /// HTTP status.
    pub status: u16,
    /// The service's code: `AccessDenied`; made from the status when the answer has none.
    pub code: String,
    /// The service's words, or the status' own.
    pub message: String,
    /// What the service's operators ask for.
    pub request_id: Option<String>,
    /// The region that the service says is the right one.
    pub region: Option<String>,
    /// The service's time minus ours in seconds, when the answer had a date.
    pub clock_offset: Option<i64>,
}

fn plural(count: u32) -> &'static str {
    if count == 1 { "" } else { "s" }
}

impl ServiceError {
    /// Whether the same request may succeed later: the service failed, and did not refuse.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        let code = self.code.as_str();
        // EC2 says this with status 500, but means no.
        if code.starts_with("Insufficient") {
            return false;
        }
        matches!(self.status, 429 | 500 | 502 | 503 | 504)
            || matches!(code, "RequestTimeout" | "RequestTimeoutException")
            || matches!(
                code,
                "SlowDown"
                    | "InternalError"
                    | "InternalFailure"
                    | "InternalServerException"
                    | "ServerInternal"
                    | "ServiceUnavailable"
                    | "Unavailable"
            )
            || self.is_throttled()
    }

    /// Whether the service was asked too much at once.
    #[must_use]
    pub fn is_throttled(&self) -> bool {
        let code = self.code.as_str();
        self.status == 429
            || matches!(
                code,
                "SlowDown"
                    | "RequestLimitExceeded"
                    | "EC2ThrottledException"
                    | "TooManyRequestsException"
            )
            || code.starts_with("Throttl")
            || code.starts_with("RequestThrottled")
    }

    /// Whether fewer requests at once may help: the service was asked too much, or is busy.
    #[must_use]
    pub fn asks_for_less(&self) -> bool {
        self.is_throttled() || self.status == 503
    }

    /// Whether the service turned the request away before it did anything.
    #[must_use]
    pub fn was_not_begun(&self) -> bool {
        self.status == 503 || self.is_throttled() || matches!(self.code.as_str(), "Unavailable")
    }

    /// Whether the service got another body than was sent: the digests sent along are of what was
    /// read here, so it changed, or was cut off, on the way.
    #[must_use]
    pub fn tells_damage(&self) -> bool {
        matches!(
            self.code.as_str(),
            "BadDigest"
                | "InvalidDigest"
                | "XAmzContentSHA256Mismatch"
                | "XAmzContentChecksumMismatch"
                | "IncompleteBody"
        )
    }
}

fn request_id_suffix(id: Option<&str>) -> String {
    id.map_or_else(String::new, |id| format!(" (request {id})"))
}

impl AwsError {
    /// The service's error, if it was one.
    #[must_use]
    pub fn service(&self) -> Option<&ServiceError> {
        match self {
            Self::Service(error) | Self::Doubtful(error) => Some(error),
            _ => None,
        }
    }

    /// Whether the same call may well succeed later: the network or the service failed, and
    /// nobody refused.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Service(error) => error.status >= 500 || error.status == 408 || error.may_pass(),
            Self::Transport { .. }
            | Self::Undecided { .. }
            | Self::Doubtful(_)
            | Self::Corrupted { .. }
            | Self::Answer { .. } => true,
            Self::Request { .. } | Self::Credentials(_) | Self::Body(_) | Self::Interrupted => {
                false
            }
        }
    }

    /// Whether it is open if what must not be done twice was done: the reply was lost, or the
    /// service failed, or what it said makes no sense. The user's wish to stop loses a reply, too.
    #[must_use]
    pub fn leaves_open(&self) -> bool {
        matches!(
            self,
            Self::Undecided { .. }
                | Self::Doubtful(_)
                | Self::Answer {
                    may_be_done: true,
                    ..
                }
        )
    }

    /// Whether the service said this code.
    #[must_use]
    pub fn is_code(&self, code: &str) -> bool {
        self.service().is_some_and(|error| error.code == code)
    }

    /// Whether the service answered with this HTTP status.
    #[must_use]
    pub fn is_status(&self, status: u16) -> bool {
        self.service().is_some_and(|error| error.status == status)
    }
}
