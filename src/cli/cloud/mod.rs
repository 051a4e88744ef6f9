//! The cloud that a command talks to: its options, and the connection they lead to.

mod args;

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

pub use args::{beside_s3_args, ebs_args, ec2_args, s3_args};

use crate::aws::ec2::Ec2;
use crate::aws::http::{HttpClient, HttpOptions};
use crate::aws::s3::S3;
use crate::aws::service::{Connection, RetryPolicy, Service};
use crate::aws::sign::SignatureVersion;
use crate::aws::{Ambient, Credentials, CredentialsProvider};
use crate::cli::dialect::Family;
use crate::cli::failure::Failure;
use crate::cli::host;
use crate::cli::progress::Watcher;
use crate::cli::session::Session;
use crate::config::cloud::{Asking, Cloud, CloudFlags, Found, ServiceKind};
use crate::units::Timestamp;

/// Longest time-out that may be asked for: a day.
const LONGEST_SECONDS: u64 = 86_400;

/// Most retries that may be asked for.
const MOST_RETRIES: u32 = 100;

/// The S3 service that options, environment and files lead to.
///
/// # Errors
/// When there is no endpoint, no credentials, or one of them is unusable.
pub fn s3(session: &Session<'_>, watcher: &Watcher) -> Result<S3, Failure> {
    Ok(S3::new(signed(session, ServiceKind::S3, watcher)?))
}

/// The EC2 service that options, environment and files lead to.
///
/// # Errors
/// As [`s3`].
pub fn ec2(session: &Session<'_>, watcher: &Watcher) -> Result<Ec2, Failure> {
    let version = session.text("api-version")?;
    let connection = signed(session, ServiceKind::Ec2, watcher)?;
    Ok(Ec2::new(connection, version))
}

/// The service for snapshots' blocks that options, environment and files lead to.
///
/// # Errors
/// As [`s3`].
pub fn ebs(session: &Session<'_>, watcher: &Watcher) -> Result<Service, Failure> {
    Ok(Service::new(signed(session, ServiceKind::Ebs, watcher)?))
}

/// A connection to the service that hands out a Eucalyptus cloud's certificates.
///
/// # Errors
/// As [`s3`].
pub(super) fn bootstrap(session: &Session<'_>, watcher: &Watcher) -> Result<Connection, Failure> {
    signed(session, ServiceKind::Bootstrap, watcher)
}

/// A connection to a service, as somebody.
fn signed(
    session: &Session<'_>,
    service: ServiceKind,
    watcher: &Watcher,
) -> Result<Connection, Failure> {
    let cloud = cloud_of(session, service)?;
    let found = credentials(session, &cloud, watcher)?;
    connection(session, &cloud, Some(found.provider), watcher)
}

/// The same service for one who signs nothing, such as an upload with somebody's policy.
///
/// # Errors
/// As [`s3`], credentials excepted.
pub fn s3_unsigned(session: &Session<'_>, watcher: &Watcher) -> Result<S3, Failure> {
    connect(
        session,
        &cloud_with(session, ServiceKind::S3, None)?,
        None,
        watcher,
    )
}

/// Where new buckets are made, by the configuration file's `s3-location-constraint`.
///
/// # Errors
/// When the configuration is of no use.
pub fn location_constraint(session: &Session<'_>) -> Result<Option<String>, Failure> {
    let found = cloud_with(session, ServiceKind::S3, None)?.location_constraint()?;
    Ok(found.map(|location| location.value))
}

/// All that options, environment and files say of S3.
///
/// # Errors
/// When an option makes no sense, or the configuration is of no use.
pub(super) fn cloud<'a>(session: &'a Session<'_>) -> Result<Cloud<'a>, Failure> {
    cloud_of(session, ServiceKind::S3)
}

/// The same of another service.
///
/// # Errors
/// As [`cloud`].
pub(super) fn cloud_of<'a>(
    session: &'a Session<'_>,
    service: ServiceKind,
) -> Result<Cloud<'a>, Failure> {
    cloud_with(session, service, keys(session)?)
}

/// The same, where the keys on the command line are these.
fn cloud_with<'a>(
    session: &'a Session<'_>,
    service: ServiceKind,
    keys: Option<Credentials>,
) -> Result<Cloud<'a>, Failure> {
    let (config, selection) = session.configuration()?;
    let has = |id| session.values.has(id);
    let (url, url_option) = match service {
        // Beside S3, whose URL --url is, the others have options of their own.
        ServiceKind::Ec2 if has("ec2-url") => (session.text("ec2-url")?, Some("--ec2-url")),
        ServiceKind::Ebs if has("ebs-url") => (session.text("ebs-url")?, Some("--ebs-url")),
        // The sources that stand in for it are the cloud's to look at.
        ServiceKind::Bootstrap => (given(session, "bootstrap-url"), Some("--bootstrap-url")),
        _ => (session.text("url")?, None),
    };
    let flags = CloudFlags {
        url,
        url_option,
        keys,
        region: session.region_given(),
        signature: signature(session)?,
        insecure: session.values.flag("insecure"),
        ca_bundle: session.path("ca-bundle")?,
        amazon_by_default: matches!(session.manner.family, Family::Ec2 | Family::Ec2Api),
    };
    let env = session.surroundings.env;
    Ok(Cloud::new(service, flags, env, (config, selection)))
}

/// The credentials, with what is to be said about their source.
///
/// # Errors
/// When there are none.
pub(super) fn credentials(
    session: &Session<'_>,
    cloud: &Cloud<'_>,
    watcher: &Watcher,
) -> Result<Found, Failure> {
    let found = find(cloud, watcher)?;
    tracing::info!(key = found.now.access_key_id, origin = %found.origin, "credentials");
    if let Some(path) = &found.secret_file
        && let Some(mode) = shared_mode(path)
    {
        session.warn(format!(
            "{} has a secret key and is accessible to others (mode {mode:04o}): chmod 600 it",
            path.display(),
        ));
    }
    Ok(found)
}

/// The credentials of the first source that has any.
///
/// # Errors
/// When there are none.
pub(super) fn find(cloud: &Cloud<'_>, watcher: &Watcher) -> Result<Found, Failure> {
    let asking = Asking {
        now: now(),
        interrupted: watcher.stop_sign(),
    };
    Ok(cloud.credentials(&asking)?)
}

/// The S3 service at the end of a connection.
///
/// # Errors
/// When the endpoint or an option of the transport is of no use.
pub(super) fn connect(
    session: &Session<'_>,
    cloud: &Cloud<'_>,
    credentials: Option<Arc<dyn CredentialsProvider>>,
    watcher: &Watcher,
) -> Result<S3, Failure> {
    connection(session, cloud, credentials, watcher).map(S3::new)
}

/// A connection to the service.
///
/// # Errors
/// When the endpoint or an option of the transport is of no use.
pub(super) fn connection(
    session: &Session<'_>,
    cloud: &Cloud<'_>,
    credentials: Option<Arc<dyn CredentialsProvider>>,
    watcher: &Watcher,
) -> Result<Connection, Failure> {
    let place = cloud.place()?;
    tracing::info!(
        url = place.endpoint.url(),
        origin = %place.origin,
        region = place.endpoint.region,
        "{}",
        cloud.service().name()
    );
    let options = http_options(session, cloud)?;
    if options.insecure && place.endpoint.scheme == "https" {
        session.warn("the server's certificate is not checked: anybody may answer in its place");
    }
    let retry = RetryPolicy {
        attempts: retries(session)?.saturating_add(1),
        ..RetryPolicy::default()
    };
    Ok(Connection {
        http: HttpClient::new(options, watcher.stop_sign())?,
        protocol: cloud.service().protocol(),
        endpoint: place.endpoint,
        credentials,
        signature: cloud.signature()?.value,
        retry,
        ambient: ambient(watcher),
    })
}

/// The clock, randomness and the wish to stop of this run.
#[must_use]
pub(super) fn ambient(watcher: &Watcher) -> Ambient {
    Ambient {
        now,
        random: host::random_number,
        interrupted: watcher.stop_sign(),
    }
}

/// The time now.
pub(super) fn now() -> Timestamp {
    Timestamp(host::now())
}

/// The time-outs, proxies and certificates of a connection.
///
/// # Errors
/// When one of them is of no use.
pub(super) fn http_options(
    session: &Session<'_>,
    cloud: &Cloud<'_>,
) -> Result<HttpOptions, Failure> {
    Ok(HttpOptions {
        connect_timeout: seconds(session, "connect-timeout", 10)?,
        stall_timeout: seconds(session, "timeout", 30)?,
        total_timeout: None,
        proxy: cloud.proxies()?,
        extra_certificates: cloud.extra_certificates()?,
        insecure: !cloud.verifies_tls()?.value,
    })
}

/// The keys on the command line. One of the two alone makes no sense: the other would come
/// from somebody else.
fn keys(session: &Session<'_>) -> Result<Option<Credentials>, Failure> {
    let id = session.text("access-key-id")?;
    let secret = session.secret("secret-key")?;
    let token = session.secret("security-token")?;
    if secret.is_some() && session.is_native() {
        session.warn(
            "a secret key on the command line can be seen by other users of this machine; a \
             file or AWS_SECRET_ACCESS_KEY keeps it",
        );
    }
    let lacking = |id: &str| match session.manner.family {
        Family::Ec2 => session.missing(id),
        Family::Native | Family::Euca | Family::Ec2Api => {
            Failure::usage(format!("--{id} is needed, too"))
        }
    };
    match (id, secret) {
        (Some(access_key_id), Some(secret_access_key)) => Ok(Some(Credentials {
            access_key_id,
            secret_access_key,
            session_token: token,
            expires: None,
        })),
        (Some(_), None) => Err(lacking("secret-key")),
        (None, Some(_)) => Err(lacking("access-key-id")),
        (None, None) if token.is_some() => Err(lacking("access-key-id")),
        (None, None) => Ok(None),
    }
}

/// An option of the command line.
fn given(session: &Session<'_>, id: &str) -> Option<String> {
    let values = &session.values;
    values.given(id).filter(|_| values.is_on_command_line(id))
}

fn signature(session: &Session<'_>) -> Result<Option<SignatureVersion>, Failure> {
    let Some(text) = session.text("signature")? else {
        return Ok(None);
    };
    match text.trim_start_matches(['v', 'V']) {
        "4" => Ok(Some(SignatureVersion::V4)),
        "2" => Ok(Some(SignatureVersion::V2)),
        _ => {
            let why = format!("\"{text}\" is no signature version: expected v4 or v2");
            Err(session.invalid("signature", &text, &why))
        }
    }
}

fn seconds(session: &Session<'_>, id: &str, default: u64) -> Result<Duration, Failure> {
    let Some(text) = session.text(id)? else {
        return Ok(Duration::from_secs(default));
    };
    match text.parse::<u64>() {
        Ok(seconds) if (1..=LONGEST_SECONDS).contains(&seconds) => Ok(Duration::from_secs(seconds)),
        _ => {
            let why = format!("\"{text}\" is no time: expected 1 to {LONGEST_SECONDS} seconds");
            Err(session.invalid(id, &text, &why))
        }
    }
}

fn retries(session: &Session<'_>) -> Result<u32, Failure> {
    let Some(text) = session.text("retries")? else {
        return Ok(RetryPolicy::default().attempts.saturating_sub(1));
    };
    match text.parse::<u32>() {
        Ok(retries) if retries <= MOST_RETRIES => Ok(retries),
        _ => {
            let why = format!("\"{text}\" is no number of retries: expected 0 to {MOST_RETRIES}");
            Err(session.invalid("retries", &text, &why))
        }
    }
}

/// The mode of a file that others may read or change.
pub(super) fn shared_mode(path: &Path) -> Option<u32> {
    let mode = path.metadata().ok()?.permissions().mode();
    (mode & 0o077 != 0).then_some(mode & 0o7777)
}
