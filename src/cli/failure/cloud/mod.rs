//! What to do when a cloud cannot be reached or says no.

mod s3;

use super::{Exit, Failure, ec2, inputs, snapshots};
use crate::aws::http::{HttpSetupError, TransportError};
use crate::aws::{AwsError, CredentialsError, ServiceError};
use crate::config::cloud::{CloudError, Origin};

/// Seconds by which a clock may be wrong: services of AWS' kind allow fifteen minutes, but who
/// is wrong by one should know.
pub(in crate::cli) const CLOCK_TOLERANCE: i64 = 60;

/// Where keys and settings come from; the doctor says it in its own words.
pub(in crate::cli) const DOCTOR: &str = "amikit doctor tells where they come from";

impl From<AwsError> for Failure {
    fn from(error: AwsError) -> Self {
        let (exit, hint) = match &error {
            AwsError::Interrupted => return Self::interrupted(),
            AwsError::Transport {
                source, operation, ..
            } => match transport(source) {
                // Only what moves objects does several things at once.
                Some((exit, hint)) if !s3::is_operation(operation) => {
                    (exit, hint.replace("fewer --jobs or ", ""))
                }
                Some((exit, hint)) => (exit, hint.to_owned()),
                None => return Self::interrupted(),
            },
            AwsError::Undecided { source, .. } => {
                let exit = transport(source).map(|(exit, _)| exit);
                let exit = exit.unwrap_or(Self::interrupted().exit);
                (exit, ec2::LOOK_FIRST.to_owned())
            }
            AwsError::Doubtful(said) => {
                let mut failure = Self::from_error(Exit::Service, &error);
                failure.hint = Some(ec2::LOOK_FIRST.to_owned());
                failure.service = Some(said.clone());
                return failure;
            }
            AwsError::Service(said) => {
                let mut failure = Self::from_error(Exit::Service, &error);
                failure.hint = snapshots::service(said).or_else(|| service(said));
                failure.service = Some(said.clone());
                return failure;
            }
            AwsError::Answer {
                may_be_done: true, ..
            } => (Exit::Failed, ec2::LOOK_FIRST.to_owned()),
            AwsError::Answer { .. } => (
                Exit::Failed,
                "is this the URL of the service? Check --url, and whether a proxy answers in \
                 its place"
                    .to_owned(),
            ),
            AwsError::Request { operation, .. } if s3::is_operation(operation) => (
                Exit::Usage,
                "choose another name for the bucket or the object".to_owned(),
            ),
            AwsError::Request { .. } => (
                Exit::Usage,
                "amikit describe-snapshots tells the ids".to_owned(),
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
        E::Interrupted { .. } => return None,
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
    let of_service = || {
        if s3::is_operation(error.operation) {
            s3::hint(error)
        } else {
            ec2::hint(error)
        }
    };
    common(error).or_else(of_service).or_else(|| trouble(error))
}

/// What helps whatever the service is: about clock, keys, proxies.
fn common(error: &ServiceError) -> Option<String> {
    Some(match (error.code.as_str(), error.status) {
        ("RequestTimeTooSkewed" | "RequestExpired" | "RequestInTheFuture", _) => {
            let clock = error.clock_offset.and_then(clock_words);
            let clock = clock.unwrap_or_else(|| "the clocks differ".to_owned());
            format!("{clock}: set this machine's clock, best by NTP")
        }
        (
            "InvalidAccessKeyId"
            | "InvalidClientTokenId"
            | "UnrecognizedClientException"
            | "NotSignedUp",
            _,
        ) => format!("are the keys those of this cloud, and active? {DOCTOR}"),
        ("SignatureDoesNotMatch" | "InvalidSignatureException", _) => with_clock(
            error,
            format!(
                "the secret does not belong to the access key; {DOCTOR}. An old cloud may need \
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
        _ => return None,
    })
}

/// What helps when the service failed, and did not refuse.
fn trouble(error: &ServiceError) -> Option<String> {
    matches!(error.status, 500 | 502 | 503 | 504).then(|| {
        "the service has trouble: run the command again later, or with more --retries".to_owned()
    })
}

/// A hint, with the clock's error if it has one: some services say nothing but "no" then.
pub(super) fn with_clock(error: &ServiceError, hint: String) -> String {
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
                    "write it like https://cloud.example.org or http://10.0.0.1:8773/services/NAME";
                return Self::from_error(exit, &error).hint(hint);
            }
            E::NoEndpoint { known, service, .. } if known.is_empty() => {
                let variable = match *service {
                    "EBS" => "AWS_ENDPOINT_URL_EBS",
                    "EC2" => "EC2_URL",
                    _ => "S3_URL",
                };
                format!("pass --url URL or --region REGION, or set {variable}")
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
