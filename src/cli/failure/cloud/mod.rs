//! What to do when a cloud cannot be reached or says no.

use super::{Exit, Failure, inputs};
use crate::aws::http::{HttpSetupError, TransportError};
use crate::aws::{AwsError, CredentialsError, ServiceError};
use crate::config::cloud::{CloudError, Origin};

/// Seconds by which a clock may be wrong: services of AWS' kind allow fifteen minutes, but who
/// is wrong by one should know.
pub(in crate::cli) const CLOCK_TOLERANCE: i64 = 60;

const DOCTOR: &str = "amikit doctor tells where they come from";

impl From<AwsError> for Failure {
    fn from(error: AwsError) -> Self {
        let (exit, hint) = match &error {
            AwsError::Interrupted => return Self::interrupted(),
            AwsError::Transport { source, .. } => match transport(source) {
                Some((exit, hint)) => (exit, hint.to_owned()),
                None => return Self::interrupted(),
            },
            AwsError::Service(said) => {
                let mut failure = Self::from_error(Exit::Service, &error);
                failure.hint = service(said);
                failure.service = Some(said.clone());
                return failure;
            }
            AwsError::Answer { .. } => (
                Exit::Failed,
                "is this the URL of an S3 service? Check --url, and whether a proxy answers in \
                 its place"
                    .to_owned(),
            ),
            AwsError::Request { .. } => (
                Exit::Usage,
                "choose another name for the bucket or the object".to_owned(),
            ),
            AwsError::Corrupted { .. } => (
                Exit::Integrity,
                "run the command again; if that does not help, something on the way changes the \
                 bytes"
                    .to_owned(),
            ),
            AwsError::Credentials(error) => return error.clone().into(),
            AwsError::Body(source) => {
                let hint = inputs::reading(source, "was it removed in the meantime?");
                (Exit::Failed, hint.to_owned())
            }
        };
        Self::from_error(exit, &error).hint(hint)
    }
}

/// An exit code and a hint; none if the user stopped it.
fn transport(error: &TransportError) -> Option<(Exit, &'static str)> {
    use TransportError as E;
    Some(match error {
        E::Interrupted => return None,
        E::Connect(why) if why.contains("407") || why.contains("roxy auth") => (
            Exit::Unreachable,
            "the proxy wants to know who asks: HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT",
        ),
        E::Connect(why) if why.contains("refused") => (
            Exit::Unreachable,
            "nobody listens there: check host and port of --url, or of the proxy that HTTP_PROXY or \
             HTTPS_PROXY names, and whether the service runs",
        ),
        // The words of our own HTTP client for a connection that took too long.
        E::Connect(why) if why.starts_with("no connection within") => (
            Exit::Timeout,
            "check host and port of --url and whether a firewall is between; HTTPS_PROXY names a \
             proxy; --connect-timeout SECONDS waits longer",
        ),
        E::Connect(_) => (
            Exit::Unreachable,
            "check --url and the network; HTTPS_PROXY names a proxy, NO_PROXY who goes without",
        ),
        // The TLS library's word for an answer in plain HTTP.
        E::Tls(why) if why.contains("InvalidContentType") => (
            Exit::Unreachable,
            "the service does not speak TLS there: write http:// in --url, or its port for TLS",
        ),
        // The words of the TLS library, which tells them apart by an error of its own only.
        E::Tls(why) if why.contains("certificate expired") => (
            Exit::Unreachable,
            "have it renewed; if it is still good, this machine's clock is ahead: set it",
        ),
        E::Tls(why) if why.contains("certificate not valid yet") => (
            Exit::Unreachable,
            "this machine's clock is behind, or the certificate is for later: set the clock",
        ),
        E::Tls(why) if why.contains("not valid for name") => (
            Exit::Unreachable,
            "is it the right service? Write the host in --url as its certificate has it",
        ),
        E::Tls(_) => (
            Exit::Unreachable,
            "if the service has a certificate of its own, pass its issuer's with --ca-bundle \
             FILE; if it does not speak TLS, write http:// in --url",
        ),
        E::Dns(_) => (
            Exit::Unreachable,
            "check the host's name in --url, or the region, and whether this machine's name \
             server knows it",
        ),
        E::Stalled(_) | E::TimedOut(_) => (
            Exit::Timeout,
            "run the command again; a slow service needs a longer --timeout SECONDS",
        ),
        E::Broken(_) | E::Truncated(_) => (
            Exit::Unreachable,
            "run the command again; if that does not help, try fewer --jobs or more --retries",
        ),
        E::Body(source) => (
            Exit::Failed,
            inputs::reading(source, "was it removed in the meantime?"),
        ),
    })
}

/// What helps against a service's no.
fn service(error: &ServiceError) -> Option<String> {
    let hint = match (error.code.as_str(), error.status) {
        ("RequestTimeTooSkewed" | "RequestExpired" | "RequestInTheFuture", _) => {
            let clock = error.clock_offset.and_then(clock_words);
            let clock = clock.unwrap_or_else(|| "the clocks differ".to_owned());
            format!("{clock}: set this machine's clock, best by NTP")
        }
        ("AccessControlListNotSupported", _) => {
            "the bucket takes no ACLs (its owner is enforced): pass --acl none, and let the cloud \
             read the bucket by its policy"
                .to_owned()
        }
        ("InvalidAccessKeyId" | "InvalidClientTokenId" | "NotSignedUp", _) => {
            format!("are the keys those of this cloud, and active? {DOCTOR}")
        }
        ("SignatureDoesNotMatch", _) => with_clock(
            error,
            format!(
                "the secret does not belong to the access key; {DOCTOR}. An old Walrus may need \
                 --signature v2"
            ),
        ),
        ("ExpiredToken" | "ExpiredTokenException" | "TokenRefreshRequired", _) => {
            "the temporary credentials have ended: get new ones".to_owned()
        }
        ("InvalidToken", _) => {
            "key, secret and token must be of one set, and the token's region be enabled: pass \
             all three anew"
                .to_owned()
        }
        (_, 407) => "the proxy wants to know who asks: HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT"
            .to_owned(),
        ("NoSuchBucket", _) => {
            "check the bucket's name, the region and whose keys are used; upload-bundle makes a \
             bucket that is missing"
                .to_owned()
        }
        ("NoSuchKey" | "MethodNotAllowed", _) | (_, 404 | 405) if is_about_bucket(error) => {
            PATH_HINT.to_owned()
        }
        ("NoSuchKey", _) => "check the bucket and the name, as amikit check-bucket and the \
                             manifest tell them"
            .to_owned(),
        ("NoSuchUpload", _) => {
            "it was completed or aborted in the meantime: run the command again".to_owned()
        }
        ("BucketAlreadyExists", _) => {
            "the name is somebody else's: choose another bucket".to_owned()
        }
        ("BucketAlreadyOwnedByYou", _) => "the bucket is yours already: use it".to_owned(),
        ("BucketNotEmpty", _) => "delete what is in the bucket first".to_owned(),
        ("InvalidBucketName", _) => "bucket names have 3 to 63 lower-case letters, digits, dots \
                                     and hyphens"
            .to_owned(),
        ("TooManyBuckets" | "QuotaExceeded", _) => {
            "delete what is no longer needed, or ask the service's operators for more".to_owned()
        }
        (
            "PermanentRedirect"
            | "TemporaryRedirect"
            | "AuthorizationHeaderMalformed"
            | "InvalidRegion",
            _,
        ) => region_hint(error),
        ("IllegalLocationConstraintException" | "InvalidLocationConstraint", _) => {
            "a new bucket is made in the region that requests are signed for: pass one and the \
             same to --region and --location"
                .to_owned()
        }
        ("InvalidRequest", _) if error.message.contains("AWS4-HMAC-SHA256") => {
            "the service takes signatures of version 4 only: leave out --signature v2".to_owned()
        }
        ("NotImplemented", _) | (_, 501) => format!(
            "the service does not have {}; an old Walrus may need --signature v2",
            error.operation
        ),
        ("SlowDown" | "Throttling" | "RequestLimitExceeded" | "TooManyRequests", _) | (_, 429) => {
            "wait a little, or ask for less at once: --jobs".to_owned()
        }
        (_, 500 | 502 | 503 | 504) => {
            "the service has trouble: run the command again later, or with more --retries"
                .to_owned()
        }
        (_, 301 | 307 | 308) => region_hint(error),
        ("AccessDenied" | "AllAccessDisabled" | "Forbidden" | "UnauthorizedAccess", _)
        | (_, 401 | 403) => with_clock(error, denied(error)),
        _ => return None,
    };
    Some(hint)
}

/// What answers with "not here" where S3 has no such answer is often something else than S3.
const PATH_HINT: &str = "is that the whole URL of the S3 service? Some need a path, such as \
                         --url http://HOST:8773/services/objectstorage, and none takes a bucket's";

/// Whether a call is about a bucket, so that no key can be missing.
fn is_about_bucket(error: &ServiceError) -> bool {
    !error.resource.contains('/')
}

fn region_hint(error: &ServiceError) -> String {
    match &error.region {
        Some(region) => format!("the right region is {region}: pass --region {region}"),
        None => "the bucket is in another region: pass that with --region, or its URL with --url"
            .to_owned(),
    }
}

/// Which permission is missing, as the policies of AWS and Eucalyptus name them.
fn denied(error: &ServiceError) -> String {
    let needed = match error.operation {
        "PutObject" | "PostObject" => "s3:PutObject and, for the ACL, s3:PutObjectAcl",
        "CreateMultipartUpload" | "UploadPart" | "CompleteMultipartUpload" => "s3:PutObject",
        "PutObjectAcl" => "s3:PutObjectAcl",
        "GetObject" | "HeadObject" => {
            "s3:GetObject and, since a missing object is denied without it, s3:ListBucket"
        }
        "CopyObject" => "s3:GetObject on the source and s3:PutObject, s3:PutObjectAcl on the copy",
        "DeleteObject" => "s3:DeleteObject",
        "ListObjects" | "ListBucket" | "GetBucket" | "HeadBucket" => "s3:ListBucket",
        "GetBucketLocation" => "s3:GetBucketLocation",
        "CreateBucket" => "s3:CreateBucket",
        "DeleteBucket" => "s3:DeleteBucket",
        "ListBuckets" => "s3:ListAllMyBuckets",
        "ListParts" => "s3:ListMultipartUploadParts",
        "ListMultipartUploads" => "s3:ListBucketMultipartUploads",
        "AbortMultipartUpload" => "s3:AbortMultipartUpload",
        _ => return format!("use keys that may do it, or somebody else's bucket; {DOCTOR}"),
    };
    format!(
        "the keys need {needed} on {}; or is the bucket somebody else's?",
        error.resource
    )
}

/// A hint, with the clock's error if it has one: some services say nothing but "no" then.
fn with_clock(error: &ServiceError, hint: String) -> String {
    match error.clock_offset.and_then(clock_words) {
        Some(clock) => format!("{hint}. Besides, {clock}"),
        None => hint,
    }
}

/// By how much this machine's clock is wrong; `offset` is the service's time minus ours.
pub(in crate::cli) fn clock_words(offset: i64) -> Option<String> {
    let off = offset.unsigned_abs();
    if off <= CLOCK_TOLERANCE.unsigned_abs() {
        return None;
    }
    let direction = if offset < 0 { "ahead" } else { "behind" };
    let amount = match off {
        0..120 => format!("{off} seconds"),
        120..7200 => format!("{} minutes", off / 60),
        7200..172_800 => format!("{} hours", off / 3600),
        _ => format!("{} days", off / 86_400),
    };
    Some(format!("your clock is {amount} {direction}"))
}

impl From<CredentialsError> for Failure {
    fn from(error: CredentialsError) -> Self {
        let hint = match &error {
            CredentialsError::Expired { .. } => {
                "get new credentials; if they should be good still, check this machine's clock"
                    .to_owned()
            }
            CredentialsError::None => NO_KEYS_HINT.to_owned(),
            CredentialsError::Source { .. } => {
                format!("make the source work, or pass keys of another; {DOCTOR}")
            }
        };
        Self::from_error(Exit::Credentials, &error).hint(hint)
    }
}

const NO_KEYS_HINT: &str = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a user of \
                            euca2ools.ini with --region USER@REGION, or a profile with AWS_PROFILE";

impl From<CloudError> for Failure {
    fn from(error: CloudError) -> Self {
        use CloudError as E;
        let hint = match &error {
            E::NotText { .. } | E::Syntax { .. } | E::Value { .. } | E::HalfPair { .. } => {
                "correct it, or take it away".to_owned()
            }
            E::Read { source, .. } => {
                inputs::reading(source, "check the path, or do not name it").to_owned()
            }
            E::NoProfile { .. } => "name another with AWS_PROFILE, or none".to_owned(),
            E::Unsupported { .. } => "let the AWS CLI do it: put credential_process = aws \
                                      configure export-credentials --profile NAME --format \
                                      process into a profile of its own, and name that with \
                                      AWS_PROFILE"
                .to_owned(),
            E::Endpoint { origin, .. } => {
                let exit = if matches!(origin, Origin::Flag(_)) {
                    Exit::Usage
                } else {
                    Exit::Credentials
                };
                let hint =
                    "write it like https://s3.example.org or http://10.0.0.1:8773/services/Walrus";
                return Self::from_error(exit, &error).hint(hint);
            }
            E::NoEndpoint { known, .. } if known.is_empty() => {
                "pass --url URL or --region REGION, or set S3_URL".to_owned()
            }
            E::NoEndpoint { known, .. } => format!(
                "pass --url URL or one of the configured regions with --region: {}",
                known.join(", ")
            ),
            E::NoCredentials { .. } => NO_KEYS_HINT.to_owned(),
            // These have hints of their own.
            E::Config(_) | E::Credentials(_) | E::Http(_) => return own_hint(error),
        };
        Self::from_error(Exit::Credentials, &error).hint(hint)
    }
}

fn own_hint(error: CloudError) -> Failure {
    match error {
        CloudError::Config(error) => error.into(),
        CloudError::Credentials(error) => error.into(),
        CloudError::Http(error) => error.into(),
        error => Failure::from_error(Exit::Credentials, &error),
    }
}

impl From<HttpSetupError> for Failure {
    fn from(error: HttpSetupError) -> Self {
        Self::from_error(Exit::Credentials, &error).hint(
            "check HTTPS_PROXY, HTTP_PROXY and the certificates of --ca-bundle or AWS_CA_BUNDLE",
        )
    }
}

#[cfg(test)]
mod tests;
